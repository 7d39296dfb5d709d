"""Writing a shard's files to the disk without the interpreter lock, which the engine would hold."""

import os
from contextlib import suppress
from pathlib import Path


def write_back(folder: Path) -> None:
    """Have the system write the files' mapped pages, so that the engine's own flush has little left to do."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # the engine's log deletes files that it no longer needs
                _sync(Path(parent, name))


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
