"""What makes two rows of a supplier's lists the same offer."""

from quarry.domain.rows import PriceRow
from quarry.domain.text import number_key


def offer_identity(row: PriceRow) -> str:
    """The article with the grades and sizes of the name; without an article the name as written.

    Numbers stand beside the article since some lists give one article to a whole range of sizes. Equal identities in
    one list are told apart by their order (``ProcessingRecord.occurrence``).
    """
    if row.sku:
        return f"{row.sku.casefold()}|{number_key(row.name)}"
    return " ".join(row.name.casefold().split())
