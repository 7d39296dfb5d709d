"""How offers are before a list moves them on: what its undo needs (:mod:`quarry.repositories.postgresql.undoing`).

A note is a row of arrays for a whole chunk: a row of the table for each offer would cost as much as the offers do.
Offers without a supplier belong to no list that could be taken back.
"""

from typing import Final

from quarry.adapters.interfaces import Session

_NOTED: Final = """
INSERT INTO earlier_offers (pricelist_id, offers, lists, previous, rows, sheets, places, details, relinked)
SELECT :pricelist, array_agg(r.id), array_agg(r.pricelistid), array_agg(r.previous_pricelistid),
    array_agg(r.row_number), array_agg(r.sheet), array_agg(r.record_sequence)
"""
# Row by row, by the key: the temporary table has no statistics.
_DECIDED: Final = f"""
{_NOTED}, json_agg(r.*) FILTER (WHERE d.action = 'amend'),
    coalesce(array_agg(r.id) FILTER (WHERE d.material_id IS DISTINCT FROM r.material_id), '{{}}')
FROM decided d CROSS JOIN LATERAL (SELECT * FROM raw_products WHERE id = d.old_id OFFSET 0) AS r
WHERE d.action IN ('keep', 'amend') AND :pricelist IS DISTINCT FROM
    CASE WHEN d.action = 'keep' THEN r.pricelistid ELSE r.first_pricelistid END
HAVING count(*) > 0
"""  # noqa: S608
# Offers ``stood``, of which repeated rows move on.
NOTE_STOOD: Final = f"""
{_NOTED}, NULL, '{{}}'
FROM stood AS r WHERE r.pricelistid <> :pricelist
HAVING count(*) > 0
"""


def note_decided(session: Session, pricelist_id: int) -> None:
    """Before a chunk's offers are kept or amended, as the table ``decided`` has it."""
    session.execute(_DECIDED, {"pricelist": pricelist_id})
