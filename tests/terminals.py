"""A command in a pseudo-terminal, as a person has it."""

import fcntl
import multiprocessing
import os
import pty
import re
import signal
import struct
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from local import ROOT
from local.cli import main

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Its processes have imported the command already, which takes longer than most commands.
_PREPARED = multiprocessing.get_context("forkserver")
_PREPARED.set_forkserver_preload(
    ["local.cli", "local.client", "local.export", "local.remarks", "rich.progress", __name__]
)


@dataclass
class Ended:
    code: int
    shown: str

    @property
    def lines(self) -> list[str]:
        """As a person reads them: without colours, blanks at the end and what a progress bar has drawn over."""
        plain = _CONTROLS.sub("", self.shown).replace("\r\n", "\n")
        return [line.rpartition("\r")[2].rstrip() for line in plain.split("\n")]


def in_terminal(
    *arguments: object, columns: int = 80, interrupt_at: str = "", stdout: IO | None = None, **environment: str
) -> Ended:
    """``interrupt_at``: Ctrl-C is pressed when this is shown. With ``stdout`` only the rest goes to the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    known = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environment}
    name = os.ttyname(theirs)
    process = _PREPARED.Process(target=_command, args=([*map(str, arguments)], name, stdout and stdout.name, known))
    process.start()
    shown = _shown(ours, theirs, interrupt_at.encode())
    process.join()
    assert process.exitcode is not None
    return Ended(process.exitcode, shown.decode())


def _shown(ours: int, theirs: int, awaited: bytes) -> bytes:
    shown = b""
    while part := _read(ours):
        if theirs != -1:  # open until the command has opened the terminal, which would else have ended
            os.close(theirs)
            theirs = -1
        shown += part
        if awaited and awaited in shown:
            os.write(ours, b"\x03")
            awaited = b""
    os.close(ours)
    return shown


def _command(arguments: list[str], terminal: str, stdout: str | None, environment: Mapping[str, str]) -> None:
    """The terminal becomes the one of the process, which Ctrl-C needs; who started the tests may ignore the signal."""
    os.setsid()
    shown = os.open(terminal, os.O_RDWR)
    fcntl.ioctl(shown, termios.TIOCSCTTY, 0)
    written = os.open(stdout, os.O_WRONLY) if stdout else shown
    for number, opened in enumerate((shown, written, shown)):
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = map(os.fdopen, range(3), "rww")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = ["quarry", *arguments]
    main()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""
