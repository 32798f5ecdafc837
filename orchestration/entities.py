"""The contracts of what comes in: every entity, its columns, types, keys and personal columns.

This is the only place where an entity is declared. Landing types and checks rows by it, the
landing views give absent entities their empty, typed shape by it, and masking of error messages
asks it which values are personal.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Type(StrEnum):
    """A contract type; the value is the DuckDB type it is stored as in landing."""

    TEXT = "VARCHAR"
    TIMESTAMP = "TIMESTAMP WITH TIME ZONE"
    DATE = "DATE"
    AMOUNT = "DECIMAL(18,4)"
    QUANTITY = "DECIMAL(18,3)"
    RATE = "DECIMAL(24,12)"
    INTEGER = "BIGINT"
    NUMBER = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"


@dataclass(frozen=True)
class Column:
    """One column of a contract: name, type, and whether it is required, personal, in the key.

    `accepted` holds the values that the contract allows (empty: any); `is_country` marks columns
    that are converted to ISO 3166-1 alpha-2, `is_currency` those that are put into upper case.
    """

    name: str
    type: Type
    required: bool = False
    personal: bool = False
    key: bool = False
    accepted: tuple[str, ...] = ()
    is_country: bool = False
    is_currency: bool = False


@dataclass(frozen=True)
class Entity:
    """One entity: grain = its key columns; without key columns every row stands for itself."""

    name: str
    columns: tuple[Column, ...]
    event_column: str | None = None
    """The column whose time decides when the row happened; its day bounds `as_of_date`."""
    makes_key: bool = False
    """True where a source that gives no key gets `hash(columns, nth occurrence in the file)`."""
    amount: tuple[str, ...] = ()
    """The columns whose product is the row's money; with `currency`, where the entity has it, the
    money is counted from file to landing. Empty for what moves no money."""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def is_event(self) -> bool:
        """Whether a row is nothing without its time; a customer without one is a customer."""
        return self.event_column is not None and self.name != "customers"

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @property
    def personal(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.personal)


LINEAGE = (
    Column("extra", Type.JSON, personal=True),
    Column("_source", Type.TEXT),
    Column("_batch", Type.TEXT),
    Column("_file", Type.TEXT),
    Column("_row", Type.INTEGER),
)
"""What every landed row carries besides its contract columns."""

_FLAGS = {"!": "required", "°": "personal", "*": "key", "@": "is_country", "$": "is_currency"}


def _columns(*lines: str) -> tuple[Column, ...]:
    """Columns from lines `TYPE name[flags] name[flags] …`: `!` required, `°` personal, `*` key,
    `@` country, `$` currency; `name=a|b` restricts the values."""
    columns = []
    for line in lines:
        type_name, *names = line.split()
        for declared in names:
            name, _, accepted = declared.partition("=")
            flags = {_FLAGS[mark]: True for mark in name if mark in _FLAGS}
            columns.append(
                Column(
                    name.rstrip("".join(_FLAGS)),
                    Type[type_name],
                    accepted=tuple(accepted.split("|")) if accepted else (),
                    **flags,
                )
            )
    return tuple(columns)


_PURPOSES = (
    "email_marketing|sms_marketing|call_marketing|post_marketing|ad_user_data|ad_personalization"
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            "customers",
            _columns(
                "TEXT customer_id!* email° phone° first_name° last_name° company_name",
                "DATE birth_date°",
                "TEXT gender° street° postal_code° city region country@ language",
                "TEXT customer_type=person|company acquisition_channel acquisition_campaign",
                "TEXT service_tier manager_id parent_customer_id merged_into_id",
                "JSON external_ids attributes°",
                "BOOLEAN is_test",
                "TIMESTAMP created_at updated_at",
            ),
            event_column="created_at",
        ),
        Entity(
            "contacts",
            _columns(
                "TEXT contact_id!* customer_id! role first_name° last_name° email° phone°",
                "DATE birth_date°",
                "BOOLEAN is_primary",
                "TIMESTAMP updated_at",
            ),
            makes_key=True,
        ),
        Entity(
            "consents",
            _columns(
                f"TEXT customer_id! purpose!={_PURPOSES} status!=granted|denied|withdrawn",
                "TIMESTAMP recorded_at!",
                "DATE expires_on",
                "TEXT source proof_ref",
                "TIMESTAMP double_opt_in_at",
            ),
            event_column="recorded_at",
        ),
        Entity(
            "suppressions",
            _columns("TEXT customer_id identifier° channel reason", "TIMESTAMP recorded_at!"),
            event_column="recorded_at",
        ),
        Entity(
            "orders",
            _columns(
                "TEXT order_id!* customer_id",
                "TIMESTAMP ordered_at!",
                "TEXT status=completed|pending|cancelled currency$",
                "AMOUNT gross_amount discount_amount tax_amount shipping_cost_amount",
                "AMOUNT payment_fee_amount",
                "TEXT sales_channel country@ coupon_code email° phone°",
                "TIMESTAMP updated_at",
            ),
            event_column="ordered_at",
            amount=("gross_amount",),
        ),
        Entity(
            "order_lines",
            _columns(
                "TEXT order_line_id!* order_id! product_id",
                "QUANTITY quantity!",
                "AMOUNT unit_price! discount_amount unit_cost",
                "TEXT category customer_id",
                "TIMESTAMP ordered_at",
                "TEXT currency$ country@",
            ),
            event_column="ordered_at",
            makes_key=True,
            amount=("quantity", "unit_price"),
        ),
        Entity(
            "refunds",
            _columns(
                "TEXT refund_id!* order_id order_line_id product_id customer_id",
                "TIMESTAMP refunded_at!",
                "AMOUNT amount!",
                "TEXT currency$ reason",
            ),
            event_column="refunded_at",
            makes_key=True,
            amount=("amount",),
        ),
        Entity(
            "products",
            _columns("TEXT product_id!* name category", "AMOUNT unit_cost", "DATE valid_from*"),
        ),
        Entity(
            "contracts",
            _columns(
                "TEXT contract_id!* customer_id!",
                "DATE started_on! ends_on cancelled_on",
                "TEXT cancel_reason",
                "AMOUNT recurring_amount",
                "TEXT billing_period=month|quarter|year currency$",
                "BOOLEAN auto_renews",
                "TIMESTAMP updated_at",
            ),
            event_column="started_on",
            amount=("recurring_amount",),
        ),
        Entity(
            "interactions",
            _columns(
                "TEXT interaction_id!* customer_id!",
                "TIMESTAMP occurred_at!",
                "TEXT direction=in|out channel=call|e-mail|visit|chat|letter|sms",
                "TEXT kind=service|sales|complaint|greeting|retention|onboarding",
                "TEXT outcome reason manager_id",
                "DATE next_contact_on",
                "AMOUNT cost_amount",
            ),
            event_column="occurred_at",
            makes_key=True,
            amount=("cost_amount",),
        ),
        Entity(
            "feedback",
            _columns(
                "TEXT feedback_id!* customer_id!",
                "TIMESTAMP answered_at!",
                "TEXT kind=nps|csat|exit_survey",
                "NUMBER score",
                "TEXT reason comment°",
            ),
            event_column="answered_at",
            makes_key=True,
        ),
        Entity(
            "referrals",
            _columns("TEXT referral_id!* referrer_id! referred_id", "TIMESTAMP referred_at!"),
            event_column="referred_at",
            makes_key=True,
        ),
        Entity(
            "marketing_spend",
            _columns(
                "DATE spend_date!",
                "TEXT channel! campaign_id purpose=acquire|keep",
                "AMOUNT amount!",
                "TEXT currency$",
            ),
            event_column="spend_date",
            amount=("amount",),
        ),
        Entity(
            "campaigns",
            _columns(
                "TEXT campaign_id!* segment destination",
                "DATE starts_on!",
                "INTEGER response_window_days",
                "AMOUNT cost_amount",
                "TEXT currency$",
            ),
            event_column="starts_on",
            amount=("cost_amount",),
        ),
        Entity(
            "exchange_rates",
            _columns("DATE rate_date!*", "TEXT currency!*$", "RATE rate!"),
            event_column="rate_date",
        ),
    )
}

CUSTOMER_IDS = frozenset(
    {"customer_id", "referrer_id", "referred_id", "parent_customer_id", "merged_into_id"}
)
"""The columns that name a customer, in whatever entity they stand."""

ORDER_IDS = frozenset({"order_id", "order_line_id", "refund_id"})
"""The columns that name an order, a line or a refund, in whatever entity they stand."""

GUEST = "guest"
"""The numbering of orders that name no customer but an e-mail address or a telephone number: order
1001 is a checkout of the customer `guest:1001`, who is then matched like any other."""

SALES_ENTITIES = ("orders", "order_lines", "contracts")
"""At least one of these must be mapped: without sales or contracts there is nothing to measure."""
