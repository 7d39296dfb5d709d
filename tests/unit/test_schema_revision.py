from alembic.config import Config
from alembic.script import ScriptDirectory

from local import ROOT
from quarry.repositories.postgresql.figures import SCHEMA_REVISION


def test_the_code_expects_the_newest_migration():
    scripts = ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))

    assert scripts.get_current_head() == SCHEMA_REVISION
