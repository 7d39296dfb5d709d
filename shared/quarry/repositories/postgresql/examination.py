"""What is in the catalogue, examined anew by the rules of today: keys are made again, likely pairs put to people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.links import Candidate, Question
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.matching import match_keys
from quarry.domain.questions import likest
from quarry.repositories.postgresql.candidates import Sought, likest_materials, look_up
from quarry.repositories.postgresql.catalogue import NAMES, NAMES_OF
from quarry.repositories.postgresql.decisions import renew_keys
from quarry.repositories.postgresql.name_links import share_links

# Materials that an import or a decision is changing are left to the next run. In the index's own order: any other sort
# would read the millions of one version for each few hundred.
_OUTDATED: Final = """
SELECT id FROM materials WHERE match_version < :version ORDER BY match_version LIMIT :limit
FOR NO KEY UPDATE SKIP LOCKED
"""
_EXAMINED: Final = "UPDATE materials SET match_version = :version WHERE id = ANY(CAST(:ids AS uuid[]))"

# Materials that one list names are different ones, and so are those that people have decided upon, either way round.
_LIKE: Final = f"""
SELECT k.id AS of_id, m.id, m.name, m.unit
FROM json_to_recordset(CAST(:keys AS json)) AS k(id uuid, likest uuid[])
CROSS JOIN unnest(k.likest) AS likest(material_id)
{NAMES_OF}
WHERE m.id <> k.id AND NOT EXISTS (
    SELECT FROM reviews WHERE name_id = k.id AND material_id = m.id OFFSET 0
) AND NOT EXISTS (
    SELECT FROM reviews WHERE name_id = m.id AND material_id = k.id OFFSET 0
) AND NOT EXISTS (
    SELECT FROM raw_products a JOIN raw_products b ON b.pricelistid = a.pricelistid
    WHERE a.material_id = k.id AND b.material_id = m.id AND a.superseded_at IS NULL AND b.superseded_at IS NULL OFFSET 0
)
"""  # noqa: S608
_ASK: Final = """
INSERT INTO reviews (name_id, material_id, name, unit, normalized_name, other_name, other_unit, score, missing)
SELECT q.name_id, q.material_id, n.name, n.unit, n.normalized_name, m.name, m.unit, q.score, q.missing
FROM json_to_recordset(CAST(:questions AS json)) AS q(name_id uuid, material_id uuid, score float, missing jsonb)
JOIN materials n ON n.id = q.name_id JOIN materials m ON m.id = q.material_id
ORDER BY q.name_id, q.material_id
ON CONFLICT (name_id, material_id) DO NOTHING
"""


class Examination:
    """``review`` is the score from which a pair is put to people; none is ever merged without them."""

    def __init__(self, db: IRelationalDatabase, review: float) -> None:
        self._db = db
        self._review = review

    async def step(self, limit: int) -> tuple[int, int]:
        """Examine at most ``limit`` materials; returns how many were, and how many questions are new."""
        return await self._db.transaction(partial(_step, limit=limit, review=self._review))


def _step(session: Session, *, limit: int, review: float) -> tuple[int, int]:
    share_links(session)
    found = look_up(_OUTDATED, {"version": MATCH_VERSION, "limit": limit}, session)
    ids = [row["id"] for row in found]
    if not ids:
        return 0, 0
    names: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in renew_keys(session, ids):
        names[row["id"]].append(row)
    session.execute(_EXAMINED, {"ids": ids, "version": MATCH_VERSION})
    questions = _questions(names, _like(session, names), review)
    asked = session.execute(_ASK, {"questions": json_text(questions)}) if questions else 0
    return len(ids), asked


def _like(session: Session, names: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Candidate]]:
    sought = [
        (key, Sought(own, row["origin_pricelist_id"]))
        for key, named in names.items()
        for row in named
        if (own := match_keys(row["name"], row["unit"])).keys
    ]
    keys = [
        {"id": key, "likest": ids}
        for (key, _), ids in zip(sought, likest_materials(session, [one for _, one in sought]), strict=True)
    ]
    found: dict[str, list[Candidate]] = defaultdict(list)
    if sought:
        for row in look_up(_LIKE, {"keys": json_text(keys), "names": NAMES}, session):
            found[row["of_id"]].append(Candidate(row["id"], row["name"], row["unit"]))
    return found


def _questions(
    names: Mapping[str, Sequence[Mapping[str, Any]]], like: Mapping[str, Sequence[Candidate]], review: float
) -> list[dict[str, Any]]:
    """The surest pair of each material; a pair that both its materials would bring is asked about once."""
    best: dict[frozenset[str], dict[str, Any]] = {}
    for key, candidates in like.items():
        found: list[Question] = []
        for row in names[key]:
            found += likest(row["name"], row["unit"], candidates)
        surest = max(found, key=lambda one: one.score, default=None)
        if surest and surest.score >= review:
            pair = {"name_id": key, "material_id": surest.material.id}
            best.setdefault(frozenset(pair.values()), {**pair, "score": surest.score, "missing": dict(surest.missing)})
    return list(best.values())
