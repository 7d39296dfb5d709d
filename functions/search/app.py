"""HTTP: search, materials with their offers, reference lists."""

from quarry import http_beginning  # noqa: F401 - must be the first import
from quarry.dependencies.search import connect, prepare
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.search import router

handler = http_handler("search", create_app("search", [router], patience=1.8), prepare, connect)
