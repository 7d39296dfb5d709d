"""Child processes that never outlive the process that started them."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from local import ROOT
from local.standstill import CHECK_SECONDS, Standstill

POLL_SECONDS = 0.02
NOTICE_AFTER_SECONDS = 10.0
# Below the range that Linux gives to outgoing connections, which would otherwise take a port before its server does.
PORTS = range(20_000, 32_000)


class PartFailed(RuntimeError):
    """A process of the stack did not start; the text says why and where its log is."""


def free_port() -> int:
    """A port on which nothing listens at the moment."""
    while True:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def port_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals


class Nursery:
    """Starts child processes and stops them, the last one first.

    A watchdog process reads from a pipe and ends the children when the pipe closes, which happens also when this
    process is killed (kill -9). Children have sessions of their own, so that Ctrl-C reaches only this process, which
    stops them in order.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._lock = threading.Lock()
        self._children: list[_Child] = []
        self._adopted: set[int] = set()
        logs.mkdir(parents=True, exist_ok=True)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "local.watchdog"], stdin=subprocess.PIPE, cwd=ROOT, start_new_session=True
        )

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        user: int | None = None,
        stdin: str = "",
        stop_signal: signal.Signals = signal.SIGTERM,
        pass_fds: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """``env``, if passed, replaces the environment; output goes to ``<logs>/<name>.log``."""
        with self.log(name).open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=env,
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
                pass_fds=pass_fds,
            )
        assert child.stdin
        # A child that has already ended is reported by whoever waits for it, with its log.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(stdin.encode())
            child.stdin.close()
        with self._lock:
            self._children.append(_Child(name, child, stop_signal))
            self._send(f"+{child.pid} {int(stop_signal)}")
        return child

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Signal a child and wait until it has ended; only one that is stuck is killed."""
        child = next(known for known in self._children if known.process is process)
        if process.poll() is None:
            process.send_signal(child.stop_signal)
            _wait_for_end(child)
        with self._lock:
            self._children = [known for known in self._children if known is not child]
            self._send(f"-{process.pid}")

    def adopt(self, pid: int) -> None:
        """Kill this process, a child's child, together with the children."""
        with self._lock:
            self._adopted.add(pid)
            self._send(f"+{pid} {int(signal.SIGKILL)}")

    def release(self, pid: int) -> None:
        with self._lock:
            self._adopted.discard(pid)
            self._send(f"-{pid}")

    def close(self) -> None:
        # Adopted processes first: their parents, which are stopped below, would not end them.
        for pid in list(self._adopted):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for child in reversed(self._children):
            self.stop(child.process)
        assert self._watchdog.stdin
        with contextlib.suppress(BrokenPipeError):
            self._watchdog.stdin.close()
        self._watchdog.wait()

    def _send(self, line: str) -> None:
        assert self._watchdog.stdin
        # After close() the pipe is closed: what ends later needs no watchdog.
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._watchdog.stdin.write(f"{line}\n".encode())
            self._watchdog.stdin.flush()


def wait_until(ready: Callable[[], bool], child: subprocess.Popen[bytes], name: str, log: Path) -> None:
    """Poll ``ready`` until it is true. Raises PartFailed when the child ends or is stuck."""
    notice = Notice(f"{name} is still starting. Its log is {log}.")
    standstill = Standstill(child.pid)
    while not _answers(ready):
        if child.poll() is not None:
            raise PartFailed(f"{name} ended with exit code {child.returncode}. The end of its log:\n{_tail(log)}")
        if standstill.stuck():
            raise PartFailed(f"{name} does not answer and does nothing. Its log is {log}:\n{_tail(log)}")
        notice.print_when_due()
        time.sleep(POLL_SECONDS)


def listens(child: subprocess.Popen[bytes], port: int) -> bool:
    """True when this child listens on the port, and not another program that took it first."""
    try:
        sockets = psutil.Process(child.pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(entry.status == psutil.CONN_LISTEN and entry.laddr.port == port for entry in sockets)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it exists, under another account
    return True


class Notice:
    """A message that is printed once, when a wait has become long."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._waiting_since: float | None = time.monotonic()

    def print_when_due(self) -> None:
        if self._waiting_since is not None and time.monotonic() - self._waiting_since >= NOTICE_AFTER_SECONDS:
            self._waiting_since = None
            print(self._text, file=sys.stderr, flush=True)


def _wait_for_end(child: _Child) -> None:
    notice = Notice(f"{child.name} is still stopping.")
    standstill = Standstill(child.process.pid)
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(CHECK_SECONDS)
            return
        if standstill.stuck():
            child.process.kill()
        notice.print_when_due()


def _answers(ready: Callable[[], bool]) -> bool:
    try:
        return ready()
    except OSError:  # it does not listen yet
        return False


def _tail(log: Path, lines: int = 12) -> str:
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
