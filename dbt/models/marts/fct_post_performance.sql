with latest_posts as (

    select *
    from {{ ref('stg_posts') }}
    qualify row_number() over (
        partition by platform, account, post_id order by observed_at desc nulls last
    ) = 1

),

first_seen as (

    select
        platform,
        account,
        post_id,
        min(published_at) as published_at,
        arg_min(followers, observed_at) as followers
    from {{ ref('stg_posts') }}
    group by all

),

values_at_ages as (

    select
        platform,
        account,
        post_id,
        metric,
        {{ value_at_age(1, var('tolerance_1h')) }} as value_1h,
        {{ value_at_age(24, var('tolerance_24h')) }} as value_24h,
        {{ value_at_age(168, var('tolerance_7d')) }} as value_7d,
        arg_max(value, observed_at) as value_latest,
        max(age_hours) filter (where value is not null) as age_hours_latest
    from {{ ref('fct_engagement_snapshots') }}
    group by all

),

counts as (

    select
        platform,
        account,
        post_id,
        {% for metric in ['likes', 'comments', 'shares', 'impressions'] -%}
        {% for age in ['1h', '24h', '7d', 'latest'] -%}
        max(value_{{ age }}) filter (where metric = '{{ metric }}') as {{ metric }}_{{ age }},
        {% endfor -%}
        {% endfor -%}
        max(age_hours_latest) filter (where metric in ('likes', 'comments', 'shares'))
            as age_hours_latest
    from values_at_ages
    group by all

),

final as (

    select
        platform,
        account,
        post_id,
        first_seen.published_at,
        text,
        media_type,
        language,
        coalesce(is_reply, false) as is_reply,
        coalesce(is_repost, false) as is_repost,
        first_seen.followers,
        source,
        {% for age in ['1h', '24h', '7d', 'latest'] -%}
        {{ engagement(age) }} as engagement_{{ age }},
        {% endfor -%}
        age_hours_latest,
        {% for age in ['24h', '7d', 'latest'] -%}
        likes_{{ age }},
        comments_{{ age }},
        shares_{{ age }},
        impressions_{{ age }}{{ "," if not loop.last }}
        {% endfor -%}
    from latest_posts
    inner join first_seen using (platform, account, post_id)
    left join counts using (platform, account, post_id)

)

select * from final
