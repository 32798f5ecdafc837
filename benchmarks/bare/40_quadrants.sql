-- Everyone's standing at each snapshot. Each part has few values, so its mid-ranks are looked up.
create temp table margins as
select
    customer,
    unnest(range(14)) as number,
    unnest([{margin_sums}]) as profitability
from (
    select
        days.*,
        snapshot_days
    from days
    cross join (select list(snapshot_date order by number) as snapshot_days from snapshots)
    where day > getvariable('as_of') - 800
)
group by customer;

create temp table population as
with in_force_then as (
    select
        snapshots.number,
        snapshot_date,
        customer
    from periods
    inner join snapshots
        on in_force_from <= snapshot_date and in_force_until >= snapshot_date
),

by_contract as (
    select
        coalesce(bought.number, in_force_then.number) as number,
        coalesce(bought.snapshot_date, in_force_then.snapshot_date) as snapshot_date,
        coalesce(bought.customer, in_force_then.customer) as customer,
        day,
        first_day,
        purchase_number,
        squared_gaps
    from (
        select
            snapshots.number,
            snapshot_date,
            customer,
            day,
            first_day,
            purchases.number as purchase_number,
            squared_gaps
        from purchases
        semi join contractual using (customer)
        inner join snapshots
            on day <= snapshot_date
            and coalesce(next_day, date '9999-12-31') > snapshot_date
    ) as bought
    full join in_force_then
        on bought.number = in_force_then.number and bought.customer = in_force_then.customer
    where in_force_then.customer is not null or bought.snapshot_date - day < 365
),

members as (
    select
        snapshots.number,
        snapshot_date,
        customer,
        day,
        first_day,
        silences.number as purchase_number,
        squared_gaps,
        case
            when snapshot_date - day >= churn_after then 'churned'
            when snapshot_date - day > at_risk_after then 'at_risk'
            when snapshot_date - returned_on <= at_risk_after then 'returned'
            when silences.number = 1 then 'new'
            else 'active'
        end as customer_state
    from silences
    inner join snapshots
        on day <= snapshot_date and coalesce(next_day, date '9999-12-31') > snapshot_date
    where snapshot_date - day < 365
    union all
    select
        by_contract.*,
        coalesce(customer_state, case purchase_number when 1 then 'new' else 'active' end)
    from by_contract
    left join contract_states using (number, customer)
)

select
    members.number,
    snapshot_date,
    members.customer,
    cast(day - date '1970-01-01' as integer) as recency,
    cast(coalesce(purchase_number, 0) as integer) as frequency,
    cast(date '1970-01-01' - first_day as integer) as tenure,
    case when purchase_number >= 3 then round(
        -sqrt(cast(
            (purchase_number - 1) * squared_gaps - (day - first_day) * (day - first_day)
        as double)) / (day - first_day),
        9
    ) end as regularity,
    nps_part,
    case when any_referred then coalesce(made.referrals, 0) end as referrals,
    coalesce(profitability, 0) as profitability,
    customer_state
from members
left join margins on members.customer = margins.customer and members.number = margins.number
left join (
    select
        snapshots.number,
        customer,
        arg_max(score, (answered_at, feedback_id)) / 10.0 as nps_part
    from answers
    inner join snapshots on cast(answered_at as date) <= snapshot_date
    where kind = 'nps' and score between 0 and 10 and customer not in (from tests)
    group by all
) as answered on members.customer = answered.customer and members.number = answered.number
left join (
    select
        snapshots.number,
        customer,
        count(*) as referrals
    from referrals
    inner join snapshots on referred_on <= snapshot_date
    where customer not in (from tests)
    group by all
) as made on members.customer = made.customer and members.number = made.number
left join (
    select
        snapshots.number,
        true as any_referred
    from snapshots
    where snapshot_date >= (select min(referred_on) from referrals)
) as referring on members.number = referring.number;

create macro mid_ranks(part) as table
select
    number,
    value,
    (
        sum(equals) over (
            partition by number order by value rows between unbounded preceding and current row
        ) - equals / 2.0
    ) / sum(equals) over (partition by number) as mid_rank
from (
    select number, columns(lambda name: name = part) as value, count(*) as equals
    from population
    group by all
)
where value is not null;

create temp table scores as
select
    *,
    cast(100 * (
        0.3 * coalesce(recency, 0) + 0.3 * coalesce(frequency, 0) + 0.15 * coalesce(tenure, 0)
        + 0.1 * coalesce(regularity, 0) + 0.15 * coalesce(advocacy, 0)
    ) / nullif(
        if(recency is null, 0, 0.3) + if(frequency is null, 0, 0.3) + if(tenure is null, 0, 0.15)
        + if(regularity is null, 0, 0.1) + if(advocacy is null, 0, 0.15),
        0
    ) as decimal(7, 4)) as loyalty_score,
    concat_ws(
        ' ',
        if(recency is null, null, 'recency'), if(frequency is null, null, 'frequency'),
        if(tenure is null, null, 'tenure'), if(regularity is null, null, 'regularity'),
        if(advocacy is null, null, 'advocacy')
    ) as loyalty_components
from (
    select
        population.number,
        snapshot_date,
        customer,
        profitability,
        customer_state,
        recency.mid_rank as recency,
        frequency.mid_rank as frequency,
        tenure.mid_rank as tenure,
        regularity.mid_rank as regularity,
        coalesce((nps_part + made.mid_rank) / 2, nps_part, made.mid_rank) as advocacy
    from population
    left join mid_ranks('recency') as recency
        on population.number = recency.number and population.recency = recency.value
    left join mid_ranks('frequency') as frequency
        on population.number = frequency.number and population.frequency = frequency.value
    left join mid_ranks('tenure') as tenure
        on population.number = tenure.number and population.tenure = tenure.value
    left join mid_ranks('regularity') as regularity
        on population.number = regularity.number and population.regularity = regularity.value
    left join mid_ranks('referrals') as made
        on population.number = made.number and population.referrals = made.value
);

create table marts.quadrants as
select
    snapshot_date,
    customer as customer_key,
    customer_id,
    quadrant,
    name_en as quadrant_name_en,
    name_ru as quadrant_name_ru,
    loyalty_score,
    loyalty_components,
    cast(profitability as decimal(18, 2)) as profitability,
    loyalty_threshold,
    profitability_threshold,
    customer_state,
    getvariable('as_of') as as_of_date
from (
    select
        *,
        case
            when loyalty_score >= loyalty_threshold and profitability >= profitability_threshold
                then 'III'
            when loyalty_score >= loyalty_threshold then 'II'
            when profitability >= profitability_threshold then 'IV'
            else 'I'
        end as quadrant
    from scores
    inner join (
        select
            number,
            median(cast(loyalty_score as double)) as loyalty_threshold,
            median(cast(profitability as double)) as profitability_threshold
        from scores
        where loyalty_score is not null
        group by number
    ) as thresholds using (number)
    where loyalty_score is not null
)
inner join (select customer, customer_id from profiles) as ids using (customer)
left join (
    select quadrant, name_en, name_ru from read_csv('{seeds}/quadrant_playbook.csv')
) as playbook using (quadrant);
