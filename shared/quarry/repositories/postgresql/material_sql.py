"""Search and browsing of materials in PostgreSQL; every condition on words is served by an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from quarry.adapters.interfaces import IRelationalDatabase
from quarry.adapters.postgresql.copying import json_text
from quarry.domain.excerpts import article_key, without_zeros
from quarry.domain.query import Filters, ParsedQuery, PriceRange, Sort, SortBy
from quarry.domain.rates import APART, Rates
from quarry.domain.text import is_numeric

# Null stands for a filter that is not set. One offer must meet all that is asked of offers.
_FILTERS: Final = """
(CAST(:categories AS text[]) IS NULL OR m.use_category = ANY(CAST(:categories AS text[])))
AND (CAST(:units AS text[]) IS NULL OR m.unit = ANY(CAST(:units AS text[])))
AND (NOT CAST(:by_offer AS boolean) OR EXISTS (
  SELECT FROM raw_products o
  WHERE o.material_id = m.id AND o.superseded_at IS NULL
  AND (CAST(:suppliers AS integer[]) IS NULL OR o.supplier_id = ANY(CAST(:suppliers AS integer[])))
  AND (CAST(:prices AS json) IS NULL OR EXISTS (
    SELECT FROM json_to_recordset(CAST(:prices AS json)) AS p(currency text, min numeric, max numeric)
    WHERE o.currency = p.currency AND (p.min IS NULL OR o.unit_price >= p.min)
      AND (p.max IS NULL OR o.unit_price <= p.max)))))
AND (CAST(:in_stock AS boolean) IS NULL OR CAST(:in_stock AS boolean) = (
  SELECT bool_or(o.in_stock) FROM raw_products o WHERE o.material_id = m.id AND o.superseded_at IS NULL))
