"""An SSH server as a process of its own: ``python -m tests.integration.asyncssh_server PORT FOLDER yes|no``.

It has the host keys ``host_*`` of the folder, lets in whoever has a key of ``authorized_keys``, forwards connections
if it may, and logs a line for each thing that a test asks about.
"""

import asyncio
import logging
import sys
from pathlib import Path

import asyncssh

log = logging.getLogger(__name__)


class Gate(asyncssh.SSHServer):
    forwarding = True

    def begin_auth(self, username: str) -> bool:
        log.info("somebody asks to be let in: %s", username)
        return True

    def auth_completed(self) -> None:
        log.info("somebody was let in")

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        log.info("a connection is asked for: %s", dest_port)
        if not self.forwarding:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "forwarding is off")
        return True


class Connection(asyncssh.SSHServerConnection):
    """Logs keep-alives, for which there is no callback."""

    def _process_keepalive_at_openssh_dot_com_global_request(self, packet: asyncssh.packet.SSHPacket) -> None:
        log.info("a keep-alive")
        super()._process_keepalive_at_openssh_dot_com_global_request(packet)


async def serve(port: int, folder: Path, host_keys: list[str]) -> None:
    asyncssh.connection.SSHServerConnection = Connection
    await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=Gate,
        server_host_keys=host_keys,
        authorized_client_keys=str(folder / "authorized_keys"),
        keepalive_interval=0,
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    Gate.forwarding = sys.argv[3] == "yes"
    logging.basicConfig(level=logging.INFO)
    home = Path(sys.argv[2])
    asyncio.run(serve(int(sys.argv[1]), home, [str(key) for key in home.glob("host_*")]))
