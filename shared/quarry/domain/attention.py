"""What a person should look at in how a price list was read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Something that a buyer needs may be lost or wrong; ``count`` rows are concerned, 0 where none can be named.

    ``code`` is for programs, ``message`` says to a person what to look at. Without ``sheet`` it concerns the file.
    """

    code: str
    message: str
    sheet: str | None = None
    count: int = 0
