copy (
    select
        sha256(email) as "Email",
        sha256(phone) as "Phone",
        case when is_complete then sha256(first_lower) end as "First Name",
        case when is_complete then sha256(last_lower) end as "Last Name",
        case when is_complete then country end as "Country",
        case when is_complete then postal_code end as "Zip"
    from (
        select
            *,
            coalesce(first_lower, last_lower, country, postal_code) is not null
            and first_lower is not null and last_lower is not null
            and country is not null and postal_code is not null as is_complete
        from audience
        where {members} and to_ads
    )
    where email is not null or phone is not null or is_complete
    qualify row_number() over (
        partition by coalesce(email, phone, concat_ws('|', first_lower, last_lower, postal_code))
        order by value desc, customer_id
    ) = 1
) to '{exports}/google_customer_match__{audience}.csv' (format csv, header true);
