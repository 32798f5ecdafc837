copy (
    select
        sha256(email) as email,
        sha256(substr(phone, 2)) as phone,
        sha256(replace(replace(first_lower, '-', ''), '''', '')) as fn,
        sha256(replace(replace(last_lower, '-', ''), '''', '')) as ln,
        sha256(replace(replace(city, '-', ''), ' ', '')) as ct,
        sha256(replace(replace(region, '-', ''), ' ', '')) as st,
        sha256(lower(country)) as country,
        sha256(replace(lower(postal_code), ' ', '')) as zip,
        sha256(gender) as gen
    from audience
    where {members} and to_ads and (email is not null or phone is not null)
    qualify row_number() over (
        partition by coalesce(email, phone) order by value desc, customer_id
    ) = 1
) to '{exports}/meta_customer_list__{audience}.csv' (format csv, header true);
