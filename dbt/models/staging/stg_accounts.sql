with source as (

    select * from {{ source('lake', 'accounts') }}

),

final as (

    select
        -- ids
        account::varchar as account,
        brand::varchar as brand,
        platform::varchar as platform,
        handle::varchar as handle,

        -- facts
        time_zone::varchar as time_zone,

        -- instants
        loaded_at::timestamptz as loaded_at
    from source

)

select * from final
