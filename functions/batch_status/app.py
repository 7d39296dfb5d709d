"""HTTP: progress, results, errors and changes of batches, and changes over time; retry of failed rows."""

from quarry import http_beginning  # noqa: F401 - must be the first import
from quarry.dependencies.batches import connect, prepare
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.http.changes import router as changes

handler = http_handler("batch-status", create_app("batches", [router, changes], patience=2.8), prepare, connect)