"""
# Three ways to one candidate list: words in any form, tokens as they stand, part of the name, likeness of letters.
_SEARCH_HEAD: Final = """
WITH words AS (
  SELECT to_tsquery('russian', :words) || to_tsquery('simple', :words) AS query
), found AS (
  (SELECT m.id, 1 + ts_rank(m.search_vector, words.query) AS score FROM materials m, words
   WHERE m.search_vector @@ words.query ORDER BY score DESC LIMIT :limit)
  UNION ALL
  (SELECT m.id, 2 FROM materials m WHERE m.name ILIKE :pattern LIMIT :limit)
  UNION ALL
  (SELECT m.id, word_similarity(:text, m.name) FROM materials m WHERE :text <% m.name
   ORDER BY 2 DESC LIMIT :limit)
)
SELECT m.id, max(found.score) AS score FROM found JOIN materials m ON m.id = found.id WHERE
"""
_FUZZY_HEAD: Final = """
SELECT m.id, greatest(word_similarity(:text, m.name), similarity(:text, m.name)) AS score
FROM materials m WHERE (:text <% m.name OR m.name % :text) AND
"""
_SEARCH_TAIL: Final = " GROUP BY m.id ORDER BY score DESC, m.id LIMIT :limit"
_FUZZY_TAIL: Final = " ORDER BY score DESC, m.id LIMIT :limit"
# Browsing orders and counts so many materials at the most, the first by name: a page of a catalogue of millions takes
# no longer than one of so many.
MOST_BROWSED: Final = 50_000
_FITTING: Final = f"""
WITH m AS MATERIALIZED (
  SELECT m.id, m.name, m.updated_at, m.use_category, m.unit FROM materials m WHERE {_FILTERS}
  ORDER BY m.name {{direction}}, m.id LIMIT :most + 1
)
"""  # noqa: S608
_BROWSE_HEAD: Final = "SELECT m.id, count(*) OVER () AS total FROM m"
# One pass over the offers: a look-up for each material is slow when it has not been analysed yet. Of the currencies and
# units that a material has prices in, that counts in which most materials have theirs.
_CHEAPEST: Final = """
LEFT JOIN (
  SELECT DISTINCT ON (material_id) * FROM (
    SELECT material_id, currency, base_unit, min(price) AS price,
           count(*) OVER (PARTITION BY currency, base_unit) AS alike
    FROM (
      SELECT material_id, base_unit, price_per_base_unit * coalesce(r.rate, 1) AS price,
             CASE WHEN r.rate IS NULL THEN o.currency ELSE CAST(:base AS text) END AS currency
      FROM m JOIN raw_products o ON o.material_id = m.id
      LEFT JOIN json_to_recordset(CAST(:rates AS json)) AS r(currency text, rate numeric) ON r.currency = o.currency
      WHERE superseded_at IS NULL AND price_per_base_unit IS NOT NULL
    ) AS each GROUP BY material_id, currency, base_unit
  ) AS lowest ORDER BY material_id, alike DESC, currency, base_unit
) AS cheapest ON cheapest.material_id = m.id
"""
_BY_PRICE: Final = """cheapest.price IS NULL, count(*) OVER (PARTITION BY cheapest.currency, cheapest.base_unit) DESC,
cheapest.currency, cheapest.base_unit, """
_ORDER: Final = {
    SortBy.RELEVANCE: "m.name",
    SortBy.NAME: "m.name",
    SortBy.UPDATED: "m.updated_at",
    SortBy.PRICE: "cheapest.price",
}
_PAGE: Final = ", m.id LIMIT :limit OFFSET :offset"
# So many zeros may stand before a number that a buyer writes without them; each is a look-up in the index of articles.
_MOST_ZEROS: Final = 9
_BY_ARTICLE: Final = """
SELECT DISTINCT o.material_id AS id FROM raw_products o
WHERE ({articles})
AND o.superseded_at IS NULL AND o.sku IS NOT NULL AND o.material_id IS NOT NULL
LIMIT 50
"""
_FACET_TAIL: Final = " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50"
_FACETS: Final = {
    "category": "SELECT use_category AS value, count(*) AS count FROM m WHERE use_category IS NOT NULL",
    "unit": "SELECT unit AS value, count(*) AS count FROM m WHERE unit IS NOT NULL",
    "supplier_id": """SELECT s.supplier_id AS value, count(DISTINCT m.id) AS count
        FROM m JOIN raw_products s ON s.material_id = m.id AND s.superseded_at IS NULL
        WHERE s.supplier_id IS NOT NULL""",
}


@dataclass(frozen=True, slots=True)
class Browsed:
    """Ids of one page, and how many materials there are on all; ``more``: or more than that."""

    ids: Sequence[str]
    total: int
    more: bool


class MaterialQueries:
    def __init__(self, relational: IRelationalDatabase) -> None:
        self._relational = relational

    async def search(self, parsed: ParsedQuery, filters: Filters, limit: int) -> list[str]:
        """Ids of materials that share a word, a part or most letters with the query, best first."""
        words = " | ".join(_quoted(term.token) for term in parsed.terms)
        expanded = " | ".join([words, *map(_quoted, parsed.expansions)])
        params = {
            **_params(filters),
            "words": expanded,
            "text": parsed.text,
            "pattern": f"%{_escaped(parsed.text)}%",
            "limit": limit,
        }
        return await self._ids(_SEARCH_HEAD + _FILTERS + _SEARCH_TAIL, params)

    async def fuzzy_search(self, text: str, filters: Filters, limit: int) -> list[str]:
        """Ids of materials whose names look like ``text``, by trigrams."""
        return await self._ids(_FUZZY_HEAD + _FILTERS + _FUZZY_TAIL, {**_params(filters), "text": text, "limit": limit})

    async def with_article(self, article: str) -> list[str]:
        """Ids of materials with an offer whose article begins so, whatever stands between its parts or before them."""
        patterns = {f"article_{at}": pattern for at, pattern in enumerate(_article_patterns(article_key(article)))}
        tests = " OR ".join(f"translate(lower(o.sku), ' -_./', '') LIKE :{name}" for name in patterns)
        return await self._ids(_BY_ARTICLE.format(articles=tests), patterns)

    async def browse(self, filters: Filters, sort: Sort, limit: int, offset: int, rates: Rates = APART) -> Browsed:
        direction = "DESC" if sort.reverse else "ASC"
        by_name = sort.by in {SortBy.RELEVANCE, SortBy.NAME}
        head, first = (_CHEAPEST, _BY_PRICE) if sort.by is SortBy.PRICE else ("", "")
        statement = _FITTING.format(direction=direction if by_name else "ASC") + _BROWSE_HEAD + head
        statement += f" ORDER BY {first}{_ORDER[sort.by]} {direction} NULLS LAST{_PAGE}"
        params = {**_params(filters), "most": MOST_BROWSED, "limit": limit, "offset": offset}
        if sort.by is SortBy.PRICE:
            known = [{"currency": one.currency, "rate": f"{one.rate:f}"} for one in rates.latest.values()]
            params |= {"base": rates.base, "rates": json_text(known)}
        rows = await self._relational.execute_query(statement, params)
        total = rows[0]["total"] if rows else 0
        return Browsed([str(row["id"]) for row in rows], min(total, MOST_BROWSED), total > MOST_BROWSED)

    async def facet(self, name: str, filters: Filters) -> list[dict[str, Any]]:
        """Values with the number of materials, most frequent first."""
        statement = _FITTING.format(direction="ASC") + _FACETS[name] + _FACET_TAIL
        rows = await self._relational.execute_query(statement, {**_params(filters), "most": MOST_BROWSED})
        return [{"value": row["value"], "count": row["count"]} for row in rows]

    async def _ids(self, statement: str, params: Mapping[str, Any]) -> list[str]:
        return [str(row["id"]) for row in await self._relational.execute_query(statement, params)]


def _params(filters: Filters) -> dict[str, Any]:
    price = filters.price
    return {
        "categories": list(filters.category) or None,
        "units": list(filters.unit) or None,
        "suppliers": list(filters.supplier_id) or None,
        "in_stock": filters.in_stock,
        "prices": json_text([_limits(one) for one in price.all]) if price else None,
        "by_offer": bool(filters.supplier_id or price),
    }


def _limits(price: PriceRange) -> dict[str, str | None]:
    limits = {"min": price.min, "max": price.max}
    return {"currency": price.currency} | {name: None if one is None else f"{one:f}" for name, one in limits.items()}


def _quoted(token: str) -> str:
    """A token as an operand of a tsquery; a word is a prefix too, as one still being typed."""
    literal = "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
    return literal if is_numeric(token) else literal + ":*"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _article_patterns(key: str) -> list[str]:
    """An article's beginnings: with zeros that were left out, and the whole without those that were written."""
    bare = without_zeros(key)
    if bare != key:
        return [_escaped(key) + "%", _escaped(bare)]
    most = _MOST_ZEROS if key.isdigit() else 0
    return ["0" * zeros + _escaped(key) + "%" for zeros in range(most + 1)]
