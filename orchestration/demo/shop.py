"""The shop's files: orders (Parquet) and order lines (CSV) by month, and refunds (CSV)."""

import numpy as np
import pyarrow as pa

from orchestration.demo.block import Block
from orchestration.demo.catalogue import CURRENCY, Catalogue
from orchestration.demo.dirt import Codes, code_of, cut, draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.orders import STATUSES, Orders
from orchestration.demo.places import COUNTRIES
from orchestration.demo.population import CHANNELS
from orchestration.demo.streams import Purpose
from orchestration.demo.text import chosen, csv_lines, decimals, given, money
from orchestration.demo.timeline import DAY, Ints

LINES_HEADER = "order_line_id,order_id,product_id,quantity,unit_price,discount\n"
_SHOPS = ("web", "app", "store", "phone", "marketplace")
_NO_TIME = np.datetime64("NaT", "s")


def orders_path(month: str) -> str:
    """Where a month's orders are."""
    return f"orders/orders_{month}.parquet"


def lines_path(month: str) -> str:
    """Where a month's order lines are."""
    return f"order_lines/order_lines_{month}.csv"


def write_orders(block: Block, folder: DemoFolder, orders: Orders, corrected_month: str) -> None:
    """Append a block's orders to their months, and a few of one month once more, corrected."""
    rng, timeline = block.draws(Purpose.ORDER_FILES), block.timeline
    dirt = draw_dirt(rng, "orders", len(orders))
    table = _order_table(rng, block, orders, dirt)
    ends = np.searchsorted(orders.moment, timeline.month_ends)
    repeated = code_of("orders.repeated_row")
    for month, begin, end in zip(timeline.months, [0, *ends[:-1]], ends, strict=True):
        codes = dirt[begin:end]
        rows = np.repeat(np.arange(begin, end), 1 + (codes == repeated))
        # Of two equal rows the second is the repeated one.
        is_second = np.concatenate(([False], rows[1:] == rows[:-1]))[: len(rows)]
        codes = np.where((dirt[rows] == repeated) & ~is_second, 0, dirt[rows]).astype(np.uint8)
        folder.table(orders_path(month), "orders", table.take(pa.array(rows)), codes)
        if month == corrected_month:
            _write_corrected(rng, folder, month, table, np.arange(begin, end)[dirt[begin:end] == 0])


def _order_table(rng: np.random.Generator, block: Block, orders: Orders, dirt: Codes) -> pa.Table:
    timeline, people, count = block.timeline, block.people, len(orders)
    shop = rng.choice(4, count, p=[0.5, 0.3, 0.14, 0.06])
    marketplace = [channel.name for channel in CHANNELS].index("marketplace")
    from_marketplace = people.channel[orders.customer] == marketplace
    shop = np.where(from_marketplace & (rng.random(count) < 0.8), 4, shop)
    paid = orders.paid
    # Parcels of 45 euros and more are sent at the shop's expense, from the marketplace all.
    sent = (shop != 2) & ((paid >= 4500) | (shop == 4))
    shipping = np.where(sent, 420 + paid // 100, 0)
    fee = np.where(paid > 0, paid * 14 // 1000 + 25, 0)
    moment = orders.moment.astype("datetime64[s]")
    updated = np.minimum(orders.moment + rng.integers(3600, 3 * DAY, count), timeline.end)
    ids = people.ids.take(pa.array(orders.customer))
    return pa.table(
        {
            "order_id": orders.ids,
            "customer_id": given(ids, dirt != code_of("orders.guest")),
            "ordered_at": _times(
                np.where(dirt == code_of("orders.missing_time"), _NO_TIME, moment)
            ),
            "status": spoil(
                chosen(STATUSES, orders.status), dirt, {"orders.unknown_value": "in limbo"}
            ),
            "currency": chosen([CURRENCY], np.zeros(count, dtype=np.int64)),
            "subtotal": decimals(orders.gross),
            "coupon_discount": decimals(orders.coupon),
            "tax": decimals(paid * 19 // 119),
            "shipping_cost": decimals(shipping),
            "payment_fee": decimals(fee),
            "sales_channel": chosen(_SHOPS, shop),
            "country": chosen([c.code for c in COUNTRIES], people.country[orders.customer]),
            "coupon_code": chosen((None, "WELCOME5"), (orders.coupon > 0).astype(np.int64)),
            "updated_at": _times(updated.astype("datetime64[s]")),
        }
    )


def _write_corrected(
    rng: np.random.Generator, folder: DemoFolder, month: str, table: pa.Table, clean: Ints
) -> None:
    """A later delivery with some of the month's orders: cancelled since, or paid since."""
    rows = clean[rng.random(len(clean)) < 0.02]
    again = table.take(pa.array(rows))
    later = again["updated_at"].cast(pa.int64()).to_numpy() + 20 * DAY * 1000
    changed = {
        "status": chosen(STATUSES, 2 * (np.arange(len(rows)) % 3 > 0)),
        "updated_at": pa.array(later, again.schema.field("updated_at").type),
    }
    for name, column in changed.items():
        again = again.set_column(again.schema.get_field_index(name), name, column)
    codes = np.full(len(rows), code_of("orders.corrected"), dtype=np.uint8)
    folder.table(f"orders/orders_{month}_corrected.parquet", "orders", again, codes)


def _times(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.timestamp("s")).cast(pa.timestamp("ms", tz="UTC"))


def write_order_lines(
    block: Block, folder: DemoFolder, catalogue: Catalogue, orders: Orders
) -> None:
    """Append a block's order lines to the months of their orders."""
    timeline = block.timeline
    dirt = draw_dirt(block.draws(Purpose.LINE_FILES), "order_lines", len(orders.order))
    order_ids = orders.ids.take(pa.array(orders.order))
    quantity = pa.array(orders.quantity).cast(pa.string())
    price = money(orders.price)
    lines = csv_lines(
        ",",
        orders.line_ids,
        spoil(order_ids, dirt, {"order_lines.missing_key": ""}),
        chosen(catalogue.ids, orders.product),
        spoil(
            quantity,
            dirt,
            {"order_lines.text_in_number": "abc", "order_lines.torn_quote": '"2" x'},
        ),
        spoil(price, dirt, {"order_lines.decimal_comma": '"12,50"'}),
        spoil(money(orders.discount), dirt, {"order_lines.too_many_columns": "0.00,?"}),
    )
    lines = cut(lines, dirt, "order_lines.too_few_columns", 18)
    first_lines = np.append(orders.begins, len(orders.order))
    ends = first_lines[np.searchsorted(orders.moment, timeline.month_ends)]
    for month, begin, end in zip(timeline.months, [0, *ends[:-1]], ends, strict=True):
        folder.lines(
            lines_path(month),
            "order_lines",
            lines.slice(begin, end - begin),
            dirt[begin:end],
            header=LINES_HEADER,
        )
