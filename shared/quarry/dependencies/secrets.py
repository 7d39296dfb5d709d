"""Settings completed with secrets from Secrets Manager, once an environment."""

import os
from functools import cache
from typing import Any

from quarry.settings import Settings

_SUFFIX = "_SECRET"
_SECRET_SETTINGS = (
    "QDRANT_API_KEY",
    "POSTGRESQL_URL",
    "REDIS_URL",
    "OPENAI_API_KEY",
    "SSH_PRIVATE_KEY",
    "SSH_PRIVATE_KEY_PASSPHRASE",
)


@cache
def get_settings() -> Settings:
    """The environment's settings; ``X_SECRET`` names the secret that holds setting ``X``."""
    named = {name: os.environ[name + _SUFFIX] for name in _SECRET_SETTINGS if os.environ.get(name + _SUFFIX)}
    if not named:
        return Settings()
    from aws_lambda_powertools.utilities.parameters import get_secret

    found: dict[str, Any] = {name.lower(): get_secret(secret) for name, secret in named.items()}
    return Settings(**found)
