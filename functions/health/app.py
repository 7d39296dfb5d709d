"""HTTP: liveness, the stores' states, and the full diagnosis."""

from quarry import garbage  # noqa: F401 - must be the first import
from quarry.dependencies.health import connect, prepare
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.health import router

handler = http_handler("health", create_app("health", [router], patience=1.8), prepare, connect)
