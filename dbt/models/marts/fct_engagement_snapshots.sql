with posts as (

    select * from {{ ref('stg_posts') }}

),

publications as (

    select platform, account, post_id, min(published_at) as published_at
    from posts
    group by all

),

polled as (

    select
        platform, account, post_id, metric, value, observed_at, source_metric, api_version,
        1 as precedence
    from {{ ref('stg_engagement_snapshots') }}

),

-- A table of posts is an observation too: what it counts belongs to the history.
imported as (

    select
        platform, account, post_id, metric, value, observed_at,
        metric as source_metric, source as api_version, 2 as precedence
    from posts
    unpivot (
        value for metric in (
            impressions, reach, views, likes, comments, shares, saves, clicks
        )
    )

),

observations as (

    select * from polled
    union all by name
    select * from imported

),

distinct_observations as (

    select *
    from observations
    qualify row_number() over (
        partition by platform, account, post_id, metric, observed_at order by precedence
    ) = 1

),

final as (

    select
        platform,
        account,
        post_id,
        metric,
        value,
        observed_at,
        published_at,
        (epoch(observed_at) - epoch(published_at)) / 3600 as age_hours,
        coalesce(
            api_version in ('{{ var("lifetime_sources") | join("', '") }}'), false
        ) as is_lifetime,
        source_metric,
        api_version
    from distinct_observations
    left join publications using (platform, account, post_id)

)

select * from final
