"""SSH servers as processes that can be killed and frozen: asyncssh's everywhere, and sshd where it is installed."""

import getpass
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import psutil

from local import ROOT
from local.processes import free_port, listens, wait_until

USER = getpass.getuser()
HOST_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
# Root's sshd gives up its rights in this folder, which the system's service makes.
USABLE = SSHD is not None and (os.getuid() != 0 or Path("/run/sshd").is_dir())
KINDS = ("asyncssh", "sshd") if USABLE else ("asyncssh",)
_SAYS = {
    "asyncssh": {
        "asked": "somebody asks to be let in",
        "let in": "somebody was let in",
        "forwarded": "a connection is asked for",
        "keep-alive": "a keep-alive",
    },
    "sshd": {
        "asked": "userauth-request for user",
        "let in": "Accepted publickey for",
        "forwarded": "server_request_direct_tcpip: originator",
        "keep-alive": "global_request: rtype keepalive@openssh.com",
    },
}
_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_ssh-ed25519
HostKey {folder}/host_ecdsa-sha2-nistp256
HostKey {folder}/host_ssh-rsa
AuthorizedKeysFile {folder}/authorized_keys
AllowTcpForwarding {forwarding}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
LogLevel DEBUG3
"""


@dataclass
class SSHServer:
    """Started with :meth:`start`; its port and keys stay the same when it is started again."""

    kind: str
    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None
    _forwarding: bool = True

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self, *, forwarding: bool = True) -> None:
        allowed = "yes" if forwarding else "no"
        self._forwarding = forwarding
        command = [sys.executable, "-m", "tests.integration.asyncssh_server", str(self.port), str(self.folder), allowed]
        if self.kind == "sshd":
            config = self.folder / "sshd_config"
            config.write_text(_CONFIG.format(port=self.port, folder=self.folder, forwarding=allowed))
            command = [str(SSHD), "-D", "-e", "-f", str(config)]
        with self.log.open("ab") as log:
            child = self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        wait_until(lambda: listens(child, self.port), child, self.kind, self.log)

    def kill(self) -> None:
        """Like kill -9 of the server and of the processes that serve its connections."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def renew(self) -> None:
        """Undo what a test did to it, and forget what was counted."""
        if self._process is not None:
            self.thaw()
        if self._process is None or not self._forwarding:
            self.kill()
            self.start()
        os.truncate(self.log, 0)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def count(self, what: str) -> int:
        """How often the server's log mentions it."""
        return self.log.read_text(errors="replace").count(_SAYS[self.kind][what])

    def host_key(self, kind: str) -> str:
        return (self.folder / f"public_{kind}").read_text()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process
        server = psutil.Process(self._process.pid)
        for process in [server, *server.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    return asyncssh.generate_private_key(kind, **({"key_size": 2048} if kind == "ssh-rsa" else {}))


def prepared(kind: str, folder: Path, *keys: asyncssh.SSHKey) -> Iterator[SSHServer]:
    """A running server with a host key of each kind, which lets in whoever has one of the keys."""
    for host_kind in HOST_KEYS:
        host = new_key(host_kind)
        host.write_private_key(folder / f"host_{host_kind}")
        host.write_public_key(folder / f"public_{host_kind}")
        (folder / f"host_{host_kind}").chmod(0o600)
    (folder / "authorized_keys").write_bytes(b"".join(key.export_public_key() for key in keys))
    server = SSHServer(kind, folder)
    server.start()
    yield server
    server.kill()
