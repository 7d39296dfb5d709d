"""Which materials names are compared with: those that share keys, the likest first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import as_json, plain_array_text, read_json
from quarry.domain.matching import MatchKeys, may_be_one

# Names that a row's is compared with, and entries that are read of each of its keys: of all that have its numbers, and
# of all.
COMPARED: Final = 10
READ: Final = 64

# Each row is looked up on its own, and costs the same whatever the tables hold: behind LIMIT PostgreSQL cannot choose
# another join, and an index alone can stop where LIMIT says, while other ways gather all that is found first. It would
# choose them by what it knows of the tables, which is out of date in the midst of an import.
_BY_INDEX: Final = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)"

# Most keys have few names, and all are read. Of a key with very many only those with the row's numbers are
# read: a few of the others, whichever, would displace those that rarer keys find. Hundreds of a list's rows share one:
# it is read once, and which names share most keys is counted here, in a fraction of the time.
_OF_OTHERS: Final = "origin_pricelist_id IS DISTINCT FROM k.pricelist"
OF_KEY: Final = as_json(f"""
SELECT k.n, found.cut, found.ids, found.places
FROM unnest(CAST(:keys AS bigint[]), CAST(:pricelists AS integer[])) WITH ORDINALITY AS k(key, pricelist, n)
CROSS JOIN LATERAL (
    SELECT count(*) = :read AS cut,
        CASE WHEN count(*) < :read THEN array_agg(material_id) FILTER (WHERE {_OF_OTHERS}) END AS ids,
        CASE WHEN count(*) < :read THEN array_agg(place) FILTER (WHERE {_OF_OTHERS}) END AS places
    FROM (
        SELECT material_id, place, origin_pricelist_id FROM material_keys
        WHERE key = k.key ORDER BY place, material_id LIMIT :read
    ) AS entries
) AS found
WHERE found.cut OR found.ids IS NOT NULL
""")  # noqa: S608
OF_PLACE: Final = as_json(f"""
SELECT k.n, found.ids
FROM unnest(CAST(:keys AS bigint[]), CAST(:pricelists AS integer[]), CAST(:places AS bigint[])) WITH ORDINALITY
    AS k(key, pricelist, place, n)
CROSS JOIN LATERAL (
    SELECT array_agg(material_id) AS ids
    FROM (
        SELECT material_id, origin_pricelist_id FROM material_keys
        WHERE key = k.key AND place = k.place ORDER BY material_id LIMIT :read
    ) AS entries
    WHERE {_OF_OTHERS}
) AS found
WHERE found.ids IS NOT NULL
""")  # noqa: S608

_Key = tuple[int, int | None]
_ANY_PLACE: Final = -1


@dataclass(frozen=True, slots=True)
class Sought:
    """A name to look up: materials that the ``pricelist`` named first are not meant."""

    keys: MatchKeys
    pricelist: int | None


class _Entries:
    """What stands under a key: all materials with their places; of too many, those of the places asked for."""

    def __init__(self, ids: Sequence[str], places: Sequence[int]) -> None:
        self.ids = ids
        self.places = places
        self.of_crowd: dict[int, list[str]] = {}


def likest_materials(session: Session, names: Sequence[Sought]) -> list[list[str]]:
    """The materials that each name is compared with: those with its numbers first, then by how many keys they share.

    Most that share a word have another number: they are left out before their names are read.
    """
    under = _entries(session, names)
    places = _places(under.values())
    return [
        _likest(one.keys.place, found, places) if (found := [under[key] for key in _keys(one) if key in under]) else []
        for one in names
    ]


def _places(entries: Iterable[_Entries]) -> dict[str, int]:
    """Of each material; of one with several names that differ in numbers a place that agrees with all."""
    found: dict[str, int] = {}
    for one in entries:
        for material, place in zip(one.ids, one.places, strict=True):
            if found.setdefault(material, place) != place:
                found[material] = _ANY_PLACE
    return found


def _keys(name: Sought) -> Iterable[_Key]:
    return ((key, name.pricelist) for key in name.keys.keys)


def _entries(session: Session, names: Sequence[Sought]) -> dict[_Key, _Entries]:
    keys = list(dict.fromkeys(key for one in names for key in _keys(one)))
    found: dict[_Key, _Entries] = {}
    crowds: set[_Key] = set()
    for row in _read(session, OF_KEY, keys):
        key = keys[row["n"] - 1]
        found[key] = _Entries(row["ids"] or (), row["places"] or ())
        if row["cut"]:
            crowds.add(key)
    asked = list(dict.fromkeys((key, one.keys.place) for one in names for key in _keys(one) if key in crowds))
    if asked:
        places = plain_array_text(place for _, place in asked)
        for row in _read(session, OF_PLACE, [key for key, _ in asked], places=places):
            key, place = asked[row["n"] - 1]
            found[key].of_crowd[place] = row["ids"]
    return found


def _read(session: Session, query: str, keys: Sequence[_Key], **others: str) -> list[dict[str, Any]]:
    params = {
        "keys": plain_array_text(key for key, _ in keys),
        "pricelists": plain_array_text("NULL" if pricelist is None else pricelist for _, pricelist in keys),
        "read": READ,
    }
    return read_json(look_up(query, {**params, **others}, session))


def _likest(place: int, found: Sequence[_Entries], places: Mapping[str, int]) -> list[str]:
    shared: Counter[str] = Counter()
    numbers: set[str] = set()
    for one in found:
        shared.update(one.ids)
        of_crowd = one.of_crowd.get(place)
        if of_crowd:
            shared.update(of_crowd)
            numbers.update(of_crowd)
    ranked = []
    for material, times in shared.items():
        other = place if material in numbers else places[material]
        if may_be_one(place, other):
            ranked.append((other != place, -times, material))
    return [material for _, _, material in sorted(ranked)[:COMPARED]]


def look_up(query: str, params: Mapping[str, Any], session: Session) -> list[dict[str, Any]]:
    """The rows of a query that nothing but indexes may serve."""
    session.execute(_BY_INDEX)
    return session.rows(query, params)
