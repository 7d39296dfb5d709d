"""Which materials names are compared with: those that share keys, the likest first."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, Final

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import as_json, json_text, read_json
from quarry.domain.matching import MatchKeys

# Names that a row's is compared with, and entries that are read of each of its keys: of all that have its numbers, and
# of all.
COMPARED: Final = 10
READ: Final = 64

# Each row is looked up on its own, and costs the same whatever the tables hold: behind LIMIT PostgreSQL cannot choose
# another join, and an index alone can stop where LIMIT says, while other ways gather all that is found first. It would
# choose them by what it knows of the tables, which is out of date in the midst of an import.
_BY_INDEX: Final = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)"

# A key has a few names. Of one with very many those are read that have the row's numbers, and some more. Hundreds of a
# list's rows share a key: it is read once, and who shares the most of them is counted here, in a fraction of the time.
OF_KEY: Final = as_json("""
SELECT k.n, found.cut, found.ids, found.places
FROM json_to_recordset(CAST(:keys AS json)) AS k(n integer, key bigint, pricelist integer)
CROSS JOIN LATERAL (
    SELECT count(*) = :read AS cut,
        array_agg(material_id) FILTER (WHERE origin_pricelist_id IS DISTINCT FROM k.pricelist) AS ids,
        array_agg(place) FILTER (WHERE origin_pricelist_id IS DISTINCT FROM k.pricelist) AS places
    FROM (
        SELECT material_id, place, origin_pricelist_id FROM material_keys
        WHERE key = k.key ORDER BY place, material_id LIMIT :read
    ) AS entries
) AS found
WHERE found.cut OR found.ids IS NOT NULL
""")
OF_PLACE: Final = as_json("""
SELECT k.n, k.place, found.ids
FROM json_to_recordset(CAST(:keys AS json)) AS k(n integer, key bigint, place bigint, pricelist integer)
CROSS JOIN LATERAL (
    SELECT array_agg(material_id) AS ids
    FROM (
        SELECT material_id, origin_pricelist_id FROM material_keys
        WHERE key = k.key AND place = k.place ORDER BY material_id LIMIT :read
    ) AS entries
    WHERE origin_pricelist_id IS DISTINCT FROM k.pricelist
) AS found
WHERE found.ids IS NOT NULL
""")

_Key = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Sought:
    """A name to look up: materials that the ``pricelist`` named first are not meant."""

    keys: MatchKeys
    pricelist: int | None


class _Entries:
    """What stands under a key. Where it was ``cut``, there may be more ``of_place``, which is read apart."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.cut: bool = found["cut"]
        self.ids: Sequence[str] = found["ids"] or ()
        self.of_place: dict[int, list[str]] = defaultdict(list)
        if not self.cut:
            for material, place in zip(self.ids, found["places"], strict=True):
                self.of_place[place].append(material)


def likest_materials(session: Session, names: Sequence[Sought]) -> list[list[str]]:
    """The materials that each name is compared with: those with its numbers first, then by how many keys they share."""
    under = _entries(session, names)
    return [
        _likest(one.keys.place, found) if (found := [under[key] for key in _keys(one) if key in under]) else []
        for one in names
    ]


def _keys(name: Sought) -> Iterable[_Key]:
    return ((key, name.pricelist) for key in name.keys.keys)


def _entries(session: Session, names: Sequence[Sought]) -> dict[_Key, _Entries]:
    keys = list(dict.fromkeys(key for one in names for key in _keys(one)))
    asked = [{"n": n, "key": key, "pricelist": pricelist} for n, (key, pricelist) in enumerate(keys)]
    found = {keys[row["n"]]: _Entries(row) for row in _read(session, OF_KEY, asked)}
    places = list(
        dict.fromkeys((key, one.keys.place) for one in names for key in _keys(one) if key in found and found[key].cut)
    )
    if places:
        asked = [
            {"n": n, "key": key, "place": place, "pricelist": pricelist}
            for n, ((key, pricelist), place) in enumerate(places)
        ]
        for row in _read(session, OF_PLACE, asked):
            key, place = places[row["n"]]
            found[key].of_place[place] = row["ids"]
    return {key: entries for key, entries in found.items() if entries.ids or entries.of_place}


def _read(session: Session, query: str, asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return read_json(look_up(query, {"keys": json_text(asked), "read": READ}, session))


def _likest(place: int, found: Sequence[_Entries]) -> list[str]:
    shared: Counter[str] = Counter()
    numbers: set[str] = set()
    for one in found:
        shared.update(one.ids)
        same = one.of_place.get(place)
        if same:
            shared.update(same)
            numbers.update(same)
    by_times: dict[tuple[bool, int], list[str]] = defaultdict(list)
    for material, times in shared.items():
        by_times[material in numbers, times].append(material)
    chosen: list[str] = []
    for rank in sorted(by_times, reverse=True):
        chosen += nsmallest(COMPARED - len(chosen), by_times[rank])
        if len(chosen) == COMPARED:
            break
    return chosen


def look_up(query: str, params: Mapping[str, Any], session: Session) -> list[dict[str, Any]]:
    """The rows of a query that nothing but indexes may serve."""
    session.execute(_BY_INDEX)
    return session.rows(query, params)
