"""A material's document (:mod:`quarry.domain.documents`) as a store keeps it."""

from dataclasses import dataclass
from datetime import datetime

from quarry.domain.documents import Document


@dataclass(frozen=True, slots=True)
class Stored:
    """A document, with what the index needs to know of the material's row."""

    id: str
    document: Document
    updated_at: datetime
    indexed_model: str | None

    @property
    def name(self) -> str:
        return str(self.document["material"]["name"])
