-- Churn per month, quarter and year by every dimension.
create temp table fallen as
select
    *,
    case
        when first_seen >= first_day then 'new'
        when previous_ended_at >= first_day then 'again'
        else 'base'
    end as origin
from (
    select episodes.*, unnest(
        [month_id(churned_at), quarter_id(churned_at), year_id(churned_at)]
    ) as id
    from episodes
)
inner join periods_of_time using (id)
qualify row_number() over (partition by customer, id order by churned_at) = 1;

-- Only episodes of the base cost anything: their year is looked up, not everyone's.
create temp table lost as
select episode.customer, episode.churned_at, sum(net_booked) as lost
from (
    select distinct customer, churned_at, last_seen as last_day
    from fallen
    where origin = 'base' and by_silence
    union all
    select customer, churned_at, max(day)
    from fallen
    inner join purchases using (customer)
    where origin = 'base' and not by_silence and day <= churned_at
    group by all
) as episode
inner join days
    on episode.customer = days.customer and day <= last_day and day >= last_day - 364
group by all;

create table marts.churn as
with fallen_groups as (
    select
        id,
        alike,
        coalesce(quadrant, 'none') as quadrant,
        count(*) filter (origin = 'base') as churned_customers,
        count(*) filter (origin = 'new') as churned_new,
        count(*) filter (origin = 'again') as churned_again,
        coalesce(sum(lost) filter (origin = 'base'), 0) as lost_net_sales
    from fallen
    inner join grouped using (customer)
    left join lost using (customer, churned_at)
    left join marts.quadrants on customer = customer_key and snapshot_before = snapshot_date
    group by all
),

fell as (
    select id, dimension_name, dimension_value,
        sum(columns(['churned_customers', 'churned_new', 'churned_again', 'lost_net_sales']))
    from fallen_groups
    inner join spread using (alike)
    group by all
    union all
    select id, 'quadrant', quadrant,
        sum(columns(['churned_customers', 'churned_new', 'churned_again', 'lost_net_sales']))
    from fallen_groups
    group by all
),

open_by_day as (
    select dimension_name || '/' || dimension_value as key, day,
        sum(sum(change)) over (partition by dimension_name, dimension_value order by day) as open
    from (
        select alike, day, sum(change) as change
        from (
            select customer, churned_at as day, 1 as change from episodes
            union all
            select customer, ended_at, -1 from episodes where ended_at is not null
        )
        inner join grouped using (customer)
        group by all
    )
    inner join spread using (alike)
    group by dimension_name, dimension_value, day
),

spine as (
    select *, dimension_name || '/' || dimension_value as key
    from by_dimension
    where grain in ('month', 'quarter', 'year')
),

open_in_quadrant as (
    select id, quadrant as place, count(*) as open
    from marts.quadrants
    inner join (select distinct id, first_day, snapshot_before from spine) as starts
        on snapshot_date = snapshot_before
    inner join grouped on customer = customer_key
    where customer_state = 'churned' and cohort_date < first_day
    group by all
),

based as (
    select
        spine.*,
        case
            when dimension_name != 'quadrant' then coalesce(open_by_day.open, 0)
            when dimension_value != 'none' then coalesce(open_in_quadrant.open, 0)
        end as open
    from spine
    asof left join open_by_day on spine.key = open_by_day.key and spine.first_day > open_by_day.day
    left join open_in_quadrant
        on spine.id = open_in_quadrant.id and dimension_name = 'quadrant'
        and dimension_value = place
),

joined as (
    select
        *,
        before - coalesce(open, 2 * max(open) filter (dimension_name = 'all') over (
            partition by id
        ) - sum(open) filter (dimension_name in ('all', 'quadrant')) over (partition by id))
            as base,
        has_ended and first_day >= getvariable('data_start') + getvariable('first_churn')
            as is_complete
    from based
    left join fell using (id, dimension_name, dimension_value)
)

select
    grain as period_grain,
    first_day as period_start,
    final_day as period_end,
    dimension_name,
    dimension_value,
    cast(base as bigint) as base_customers,
    cast(coalesce(churned_customers, 0) as bigint) as churned_customers,
    cast(coalesce(churned_new, 0) as bigint) as churned_new,
    cast(coalesce(churned_again, 0) as bigint) as churned_again,
    case when is_complete then ratio(coalesce(churned_customers, 0), base) end
        as rhythm_churn_rate,
    cast(coalesce(lost_net_sales, 0) as decimal(18, 2)) as lost_net_sales,
    is_complete,
    getvariable('as_of') as as_of_date
from joined;
