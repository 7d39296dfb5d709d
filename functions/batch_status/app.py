"""HTTP: the progress, results, errors and changes of batches; failed rows again."""

from quarry import garbage  # noqa: F401 - before all else
from quarry.dependencies.batches import connect, prepare
from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.http.function import http_handler

handler = http_handler("batch-status", create_app("batches", [router], patience=2.8), prepare, connect)
