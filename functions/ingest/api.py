"""HTTP: uploads of price lists and batches of materials."""

from mangum import Mangum

from quarry.http.app import create_app
from quarry.http.ingest import router
from quarry.observability import get_logger
from quarry.runtime import loop

logger = get_logger("ingest-api")
loop()
app = create_app("ingest", [router])
handler = logger.inject_lambda_context(clear_state=True)(Mangum(app, lifespan="off"))
