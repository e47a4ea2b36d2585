{# Likes + comments + shares at one age; a part that is missing counts nothing, null if all are. #}
{% macro engagement(age) -%}
    list_sum([likes_{{ age }}, comments_{{ age }}, shares_{{ age }}])::bigint
{%- endmacro %}
