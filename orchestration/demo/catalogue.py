"""What the shop sells: products with prices and costs, revised at the turn of the year."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.text import chosen, csv_lines, money
from orchestration.demo.timeline import DAY, Ints, Timeline

CATEGORIES = (
    "dry food", "wet food", "treats", "litter", "toys", "beds",
    "leads and collars", "grooming", "health", "aquarium", "birds and rodents", "travel",
)  # fmt: skip
PRODUCTS_PER_CATEGORY = 42
CURRENCY = "EUR"
PRODUCTS_HEADER = "product_id,name,category,unit_cost,valid_from\n"

_BRANDS = ("Nordpfote", "Katzenglück", "Barkley", "Мурка", "Rivière", "Old Oak", "Ladoga")
_SIZES = ("S", "M", "L", "XL", "1 kg", "3 kg", "10 kg")
# Euros for a usual article of each category, and the share of the price that is its cost.
_USUAL_PRICE = (24, 9, 5, 14, 11, 38, 19, 13, 22, 29, 12, 34)
_COST_SHARE = (0.66, 0.62, 0.50, 0.72, 0.45, 0.52, 0.48, 0.50, 0.58, 0.60, 0.55, 0.54)
_DRAWS = 4096


@dataclass(frozen=True)
class Catalogue:
    """Products and their price lists.

    `prices` and `costs` are cents, by price list and product; a price list holds from the second
    `valid_from` on; where `is_revised` is false, a list repeats the one before it. `shelf[tier,
    category]` is a deck from which a customer of that price level draws a product of the category
    evenly. `has_cost` is false for products whose cost nobody entered.
    """

    names: tuple[str, ...]
    categories: Ints
    valid_from: Ints
    prices: Ints
    costs: Ints
    is_revised: np.ndarray
    has_cost: np.ndarray
    shelf: Ints

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(f"P{number:04d}" for number in range(1, len(self) + 1))

    def list_at(self, moments: Ints) -> Ints:
        """The price list that holds at each second."""
        return np.searchsorted(self.valid_from, moments, side="right").astype(np.int64) - 1


def draw_catalogue(rng: np.random.Generator, timeline: Timeline) -> Catalogue:
    """The products, one price list from before the first day on and one more each 1 January."""
    products = len(CATEGORIES) * PRODUCTS_PER_CATEGORY
    category = np.repeat(np.arange(len(CATEGORIES)), PRODUCTS_PER_CATEGORY)
    ladder = np.exp(rng.normal(0.0, 0.55, products))
    starts = [timeline.first_day - timedelta(days=30)] + [
        date(year, 1, 1) for year in range(timeline.first_day.year + 1, timeline.last_day.year + 1)
    ]
    raised = rng.random((len(starts), products)) < 0.55
    raised[0] = True
    rise = np.where(raised, 1 + rng.uniform(0.01, 0.09, raised.shape), 1.0)
    rise[0] = 1.0
    price = np.array(_USUAL_PRICE)[category] * ladder * np.cumprod(rise, axis=0)
    # Prices end in 9 cents.
    cents = np.maximum(np.floor(price * 10), 9).astype(np.int64) * 10 + 9
    share = np.array(_COST_SHARE)[category] * rng.uniform(0.9, 1.12, products)
    return Catalogue(
        names=tuple(
            f"{_BRANDS[n % len(_BRANDS)]} {CATEGORIES[c]} {_SIZES[n * 5 % len(_SIZES)]} No. {n + 1}"
            for n, c in enumerate(category)
        ),
        categories=category,
        valid_from=np.array([(start - date(1970, 1, 1)).days * DAY for start in starts]),
        prices=cents,
        costs=np.floor(cents * share).astype(np.int64),
        is_revised=raised,
        has_cost=rng.random(products) > 0.02,
        shelf=_shelves(category, ladder),
    )


def product_lines(catalogue: Catalogue) -> pa.Array:
    """The product file: one line per product and price list in which its cost was revised."""
    version, product = np.nonzero(catalogue.is_revised)
    costs = money(catalogue.costs[version, product])
    costs = pc.if_else(pa.array(catalogue.has_cost[product]), costs, "")
    start = (catalogue.valid_from[version] // DAY).astype("datetime64[D]").astype(str)
    return csv_lines(
        ",",
        chosen(catalogue.ids, product),
        chosen(catalogue.names, product),
        chosen(CATEGORIES, catalogue.categories[product]),
        costs,
        pa.array(start.tolist()),
    )


def _shelves(category: Ints, ladder: np.ndarray) -> Ints:
    """Per price level and category a deck of products: some sell well, most do not."""
    decks = np.empty((3, len(CATEGORIES), _DRAWS), dtype=np.int64)
    for tier in range(3):
        for place in range(len(CATEGORIES)):
            products = np.flatnonzero(category == place)
            popularity = 1.0 / np.arange(1, len(products) + 1)
            weight = popularity * ladder[products] ** (1.4 * (tier - 1))
            bounds = np.cumsum(weight / weight.sum())
            draws = np.searchsorted(bounds, (np.arange(_DRAWS) + 0.5) / _DRAWS)
            decks[tier, place] = products[np.minimum(draws, len(products) - 1)]
    return decks
