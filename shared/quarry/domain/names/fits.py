"""What comes of comparing offered goods with what somebody asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fit:
    """``conflict``: what the offer says otherwise, which makes it other goods. ``silent``: what it does not say.

    ``cost`` is the more, the more of what was asked for is not said; ``costs`` are what each silence adds to it.
    ``near``: the same kind of goods at least.
    """

    cost: float = 0.0
    silent: tuple[str, ...] = ()
    costs: tuple[float, ...] = ()
    conflict: str | None = None
    near: bool = True
