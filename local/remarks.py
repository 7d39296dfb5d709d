"""Remarks on a price list's rows, those of one kind as one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

# So many of one kind are shown one by one; more of them as their number and the first rows.
MAX_SINGLE = 3
_SHOWN_ROWS = 5


def grouped(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """In the order of their first rows; ``row`` of several is a text: «5, 6, 7, 9, 12 … (5,551 rows)».

    One kind are remarks of one code and severity in one column of one sheet; the message and the value are the first's.
    """
    kinds: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for item in items:
        # What concerns a file or a sheet as a whole is said once, whatever its code.
        alone = len(kinds) if item["row"] is None else None
        kinds[item["sheet"], item["column"], item["code"], item["severity"], alone].append(item)
    return [one for kind in kinds.values() for one in _shown(kind)]


def _shown(kind: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(item) for item in kind] if len(kind) <= MAX_SINGLE else [_together(kind)]


def _together(kind: list[Mapping[str, Any]]) -> dict[str, Any]:
    first = ", ".join(str(item["row"]) for item in kind[:_SHOWN_ROWS])
    more = " …" if len(kind) > _SHOWN_ROWS else ""
    return {**kind[0], "row": f"{first}{more} ({len(kind):,} rows)"}
