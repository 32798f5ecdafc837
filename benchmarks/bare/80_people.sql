-- Consent and suppression per person, identifiers in the channels' shape; consents and objections
-- are read here, as they serve nothing else.
create temp table permitted as
select
    customer,
    bool_or(granted and purpose = 'email_marketing') as to_email,
    bool_or(granted and purpose = 'sms_marketing') as to_sms,
    bool_or(granted and purpose = 'ad_user_data')
    and bool_or(granted and purpose = 'ad_personalization') as to_ads
from (
    select
        customer,
        purpose,
        -- Of two words at one moment the stricter holds.
        arg_max(
            status = 'granted' and coalesce(expires_on >= getvariable('as_of'), true),
            (recorded_at, case status when 'withdrawn' then 2 when 'denied' then 1 else 0 end)
        ) as granted
    from (
        select
            cast(substr(customer_id, 2) as integer) as customer,
            purpose,
            status,
            epoch(recorded_at)::bigint as recorded_at,
            expires_on
        from read_json(
            '{inputs}/consents.jsonl', format = 'newline_delimited', ignore_errors = true,
            columns = {
                'customer_id': 'varchar', 'purpose': 'varchar', 'status': 'varchar',
                'recorded_at': 'timestamp', 'expires_on': 'date'
            }
        )
        where customer_id is not null and recorded_at is not null
            and status in ('granted', 'denied', 'withdrawn')
            and purpose in (
                'email_marketing', 'sms_marketing', 'ad_user_data', 'ad_personalization'
            )
    )
    group by customer, purpose
)
group by customer;

create temp table objections as
select distinct
    cast(substr(customer_id, 2) as integer) as customer,
    lower(trim(identifier)) as identifier,
    channel
from read_csv(
    '{inputs}/suppressions.csv', auto_detect = false, header = true, delim = ',', quote = '"',
    escape = '"', store_rejects = true, rejects_limit = 0,
    columns = {
        'customer_id': 'varchar', 'identifier': 'varchar', 'channel': 'varchar',
        'reason': 'varchar', 'recorded_at': 'timestamp'
    }
)
where recorded_at is not null;

create temp table people as
select
    customer,
    case when regexp_full_match(email, '[^@ ,;]+@[^@ ,;]+\.[^@ ,;.]+') then email end as email,
    case
        when starts_with(digits, '+') then digits
        when country in ('RU', 'KZ') and length(digits) = 11 then '+7' || substr(digits, 2)
        when country = 'DE' and starts_with(digits, '0') then '+49' || substr(digits, 2)
        when country = 'GB' and starts_with(digits, '0') then '+44' || substr(digits, 2)
        when country = 'FR' and starts_with(digits, '0') then '+33' || substr(digits, 2)
        when country = 'NL' and starts_with(digits, '0') then '+31' || substr(digits, 2)
    end as phone,
    first_name,
    last_name,
    lower(first_name) as first_lower,
    lower(last_name) as last_lower,
    lower(city) as city,
    lower(region) as region,
    country,
    postal_code,
    gender,
    coalesce(birth_date > getvariable('as_of') - interval 18 year, false) as is_minor
from (
    select
        *,
        replace(replace(replace(replace(phone, ' ', ''), '(', ''), ')', ''), '-', '') as digits
    from (select * replace (lower(trim(email)) as email) from cards where not is_test)
)
semi join (
    select customer_key from marts.customers
    where customer_state != 'churned' and (quadrant is not null or is_rising)
        or customer_state = 'at_risk'
) as members on customer = customer_key;

create temp table objected as
select
    customer,
    bool_or(channel in ('all', 'email')) as to_email,
    bool_or(channel in ('all', 'sms', 'call')) as to_sms,
    bool_or(channel = 'all') as to_ads
from (
    select customer, channel from objections where customer is not null
    union all
    -- Whoever shares an objector's address or phone, and whoever was named by an address.
    select people.customer, channel
    from people
    inner join (
        select lower(trim(cards.email)) as email, channel
        from objections
        inner join cards using (customer)
        where cards.email is not null
        union all
        select identifier, channel from objections where identifier is not null
    ) as addresses on people.email = addresses.email
    union all
    select people.customer, channel
    from people
    inner join (
        select phone, channel from objections inner join people using (customer)
    ) as phones on people.phone = phones.phone
)
group by customer;

create temp table audience as
select
    people.*,
    customer_id,
    contribution_margin_365d as value,
    next_best_action_en,
    next_best_action_ru,
    case when customer_state != 'churned' then quadrant end as quadrant,
    customer_state = 'at_risk' as is_at_risk,
    is_rising and customer_state != 'churned' as is_rising,
    coalesce(permitted.to_email and not objected.to_email is true and not is_minor, false)
        as to_email,
    coalesce(permitted.to_sms and not objected.to_sms is true, false) as to_sms,
    coalesce(permitted.to_ads and not objected.to_ads is true and not is_minor, false) as to_ads
from people
inner join marts.customers on customer = customer_key
inner join permitted on people.customer = permitted.customer
left join objected on people.customer = objected.customer;
