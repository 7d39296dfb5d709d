"""Materials of the catalogue and suppliers' offers of them."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from quarry.domain.rows import ListedPrice, Vat

# Fixed for ever: a material's id is derived from its normalised name, so that two workers agree without asking.
NAMESPACE = uuid.UUID("9f0c7c52-6f0e-5d0b-9a56-6c1e6d6f3b11")


@lru_cache(maxsize=32_768)
def material_id(normalized_name: str) -> str:
    """The id of the material with that normalised name: UUID version 5."""
    # As uuid.uuid5 makes it, in a third of the time.
    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + normalized_name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One supplier's price of one material; ``price_per_base_unit`` is in ``currency`` for one ``base_unit``.

    ``comparable`` are its prices in other units as well, as JSON; empty where the main one is all there is.
    """

    id: int
    material_id: str | None
    supplier_id: int | None
    pricelist_id: int | None
    name: str
    sku: str | None = None
    unit: str | None = None
    price: Decimal | None = None
    currency: str = "RUB"
    vat: Vat = Vat.UNKNOWN
    price_per_base_unit: Decimal | None = None
    base_unit: str | None = None
    comparable: Sequence[Mapping[str, str]] = ()
    prices: tuple[ListedPrice, ...] = ()
    stock: Decimal | None = None
    in_stock: bool | None = None
    valid_from: datetime | None = None
    superseded_at: datetime | None = None
