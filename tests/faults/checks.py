"""What must be true after a run, row by row and point by point."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from tests.faults.catalogue import Catalogue
from tests.faults.listing import FIRST_ROW, KNOWN, KNOWN_SUPPLIER, SUPPLIER, Row


@dataclass
class Verdict:
    """The numbers of rows, and a sentence for each kind of error that was found."""

    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, what: str, found: Iterable[Any]) -> int:
        """Report ``found``, which should be empty; returns how many there are."""
        wrong = list(found)
        if wrong:
            self.faults.append(f"{len(wrong)} {what}, such as {str(wrong[0])[:300]}")
        return len(wrong)

    @property
    def right(self) -> bool:
        return not (self.lost or self.doubled or self.faults)


def judge(catalogue: Catalogue, api: httpx.Client, rows: list[Row]) -> Verdict:
    verdict = Verdict()
    batches = catalogue.sql(
        "SELECT request_id, status, total, counts FROM pricelists WHERE supplier_id = :supplier", supplier=SUPPLIER
    )
    if len(batches) != 1:
        verdict.faults.append(f"{len(batches)} batches of one price list")
        return verdict
    request_id = batches[0][0]
    linked = _records(verdict, catalogue, request_id, rows)
    _offers(verdict, catalogue, rows, linked)
    _materials(verdict, catalogue, rows)
    _points(verdict, catalogue)
    _answer(verdict, api, request_id, rows)
    return verdict


def _records(verdict: Verdict, catalogue: Catalogue, request_id: str, rows: list[Row]) -> dict[int, Any]:
    """Each row's record; returns the material that it links, by the row's place."""
    found = catalogue.sql(
        "SELECT sequence, status, catalogue_id, name FROM processing_results WHERE request_id = :id", id=request_id
    )
    counted = Counter(sequence for sequence, *_ in found)
    verdict.lost += verdict.expect(
        "rows without a record", (place for place in range(len(rows)) if place not in counted)
    )
    verdict.doubled += verdict.expect("rows with two records", (place for place, many in counted.items() if many > 1))
    verdict.expect("records of no row", (place for place in counted if not 0 <= place < len(rows)))
    known = [(place, status, material) for place, status, material, _ in found if 0 <= place < len(rows)]
    verdict.lost += verdict.expect(
        "rows that are not settled", (one for one in known if one[1] not in {"completed", "failed", "needs_review"})
    )
    verdict.expect(
        "records of another row", (one for one in found if one[0] < len(rows) and one[3] != rows[one[0]].name)
    )
    wanted = {True: "completed", False: "failed"}
    verdict.expect("rows with the wrong outcome", (one for one in known if one[1] != wanted[rows[one[0]].usable]))
    return {place: material for place, status, material in known if status == "completed"}


def _offers(verdict: Verdict, catalogue: Catalogue, rows: list[Row], linked: dict[int, Any]) -> None:
    found = catalogue.sql(
        "SELECT row_number, material_id, unit_price, name, sku FROM raw_products"
        " WHERE supplier_id = :supplier AND superseded_at IS NULL",
        supplier=SUPPLIER,
    )
    usable = {place for place, row in enumerate(rows) if row.usable}
    offers: dict[int, list[list[Any]]] = defaultdict(list)
    for number, *offer in found:
        offers[number - FIRST_ROW].append(offer)
    verdict.lost += verdict.expect("rows without an offer", sorted(usable - offers.keys()))
    verdict.doubled += verdict.expect("rows with two offers", (one for one in offers.items() if len(one[1]) > 1))
    verdict.expect("offers of no row", sorted(offers.keys() - usable))
    for place in sorted(usable & offers.keys()):
        material, price, name, sku = offers[place][0]
        row = rows[place]
        if (price, name, sku) != (row.amount, row.name, row.sku):
            verdict.faults.append(f"row {place} is {row}, its offer {offers[place][0]}")
        if material is None or linked.get(place) != material:
            verdict.faults.append(f"row {place} links {linked.get(place)}, its offer {material}")
    verdict.doubled += verdict.expect(
        "offers of the first list that were replaced",
        catalogue.sql("SELECT id FROM raw_products WHERE superseded_at IS NOT NULL"),
    )
    [[others]] = catalogue.sql(
        "SELECT count(*) FROM raw_products WHERE supplier_id = :supplier AND superseded_at IS NULL",
        supplier=KNOWN_SUPPLIER,
    )
    if others != len(KNOWN):
        verdict.faults.append(f"{others} offers of the other supplier, not {len(KNOWN)}")


def _materials(verdict: Verdict, catalogue: Catalogue, rows: list[Row]) -> None:
    named = Counter(name for (name,) in catalogue.sql("SELECT name FROM materials"))
    wanted = {row.name for row in rows if row.usable} | set(KNOWN)
    verdict.lost += verdict.expect("goods without a material", sorted(wanted - named.keys()))
    verdict.doubled += verdict.expect("materials that stand twice", (name for name, many in named.items() if many > 1))
    verdict.expect("materials of nothing", sorted(named.keys() - wanted))
    verdict.expect(
        "offers of a material that is not there",
        catalogue.sql(
            "SELECT id FROM raw_products r WHERE NOT EXISTS (SELECT FROM materials m WHERE m.id = r.material_id)"
        ),
    )


def _points(verdict: Verdict, catalogue: Catalogue) -> None:
    """Qdrant's points compared with PostgreSQL's materials: the same ones, with the same offers and prices."""
    offers: dict[str, list[tuple[int, Decimal]]] = defaultdict(list)
    for offer, material, price in catalogue.sql(
        "SELECT id, material_id, unit_price FROM raw_products WHERE superseded_at IS NULL"
    ):
        offers[str(material)].append((offer, price))
    names = {str(key): name for key, name in catalogue.sql("SELECT id, name FROM materials")}
    points = {
        point["id"]: point["payload"]
        for point in catalogue.points("materials", "material", "offers", "offers_total", "prices")
    }
    verdict.lost += verdict.expect("materials without a point", sorted(names.keys() - points.keys()))
    verdict.doubled += verdict.expect("points of no material", sorted(points.keys() - names.keys()))
    pairs = ((_shown(payload), _wanted(names[key], offers[key])) for key, payload in points.items() if key in names)
    verdict.expect("points that differ from their material", (pair for pair in pairs if pair[0] != pair[1]))
    verdict.expect("records left in Qdrant", catalogue.points("processing_records", "request_id", entity="record"))


def _shown(payload: Any) -> tuple[Any, ...]:
    # These two are kept as text, see quarry.adapters.qdrant.vector_database.
    material, offers = (json.loads(payload[name]) for name in ("material", "offers"))
    shown = sorted((offer["id"], Decimal(offer["price"])) for offer in offers)
    return material["name"], payload["offers_total"], shown, sorted(one["amount"] for one in payload["prices"])


def _wanted(name: str, offers: list[tuple[int, Decimal]]) -> tuple[Any, ...]:
    """No material of a run has more offers than a hit shows."""
    return name, len(offers), sorted(offers), sorted(float(price) for _, price in offers)


def _answer(verdict: Verdict, api: httpx.Client, request_id: str, rows: list[Row]) -> None:
    answer = api.get(f"/batches/{request_id}").json()
    failed = sum(not row.usable for row in rows)
    wanted = {
        "status": "completed_with_errors",
        "total": len(rows),
        "completed": len(rows) - failed,
        "failed": failed,
        "pending": 0,
        "processing": 0,
        "needs_review": 0,
    }
    found = {name: answer.get(name) for name in wanted}
    if found != wanted:
        verdict.faults.append(f"the batch says {found}, not {wanted}")
