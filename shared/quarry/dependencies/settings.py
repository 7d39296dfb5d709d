"""Settings completed with secrets from Secrets Manager; secrets that a store refuses are read again."""

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from quarry.adapters.interfaces import Renew
from quarry.errors import QuarryError, StoreError, StoreUnavailable
from quarry.settings import Settings

log = logging.getLogger(__name__)
STORE = "Secrets Manager"
_SUFFIX = "_SECRET"
# A starting environment waits for the secrets, and so does its first caller.
_SECONDS = 2.0
# Between two readings of refused secrets: a wrong one must not cost a call at each sign-in.
_PAUSE_SECONDS = 30.0
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
    found = _found(named) if named else {}
    if "postgresql_url" in found:
        found["postgresql_url"] = _url(found["postgresql_url"])
    return Settings(**found)


class Renewal:
    """The secrets as they are now, after a store refused what it was given: rotation needs no deployment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read_at = 0.0
        self._lock = threading.Lock()

    def of(self, name: str) -> Renew:
        """Renews one setting: gives its present value if that differs from the refused one. Never raises."""

        def renew(refused: str) -> str | None:
            with self._lock:
                value = _value(self._settings, name)
                if value == refused and time.time() - self._read_at > _PAUSE_SECONDS:
                    self._read()
                    value = _value(self._settings, name)
            return value if value != refused else None

        return renew

    def _read(self) -> None:
        self._read_at = time.time()
        try:
            self._settings = read_settings()
        except (QuarryError, ValueError):
            # The error names what cannot be read, and a ValueError of the settings hides what it was given.
            log.warning("secrets cannot be read again", exc_info=True)
        else:
            log.info("secrets were read again")


def _value(settings: Settings, name: str) -> str | None:
    value = getattr(settings, name)
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _found(named: Mapping[str, str]) -> dict[str, Any]:
    """The secrets by the setting that each is for, in one call."""
    from quarry.adapters.aws import aws_errors, client, client_config

    with aws_errors(STORE):
        manager = client("secretsmanager", client_config(read_timeout=_SECONDS))
        try:
            answer = manager.batch_get_secret_value(SecretIdList=sorted(set(named.values())))
        finally:
            manager.close()
        for refused in answer.get("Errors", ()):
            raise StoreError(STORE, f"{refused['SecretId']}: {refused['Message']}", refused["ErrorCode"])
        return {name.lower(): _content(answer["SecretValues"], secret) for name, secret in named.items()}


def _content(values: list[dict[str, Any]], secret: str) -> str:
    (value,) = [one for one in values if _is(one, secret)]
    # Stripped: a secret that was made from a file ends with the file's newline.
    return str(value["SecretString"]).strip()


def _is(found: Mapping[str, Any], secret: str) -> bool:
    """Whether a setting named it so: by its ARN, its name, or its ARN without the six characters at the end."""
    return secret in {found["ARN"], found["Name"], found["ARN"].rpartition("-")[0]}


def _url(secret: str) -> str:
    """A secret of RDS's own is JSON: user and password, and in some kinds the address."""
    if not secret.startswith("{"):
        return secret
    try:
        given = json.loads(secret)
        user, password = quote(given["username"], safe=""), quote(given["password"], safe="")
    except (KeyError, TypeError, ValueError):
        # Without the cause, which repeats the secret.
        raise StoreUnavailable(STORE, "gave a secret for PostgreSQL that has no username and password") from None
    address = os.environ.get("POSTGRESQL_ADDRESS")
    if not address:
        if "host" not in given:
            raise StoreUnavailable(STORE, "gave a secret for PostgreSQL without a host: set POSTGRESQL_ADDRESS")
        address = f"{given['host']}:{given.get('port', 5432)}/{given.get('dbname', 'postgres')}"
    return f"postgresql://{user}:{password}@{address}"
