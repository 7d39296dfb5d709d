"""What the columns of a table hold."""

from dataclasses import dataclass, replace

from quarry.pricelists.grid import letter
from quarry.pricelists.price_columns import PriceColumn


@dataclass(frozen=True, slots=True)
class PackColumn:
    """``unit`` is of the amounts, when the header says it; ``certain`` is false for a plain weight."""

    index: int
    label: str
    unit: str | None
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table's columns, from 0. ``start`` and ``stop`` bound it where several are side by side.

    ``sizes_name``: only the sizes (or packages) tell the goods apart; ``of_sizes``: the goods' column is one of sizes
    itself, ``of_codes``: the article's; ``nameless``: only headings say what most of the goods are. ``joins`` end the
    name. ``path`` is the category column whose values are «Краски -> Эмали». ``carried``: price columns that are
    filled once for several goods; ``said_once``: what is said with a name, and holds where the name is left blank;
    ``outer``: what ends several names and stands once before the first of them.
    ``fills_category``: a blank category is the one above. ``group``: the goods' header is a group's name («Трубы ПНД |
    Ед. | Цена»). ``sums``: amounts times prices, which headings may carry. ``variants``: the price columns are of
    sizes, whose names these are («50 мм», «100 мм»; again where a size has several prices). ``headed``: names go on
    with the heading above them. ``articles``: the column of the article of each variant, where each has one of its
    own.
    """

    name: int
    start: int
    stop: int
    labels: tuple[str, ...]
    prices: tuple[PriceColumn, ...] = ()
    sku: int | None = None
    external_id: int | None = None
    unit: int | None = None
    currency: int | None = None
    stock: int | None = None
    categories: tuple[int, ...] = ()
    packs: tuple[PackColumn, ...] = ()
    sizes: tuple[int, ...] = ()
    joins: tuple[int, ...] = ()
    path: int | None = None
    details: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    sizes_name: bool = False
    of_sizes: bool = False
    of_codes: bool = False
    nameless: bool = False
    fills_category: bool = False
    group: str | None = None
    variants: tuple[str, ...] = ()
    carried: tuple[int, ...] = ()
    said_once: tuple[int, ...] = ()
    outer: tuple[int, ...] = ()
    headed: bool = False
    articles: tuple[int, ...] = ()

    @property
    def used(self) -> frozenset[int]:
        """The columns that something is taken from."""
        single = (self.name, self.sku, self.external_id, self.unit, self.currency, self.stock, self.path)
        several = (*self.categories, *self.sizes, *self.joins, *self.details, *self.sums, *self.articles)
        packs = (pack.index for pack in self.packs)
        prices = (index for price in self.prices for index in (price.index, price.currency_column, price.hundredths))
        return frozenset(index for index in (*single, *several, *packs, *prices) if index is not None)

    @property
    def of_variants(self) -> list["Layout"]:
        """The layout of the goods of each size: their prices, and their article where each has its own."""
        own = self.articles or (self.sku,) * len(self.by_variant)
        return [
            replace(self, prices=prices, sku=sku) for prices, sku in zip(self.by_variant.values(), own, strict=True)
        ]

    @property
    def by_variant(self) -> dict[str, tuple[PriceColumn, ...]]:
        """The price columns of each size."""
        found: dict[str, tuple[PriceColumn, ...]] = {}
        for variant, price in zip(self.variants, self.prices, strict=bool(self.variants)):
            found[variant] = (*found.get(variant, ()), price)
        return found

    def label(self, column: int) -> str:
        """The header's text, or the column's letter."""
        return (self.labels[column] if column < len(self.labels) else "") or letter(column)
