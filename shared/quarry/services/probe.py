"""A search by the clock, as a person would make it: an outage is noticed also while nobody searches."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quarry.errors import QuarryError
from quarry.observability import count

log = logging.getLogger(__name__)


class Probe:
    """``name`` gives a material's name, None of an empty catalogue; ``search`` asks the stores, not the cache."""

    def __init__(
        self,
        name: Callable[[], Awaitable[str | None]],
        search: Callable[[str], Awaitable[Mapping[str, Any]]],
    ) -> None:
        self._name = name
        self._search = search

    async def run(self) -> dict[str, Any]:
        """Search for a known material; it is a failure if it is not found, or if a store did not take part."""
        try:
            failure = await self._failure()
        except QuarryError as error:
            failure = str(error)
        count("ProbeFailures", 1 if failure else 0)
        if failure:
            log.error("the synthetic search failed", extra={"reason": failure})
            return {"status": "failed", "error": failure}
        return {"status": "done"}

    async def _failure(self) -> str | None:
        name = await self._name()
        # An empty catalogue is not an outage.
        if name is None:
            return None
        answer = await self._search(name)
        if answer["degraded"]:
            return "the answer is degraded: a store or the embeddings are unavailable"
        return None if answer["hits"] else f"«{name}» is in the catalogue and was not found"
