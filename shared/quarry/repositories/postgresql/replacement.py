"""What a finished price list replaces, and what it changed.

A supplier's list replaces the earlier ones of the same series (the file's name without dates) and those of whose
materials it names a fifth or more; a supplier's other assortments stay in force. Chunks keep what this needs: an offer
that moved on to the list says from which one (``previous_pricelistid``), an ended one which list ended it.

Earlier and later is what was uploaded earlier and later. A supplier's chunks are written side by side, but none of them
while one of its lists is being finished: the finish sees each chunk whole or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.batches import BatchStatus
from quarry.domain.changes import summarised
from quarry.domain.series import same_assortment, same_series
from quarry.repositories.postgresql.outbox import has_webhooks, note_events
from quarry.repositories.postgresql.price_changes import list_event, record_changes
from quarry.repositories.postgresql.watches import fired_event, look_at_list

# Writes into the index are ordered by this moment: it rises with each change, also where transactions overlap.
OUT_OF_STEP = "indexed_at = NULL, updated_at = greatest(now(), m.updated_at + interval '1 microsecond')"

_ISSUED = "(coalesce(p.uploaded_at, p.created_at), p.id)"
_OURS = "(SELECT coalesce(o.uploaded_at, o.created_at), o.id FROM pricelists o WHERE o.id = :pricelist)"
# Of lists ``p``, those that were issued after ours.
NEWER = f"{_ISSUED} > {_OURS}"
NOT_NEWER = f"{_ISSUED} <= {_OURS}"

_OUT_OF_STEP = f"""
UPDATE materials m SET {OUT_OF_STEP}
FROM (
    SELECT id FROM materials WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
) AS locked
WHERE m.id = locked.id
"""  # noqa: S608

# The number that distinguishes our locks of suppliers from other advisory locks.
_SUPPLIERS = 7

# The comparison must be the index's own, or NULL: there is no index for IS NOT DISTINCT FROM.
OF_SUPPLIER = {True: "{table}.supplier_id = :supplier", False: "{table}.supplier_id IS NULL"}

_SHARE = "SELECT pg_advisory_xact_lock_shared(:suppliers, :supplier)"

_HOLD = "SELECT pg_advisory_xact_lock(:suppliers, :supplier)"

_TAKEN_BACK = ", ".join(f"'{status}'" for status in BatchStatus if not status.applies)

_LIST = f"""
SELECT id, request_id, supplier_id, kind, file_name, changes, status NOT IN ({_TAKEN_BACK}) AS applies
FROM pricelists WHERE id = :pricelist
"""  # noqa: S608

# The lists that hold current offers are sought once: a semi-join with lists that are few by the statistics goes through
# all offers for each of them.
_EARLIER = f"""
SELECT p.id, p.file_name FROM pricelists p
WHERE p.supplier_id = :supplier AND p.kind = 'pricelist' AND {_ISSUED} < {_OURS} AND p.id = ANY(ARRAY(
    SELECT DISTINCT r.pricelistid FROM raw_products r WHERE r.supplier_id = :supplier AND r.superseded_at IS NULL
))
ORDER BY {_ISSUED}
"""  # noqa: S608

_LATER = f"""
SELECT p.id, p.file_name FROM pricelists p
WHERE p.supplier_id = :supplier AND p.kind = 'pricelist' AND p.changes IS NOT NULL AND {NEWER}
  AND p.status NOT IN ({_TAKEN_BACK})
ORDER BY {_ISSUED}
"""  # noqa: S608

# A list's offers are found among the current ones of its supplier and among those that later lists ended: no index
# covers the list that an offer is of, since that changes with each list.
_ENDED_SINCE = f"""
SELECT * FROM raw_products WHERE pricelistid = :pricelist AND superseded_pricelistid IN (
    SELECT p.id FROM pricelists p WHERE p.supplier_id = :supplier AND {_ISSUED} >= {_OURS}
)
"""  # noqa: S608

# How many materials each old list had, and how many of them the new one has.
_OVERLAPS = f"""
WITH ours AS MATERIALIZED (
    SELECT material_id, previous_pricelistid FROM raw_products
    WHERE supplier_id = :supplier AND superseded_at IS NULL AND pricelistid = :pricelist
    UNION ALL
    SELECT material_id, previous_pricelistid FROM ({_ENDED_SINCE}) AS ended
),
theirs AS (
    SELECT pricelistid AS list, material_id FROM raw_products
    WHERE supplier_id = :supplier AND superseded_at IS NULL AND pricelistid = ANY(CAST(:lists AS integer[]))
    UNION
    SELECT pricelistid, material_id FROM raw_products
    WHERE superseded_pricelistid = :pricelist AND pricelistid = ANY(CAST(:lists AS integer[]))
    UNION
    SELECT previous_pricelistid, material_id FROM ours WHERE previous_pricelistid = ANY(CAST(:lists AS integer[]))
)
SELECT list, count(material_id) AS theirs,
    count(material_id) FILTER (WHERE material_id IN (SELECT material_id FROM ours)) AS shared
