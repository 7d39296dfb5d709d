"""PgBouncer in transaction mode before PostgreSQL, with ``POSTGRESQL_POOLED``: nothing is kept in a session."""

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.native
import pytest

from local import postgresql
from local.processes import Nursery, free_port, listens, wait_until
from quarry.dependencies.composition import composition
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.integration.served import served

PGBOUNCER = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
SERVER_CONNECTIONS = 2
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
admin_users = {user}
"""
GOODS = [
    {"id": f"{place}", "name": f"Цемент М{400 + place} мешок 50 кг", "unit": "шт", "price": str(400 + place)}
    for place in range(30)
]

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="needs Debian's pgbouncer")


@pytest.fixture(scope="module")
def pooler(engines):
    port = free_port()
    owner = postgresql.account()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            CONFIGURATION.format(
                server=engines.postgresql.port,
                user=postgresql.USER,
                password=engines.secrets.postgresql,
                port=port,
                size=SERVER_CONNECTIONS,
            )
        )
        if owner is not None:
            os.chown(configuration, owner, owner)
        configuration.chmod(0o600)
        nursery = Nursery(folder / "logs")
        child = nursery.start("pgbouncer", [str(PGBOUNCER), str(configuration)], user=owner)
        wait_until(lambda: listens(child, port), child, "pgbouncer", folder / "logs/pgbouncer.log")
        yield port
        nursery.close()


@pytest.fixture
def api(engines, pooler):
    with served(engines) as api:
        url = urlsplit(os.environ["POSTGRESQL_URL"])
        pooled = url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{pooler}").geturl()
        api.changed(POSTGRESQL_URL=pooled, POSTGRESQL_POOLED="true")
        yield api


def servers(port):
    """Connections that the pooler has opened to PostgreSQL for the tests' databases."""
    with closing(pg8000.native.Connection(postgresql.USER, "127.0.0.1", "pgbouncer", port, ssl_context=False)) as admin:
        rows = admin.run("SHOW POOLS")
        names = [column["name"] for column in admin.columns]
    pools = [dict(zip(names, row, strict=True)) for row in rows]
    return max(
        pool["sv_active"] + pool["sv_idle"] + pool["sv_used"] for pool in pools if pool["database"] != "pgbouncer"
    )


def test_an_import_and_searches_share_two_connections(api, pooler):
    api.submit(GOODS, supplier_id=1)
    api.submit([{**row, "price": "500"} for row in GOODS[:15]] + GOODS[15:], supplier_id=1)

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda place: api.ask("POST", "/search", json={"query": f"цемент м{400 + place}"}), range(24))
        )

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert [answer.json()["hits"][0]["material"]["name"] for answer in answers] == [row["name"] for row in GOODS[:24]]
    assert answers[3].json()["hits"][0]["offers"][0]["price"] == "500.00"
    assert api.ask("GET", "/health/databases").json()["relational_database"]["status"] == "healthy"
    assert servers(pooler) <= SERVER_CONNECTIONS


def test_without_the_setting_the_pooler_refuses_and_it_is_said(api):
    api.changed(POSTGRESQL_POOLED="false")
    with pytest.raises(StoreUnavailable, match="POSTGRESQL_POOLED"):
        run(composition().postgresql.execute_query("SELECT 1"))
