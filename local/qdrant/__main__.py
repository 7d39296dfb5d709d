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

# Python's thread switch interval: a read that arrives while a write is parsed waits this long at most.
_THREAD_SWITCH_SECONDS = 0.0005
# A body of points is thousands of lists and dictionaries with a few hundred thousand numbers and no reference cycle.
# With the default threshold the garbage collector searched it for cycles several times, a fifth of the parsing time.
_GC_THRESHOLD_OBJECTS = 100_000
# Longer than our clients keep an idle connection: then the client closes it, and never while it sends a request.
_KEEP_ALIVE_SECONDS = 75


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.qdrant", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the collections")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        store = Store(arguments.home)
    except BlockingIOError:
        parser.error(f"another server uses {arguments.home}")
    sys.setswitchinterval(_THREAD_SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD_OBJECTS)
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