FROM theirs GROUP BY list
"""  # noqa: S608

# A product that comes back under another article is the same offer to a buyer: the old and the new one are paired.
# What is grouped here was a join once, and on a table whose statistics did not know the list yet, every pair was looked
# at.
_END_REST = f"""
WITH known AS (
    SELECT id AS old_id, NULL::integer AS new_id, material_id,
        row_number() OVER (PARTITION BY material_id ORDER BY id) AS nth
    FROM raw_products WHERE supplier_id = :supplier AND pricelistid = :old AND superseded_at IS NULL
    UNION ALL
    SELECT NULL, n.id, n.material_id, row_number() OVER (PARTITION BY n.material_id ORDER BY n.id)
    FROM raw_products n
    WHERE n.first_pricelistid = :new AND n.superseded_at IS NULL AND n.material_id IS NOT NULL AND n.id NOT IN (
        SELECT superseded_by FROM raw_products WHERE superseded_pricelistid = :new AND superseded_by IS NOT NULL
    )
),
rest AS (
    SELECT max(old_id) AS id, max(new_id) AS successor
    FROM known GROUP BY material_id, nth HAVING max(old_id) IS NOT NULL
),
ended AS (
    UPDATE raw_products r
    SET superseded_at = now(), superseded_pricelistid = :new, superseded_by = rest.successor
    FROM rest WHERE r.id = rest.id
    RETURNING r.material_id
)
UPDATE materials m SET {OUT_OF_STEP}
FROM (SELECT DISTINCT material_id FROM ended) AS touched WHERE m.id = touched.material_id
"""  # noqa: S608

# Offers without a supplier are not replaced: all of a list are current.
_UNCHANGED = f"""
SELECT (
    SELECT count(*) FROM raw_products r
    WHERE {{of_supplier}} AND superseded_at IS NULL AND pricelistid = :pricelist AND first_pricelistid <> :pricelist
) + (SELECT count(*) FROM ({_ENDED_SINCE}) AS ended WHERE first_pricelistid <> :pricelist) AS offers
"""  # noqa: S608

_KEEP_SUMMARY = "UPDATE pricelists SET changes = CAST(:changes AS jsonb) WHERE id = :pricelist"


def finish_list(session: Session, *, pricelist_id: int) -> dict[str, int]:
    """Replace what the list replaces and return the number of changes by kind."""
    (issue,) = session.rows(_LIST, {"pricelist": pricelist_id})
    if issue["supplier_id"] is not None:
        hold_supplier(session, issue["supplier_id"])
    if not applies(session, pricelist_id):
        return dict(issue["changes"] or {})
    if _replaces(issue):
        within = {"pricelist": pricelist_id, "supplier": issue["supplier_id"]}
        _replace(session, olds=session.rows(_EARLIER, within), new=issue)
        _replace_by_later(session, issue)
    summary = _note_changes(session, issue)
    fired = look_at_list(session, pricelist_id)
    if has_webhooks(session):
        note_events(session, [list_event(session, issue, summary), *map(fired_event, fired)])
    return summary


def _note_changes(session: Session, issue: Mapping[str, Any]) -> dict[str, int]:
    within = {"pricelist": issue["id"], "supplier": issue["supplier_id"]}
    counts = record_changes(session, issue["id"])
    of_supplier = OF_SUPPLIER[issue["supplier_id"] is not None].format(table="r")
    counts["unchanged"] += session.value(_UNCHANGED.format(of_supplier=of_supplier), within)
    summary = summarised(counts)
    session.execute(_KEEP_SUMMARY, {"pricelist": issue["id"], "changes": json_text(summary)})
    return summary


def out_of_step(session: Session, ids: Iterable[str]) -> None:
    """Note that the index has an older state of these materials."""
    session.execute(_OUT_OF_STEP, {"ids": sorted(ids)})


def share_supplier(session: Session, supplier_id: int) -> None:
    """Until the transaction ends no list of the supplier is finished, and none of its offers moves on unread."""
    session.execute(_SHARE, {"suppliers": _SUPPLIERS, "supplier": supplier_id})


def hold_supplier(session: Session, supplier_id: int) -> None:
    """Until the transaction ends nobody else writes the supplier's offers."""
    session.execute(_HOLD, {"suppliers": _SUPPLIERS, "supplier": supplier_id})


def applies(session: Session, pricelist_id: int) -> bool:
    """Whether the list's offers count: those of one that is taken back must not come after all, by a slow worker."""
    (issue,) = session.rows(_LIST, {"pricelist": pricelist_id})
    return bool(issue["applies"])


def replace_again(session: Session, *, pricelist_id: int) -> None:
    """What replaced a finished list replaces also its rows that were written since, tried again or by a slow worker."""
    (issue,) = session.rows(_LIST, {"pricelist": pricelist_id})
    if issue["changes"] is not None and _replaces(issue):
        _replace_by_later(session, issue)


def _replaces(issue: Mapping[str, Any]) -> bool:
    return issue["kind"] == "pricelist" and issue["supplier_id"] is not None


def _replace_by_later(session: Session, issue: Mapping[str, Any]) -> None:
    """A list that was finished late must not outlive the newer ones that replace it."""
    within = {"pricelist": issue["id"], "supplier": issue["supplier_id"]}
    for later in session.rows(_LATER, within):
        new = {**later, "supplier_id": issue["supplier_id"]}
        if _replace(session, olds=[issue], new=new):
            _note_changes(session, new)


def _replace(session: Session, *, olds: Sequence[Mapping[str, Any]], new: Mapping[str, Any]) -> int:
    """End what ``new`` does not list any more of those lists that it continues; returns of how many materials."""
    ended = 0
    others = [old["id"] for old in olds if not same_series(old["file_name"], new["file_name"])]
    overlapping = _overlapping(session, others, new) if others else set()
    for old in olds:
        if old["id"] not in others or old["id"] in overlapping:
            within = {"old": old["id"], "new": new["id"], "supplier": new["supplier_id"]}
            ended += session.execute(_END_REST, within)
    return ended


def _overlapping(session: Session, lists: Sequence[int], new: Mapping[str, Any]) -> set[int]:
    """Those of whose materials the new list has so many that it is the same assortment."""
    params = {"lists": list(lists), "pricelist": new["id"], "supplier": new["supplier_id"]}
    rows = session.rows(_OVERLAPS, params)
    return {row["list"] for row in rows if same_assortment(row["theirs"], row["shared"])}
