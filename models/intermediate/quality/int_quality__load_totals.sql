-- One row per load, currency and side: what was read beside what became of it. Loads that move no
-- money (or landed before money was counted) have rows alone, in no currency.
with batches as (
    select
        batch_id,
        rows_read,
        concat_ws(' ', entity, source, file, batch_id) as scope,
        rows_accepted + rows_rejected + rows_filtered as rows_accounted_for
    from {{ source('landing', '_batches') }}
),

amounts as (
    select
        batches.scope,
        amounts.currency,
        amounts.rows,
        amounts.amount,
        amounts.without_amount,
        amounts.unreadable,
        case when amounts.fate = 'read' then 'left' else 'right' end as side,
        case when amounts.fate = 'read' then 'read' else 'accepted + rejected + filtered' end
            as total_name
    from {{ source('landing', '_batch_amounts') }} as amounts
    inner join batches
        on amounts.batch_id = batches.batch_id
),

rows_alone as (
    select *
    from batches
    where batch_id not in (
        select amounts.batch_id
        from {{ source('landing', '_batch_amounts') }} as amounts
    )
),

totals as (
    {% for check_name, measure in [('rows_read', 'rows'), ('amounts_read', 'amount')] -%}
    select
        '{{ check_name }}' as check_name,
        scope,
        currency,
        side,
        total_name,
        {{ measure }} as amount
    from amounts
    union all
    {% endfor -%}
    {% for side, total_name, measure in [
        ('left', 'read', 'rows_read'),
        ('right', 'accepted + rejected + filtered', 'rows_accounted_for'),
    ] -%}
    select
        'rows_read' as check_name,
        scope,
        'XXX' as currency,
        '{{ side }}' as side,
        '{{ total_name }}' as total_name,
        {{ measure }} as amount
    from rows_alone
    union all
    {% endfor -%}
    {% for side, total_name, measure, condition in [
        ('left', 'rows read', 'rows', "side = 'left'"),
        ('right', 'rows with an amount', 'rows - without_amount - unreadable', "side = 'right'"),
        ('remainder', 'unreadable', 'unreadable', "side = 'left' and unreadable > 0"),
        ('remainder', 'without_amount', 'without_amount', "side = 'left' and without_amount > 0"),
    ] -%}
    select
        'rows_have_amounts' as check_name,
        scope,
        currency,
        '{{ side }}' as side,
        '{{ total_name }}' as total_name,
        {{ measure }} as amount
    from amounts
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from totals
