"""What most of these tests open."""

import pytest

from quarry.adapters.postgresql.database import PostgreSQLDatabase
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from tests.integration.catalogue_samples import Importer


@pytest.fixture
def db(postgresql_url):
    opened = PostgreSQLDatabase(postgresql_url, connect_timeout=5)
    yield opened
    opened.close()


@pytest.fixture
def importer(db):
    return Importer(db, CatalogueRepository(db))
