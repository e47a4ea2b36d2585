{# Fails on rows that share their key, and on keys with a part that is null. #}
{% test grain(model, columns) %}

select {{ columns | join(", ") }}
from {{ model }}
group by all
having count(*) > 1 or {{ columns | join(" is null or ") }} is null

{% endtest %}
