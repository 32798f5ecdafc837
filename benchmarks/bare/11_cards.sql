-- The two CRMs' cards. The Cyrillic one was brought to UTF-8 beforehand.
create temp table cards as
select
    cast(substr(customer_id, 2) as integer) as customer,
    customer_id,
    email,
    phone,
    first_name,
    last_name,
    company_name,
    birth_date,
    gender,
    postal_code,
    city,
    region,
    case country
        when 'Germany' then 'DE' when 'DEU' then 'DE'
        when 'France' then 'FR' when 'FRA' then 'FR'
        when 'United Kingdom' then 'GB' when 'GBR' then 'GB'
        when 'Netherlands' then 'NL' when 'NLD' then 'NL'
        when 'Россия' then 'RU' when 'RUS' then 'RU'
        when 'Казахстан' then 'KZ' when 'KAZ' then 'KZ'
        else country
    end as country,
    language,
    customer_type,
    acquisition_channel,
    campaign,
    service_tier,
    manager_id,
    coalesce(is_test, false) as is_test,
    created_at
from (
    select * replace (is_test = 'true' as is_test)
    from read_csv(
        '{inputs}/crm/customers_latin.csv', auto_detect = false, header = true, delim = ',',
        quote = '"', escape = '"', store_rejects = true, rejects_limit = 0,
        columns = {
            'customer_id': 'varchar', 'email': 'varchar', 'phone': 'varchar',
            'first_name': 'varchar', 'last_name': 'varchar', 'company_name': 'varchar',
            'birth_date': 'date', 'gender': 'varchar', 'street': 'varchar',
            'postal_code': 'varchar', 'city': 'varchar', 'region': 'varchar',
            'country': 'varchar', 'language': 'varchar', 'customer_type': 'varchar',
            'acquisition_channel': 'varchar', 'campaign': 'varchar', 'service_tier': 'varchar',
            'manager_id': 'varchar', 'merged_into': 'varchar', 'card_no': 'varchar',
            'attributes': 'varchar', 'is_test': 'varchar', 'created_at': 'timestamp',
            'updated_at': 'timestamp'
        }
    )
    union all
    select * replace (
        is_test in ('да', 'true', '1') as is_test,
        case gender when 'м' then 'm' when 'ж' then 'f' end as gender,
        case customer_type when 'организация' then 'company' else 'person' end as customer_type
    )
    from read_csv(
        '{prepared}/customers_cyrillic.csv', auto_detect = false, header = true, delim = ';',
        quote = '"', escape = '"', store_rejects = true, rejects_limit = 0,
        dateformat = '%d.%m.%Y', timestampformat = '%d.%m.%Y %H:%M',
        columns = {
            'customer_id': 'varchar', 'email': 'varchar', 'phone': 'varchar',
            'first_name': 'varchar', 'last_name': 'varchar', 'company_name': 'varchar',
            'birth_date': 'date', 'gender': 'varchar', 'street': 'varchar',
            'postal_code': 'varchar', 'city': 'varchar', 'region': 'varchar',
            'country': 'varchar', 'language': 'varchar', 'customer_type': 'varchar',
            'acquisition_channel': 'varchar', 'campaign': 'varchar', 'service_tier': 'varchar',
            'manager_id': 'varchar', 'merged_into': 'varchar', 'card_no': 'varchar',
            'attributes': 'varchar', 'is_test': 'varchar', 'created_at': 'timestamp',
            'updated_at': 'timestamp'
        }
    )
)
where customer_id is not null;

create temp table tests as
select customer from cards where is_test;

-- Contracts that began by as_of, as they are in force; the workbook was made Parquet beforehand.
create temp table in_force as
select
    contract_id,
    customer,
    in_force_from,
    in_force_until,
    agreed_until,
    cancelled_on,
    cancel_reason,
    recurring_amount,
    months_between_bills,
    auto_renews
from (
    select
        contract_id,
        cast(substr(customer_id, 2) as integer) as customer,
        started_on as in_force_from,
        case
            when known_on <= getvariable('as_of') and auto_renews
                then greatest(ends_on, cancelled_on)
            when known_on <= getvariable('as_of') then coalesce(ends_on, cancelled_on)
            when not auto_renews then ends_on
        end as in_force_until,
        case when not auto_renews then ends_on end as agreed_until,
        case when known_on <= getvariable('as_of') then known_on end as cancelled_on,
        cancel_reason,
        cast(recurring_amount * 0.01 as decimal(18, 2)) as recurring_amount,
        case billing_period when 'quarter' then 3 when 'year' then 12 else 1 end
            as months_between_bills,
        auto_renews
    from (
        select
            *,
            -- The CRM keeps Berlin's days.
            case when cancelled_on is not null then least(cancelled_on, cast(timezone(
                'UTC', timezone('Europe/Berlin', cast(changed_on as timestamp))
            ) as date)) end as known_on
        from read_parquet('{prepared}/contracts.parquet')
    )
    where started_on <= getvariable('as_of')
) as contracts
where coalesce(in_force_until >= in_force_from, true) and customer not in (from tests);

create temp table periods as
with ordered as (
    select
        *,
        coalesce(in_force_until, date '9999-12-31') as until,
        max(coalesce(in_force_until, date '9999-12-31')) over (
            partition by customer order by in_force_from, coalesce(in_force_until, '9999-12-31')
            rows between unbounded preceding and 1 preceding
        ) as covered
    from in_force
),

numbered as (
    select
        *,
        count(*) filter (
            covered is null or (covered < date '9999-12-31' and in_force_from > covered + 1)
        ) over (
            partition by customer order by in_force_from, until
            rows between unbounded preceding and current row
        ) as span
    from ordered
),

spans as (
    select
        customer,
        min(in_force_from) as in_force_from,
        max(until) as in_force_until
    from numbered
    group by customer, span
)

select
    *,
    lead(in_force_from) over (partition by customer order by in_force_from) as next_from,
    min(in_force_from) over (partition by customer) as first_from
from spans;
