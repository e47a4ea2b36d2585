with source as (

    select * from {{ source('lake', 'engagement_snapshots') }}

),

final as (

    select
        -- ids
        platform::varchar as platform,
        account::varchar as account,
        post_id::varchar as post_id,

        -- facts
        metric::varchar as metric,
        source_metric::varchar as source_metric,
        api_version::varchar as api_version,

        -- counts
        value::bigint as value,

        -- instants
        observed_at::timestamptz as observed_at
    from source

)

select * from final
