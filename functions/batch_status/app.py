"""HTTP: the progress, results, errors and changes of batches; failed rows again."""

from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.http.function import http_handler

handler = http_handler("batch-status", create_app("batches", [router], answers_within=3))
