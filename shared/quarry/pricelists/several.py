"""What the prices of one cell are: said by the words beside them, or by a header of as many parts."""

import re
from dataclasses import replace

from quarry.domain.rows import PriceKind
from quarry.pricelists.headers import price_header
from quarry.pricelists.options import ReadOptions
from quarry.pricelists.prices import Price

Labelled = tuple[str, PriceKind, Price]
_PARTS = re.compile(r"[/|;\n]")


def told_apart(price: Price, label: str, kind: PriceKind, options: ReadOptions) -> list[Labelled]:
    """The prices of a cell, the one to be charged first: the preferred where all have labels, else the lowest.

    With labels, or each in a currency of its own, there is no guess in them.
    """
    if not price.several:
        return [(label, kind, price)]
    currencies = [one.currency for _, one in price.several]
    if None not in currencies and len(set(currencies)) == len(currencies):
        own_first = sorted(price.several, key=lambda each: each[1].currency != options.default_currency)
        return [(f"{label}: {one.currency}", kind, replace(one, guess=None)) for _, one in own_first]
    own = [beside for beside, _ in price.several]
    if not all(own):
        parts = [part.strip() for part in _PARTS.split(label)]
        own = parts if len(parts) == len(own) else own
    if not all(own):
        rest = [(label, kind, one) for _, one in price.several if one.amount != price.amount]
        return [(label, kind, price), *rest]
    amounts = [one for _, one in price.several]
    named = [(name, price_header(name).kind, one) for name, one in zip(own, amounts, strict=True)]
    if len({found for _, found, _ in named}) == 1:  # «за м2 / за шт»: of one kind, the first is the list's own
        return [(f"{label}: {name}" if name not in label else name, kind, one) for name, _, one in named]
    order = {each: at for at, each in enumerate(options.price_preference)}
    ordered = sorted(named, key=lambda each: order.get(each[1], len(order)))
    return [(name, found, replace(one, guess=None)) for name, found, one in ordered]
