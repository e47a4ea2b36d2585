{# The value of the snapshot nearest to an age within a tolerance, both in hours; the earlier of
   two that are equally near. Counts over a post's whole life speak for no age. #}
{% macro value_at_age(hours, tolerance) -%}
    arg_min(value, row(abs(age_hours - {{ hours }}), age_hours))
        filter (where abs(age_hours - {{ hours }}) <= {{ tolerance }} and not is_lifetime)
{%- endmacro %}
