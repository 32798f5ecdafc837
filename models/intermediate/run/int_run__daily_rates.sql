-- One row per currency and day with a rate: that day's, else the nearest earlier within 7 days.
with rates as (
    select
        currency,
        rate_date,
        rate,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('stg_exchange_rates') }}
),

ages as (
    {{ numbers(0, 7) }}
),

daily as (
    select
        rates.currency,
        {{ add_days('rates.rate_date', 'ages.number') }} as rate_date,
        rates.rate
    from rates
    cross join ages
    where
        rates.next_rate_date is null
        or {{ add_days('rates.rate_date', 'ages.number') }} < rates.next_rate_date
)

select * from daily
