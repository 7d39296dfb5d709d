"""``quarry up``."""

import signal
import sys
import threading
import time
from pathlib import Path

from local.home import Home, HomeInUse
from local.processes import Notice, PartFailed, alive
from local.stack import PARTS, PROCESS_OF, Stack

POLL_SECONDS = 0.1


def run(folder: Path, port: int, *, auth: bool) -> int:
    """Run the stack until SIGINT or SIGTERM; returns the exit code."""
    home = Home(folder)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        with home.locked():
            return _serve(Stack(home, port, auth=auth, notify=_print_message), stopped)
    except (HomeInUse, PartFailed) as error:
        _print_message(str(error))
        return 1


def restart(folder: Path, part: str) -> int:
    """Have the running stack restart a part that has ended, on its old port; returns when it is ready."""
    home = Home(folder)
    if part not in (*PARTS, *PROCESS_OF):
        _print_message(f"There is no part {part}. The parts are: {', '.join((*PARTS, *PROCESS_OF))}.")
        return 2
    if not home.running:
        _print_message(f"No stack runs in {home.folder}. Start it: quarry up --home {folder}")
        return 1
    home.request_restart(part)
    notice = Notice(f"{part} is still starting. Its log is in {home.folder / 'logs'}.")
    while part in home.requested_restarts() and home.running:
        notice.print_when_due()
        time.sleep(POLL_SECONDS)
    endpoint = home.endpoints().get(part)
    if endpoint is None or part in home.requested_restarts() or not alive(endpoint["pid"]):
        _print_message(f"{part} did not start. See its log in {home.folder / 'logs'}.")
        return 1
    print(f"ready {endpoint['url'] if part == 'api' else part}", flush=True)
    return 0


def _serve(stack: Stack, stopped: threading.Event) -> int:
    try:
        stack.start()
        if not stopped.is_set():
            print(f"ready {stack.url}", flush=True)
            if stack.token:
                print(f"token {stack.token}", flush=True)
        stack.watch(stopped)
    finally:
        stack.close()
    return 0


def _print_message(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
