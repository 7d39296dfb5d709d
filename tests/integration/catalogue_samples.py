"""Price lists as the catalogue accepts them, made of a few words."""

from collections import Counter
from decimal import Decimal

from quarry.domain.identity import offer_identity
from quarry.domain.links import MatchedRow, RowKey
from quarry.domain.materials import material_id
from quarry.domain.pricing import price_basis
from quarry.domain.records import MatchType
from quarry.domain.rows import PriceRow
from quarry.domain.text import normalize_name, number_key
from quarry.runtime import run

PRICELIST = """
INSERT INTO pricelists (request_id, kind, supplier_id, file_name, status, revision)
VALUES (:request, :kind, :supplier, :file, 'processing', 1) RETURNING id
"""


def row(name, price="100", **about):
    return PriceRow(row=about.pop("row", 1), name=name, price=Decimal(price) if price else None, **about)


def key_of(price_row, row_id="0"):
    name = price_row.name
    return RowKey(row_id, name, price_row.unit, normalize_name(name), number_key(name), price_row.sku)


class Importer:
    """Imports rows as the ingestion service does, by default every unresolved row as a new material."""

    def __init__(self, db, catalogue):
        self.db = db
        self.catalogue = catalogue
        self._lists = 0

    def open(self, supplier=101, file="прайс.xlsx", kind="pricelist"):
        self._lists += 1
        params = {"request": f"r-{self._lists}", "kind": kind, "supplier": supplier, "file": file}
        return run(self.db.transaction(lambda session: session.value(PRICELIST, params)))

    def links(self, pricelist, rows, supplier=101, match=None):
        keys = [key_of(each, str(place)) for place, each in enumerate(rows)]
        resolved = run(self.catalogue.resolve(supplier, keys, pricelist))
        seen = Counter()
        links = []
        for key, each in zip(keys, rows, strict=True):
            identity = offer_identity(each)
            known = resolved.get(key.row_id)
            kind = match or (MatchType.EXACT if known else MatchType.CREATED)
            links.append(
                MatchedRow(
                    row_id=key.row_id,
                    row=each,
                    material_id=None
                    if kind is MatchType.REVIEW
                    else (known.material_id if known else material_id(key.normalized_name)),
                    normalized_name=key.normalized_name,
                    number_key=key.number_key,
                    match_type=kind,
                    score=None,
                    offer_key=f"{identity}|{seen[identity]}",
                    basis=price_basis(each),
                )
            )
            seen[identity] += 1
        return links

    def write(self, pricelist, rows, supplier=101, match=None):
        links = self.links(pricelist, rows, supplier, match)
        return run(self.catalogue.write(pricelist, supplier, links))

    def run_list(self, rows, supplier=101, file="прайс.xlsx"):
        """A whole list from the first row to the end; its id, receipt and summary."""
        pricelist = self.open(supplier, file)
        receipt = self.write(pricelist, rows, supplier)
        return pricelist, receipt, run(self.catalogue.finish(pricelist))

    def current(self, supplier=101):
        query = (
            "SELECT name, unit_price, pricelistid FROM raw_products"
            " WHERE supplier_id = :supplier AND superseded_at IS NULL ORDER BY name, id"
        )
        rows = run(self.db.execute_query(query, {"supplier": supplier}))
        return {each["name"]: (str(each["unit_price"].normalize()), each["pricelistid"]) for each in rows}

    def state(self):
        """Everything but the times, to compare before and after."""
        offers = run(self.db.execute_query("SELECT to_jsonb(r) AS row FROM raw_products r ORDER BY id"))
        materials = run(self.db.execute_query("SELECT to_jsonb(m) AS row FROM materials m ORDER BY id"))
        words = run(self.db.execute_query("SELECT term, count FROM search_terms ORDER BY term"))
        return offers, materials, words
