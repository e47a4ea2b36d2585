with source as (

    select * from {{ source('lake', 'costs') }}

),

final as (

    select
        -- ids
        id::varchar as cost_id,
        brand::varchar as brand,

        -- facts
        provider::varchar as provider,
        purpose::varchar as purpose,

        -- money
        reserved_cents::double as reserved_cents,
        settled_cents::double as settled_cents,

        -- instants
        reserved_at::timestamptz as reserved_at,
        settled_at::timestamptz as settled_at
    from source

)

select * from final
