"""HTTP: liveness, the stores' states, the full diagnosis."""

from mangum import Mangum

from quarry.http.app import create_app
from quarry.http.health import router
from quarry.observability import get_logger
from quarry.runtime import loop

logger = get_logger("health")
loop()
app = create_app("health", [router])
handler = logger.inject_lambda_context(clear_state=True)(Mangum(app, lifespan="off"))
