"""Settings completed with secrets from Secrets Manager."""

import os
from collections.abc import Mapping
from typing import Any

from quarry.settings import Settings

_SUFFIX = "_SECRET"
# An environment that starts waits for it, and so does whoever called.
_SECONDS = 2.0
_SECRET_SETTINGS = (
    "QDRANT_API_KEY",
    "POSTGRESQL_URL",
    "REDIS_URL",
    "OPENAI_API_KEY",
    "SSH_PRIVATE_KEY",
    "SSH_PRIVATE_KEY_PASSPHRASE",
)


def read_settings() -> Settings:
    """The environment's settings; ``X_SECRET`` names the secret that holds setting ``X``."""
    named = {name: os.environ[name + _SUFFIX] for name in _SECRET_SETTINGS if os.environ.get(name + _SUFFIX)}
    if not named:
        return Settings()
    return Settings(**_found(named))


def _found(named: Mapping[str, str]) -> dict[str, Any]:
    from quarry.adapters.aws import aws_errors, client, client_config

    with aws_errors("Secrets Manager"):
        manager = client("secretsmanager", client_config(read_timeout=_SECONDS))
        try:
            # Stripped: a secret that was made from a file ends with the file's newline.
            return {
                name.lower(): manager.get_secret_value(SecretId=secret)["SecretString"].strip()
                for name, secret in named.items()
            }
        finally:
            manager.close()
