"""What people decide about materials, each decision in one transaction, and all of them remembered.

A name is known by the material that it would be by itself (``name_id``). A decision that it means another one is a
link, which later rows of that name follow; a merged material's row is kept in its link, so that a split brings it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quarry.adapters.interfaces import Session
from quarry.adapters.postgresql.copying import copy_rows, json_text
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name, number_key
from quarry.errors import Conflict, NotFound
from quarry.repositories.column_limits import NAME, bounded_key, truncate
from quarry.repositories.linked_rows import KEYS, key_rows
from quarry.repositories.postgresql import decisions_sql as sql
from quarry.repositories.postgresql.name_links import hold_links
from quarry.repositories.postgresql.replacement import out_of_step
from quarry.repositories.postgresql.writing import count_words


@dataclass(frozen=True, slots=True)
class Decided:
    """``material_id`` has the offers ``moved`` now; ``changed`` are to be indexed, ``removed`` to be taken out."""

    material_id: str | None
    moved: Sequence[int] = ()
    changed: Sequence[str] = ()
    removed: Sequence[str] = ()


def merge(session: Session, *, into: str, other: str) -> Decided:
    """Everything of ``other``, its history and its names become ``into``'s."""
    hold_links(session)
    return _merge(session, into, other)


def _merge(session: Session, into: str, other: str) -> Decided:
    if into == other:
        raise Conflict("A material cannot be merged into itself.")
    stays, goes = _material(session, into), _material(session, other)
    both = {"into": into, "other": other}
    moved = session.rows(sql.MOVE_ALL, both)
    kept = {name: goes["row"][name] for name in sql.KEPT}
    session.execute(sql.FOLLOW, both)
    _link(session, other, sql.EVERYBODY, into, goes["name"], goes["unit"], kept)
    _remember(session, other, goes, stays, "same")
    session.execute(sql.CLOSE_OF_NAME, {"name_id": other})
    session.execute(sql.CLOSE_OF_MATERIAL, both)
    session.execute(sql.ASK_OF, both)
    session.execute(sql.DROP_KEYS, {"ids": [other]})
    session.execute(sql.REMOVE, {"id": other})
    count_words(session, [goes["normalized_name"]], -1)
    _renew(session, [into])
    return Decided(into, [row["id"] for row in moved if row["current"]], [into], [other])


def split(session: Session, *, material: str, offers: Sequence[int]) -> Decided:
    """The offers, with their history, become a new material's, and so do later rows of their names."""
    hold_links(session)
    stays = _material(session, material)
    moved, rest = _divided(session.rows(sql.OFFERS, {"material": material}), offers)
    names = {own: row for row in reversed(moved) if (own := _own_name(row, material))}
    kept_names = {_own_name(row, material) for row in rest} | {material}
    first = _own_name(moved[0], material)
    new = (
        first
        if first not in kept_names
        else material_id(f"{material} {moved[0]['supplier_id']} {moved[0]['offer_key']}")
    )
    _refuse_shared(moved, rest, kept_names, material)
    merged = None
    for name_id, row in names.items():
        if name_id in kept_names:
            for supplier in {one["supplier_id"] for one in moved if _own_name(one, material) == name_id}:
                _link(session, name_id, supplier, new, row["name"], row["unit"])
        else:
            was = session.rows(sql.UNLINK, {"name_id": name_id, "supplier": sql.EVERYBODY})
            if name_id == new:
                merged = was[0]["merged"] if was else None
            else:
                _link(session, name_id, sql.EVERYBODY, new, row["name"], row["unit"])
    made = merged or _row_of(new, moved[0], normalize_name(moved[0]["name"]))
    _create(session, made)
    pairs = [{"id": row["id"], "name_id": _own_name(row, material)} for row in moved]
    session.execute(sql.MOVE, {"into": new, "moved": json_text(pairs)})
    _remember(session, new, made, stays, "different")
    _renew(session, [material, new])
    return Decided(new, [row["id"] for row in moved if row["current"]], [material, new])


def decide(session: Session, *, review: str, decision: str, other: str | None = None) -> Decided:
    """``decision``: same, different, or other, when the name means the material ``other``."""
    hold_links(session)
    found = session.rows(sql.REVIEW, {"id": review})
    if not found:
        raise NotFound(f"There is no review {review}.")
    asked = found[0]
    answer = "different" if decision == "other" else decision
    if asked["decision"]:
        if asked["decision"] == answer and decision != "other":
            return Decided(None)
        raise Conflict(f"This was decided already: {asked['decision']}. Merge or split the materials instead.")
    if decision == "different":
        return _different(session, asked)
    target = other if decision == "other" else asked["material_id"]
    assert target is not None
    if decision == "other":
        _material(session, target)
        _set(session, asked, "different")
    return _same(session, asked, target)


def _same(session: Session, asked: Mapping[str, Any], target: str) -> Decided:
    name_id = asked["name_id"]
    if session.rows(sql.FIND, {"id": name_id}):
        return _merge(session, target, name_id)
    meant = _material(session, target)
    moved = session.rows(sql.JOIN_NAME, {"name_id": name_id, "material": target, "kind": "matched"})
    _link(session, name_id, sql.EVERYBODY, target, asked["name"], asked["unit"])
    _remember(session, name_id, asked, meant, "same")
    session.execute(sql.CLOSE_OF_NAME, {"name_id": name_id})
    _renew(session, [target])
    return Decided(target, [row["id"] for row in moved], [target])


