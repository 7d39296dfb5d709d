"""HTTP: uploads of price lists, batches of materials, decisions, estimates."""

from quarry import http_beginning  # noqa: F401 - must be the first import
from quarry.dependencies.ingestion import connect_api, prepare_api
from quarry.handlers.http import http_handler
from quarry.http.app import create_app
from quarry.http.estimates import router as estimates
from quarry.http.ingest import router
from quarry.http.rebuilding import router as rebuilding
from quarry.http.reviews import router as reviews
from quarry.http.synonyms import router as synonyms
from quarry.http.watches import router as watches
from quarry.http.webhooks import router as webhooks

routers = [router, reviews, synonyms, watches, webhooks, estimates, rebuilding]
handler = http_handler("ingest-api", create_app("ingest", routers), prepare_api, connect_api)
