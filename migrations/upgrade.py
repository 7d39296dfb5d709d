"""The newest revision, without Alembic's command line."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from quarry.adapters.postgresql.database import postgres_errors
from quarry.dependencies.composition import composition
from quarry.errors import StoreError
from quarry.repositories.postgresql.figures import FigureRepository
from quarry.runtime import run

log = logging.getLogger(__name__)
UNDEFINED_TABLE = "42P01"


def upgrade() -> dict[str, str | None]:
    """The schema's revision before and after. Raises our own errors alone, of what PostgreSQL and the network do.

    A schema that is newer than this version stays as it is: a deployment that is rolled back finds one, and the version
    before was written to run on it.
    """
    if composition().settings.qdrant_only_mode:
        return {"before": None, "after": None}
    before = _revision()
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if before in known | {None}:
        with postgres_errors():
            try:
                command.upgrade(config, "head")
            except DBAPIError as error:
                raise error.orig or error from error
    else:
        log.warning("the schema is newer than this version", extra={"revision": before})
    return {"before": before, "after": _revision()}


def _revision() -> str | None:
    try:
        return run(FigureRepository(composition().postgresql).revision())
    except StoreError as error:
        if error.code != UNDEFINED_TABLE:
            raise
        return None
