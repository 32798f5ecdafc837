"""What comes back: refunds of single lines and of whole orders (CSV)."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.block import Block
from orchestration.demo.catalogue import CURRENCY, Catalogue
from orchestration.demo.dirt import code_of, draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.orders import STATUSES, Orders
from orchestration.demo.streams import Purpose
from orchestration.demo.text import chosen, csv_lines, given, joined, moments, money
from orchestration.demo.timeline import DAY

REFUNDS_HEADER = (
    "refund_id,order_id,order_line_id,product_id,customer_id,refunded_at,amount,currency,reason\n"
)
_REASONS = ("damaged", "wrong item", "did not like it", "late delivery", "wrong size")


def write_refunds(block: Block, folder: DemoFolder, catalogue: Catalogue, orders: Orders) -> None:
    """Append a block's refunds: a line or an order comes back days later; some orders are undone
    in full on their own day; a few refunds name only the customer."""
    rng, timeline, people = block.draws(Purpose.REFUNDS), block.timeline, block.people
    drawn = rng.random(len(orders))
    completed = (orders.status == STATUSES.index("completed")) & (orders.paid > 0)
    undone = completed & (drawn < 0.004)
    whole = completed & (drawn >= 0.004) & (drawn < 0.014)
    part = completed & (drawn >= 0.014) & (drawn < 0.05)
    order = np.flatnonzero(undone | whole | part)
    # Of a part the first line comes back, less its part of a coupon: the customer paid less for it.
    line = orders.begins[order]
    gross = orders.quantity[line] * orders.price[line]
    of_coupon = orders.coupon[order] * gross // np.maximum(orders.gross[order], 1)
    of_line = gross - orders.discount[line] - of_coupon
    amount = np.where(part[order], of_line, orders.paid[order])
    later = orders.moment[order] + (DAY * (3 + rng.gamma(1.5, 6.0, len(order)))).astype(np.int64)
    same_day = orders.moment[order] // DAY * DAY + DAY - 600
    moment = np.where(undone[order], same_day, later)
    kept = (moment <= timeline.end) & (amount > 0)
    order, line, amount, moment = order[kept], line[kept], amount[kept], moment[kept]

    is_undone, is_part = undone[order], part[order]
    names_order = is_undone | (rng.random(len(order)) > 0.05)
    dirt = draw_dirt(rng, "refunds", len(order))
    dirt[(dirt == 0) & is_undone] = code_of("refunds.same_day_cancellation")
    ids = orders.ids.take(pa.array(order))
    names_line = is_part & names_order
    lines = csv_lines(
        ",",
        joined("R", ids),
        given(ids, names_order),
        given(orders.line_ids.take(pa.array(line)), names_line),
        given(chosen(catalogue.ids, orders.product[line]), names_line),
        people.ids.take(pa.array(orders.customer[order])),
        spoil(moments(moment), dirt, {"refunds.unreadable_date": "31.02.2025"}),
        spoil(money(amount), dirt, {"refunds.text_in_number": "abc"}),
        chosen([CURRENCY], np.zeros(len(order), dtype=np.int64)),
        pc.if_else(
            pa.array(is_undone),
            "order cancelled",
            chosen(_REASONS, rng.integers(0, len(_REASONS), len(order))),
        ),
    )
    folder.lines("refunds.csv", "refunds", lines, dirt, header=REFUNDS_HEADER)