def _different(session: Session, asked: Mapping[str, Any]) -> Decided:
    """A name about which nothing is left to be asked becomes a material of its own."""
    name_id = asked["name_id"]
    _set(session, asked, "different")
    offers = session.rows(sql.NEW_OF_NAME, {"name_id": name_id})
    if not offers or session.rows(sql.OPEN_OF_NAME, {"name_id": name_id}):
        return Decided(None)
    _create(session, _row_of(name_id, {**offers[0], "name": asked["name"]}, asked["normalized_name"]))
    moved = session.rows(sql.JOIN_NAME, {"name_id": name_id, "material": name_id, "kind": "created"})
    _renew(session, [name_id], look_again=False)
    return Decided(name_id, [row["id"] for row in moved], [name_id])


def _material(session: Session, key: str) -> dict[str, Any]:
    found = session.rows(sql.FIND, {"id": key})
    if not found:
        raise NotFound(f"There is no material {key}.")
    return found[0]


def _divided(
    rows: Sequence[dict[str, Any]], offers: Sequence[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The states of the offers that are named, and of all others."""
    chosen = set(offers)
    keys = {(row["supplier_id"], row["offer_key"]) for row in rows if row["id"] in chosen}
    moved = [row for row in rows if (row["supplier_id"], row["offer_key"]) in keys]
    rest = [row for row in rows if (row["supplier_id"], row["offer_key"]) not in keys]
    unknown = chosen - {row["id"] for row in moved}
    if unknown:
        raise NotFound(f"The material has no offer {min(unknown)}.")
    if not any(row["current"] for row in rest):
        raise Conflict("Nothing would be left of the material: name fewer offers.")
    return moved, rest


def _own_name(row: Mapping[str, Any], material: str) -> str:
    """Rows that were matched before names were kept have theirs in the text."""
    if row["name_id"]:
        return str(row["name_id"])
    own = material_id(normalize_name(row["name"]))
    return own if own != material else material


def _refuse_shared(
    moved: Sequence[Mapping[str, Any]], rest: Sequence[Mapping[str, Any]], kept: set[str], material: str
) -> None:
    """Rows of one name and one supplier cannot be distinguished when the supplier's next list comes."""
    ours = {(_own_name(row, material), row["supplier_id"]) for row in rest}
    for row in moved:
        name_id = _own_name(row, material)
        if name_id in kept and (row["supplier_id"] is None or (name_id, row["supplier_id"]) in ours):
            raise Conflict(
                f"Later rows named «{row['name']}» could not be distinguished: name all such offers of a supplier."
            )


def _row_of(new: str, offer: Mapping[str, Any], normalized: str) -> dict[str, Any]:
    """A material as an offer's row would have made it."""
    return {
        "id": new,
        "name": truncate(offer["name"], NAME),
        "use_category": offer["category"],
        "unit": offer["unit"],
        "description": None,
        "sku": offer["sku"],
        "normalized_name": normalized,
        "number_key": bounded_key(number_key(offer["name"])),
        "base_unit": offer["base_unit"],
        "origin_pricelist_id": offer["pricelistid"],
    }


def _create(session: Session, row: Mapping[str, Any]) -> None:
    if session.rows(sql.RESTORE, {"row": json_text(row)}):
        count_words(session, [row["normalized_name"]])
    session.execute(sql.BACK, {"id": row["id"]})


def _link(
    session: Session,
    name_id: str,
    supplier: int,
    material: str,
    name: str,
    unit: str | None,
    merged: Mapping[str, Any] | None = None,
) -> None:
    params = {"name_id": name_id, "supplier": supplier, "material": material, "name": name, "unit": unit}
    session.execute(sql.LINK, {**params, "merged": json_text(merged) if merged else None})


def _set(session: Session, asked: Mapping[str, Any], decision: str) -> None:
    names = ("name_id", "material_id", "name", "unit", "normalized_name", "other_name", "other_unit")
    session.execute(sql.DECIDE, {**{name: asked[name] for name in names}, "decision": decision})


def _remember(
    session: Session, name_id: str, named: Mapping[str, Any], meant: Mapping[str, Any], decision: str
) -> None:
    """The pair and what was decided of it, for later lists and to learn from."""
    about = {name: named[name] for name in ("name", "unit", "normalized_name")}
    other = {"other_name": meant["name"], "other_unit": meant["unit"]}
    session.execute(
        sql.DECIDE, {"name_id": name_id, "material_id": meant["id"], **about, **other, "decision": decision}
    )


def _renew(session: Session, ids: Sequence[str], *, look_again: bool = True) -> None:
    """The keys of all names of these materials, and their places among those that are to be indexed."""
    renew_keys(session, ids)
    if look_again:
        session.execute(sql.LOOK_AGAIN, {"ids": list(ids)})
    out_of_step(session, ids)


def renew_keys(session: Session, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Write the keys of all names of these materials anew; returns the names."""
    session.execute(sql.DROP_KEYS, {"ids": list(ids)})
    names = session.rows(sql.NAMES, {"ids": list(ids)})
    keys = {
        found[:3]: found
        for row in names
        for found in key_rows(row["id"], row["name"], row["unit"], row["origin_pricelist_id"])
    }
    copy_rows(session, "material_keys", KEYS, keys.values())
    return names
