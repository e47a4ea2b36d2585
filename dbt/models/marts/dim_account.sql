with accounts as (

    select *
    from {{ ref('stg_accounts') }}
    qualify row_number() over (
        partition by platform, account order by loaded_at desc nulls last, brand
    ) = 1

),

histories as (

    select
        platform,
        account,
        count(*) as posts,
        min(published_at) as first_post_at,
        max(published_at) as last_post_at
    from {{ ref('fct_post_performance') }}
    group by all

),

followers as (

    select platform, account, arg_max(followers, observed_at) as followers
    from {{ ref('stg_posts') }}
    group by all

),

final as (

    select
        platform,
        account,
        coalesce(handle, split_part(account, ':', -1)) as handle,
        brand,
        coalesce(time_zone, 'UTC') as time_zone,
        coalesce(posts, 0) as posts,
        first_post_at,
        last_post_at,
        followers
    from accounts
    full join histories using (platform, account)
    left join followers using (platform, account)

)

select * from final
