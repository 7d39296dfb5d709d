"""``python -m local.qdrant --home DIR --port N``; the API key is read from ``QDRANT_API_KEY``."""

import argparse
import logging
import os
from pathlib import Path

import uvicorn

from local.qdrant.app import create_app
from local.qdrant.store import Store

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
    uvicorn.run(
        create_app(store, os.environ.get("QDRANT_API_KEY") or None),
        host="127.0.0.1",
        port=arguments.port,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )


if __name__ == "__main__":
    main()
