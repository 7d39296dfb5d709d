"""The lock by which rows are written, or people's decisions about names, but not both at once."""

from typing import Final

from quarry.adapters.interfaces import Session

# The number that distinguishes it from other advisory locks.
_LINKS: Final = 9
_SHARE: Final = "SELECT pg_advisory_xact_lock_shared(:links, 0)"
_HOLD: Final = "SELECT pg_advisory_xact_lock(:links, 0)"


def share_links(session: Session) -> None:
    """Until the transaction ends nobody decides what a name means, and no material is merged."""
    session.execute(_SHARE, {"links": _LINKS})


def hold_links(session: Session) -> None:
    """Until the transaction ends nobody writes rows."""
    session.execute(_HOLD, {"links": _LINKS})
