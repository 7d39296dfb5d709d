"""The messages that carry a chunk of a batch, or a part of it, lines of an estimate, and an undo through the queue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# Of a part of a chunk: the first and the last row's ``sequence``.
Rows = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChunkMessage:
    """``timeouts`` counts how often the part outlasted its function; ``give_up`` is why its open rows are to fail."""

    request_id: str
    chunk: int
    rows: Rows | None = None
    timeouts: int = 0
    give_up: str | None = None

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "ChunkMessage":
        """Raises KeyError for a message that is not one of a chunk."""
        rows = content.get("rows")
        return cls(
            content["request_id"],
            content["chunk"],
            (rows[0], rows[1]) if rows else None,
            content.get("timeouts", 0),
            content.get("give_up"),
        )

    def json(self) -> dict[str, Any]:
        optional = {"rows": self.rows and list(self.rows), "timeouts": self.timeouts, "give_up": self.give_up}
        present = {name: value for name, value in optional.items() if value}
        return {"request_id": self.request_id, "chunk": self.chunk, **present}

    def timed_out(self) -> "ChunkMessage":
        return replace(self, timeouts=self.timeouts + 1)


@dataclass(frozen=True, slots=True)
class EstimateMessage:
    """Lines to be priced, from ``first`` to ``last``."""

    estimate_id: str
    first: int
    last: int

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "EstimateMessage | None":
        """None for a message of something else."""
        return cls(content["estimate_id"], content["first"], content["last"]) if "estimate_id" in content else None

    def json(self) -> dict[str, Any]:
        return {"estimate_id": self.estimate_id, "first": self.first, "last": self.last}


@dataclass(frozen=True, slots=True)
class UndoMessage:
    """What a batch changed is to be taken back."""

    request_id: str

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> "UndoMessage | None":
        """None for a message of something else."""
        return cls(content["undo"]) if "undo" in content else None

    def json(self) -> dict[str, Any]:
        return {"undo": self.request_id}
