"""What must be true of any file that is read: rows that every store accepts, or a refusal that a person understands."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from quarry import pricelists
from quarry.domain.rows import PriceRow, RowIssue
from quarry.errors import BadPriceList

_MOST = Decimal(10) ** 10
_SHORTEST_ADVICE = 20


class Finding(AssertionError):
    """A broken promise of the reader."""


def judged(content: bytes | Path, name: str) -> tuple[str, list[PriceRow | RowIssue]]:
    """The refusal's code, or «rows», and what was read until then. Raises Finding, and whatever the reader raises."""
    read: list[PriceRow | RowIssue] = []
    stack = ExitStack()
    try:
        stream = stack.enter_context(io.BytesIO(content) if isinstance(content, bytes) else content.open("rb"))
        for item in pricelists.read(stream, name):
            _check(item)
            read.append(item)
    except BadPriceList as error:
        _check_text(error.message)
        if len(error.message) < _SHORTEST_ADVICE or not error.code.replace("_", "").isalpha():
            raise Finding(f"no clear refusal: {error.code}: {error.message}") from error
        return error.code, read
    return "rows", read


def _check(item: PriceRow | RowIssue) -> None:
    for text in texts(item):
        _check_text(text)
    if isinstance(item, RowIssue):
        return
    if item.usable and not item.name:
        raise Finding(f"row {item.row} has no name and is usable")
    if item.row < 1 or len(item.currency) != 3:
        raise Finding(f"row {item.row}, currency {item.currency!r}")
    for price in (item.price, *(listed.price for listed in item.prices)):
        if price is not None and not (price.is_finite() and 0 < price < _MOST):
            raise Finding(f"row {item.row} has the price {price}")
    for amount in (item.stock, item.package):
        if amount is not None and not (amount.is_finite() and 0 <= amount < _MOST):
            raise Finding(f"row {item.row} has the amount {amount}")


def texts(item: PriceRow | RowIssue) -> Iterator[str]:
    for field in fields(item):
        value = getattr(item, field.name)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            for inner in value:
                yield from [inner] if isinstance(inner, str) else texts(inner)


def _check_text(text: str) -> None:
    text.encode()
    if any(ord(letter) < 32 and letter not in "\t\n\r" for letter in text):
        raise Finding(f"control characters in {text[:80]!r}")
