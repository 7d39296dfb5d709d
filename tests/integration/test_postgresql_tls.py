from urllib.parse import urlsplit

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.integration.tls_servers import TLSFront, certificate


@pytest.fixture
def server_certificate(tmp_path):
    return certificate(tmp_path / "server.pem", "127.0.0.1")


@pytest.fixture
def front(empty_postgresql_url, server_certificate):
    made = TLSFront(urlsplit(empty_postgresql_url).port, server_certificate, asked=True)
    yield made
    made.close()


def through(front, url, **options):
    url = url.replace(f":{urlsplit(url).port}/", f":{front.port}/")
    return PostgreSQLDatabase(url, connect_timeout=5, **options)


def test_a_server_of_the_known_authority_is_spoken_to_in_secret(front, empty_postgresql_url, server_certificate):
    db = through(front, empty_postgresql_url, ca_file=server_certificate)
    assert run(db.execute_query("SELECT 1 AS one")) == [{"one": 1}]
    db.close()
    assert front.encrypted == 1


def test_a_certificate_of_another_authority_is_refused(front, empty_postgresql_url, tmp_path):
    db = through(front, empty_postgresql_url, ca_file=certificate(tmp_path / "other.pem", "127.0.0.1"))
    with pytest.raises(StoreUnavailable, match=r"its certificate is not trusted \(self-signed certificate\)"):
        run(db.execute_query("SELECT 1"))
    db.close()
    assert front.encrypted == 0


def test_authorities_that_were_not_deployed_are_said(front, empty_postgresql_url, tmp_path):
    db = through(front, empty_postgresql_url, ca_file=str(tmp_path / "rds.pem"))
    with pytest.raises(StoreUnavailable) as failure:
        run(db.execute_query("SELECT 1"))
    db.close()
    assert str(failure.value) == "PostgreSQL cannot be reached: the file with its authorities is not there"


def test_a_certificate_for_another_host_is_refused(empty_postgresql_url, tmp_path):
    elsewhere = certificate(tmp_path / "elsewhere.pem", "10.0.0.1")
    front = TLSFront(urlsplit(empty_postgresql_url).port, elsewhere, asked=True)
    db = through(front, empty_postgresql_url, ca_file=elsewhere)
    with pytest.raises(StoreUnavailable) as failure:
        run(db.execute_query("SELECT 1"))
    db.close()
    front.close()
    # The address itself is nobody's business.
    assert str(failure.value) == "PostgreSQL cannot be reached: its certificate is not trusted (IP address mismatch)"


def test_a_server_without_tls_is_refused(empty_postgresql_url, server_certificate):
    db = PostgreSQLDatabase(empty_postgresql_url, connect_timeout=5, ca_file=server_certificate)
    with pytest.raises(StoreUnavailable, match="PostgreSQL cannot be reached: it does not offer TLS"):
        run(db.ping())
    db.close()


def test_through_a_pooler_a_session_keeps_the_roles_own_parameters(postgresql_url):
    shown = "SELECT current_setting('statement_timeout') AS limit"
    values = []
    for pooled in (False, True):
        db = PostgreSQLDatabase(postgresql_url, connect_timeout=5, pooled=pooled)
        values += run(db.execute_query(shown))
        db.close()
    assert values == [{"limit": "15min"}, {"limit": "0"}]
