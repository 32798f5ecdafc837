"""`kind: api` in sources.yml: what it becomes, and every mistake with its line and the remedy."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration.landing import LandingError, load_sources

SHOP = """\
sources:
  shop:
    kind: api
    preset: woocommerce
    shop: https://shop.example.com/
"""
LOGIN = {"WOOCOMMERCE_KEY": "ck_1", "WOOCOMMERCE_SECRET": "cs_1"}


@pytest.fixture
def load(tmp_path):
    def go(text=SHOP, environment=LOGIN):
        path = tmp_path / "sources.yml"
        path.write_text(text)
        return load_sources(path, environment)

    return go


@pytest.fixture
def problem(load):
    def go(text, environment=LOGIN):
        with pytest.raises(LandingError) as caught:
            load(text, environment)
        (message,) = caught.value.problems
        return message

    return go


def test_a_source_becomes_one_per_stream_with_the_preset_s_mapping(load):
    config = load()
    assert list(config.sources) == [
        "shop.orders", "shop.orders_in_bin", "shop.refunds", "shop.customers", "shop.products",
    ]  # fmt: skip
    orders = config.sources["shop.orders"]
    assert orders.entities["orders"].columns["order_id"] == "'shop:' || id"
    assert orders.types["total"] == "text"
    place = config.apis["shop.orders"]
    assert place.settings.base_url == "https://shop.example.com/wp-json/wc/v3"
    assert (place.settings.lag, place.settings.max_attempts, place.spec.page_size) == (
        timedelta(hours=2),
        8,
        100,
    )
    assert config.place("shop.orders", "timezone") == "sources.yml line 2"


def test_settings_are_used(load):
    config = load(SHOP + "    page_size: 20\n    max_attempts: 3\n    lag: 3 days\n"
                  "    changed_since: 2024-01-31\n    covers_until: 2024-12-31\n"
                  "    credentials: {key: SHOP2_KEY}\n    streams: {products: false}\n",
                  {**LOGIN, "SHOP2_KEY": "ck_2"})  # fmt: skip
    assert "shop.products" not in config.sources
    place = config.apis["shop.orders"]
    assert (place.spec.page_size, place.settings.max_attempts, place.settings.lag) == (
        20,
        3,
        timedelta(days=3),
    )
    assert place.settings.changed_since == datetime(2024, 1, 31, tzinfo=UTC)
    assert place.settings.credentials == {"key": "ck_2", "secret": "cs_1"}
    assert place.settings.variables == ("SHOP2_KEY", "WOOCOMMERCE_SECRET")
    assert str(config.sources["shop.orders"].covers_until) == "2024-12-31"


def test_a_page_is_never_larger_than_the_system_gives(load):
    place = load(SHOP + "    page_size: 5000\n").apis["shop.orders"]
    assert place.spec.page_size == 100


def test_a_mapping_can_be_changed_column_by_column(load):
    config = load(
        SHOP
        + """\
    streams:
      orders:
        columns: [meta_data]
        entities:
          orders: {where: status <> 'x', columns: {sales_channel: "'web'", coupon_code: null}}
          customers: false
