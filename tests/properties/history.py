"""Small histories of customers: what happened, in days and cents, and the rows that tell of it.

Days are counted from `START`, money in cents; what is None is not given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

START = date(2023, 1, 1)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Line:
    quantity: int
    price: int
    cost: int | None = None
    discount: int = 0
    category: str | None = None


@dataclass(frozen=True)
class Order:
    """`cancelled`: the day on which a second version says that it was cancelled."""

    day: int
    hour: int = 9
    amount: int = 1000
    discount: int = 0
    fees: int = 0
    lines: tuple[Line, ...] = ()
    currency: str | None = "EUR"
    country: str | None = None
    cancelled: int | None = None

    @property
    def net(self) -> int:
        """What the customer paid, in cents."""
        if not self.lines:
            return self.amount - self.discount
        lines = sum(line.quantity * line.price - line.discount for line in self.lines)
        return lines - self.discount


@dataclass(frozen=True)
class Refund:
    """`percent` of what was paid for the customer's order number `order`, counted from 0, or of
    `amount` where nobody knows which (None)."""

    day: int
    order: int | None
    percent: int = 100
    amount: int = 1000


@dataclass(frozen=True)
class Contract:
    """`days`: length agreed; `cancelled`, `noted`: days after it began, of the cancellation."""

    day: int
    days: int | None = None
    cancelled: int | None = None
    noted: int | None = None
    amount: int | None = None
    billing: str = "month"
    renews: bool = False


@dataclass(frozen=True)
class Contact:
    day: int
    direction: str = "out"
    channel: str | None = "call"
    kind: str | None = "service"
    cost: int | None = None


@dataclass(frozen=True)
class Answer:
    day: int
    score: float


@dataclass(frozen=True)
class Referral:
    day: int
    whom: int


@dataclass(frozen=True)
class Card:
    """`changed`: the day of a second version, of the other channel and country."""

    created: int | None = None
    channel: str | None = None
    country: str | None = None
    kind: str | None = None
    tier: str | None = None
    is_test: bool = False
    changed: int | None = None


@dataclass(frozen=True)
class Customer:
    """`ids`: of two ids, orders and contacts name one and the other in turn."""

    orders: tuple[Order, ...] = ()
    refunds: tuple[Refund, ...] = ()
    contracts: tuple[Contract, ...] = ()
    contacts: tuple[Contact, ...] = ()
    answers: tuple[Answer, ...] = ()
    referrals: tuple[Referral, ...] = ()
    card: Card | None = None
    ids: int = 1


@dataclass(frozen=True)
class History:
    """What happened, and the day (inclusive) that is described."""

    customers: tuple[Customer, ...]
    as_of: int

    @property
    def as_of_date(self) -> date:
        return day_of(self.as_of)

    def tables(self) -> dict[str, Rows]:
        """The rows of schemas landing and identity, by table."""
        told = _Told()
        told.add("landing._run", as_of_date=self.as_of_date)
        for number, customer in enumerate(self.customers):
            _tell(told, number, customer, len(self.customers))
        for day in range(20, 1000, 7):
            told.add("landing.exchange_rates", rate_date=day_of(day), currency="USD",
                     rate=Decimal("0.9137"))  # fmt: skip
        return told.tables


def day_of(day: int) -> date:
    return START + timedelta(days=day)


def moment(day: int, hour: int = 9) -> datetime:
    return datetime.combine(day_of(day), datetime.min.time()) + timedelta(hours=hour)


def money(cents: int | None) -> Decimal | None:
    return None if cents is None else Decimal(cents) / 100


@dataclass
class _Told:
    tables: dict[str, Rows] = field(default_factory=dict)

    def add(self, table: str, version: int = 1, **columns: Any) -> None:
        rows = self.tables.setdefault(table, [])
        lineage: dict[str, Any] = {}
        if not table.startswith(("landing._", "identity.")):
            lineage = {"_source": "shop", "_file": "f", "_row": len(rows), "_sequence": version}
        rows.append({**columns, **lineage})


def _tell(told: _Told, number: int, customer: Customer, customers: int) -> None:
    ids = [f"c{number}", f"x{number}"][: customer.ids]
    for one in ids:
        told.add("identity.customer_keys", customer_id=one, customer_key=number + 1)
        if customer.ids > 1:
            told.add("identity.customer_members", customer_id=one, customer_key=number + 1,
                     person_id=ids[0])  # fmt: skip
    _tell_card(told, ids[0], customer.card)
    for nth, order in enumerate(customer.orders):
        _tell_order(told, f"o{number}-{nth}", ids[nth % len(ids)], order)
    for nth, refund in enumerate(customer.refunds):
        undone = refund.order
        paid = refund.amount if undone is None else customer.orders[undone].net
        told.add("landing.refunds", refund_id=f"r{number}-{nth}", customer_id=ids[0],
                 order_id=None if undone is None else f"o{number}-{undone}",
                 refunded_at=moment(refund.day, 20),
                 amount=money(paid * refund.percent // 100))  # fmt: skip
    for nth, contract in enumerate(customer.contracts):
        _tell_contract(told, f"k{number}-{nth}", ids[0], contract)
    for nth, contact in enumerate(customer.contacts):
        told.add("landing.interactions", interaction_id=f"i{number}-{nth}",
                 customer_id=ids[nth % len(ids)], occurred_at=moment(contact.day),
                 direction=contact.direction, channel=contact.channel, kind=contact.kind,
                 cost_amount=money(contact.cost))  # fmt: skip
    for nth, answer in enumerate(customer.answers):
        told.add("landing.feedback", feedback_id=f"f{number}-{nth}", customer_id=ids[0],
                 answered_at=moment(answer.day), kind="nps", score=answer.score)  # fmt: skip
    for nth, referral in enumerate(customer.referrals):
        told.add("landing.referrals", referral_id=f"e{number}-{nth}", referrer_id=ids[0],
                 referred_id=f"c{referral.whom % customers}",
                 referred_at=moment(referral.day))  # fmt: skip


def _tell_card(told: _Told, customer_id: str, card: Card | None) -> None:
    if card is None:
        return
    told.add("landing.customers", customer_id=customer_id, acquisition_channel=card.channel,
             country=card.country, customer_type=card.kind, service_tier=card.tier,
             is_test=card.is_test,
             created_at=None if card.created is None else moment(card.created),
             updated_at=None if card.created is None else moment(card.created))  # fmt: skip
    if card.changed is not None:
        later = max(card.changed, card.created or 0)
        told.add("landing.customers", version=2, customer_id=customer_id,
                 acquisition_channel="partner", country="US", customer_type=card.kind,
                 service_tier=card.tier, is_test=card.is_test,
                 created_at=None if card.created is None else moment(card.created),
                 updated_at=moment(later, 12))  # fmt: skip


def _tell_order(told: _Told, order_id: str, customer_id: str, order: Order) -> None:
    header = {
        "order_id": order_id, "customer_id": customer_id,
        "ordered_at": moment(order.day, order.hour), "currency": order.currency,
        "country": order.country, "gross_amount": None if order.lines else money(order.amount),
        "discount_amount": money(order.discount), "payment_fee_amount": money(order.fees),
    }  # fmt: skip
    told.add("landing.orders", **header, status="completed",
             updated_at=moment(order.day, order.hour))  # fmt: skip
    if order.cancelled is not None:
        told.add("landing.orders", version=2, **header, status="cancelled",
                 updated_at=moment(max(order.cancelled, order.day), 23))  # fmt: skip
    for nth, line in enumerate(order.lines):
        told.add("landing.order_lines", order_line_id=f"{order_id}-{nth}", order_id=order_id,
                 quantity=line.quantity, unit_price=money(line.price), unit_cost=money(line.cost),
                 discount_amount=money(line.discount), category=line.category)  # fmt: skip


def _tell_contract(told: _Told, contract_id: str, customer_id: str, contract: Contract) -> None:
    agreed = {
        "contract_id": contract_id, "customer_id": customer_id,
        "started_on": day_of(contract.day), "recurring_amount": money(contract.amount),
        "billing_period": contract.billing, "currency": "EUR", "auto_renews": contract.renews,
        "ends_on": None if contract.days is None else day_of(contract.day + contract.days),
    }  # fmt: skip
    told.add("landing.contracts", **agreed, updated_at=moment(contract.day))
    if contract.cancelled is not None:
        noted = contract.cancelled if contract.noted is None else contract.noted
        told.add("landing.contracts", version=2, **agreed,
                 cancelled_on=day_of(contract.day + contract.cancelled),
                 updated_at=moment(contract.day + noted, 10))  # fmt: skip


def scaled(history: History, factor: int) -> History:
    """The same with all money `factor` times as much."""
    return _with_money(history, lambda cents: cents * factor)


def in_round_money(history: History) -> History:
    """The same in amounts that give whole cents where a share of them is taken, in one currency.

    Costs stand in one proportion to what was paid, contacts cost what they say, and a twelfth of
    what a contract brings in a year is whole cents.
    """
    round_customers = []
    for customer in _with_money(history, lambda cents: cents // 20 * 20).customers:
        round_customers.append(
            replace(
                customer,
                orders=tuple(map(_order_in_round_money, customer.orders)),
                refunds=tuple(
                    replace(one, percent=one.percent if one.percent % 50 == 0 else 50)
                    for one in customer.refunds
                ),
                contacts=tuple(replace(one, cost=one.cost or 0) for one in customer.contacts),
                contracts=tuple(
                    replace(one, amount=None if one.amount is None else one.amount // 60 * 60)
                    for one in customer.contracts
                ),
            )
        )
    return replace(history, customers=tuple(round_customers))


def _order_in_round_money(order: Order) -> Order:
    if all(line.cost is None for line in order.lines):
        return replace(order, currency="EUR")
    lines = tuple(replace(line, cost=line.price // 2, discount=0) for line in order.lines)
    return replace(order, currency="EUR", lines=lines, discount=0)


def _with_money(history: History, change: Any) -> History:
    def changed(cents: int | None) -> int | None:
        return None if cents is None else change(cents)

    customers = []
    for customer in history.customers:
        orders = [
            replace(
                order, amount=change(order.amount), discount=change(order.discount),
                fees=change(order.fees),
                lines=tuple(
                    replace(line, price=change(line.price), cost=changed(line.cost),
                            discount=change(line.discount))
                    for line in order.lines
                ),
            )
            for order in customer.orders
        ]  # fmt: skip
        contracts = [replace(one, amount=changed(one.amount)) for one in customer.contracts]
        contacts = [replace(one, cost=changed(one.cost)) for one in customer.contacts]
        refunds = [replace(one, amount=change(one.amount)) for one in customer.refunds]
        customers.append(
            replace(customer, orders=tuple(orders), contracts=tuple(contracts),
                    contacts=tuple(contacts), refunds=tuple(refunds))
        )  # fmt: skip
    return replace(history, customers=tuple(customers))


def cut(tables: Mapping[str, Sequence[Mapping[str, Any]]], day: date) -> dict[str, Rows]:
    """What of `tables` had happened by the end of `day`, in the versions known by then.

    Of a row whose versions are all later, the first stays: its event had happened.
    """
    events = {
        "landing.orders": ("ordered_at", "order_id"), "landing.refunds": ("refunded_at", None),
        "landing.contracts": ("started_on", "contract_id"),
        "landing.interactions": ("occurred_at", None), "landing.feedback": ("answered_at", None),
        "landing.referrals": ("referred_at", None), "landing.customers": (None, "customer_id"),
        "landing.exchange_rates": ("rate_date", None),
    }  # fmt: skip
    kept: dict[str, Rows] = {}
    for table, rows in tables.items():
        event, key = events.get(table, (None, None))
        happened = [dict(row) for row in rows if event is None or _date(row[event]) <= day]
        first = {row[key]: row for row in reversed(happened)} if key else {}
        kept[table] = [
            row
            for row in happened
            if key is None
            or row is first[row[key]]
            or row["updated_at"] is None
            or _date(row["updated_at"]) <= day
        ]
    return kept


def _date(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
