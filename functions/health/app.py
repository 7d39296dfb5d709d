"""HTTP: liveness, the stores' states, the full diagnosis, and the web page."""

from quarry import http_beginning  # noqa: F401 - must be the first import
from quarry.dependencies.health import connect, prepare
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.health import router
from quarry.http.page import serve_page

app = create_app("health", [router], patience=1.8)
serve_page(app)
handler = http_handler("health", app, prepare, connect)
