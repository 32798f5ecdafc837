-- One row per channel, month and purpose with marketing spend up to as_of_date, in the reporting
-- currency. Money of a currency without a rate is not known, and so is every sum with it.
with parameters as (
    select
        as_of_date,
        reporting_currency
    from {{ ref('int_run__parameters') }}
),

rates as (
    select * from {{ ref('int_run__daily_rates') }}
),

entries as (
    select
        spend.channel,
        spend.spend_date,
        spend.amount,
        parameters.reporting_currency,
        -- What names no purpose is there to win customers.
        coalesce(spend.purpose, 'acquire') as purpose,
        coalesce(spend.currency, parameters.reporting_currency) as currency
    from {{ ref('stg_marketing_spend') }} as spend
    cross join parameters
    where spend.spend_date <= parameters.as_of_date
),

converted as (
    select
        entries.channel,
        entries.purpose,
        {{ month_start('entries.spend_date') }} as month,
        case
            when entries.currency = entries.reporting_currency or rates.rate is not null
                then {{ reporting_amount('entries.amount', 'rates.rate') }}
        end as amount
    from entries
    left join rates
        on
            entries.currency = rates.currency
            and entries.spend_date = rates.rate_date
            and entries.currency != entries.reporting_currency
),

monthly as (
    select
        channel,
        month,
        purpose,
        case when count(*) = count(amount) then {{ cents('sum(amount)') }} end as spend
    from converted
    group by channel, month, purpose
)

select * from monthly
