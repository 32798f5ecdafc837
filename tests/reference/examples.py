"""The two public data sets with golden figures, as landing would hold them."""

from pathlib import Path

import pandas as pd

from .landing import Landing


def online_retail(folder: Path) -> Landing:
    """UCI Online Retail by the mapping of entities.md: order lines, and `C` invoices as refunds."""
    raw = pd.read_csv(
        folder / "online_retail" / "online_retail.csv.gz",
        dtype={"InvoiceNo": "str", "StockCode": "str", "CustomerID": "str"},
        keep_default_na=False,
        na_values=[""],
    )
    times = pd.to_datetime(raw["InvoiceDate"]).dt.tz_localize("Europe/London").dt.tz_convert("UTC")
    raw = raw.assign(time=times, row=raw.index.astype("str"))
    named = raw["CustomerID"].notna()
    cancelled = raw["InvoiceNo"].str.startswith("C")
    sold = raw[named & ~cancelled & (raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)]
    returned = raw[named & cancelled]
    lines = {"row": "order_line_id", "InvoiceNo": "order_id", "StockCode": "product_id"}
    lines |= {"Quantity": "quantity", "UnitPrice": "unit_price", "CustomerID": "customer_id"}
    lines |= {"time": "ordered_at", "Country": "country"}
    refunds = {"row": "refund_id", "StockCode": "product_id", "CustomerID": "customer_id"}
    refunds |= {"time": "refunded_at", "amount": "amount"}
    amount = -returned["Quantity"] * returned["UnitPrice"]
    return Landing(
        order_lines=sold.rename(columns=lines),
        refunds=returned.assign(amount=amount).rename(columns=refunds),
    )


def cdnow(folder: Path) -> Landing:
    """The CDNOW sample: each row of the log is an order without lines."""
    raw = pd.read_csv(folder / "cdnow_sample" / "cdnowElog.csv", dtype={"sampleid": "str"})
    orders = pd.DataFrame(
        {
            "order_id": raw.index.astype("str").str.zfill(5),
            "customer_id": raw["sampleid"],
            "ordered_at": pd.to_datetime(raw["date"].astype("str"), format="%Y%m%d"),
            "gross_amount": raw["sales"],
        }
    )
    return Landing(orders=orders)
