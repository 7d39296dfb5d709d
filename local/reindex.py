"""``quarry reindex``: the vector index anew, block by block."""

import time
from collections.abc import Callable

from local.client import RETRY_SECONDS, Api, ApiUnavailable, Fields

# Half an hour of a store that is unavailable: then the upkeep goes on alone.
MAX_RETRIES = 1800


def rebuild(client: Api, show: Callable[[str], None]) -> Fields:
    """Start anew and go on until it is finished; an outage is waited for."""
    answer = client.post("/index/rebuild", {"start": True})
    retries = 0
    while answer["finished_at"] is None:
        show(f"{answer['done']:,} of {answer['total']:,}")
        try:
            answer = client.post("/index/rebuild", {"start": False})
            retries = 0
        except ApiUnavailable as error:
            retries += 1
            if retries > MAX_RETRIES:
                raise
            show(str(error))
            time.sleep(RETRY_SECONDS)
    return answer
