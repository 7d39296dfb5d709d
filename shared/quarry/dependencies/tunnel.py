"""Composition of the SSH tunnel to PostgreSQL."""

from functools import cache
from typing import TYPE_CHECKING

from quarry.dependencies.secrets import get_settings

if TYPE_CHECKING:
    from quarry.adapters.ssh_tunnel import SSHTunnel


@cache
def ssh_tunnel() -> "SSHTunnel | None":
    """The tunnel, opened at its first use; null when PostgreSQL is reached directly."""
    settings = get_settings()
    # The settings have checked that a tunnel has all three.
    if not (settings.enable_ssh_tunnel and settings.ssh_host and settings.ssh_user and settings.ssh_host_key):
        return None
    from quarry.adapters.ssh_tunnel import SSHTunnel

    key, passphrase = settings.ssh_private_key, settings.ssh_private_key_passphrase
    return SSHTunnel(
        settings.ssh_host,
        settings.ssh_port,
        settings.ssh_user,
        host_key=settings.ssh_host_key,
        private_key=key.get_secret_value() if key else None,
        passphrase=passphrase.get_secret_value() if passphrase else None,
    )
