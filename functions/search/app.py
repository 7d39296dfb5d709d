"""HTTP: search, materials with their offers, reference lists."""

from mangum import Mangum

from quarry.http.app import create_app
from quarry.http.search import router
from quarry.observability import get_logger
from quarry.runtime import loop

logger = get_logger("search")
loop()
app = create_app("search", [router])
handler = logger.inject_lambda_context(clear_state=True)(Mangum(app, lifespan="off"))
