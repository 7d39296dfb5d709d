"""By what two rows are the same offer, and under which key a text's embedding is kept."""

import hashlib
import re

from quarry.domain.rows import PriceRow

_DIGITS = re.compile(r"\d+")


def offer_identity(row: PriceRow) -> str:
    """The article with the numbers of the name; without an article the name as written.

    Numbers stand beside the article since some lists give one article to a whole range of sizes. Equal identities in
    one list are distinguished by their order (``ProcessingRecord.occurrence``).
    """
    if row.sku:
        return f"{row.sku.casefold()}|{'.'.join(_DIGITS.findall(row.name))}"
    return " ".join(row.name.casefold().split())


def embedding_key(model: str, text: str) -> str:
    """The key of a text's embedding in every store."""
    return hashlib.sha256(f"{model}\n{text}".encode()).hexdigest()
