"""``python -m local.qdrant --home DIR --port N``; the API key is read from ``QDRANT_API_KEY``."""

import argparse
import gc
import logging
import os
import sys
from pathlib import Path

import uvicorn

from local.qdrant.app import App
from local.qdrant.store import Store

# A read that comes while a write is being read or made into the engine's form waits no longer than this for its turn.
_SWITCH_SECONDS = 0.0005
# A body of points is some thousand lists and dictionaries of a few hundred thousand numbers and no cycle: looking for
# one several times a body took a fifth of reading it.
_COLLECT_AFTER = 100_000
# Longer than any client of ours keeps an idle connection, so that it is never closed under a request.
_KEEP_ALIVE_SECONDS = 75


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.qdrant", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="where the collections are kept")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        store = Store(arguments.home)
    except BlockingIOError:
        parser.error(f"another server uses {arguments.home}")
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    uvicorn.run(
        App(store, os.environ.get("QDRANT_API_KEY") or None),
        host="127.0.0.1",
        port=arguments.port,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
