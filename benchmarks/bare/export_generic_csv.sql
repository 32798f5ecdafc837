copy (
    select
        customer_id,
        email,
        case when to_sms then phone end as phone_e164,
        first_name,
        last_name,
        country,
        '{audience}' as segment_code,
        value,
        'EUR' as currency,
        {action_en} as suggested_action_en,
        {action_ru} as suggested_action_ru
    from audience
    where {members} and to_email and email is not null
    qualify row_number() over (partition by email order by value desc, customer_id) = 1
) to '{exports}/generic_csv__{audience}.csv' (format csv, header true);
