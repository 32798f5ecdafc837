-- Answers and referrals per month, quarter and year.
create table marts.nps as
with referred as (
    select
        referrals.*,
        row_number() over (partition by referred order by referred_at, referral_id) = 1
            as is_first
    from referrals
    semi join profiles using (customer)
    where referred_on <= getvariable('as_of') and customer is distinct from referred
),

converted as (
    select
        referred.customer,
        referred_on,
        coalesce(last_purchase >= referred_on, false)::integer as converted,
        coalesce(net_sales, 0) as net_sales
    from referred
    left join profiles on referred = profiles.customer
    left join (
        select
            referral_id,
            sum(net_attributed) as net_sales
        from days
        inner join (from referred where is_first) as referred on days.customer = referred.referred
        where day >= referred_on
        group by referral_id
    ) as bought using (referral_id)
),

heard as (
    select
        customer,
        unnest([month_id(day), quarter_id(day), year_id(day)]) as id,
        score,
        said_at,
        made,
        converted,
        net_sales
    from (
        select customer, cast(answered_at as date) as day, score,
            (answered_at, feedback_id) as said_at, 0 as made, 0 as converted,
            0::decimal(18, 2) as net_sales
        from answers
        where kind = 'nps' and score between 0 and 10
            and answered_at < cast(getvariable('as_of') + 1 as timestamp)
        union all
        select customer, referred_on, null, null, 1, converted, net_sales
        from converted
    )
),

summed as (
    select
        id,
        customer,
        arg_max(score, said_at) as score,
        sum(made) as made,
        sum(converted) as converted,
        sum(net_sales) as net_sales
    from heard
    group by all
),

counted as (
    select
        id,
        case
            when grouping(acquisition_channel) = 0 then 'acquisition_channel'
            when grouping(quadrant) = 0 then 'quadrant'
            when grouping(relationship_level) = 0 then 'relationship_level'
            else 'all'
        end as dimension_name,
        coalesce(acquisition_channel, quadrant, relationship_level, 'all') as dimension_value,
        count(score) as respondents,
        count(*) filter (score >= 9) as promoters,
        count(*) filter (score <= 6) as detractors,
        sum(made) as made,
        sum(converted) as converted,
        sum(net_sales) as net_sales
    from (
        select
            summed.*,
            acquisition_channel,
            relationship_level,
            coalesce(quadrant, 'none') as quadrant
        from summed
        inner join (from periods_of_time where is_reported) as periods_of_time using (id)
        inner join grouped using (customer)
        left join marts.quadrants on customer = customer_key and snapshot_before = snapshot_date
    )
    group by grouping sets (
        (id), (id, acquisition_channel), (id, quadrant), (id, relationship_level)
    )
)

select
    grain as period_grain,
    first_day as period_start,
    final_day as period_end,
    dimension_name,
    dimension_value,
    respondents,
    promoters,
    respondents - promoters - detractors as passives,
    detractors,
    promoter_share,
    detractor_share,
    nps,
    nps - half_width as nps_lower_95,
    nps + half_width as nps_upper_95,
    cast(made as bigint) as referrals_made,
    cast(converted as bigint) as referrals_converted,
    cast(net_sales as decimal(18, 2)) as referred_net_sales,
    has_ended as is_complete,
    getvariable('as_of') as as_of_date
from (
    select
        *,
        1.959963984540054 * sqrt((promoter_share + detractor_share - nps * nps) / respondents)
            as half_width
    from (
        select
            *,
            ratio(promoters, respondents) as promoter_share,
            ratio(detractors, respondents) as detractor_share,
            ratio(promoters - detractors, respondents) as nps
        from counted
    )
)
inner join periods_of_time using (id);
