"""The rules for entries of the vocabulary files, so that an entry means what its writer intended."""

import re
import tomllib
from collections.abc import Iterator, Mapping

from quarry.domain.names.goods import Form
from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind
from quarry.domain.units import UNITS, Dimension
from quarry.knowledge.words import PLACES, Notation

LANGUAGE = re.compile(r"[a-z]{2}|signs")
CODES = tuple(unit.code for unit in UNITS)
MEASURES = ("mass", "liquid", "length", "area", "cubic")
# The keys of a table other than languages, and the values that the code knows for some of them.
FIELDS = {
    "means", "rank", "factor", "code", "name", "symbol", "dimension", "form", "main", "of", "told", "number",
    "by", "generic", "numbers", "sides", "sizes_of_code",
}  # fmt: skip
KNOWN = {
    ("columns", "column", "means"): Role,
    ("prices", "kind", "means"): PriceKind,
    ("units", "unit", "dimension"): Dimension,
    ("units", "foreign", "means"): CODES,
    ("goods", "class", "form"): Form,
    ("goods", "class", "main"): CODES,
    ("amounts", "unit", "means"): (*MEASURES, "pieces", "count", "pairs", "plates", "inch", "angle", "power", "rated"),
    ("amounts", "mark", "means"): (
        "length",
        "diameter",
        "thickness",
        "width",
        "height",
        "bore",
        "article",
        "number",
        "sort",
    ),
}
FORMS = {"number", "numbers"}
AS_WRITTEN = ("headings", "company")
FOLDED = {"columns", "names"}


def faults(file: str, text: str) -> list[str]:
    """Each as «file.toml [table] language.place 'entry': what is wrong»."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"{file}.toml is not valid TOML: {error}"]
    return [*_Rules(file, tables).of_tables((), tables), *_twice(file, tables)]


class _Rules:
    def __init__(self, file: str, tables: Mapping) -> None:
        self.file = file
        self.lists = tables.get("lists", {})

    def of_tables(self, path: tuple[str, ...], table: Mapping) -> Iterator[str]:
        for key, told in table.items():
            here = (*path, key)
            if isinstance(told, Mapping):
                yield from self.of_tables(here, told)
            elif isinstance(told, list) and told and isinstance(told[0], Mapping):
                for at, each in enumerate(told, start=1):
                    yield from self.of_tables((*path, f"{key} {at}"), each)
            elif key in FIELDS:
                known = KNOWN.get((self.file, path[-1].split()[0], key))
                if known and told not in list(known):
                    yield f"{self.file}.toml [{path[-1]}]: {told!r} is unknown; known are {', '.join(known)}"
            else:
                yield from self.of_entries(here, told)

    def of_entries(self, path: tuple[str, ...], told: object) -> Iterator[str]:
        """Of the words at ``path``, which ends in a language, or in a language and a place."""
        spoken = 2 if path[-1] in PLACES else 1
        here = f"{self.file}.toml [{'.'.join(path[:-spoken])}] {'.'.join(path[-spoken:])}"
        if not LANGUAGE.fullmatch(path[-spoken]):
            yield f"{here}: neither a language (two letters, or signs) nor a place ({', '.join(PLACES)})"
        if not isinstance(told, list):
            yield f"{here}: a list of words is expected, not {told!r}"
            return
        for entry in dict.fromkeys(told):
            if told.count(entry) > 1:
                yield f"{here} {entry!r}: stands twice"
            yield from (f"{here} {entry!r}: {fault}" for fault in self.of_entry(path, entry))

    def of_entry(self, path: tuple[str, ...], entry: object) -> Iterator[str]:
        if not isinstance(entry, str):
            yield "is no text"
        elif not entry.strip("*? "):
            yield "is empty"
        elif entry[0] == "?":
            yield "begins with «?»; it stands for letters behind a word"
        elif entry != " ".join(entry.split()):
            yield "has blanks at an end, or two together"
        elif entry != entry.lower() and (self.file, path[0]) != AS_WRITTEN:
            yield "has a capital letter; write it small, capitals are found too"
        elif "ё" in entry and self.file in FOLDED:
            yield "has «ё»; write «е», «ё» is found too"
        elif unknown := set(re.findall(r"<(\w+)>", entry)) - FORMS - self.lists.keys():
            yield f"<{unknown.pop()}> is no list of this file's [lists]"
        elif not entry.replace(" ", "").isalnum():  # plain words are their own expression, and they are thousands
            for loose in (False, True):  # each option decides about pieces of its own
                notation = Notation(beside_digits=loose, lists=self.lists)
                re.compile(notation.one_of([entry], open_end=loose))


SEVERAL = frozenset({"implied", "kin", "opposed"})  # a word may be opposed to some here, and to others there


def _twice(file: str, tables: Mapping) -> Iterator[str]:
    """Words of two tables of which the first wins: in the second they are never found."""
    for name, each in tables.items():
        if name in SEVERAL:
            continue
        first: dict[tuple[str, str], str] = {}
        for at, table in enumerate(each if isinstance(each, list) else (), start=1):
            here = f"{name} {at}, {table.get('means') or table.get('code')}"
            for language, place, entry in _entries(table):
                if first.setdefault((place, entry), here) != here:
                    yield f"{file}.toml [{here}] {language} {entry!r}: stands in [{first[place, entry]}] already"


def _entries(table: Mapping) -> Iterator[tuple[str, str, str]]:
    for language, told in table.items():
        by_place = told if isinstance(told, Mapping) else {"": told} if isinstance(told, list) else {}
        for place, entries in by_place.items():
            yield from ((language, place, entry) for entry in entries)
