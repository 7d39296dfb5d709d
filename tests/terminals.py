"""A command in a pseudo-terminal, as a person has it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass

from local import ROOT

_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


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
    *arguments: object, columns: int = 80, interrupt_at: str = "", stdout=None, **environment: str
) -> Ended:
    """``interrupt_at``: Ctrl-C is pressed when this is shown. With ``stdout`` only the rest goes to the terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _LAUNCH, *map(str, arguments)],
        stdin=theirs,
        stdout=stdout or theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environment},
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    awaited = interrupt_at.encode()
    while part := _read(ours):
        shown += part
        if awaited and awaited in shown:
            os.write(ours, b"\x03")
            awaited = b""
    os.close(ours)
    return Ended(process.wait(), shown.decode())


# The terminal becomes the one of the process, which Ctrl-C needs; who started the tests may have ignored the signal.
_LAUNCH = """
import fcntl, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
sys.argv[0] = "quarry"
from local.cli import main
main()
"""


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""
