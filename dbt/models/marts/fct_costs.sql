with bookings as (

    select * from {{ ref('stg_costs') }}

),

final as (

    select
        brand,
        reserved_at::date as day,
        provider,
        purpose,
        count(*) as bookings,
        count(*) filter (where settled_at is null) as open_bookings,
        sum(reserved_cents) as reserved_cents,
        sum(settled_cents) as settled_cents,
        sum(coalesce(settled_cents, reserved_cents)) as spent_cents
    from bookings
    group by all

)

select * from final