"""
    )
    orders = config.sources["shop.orders"]
    assert set(orders.entities) == {"orders", "order_lines"}
    mapping = orders.entities["orders"]
    assert mapping.where == "status <> 'x'"
    assert mapping.columns["sales_channel"] == "'web'"
    assert "coupon_code" not in mapping.columns
    assert mapping.columns["order_id"] == "'shop:' || id"
    assert config.apis["shop.orders"].columns[-1] == "meta_data"


def test_secrets_are_in_no_representation(load):
    config = load()
    assert "cs_1" not in repr(config)
    assert "cs_1" not in repr(config.apis["shop.orders"])


MISTAKES = [
    pytest.param(
        "sources:\n  shop:\n    kind: api\n",
        "sources.yml line 2: source 'shop': kind: api needs a preset. Add `preset: …`, one of "
        "amocrm, bitrix24, hubspot, shopify, woocommerce.",
        id="no preset",
    ),
    pytest.param(
        SHOP.replace("woocommerce", "woocomerce"),
        "sources.yml line 4: source 'shop': preset 'woocomerce' is not known. Did you mean "
        "'woocommerce'? Known: amocrm, bitrix24, hubspot, shopify, woocommerce.",
        id="unknown preset",
    ),
    pytest.param(
        SHOP.replace("    shop: https://shop.example.com/\n", ""),
        "sources.yml line 2: source 'shop': 'shop' is missing. Add `shop: "
        "https://shop.example.com`.",
        id="missing setting",
    ),
    pytest.param(
        SHOP.replace("https://shop.example.com/", "my shop"),
        "sources.yml line 5: source 'shop': shop = 'my shop' should look like "
        "'https://shop.example.com'.",
        id="wrong setting",
    ),
    pytest.param(
        SHOP.replace("https:", "http:"),
        "sources.yml line 2: source 'shop': http://shop.example.com would get the credential in "
        "the clear. Write the address with https.",
        id="in the clear",
    ),
    pytest.param(
        SHOP + "    base_url: ftp://x\n",
        "sources.yml line 6: source 'shop': the address 'ftp://x' should look like https://host.",
        id="no address",
    ),
    pytest.param(
        SHOP + "    page_siz: 5\n",
        "sources.yml line 6: source 'shop': unknown key 'page_siz'. Did you mean 'page_size'?",
        id="misspelt setting",
    ),
    pytest.param(
        SHOP + "    page_size: 0\n",
        "sources.yml line 6: source 'shop': page_size = 0 should be a whole number from 1.",
        id="no number",
    ),
    pytest.param(
        SHOP + "    lag: 5\n",
        "sources.yml line 6: source 'shop': lag = 5: write a number with a unit, such as `2 hours`",
        id="lag without a unit",
    ),
    pytest.param(
        SHOP + "    changed_since: soon\n",
        "sources.yml line 6: source 'shop': changed_since = 'soon' is no date. Write YYYY-MM-DD.",
        id="no date",
    ),
    pytest.param(
        SHOP + "    credentials: {token: X}\n",
        "sources.yml line 6: source 'shop': WooCommerce has no credential 'token'. Known: key, "
        "secret.",
        id="unknown credential",
    ),
    pytest.param(
        SHOP + "    streams:\n      order: false\n",
        "sources.yml line 7: source 'shop': WooCommerce has no stream 'order'. Did you mean "
        "'orders'? Known: orders, orders_in_bin, refunds, customers, products.",
        id="unknown stream",
    ),
    pytest.param(
        SHOP + "    streams:\n      orders: {mapping: 1}\n",
        "sources.yml line 7: source 'shop': stream 'orders' knows `columns: [name, …]` and "
        "`entities:` with what changes; write `orders: false` to leave it out.",
        id="unknown stream setting",
    ),
    pytest.param(
        SHOP + "    streams:\n      orders: {columns: meta_data}\n",
        "sources.yml line 7: source 'shop': stream 'orders' knows `columns: [name, …]`",
        id="columns that are no list",
    ),
    pytest.param(
        SHOP + "    streams:\n      orders:\n        entities:\n          orders:\n"
        "            columns:\n              order_no: id\n",
        "sources.yml line 11: orders has no column 'order_no'. Did you mean 'order_id'?",
        id="unknown contract column",
    ),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_every_mistake_names_its_line_and_the_remedy(problem, text, message):
    assert problem(text).startswith(message)


def test_a_missing_credential_is_named_with_what_it_needs(problem):
    assert problem(SHOP, {"WOOCOMMERCE_KEY": "ck_1"}) == (
        "sources.yml line 2: source 'shop': the environment variables WOOCOMMERCE_KEY and "
        "WOOCOMMERCE_SECRET are not both set. Make a key with read permission in WooCommerce > "
        "Settings > Advanced > REST API and put its two parts into these variables. It needs: a "
        "key with read permission, of a user who may see orders and customers."
    )
    message = problem(
        "sources:\n  s:\n    kind: api\n    preset: shopify\n    shop: a.myshopify.com\n", {}
    )
    assert message.startswith(
        "sources.yml line 2: source 's': neither the environment variable SHOPIFY_ACCESS_TOKEN nor "
        "SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET are set."
    )


def test_a_credential_that_cannot_be_one_is_named_and_not_shown(problem):
    assert problem(SHOP, {**LOGIN, "WOOCOMMERCE_KEY": "ck_\u2013s3cret"}) == (
        "sources.yml line 2: source 'shop': what WOOCOMMERCE_KEY holds has characters that no "
        "credential has. Copy it anew."
    )
    text = "sources:\n  s:\n    kind: api\n    preset: bitrix24\n    portal: a.bitrix24.com\n"
    message = problem(text, {"BITRIX24_WEBHOOK": "s3cret"})
    assert message == (
        "sources.yml line 2: source 's': what BITRIX24_WEBHOOK holds does not look like "
        "https://mycompany.bitrix24.com/rest/1/abc123/, or its end 1/abc123. Copy it anew."
    )
