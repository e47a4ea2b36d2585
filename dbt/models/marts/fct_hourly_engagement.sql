with posts as (

    select * from {{ ref('fct_post_performance') }}

),

accounts as (

    select platform, account, time_zone from {{ ref('dim_account') }}

),

-- Replies and reposts go out when others write: they say nothing about a good hour.
local_posts as (

    select
        posts.platform,
        posts.account,
        accounts.time_zone,
        timezone(accounts.time_zone, posts.published_at) as local_published_at,
        posts.engagement_latest,
        posts.impressions_latest
    from posts
    inner join accounts using (platform, account)
    where not posts.is_reply and not posts.is_repost

),

final as (

    select
        platform,
        account,
        any_value(time_zone) as time_zone,
        isodow(local_published_at) - 1 as local_weekday,
        hour(local_published_at) as local_hour,
        count(*) as posts,
        count(engagement_latest) as posts_measured,
        avg(engagement_latest) as mean_engagement_latest,
        median(engagement_latest) as median_engagement_latest,
        avg(impressions_latest) as mean_impressions_latest,
        sum(impressions_latest)::bigint as impressions_latest
    from local_posts
    group by platform, account, local_weekday, local_hour

)

select * from final
