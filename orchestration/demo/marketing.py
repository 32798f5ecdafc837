"""What marketing did: spend by day and channel, and campaigns to customers (CSV)."""

import numpy as np
import pyarrow as pa

from orchestration.demo.campaigns import campaigns_at
from orchestration.demo.catalogue import CURRENCY
from orchestration.demo.dirt import draw_dirt, spoil
from orchestration.demo.files import DemoFolder
from orchestration.demo.population import BASE_SHARE, CHANNELS, arrival_weights
from orchestration.demo.text import chosen, csv_lines, days, given, money
from orchestration.demo.timeline import DAY, Ints, Timeline

SPEND_HEADER = "day,channel,campaign,purpose,amount,currency\n"
CAMPAIGNS_HEADER = (
    "campaign_id,segment,destination,starts_on,response_window_days,cost_amount,currency\n"
)
# Channels by which known customers are reminded, and cents per customer and year.
_KEEPING = (("email", 45), ("social", 60), ("sms", 12))
# Segment and destination, as the segments declare them; days of response; cost per customer.
_CAMPAIGNS = (
    ("seg_winback", "klaviyo", 14, 0.020),
    ("seg_at_risk", "generic_csv", 14, 0.015),
    ("seg_champions", "klaviyo", 21, 0.010),
    ("seg_second_purchase", "google_customer_match", 30, 0.050),
    ("seg_winback", "meta_customer_list", 30, 0.045),
    ("seg_key_accounts", "call_list", 30, 0.030),
)


def write_marketing(
    rng: np.random.Generator, folder: DemoFolder, timeline: Timeline, customers: int
) -> None:
    """Write the spend of the whole company, in proportion to its `customers`, and its campaigns."""
    expected = customers * (1 - BASE_SHARE) * arrival_weights(timeline)
    acquired = [
        np.rint(
            expected * channel.share * channel.cost * 100 * rng.gamma(25, 1 / 25, timeline.days)
        )
        for channel in CHANNELS
    ]
    # What is spent on keeping grows with the number of those who can be kept.
    known = customers * BASE_SHARE + np.cumsum(expected)
    kept = [
        np.rint(known * cents / 365 * rng.gamma(16, 1 / 16, timeline.days)) for _, cents in _KEEPING
    ]
    names = [channel.name for channel in CHANNELS] + [name for name, _ in _KEEPING]
    amounts = np.stack(acquired + kept, axis=1).astype(np.int64)
    day, column = np.nonzero(amounts)
    is_acquiring = column < len(CHANNELS)
    campaigns = campaigns_at(timeline, np.where(is_acquiring, column, 0), day)
    dirt = draw_dirt(rng, "marketing_spend", len(day))
    lines = csv_lines(
        ",",
        spoil(_days(timeline, day), dirt, {"marketing_spend.unreadable_date": "n/a"}),
        chosen(names, column),
        given(campaigns, is_acquiring),
        chosen(("keep", "acquire"), is_acquiring.astype(np.int64)),
        spoil(money(amounts[day, column]), dirt, {"marketing_spend.decimal_comma": '"12,50"'}),
        chosen([CURRENCY], np.zeros(len(day), dtype=np.int64)),
    )
    folder.lines("marketing_spend.csv", "marketing_spend", lines, dirt, header=SPEND_HEADER)
    _write_campaigns(folder, timeline, customers)


def _write_campaigns(folder: DemoFolder, timeline: Timeline, customers: int) -> None:
    """One campaign each month, the kinds in turn."""
    starts = np.flatnonzero([day.day == 10 for day in timeline.all_days])
    kind = np.arange(len(starts)) % len(_CAMPAIGNS)
    segments, destinations, windows, costs = zip(*_CAMPAIGNS, strict=True)
    ids = [f"K-{timeline.all_days[day]:%Y%m}" for day in starts]
    lines = csv_lines(
        ",",
        pa.array(ids, pa.string()),
        chosen(segments, kind),
        chosen(destinations, kind),
        _days(timeline, starts),
        pa.array(np.array(windows)[kind]).cast(pa.string()),
        money(np.rint(np.array(costs)[kind] * customers * 100).astype(np.int64)),
        chosen([CURRENCY], np.zeros(len(starts), dtype=np.int64)),
    )
    folder.lines("campaigns.csv", "campaigns", lines, header=CAMPAIGNS_HEADER)


def _days(timeline: Timeline, day: Ints) -> pa.Array:
    return days((day + timeline.first_epoch_day) * DAY)
