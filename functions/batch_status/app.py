"""HTTP: the progress, results, errors and changes of batches; failed rows again."""

from mangum import Mangum

from quarry.http.app import create_app
from quarry.http.batches import router
from quarry.observability import get_logger
from quarry.runtime import loop

logger = get_logger("batch-status")
loop()
app = create_app("batches", [router])
handler = logger.inject_lambda_context(clear_state=True)(Mangum(app, lifespan="off"))
