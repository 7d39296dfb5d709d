"""Chunks of a batch from the chunks queue: normalises, matches, writes and indexes their rows."""

from quarry import beginning  # noqa: F401 - must be the first import
from quarry.dependencies.ingestion import chunk_receiver, chunk_redelivery, connect, prepare_process
from quarry.handlers.queue import queue_handler

handler = queue_handler("ingest-process", prepare_process, connect, chunk_receiver, chunk_redelivery)
