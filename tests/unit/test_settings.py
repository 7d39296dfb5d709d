"""Settings: a refused value is named, and no secret is shown with it."""

import pytest
from pydantic import ValidationError

from quarry.settings import Settings


@pytest.fixture
def secret_environment(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://:geheim@redis.example.com")
    monkeypatch.setenv("POSTGRESQL_URL", "postgresql://quarry:geheim@db.example.com/quarry")
    return monkeypatch


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("ENABLE_SSH_TUNNEL", "true", "SSH_HOST_KEY"),
        ("REVIEW_THRESHOLD", "0.95", "REVIEW_THRESHOLD"),
        ("CHUNK_ROWS", "0", "chunk_rows"),
    ],
)
def test_a_wrong_value_is_named_and_no_secret_is_shown_with_it(secret_environment, name, value, named):
    secret_environment.setenv(name, value)

    with pytest.raises(ValidationError) as error:
        Settings()

    assert named in str(error.value)
    assert "geheim" not in str(error.value)
    assert "example.com" not in str(error.value)


def test_what_is_given_wins_over_the_environment_where_names_are_in_any_case(monkeypatch):
    monkeypatch.setenv("Search_TTL", "60")
    monkeypatch.setenv("CHUNK_ROWS", "7")
    monkeypatch.setenv("QDRANT_ONLY_MODE", "true")

    settings = Settings(chunk_rows=8)

    assert (settings.search_ttl, settings.chunk_rows, settings.qdrant_only_mode) == (60, 8, True)
    assert settings.material_ttl == 3600
