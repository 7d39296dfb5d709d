"""Chunks of a batch, from the chunks queue: normalise, match, write, index."""

from quarry import garbage  # noqa: F401 - before all else
from quarry.dependencies.ingestion import chunk_receiver, chunk_redelivery, connect, prepare_process
from quarry.handlers.queue import queue_handler

handler = queue_handler("ingest-process", prepare_process, connect, chunk_receiver, chunk_redelivery)
