"""What a column is, by its title and what its values are like: codes, makers, qualities, groups."""

import re

from quarry.domain.reading import Role
from quarry.domain.units import parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation
from quarry.pricelists.columns import CODE, MOSTLY, Columns
from quarry.pricelists.headers import LONGEST_HEADER, TECHNICAL, is_bought_at_once, role_of

_WORDS = load("columns")
_ATTRIBUTE = Notation().compiled(_WORDS["attribute"])
VARIANT = Notation(blank=" ").compiled(_WORDS["variant"])
MEASURED = frozenset({Role.MODEL, Role.SIZE})
_HALF = 0.5
_WORD = re.compile(r"[^\W\d_]{2,}")


def is_group(label: str) -> bool:
    """Whether the title over the goods names a group: words that are not known, and no field of an export («fName»)."""
    field = label.isascii() and " " not in label
    known = role_of(label) is not None or TECHNICAL.search(label) or parse_unit(label) or is_bought_at_once(label)
    return bool(_WORD.search(label)) and not known and len(label) <= LONGEST_HEADER and not field


def is_attribute(columns: Columns, column: int) -> bool:
    """Whether a title is a quality's as well as the goods' («Материал», «Werkstoff»)."""
    return _ATTRIBUTE.match(columns.label(column)) is not None


def are_codes(columns: Columns, column: int) -> bool:
    """Whether a column of names has codes, and groups' letters between them («A», «A1», «A2»)."""
    values = columns.profile(column)
    return values.share(CODE) >= _HALF and values.worded < _HALF and not values.counting


def is_maker(columns: Columns, column: int) -> bool:
    """Whether «Марка» is a maker's: few words, again and again."""
    values = columns.profile(column)
    return columns.roles.get(column) is Role.MODEL and values.distinct <= _HALF and values.worded >= MOSTLY


def beside_name(columns: Columns) -> set[int]:
    """The columns that the goods' header may speak of: its span, and the nameless ones up to its neighbours."""
    labelled = columns.first(Role.NAME)
    if labelled is None:
        return set()
    unlabelled = set(columns.unlabelled())
    found = {labelled}
    for first, last in columns.header.spans:
        if first <= labelled <= last:
            found |= {column for column in range(first, last + 1) if column in unlabelled}
    for step in (1, -1):
        column = labelled + step
        while column in unlabelled:
            found.add(column)
            column += step
    return found
