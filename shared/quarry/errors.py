"""The errors that cross a border between two rooms; a driver's own errors never leave its adapter.

QuarryError
├── StoreUnavailable             an outage: the next store may answer, or the caller tries again later
│   └── AllDatabasesUnavailableError   no store answered: HTTP 503
├── StoreTimeout                 the work outlasted its time while the store was there: less of it may pass
├── StoreError                   the store refused the statement: never an outage, never retried
│   └── ContentRefused           because of the values in it: fewer of them may pass
├── Conflict                     the same key with other content: HTTP 409
├── NotFound                     HTTP 404
├── Forbidden                    the caller may not do this: HTTP 403
├── NotSupported                 what the stores in use cannot do: HTTP 501
├── InvalidRequest               the caller's values are wrong: HTTP 422, with JSON pointers
└── BadPriceList                 the supplier's file cannot be read: the batch fails, nobody retries
"""

from collections.abc import Sequence


class QuarryError(Exception):
    """Base of all our own errors; its text is safe to show to a person."""


class StoreUnavailable(QuarryError):
    """A store cannot be reached, does not answer, refuses our credentials, or something else answers in its place."""

    def __init__(self, store: str, reason: str = "cannot be reached") -> None:
        super().__init__(f"{store} {reason}")
        self.store = store


class AllDatabasesUnavailableError(StoreUnavailable):
    """No store answered; ``retry_after`` is in seconds."""

    def __init__(self, reason: str = "cannot be reached; try again in a moment", *, retry_after: int = 5) -> None:
        super().__init__("Every database", reason)
        self.retry_after = retry_after


class StoreTimeout(QuarryError):
    """A call took longer than its caller had; the store itself is not unavailable."""

    def __init__(self, store: str, reason: str = "took longer than there was time for") -> None:
        super().__init__(f"{store} {reason}")
        self.store = store


class StoreError(QuarryError):
    """A store refused a call; ``code`` is the store's own (SQLSTATE, HTTP status)."""

    def __init__(self, store: str, message: str, code: str | None = None) -> None:
        super().__init__(f"{store}: {message}")
        self.store = store
        self.code = code


class ContentRefused(StoreError):
    """A store refused the values that it was sent, not the statement as such."""


class InvalidTransition(Exception):
    """A batch or a row was to do what its state does not allow: a bug of ours, never shown to a caller."""


class Conflict(QuarryError):
    """A request contradicts the current state; ``code`` is for programs that say it in other words."""

    def __init__(self, detail: str, code: str | None = None) -> None:
        super().__init__(detail)
        self.code = code


class NotFound(QuarryError):
    """What was requested does not exist."""


class Forbidden(QuarryError):
    """The caller is known, and may not do what was requested."""


class NotSupported(QuarryError):
    """The stores that are in use cannot do what was requested."""


class InvalidRequest(QuarryError):
    """The caller's values are wrong; ``errors`` are pairs of JSON pointer and message."""

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class BadPriceList(QuarryError):
    """A price list that cannot be read as a whole; ``code`` is for programs, the message for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
