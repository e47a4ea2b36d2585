with source as (

    select * from {{ source('lake', 'posts') }}

),

final as (

    select
        -- ids
        platform::varchar as platform,
        account::varchar as account,
        post_id::varchar as post_id,

        -- facts
        text::varchar as text,
        media_type::varchar as media_type,
        language::varchar as language,
        is_reply::boolean as is_reply,
        is_repost::boolean as is_repost,
        source::varchar as source,

        -- counts
        followers::bigint as followers,
        impressions::bigint as impressions,
        reach::bigint as reach,
        views::bigint as views,
        likes::bigint as likes,
        comments::bigint as comments,
        shares::bigint as shares,
        saves::bigint as saves,
        clicks::bigint as clicks,

        -- instants
        published_at::timestamptz as published_at,
        observed_at::timestamptz as observed_at
    from source

)

select * from final
