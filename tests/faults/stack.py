"""The local stack with a proxy in front of each store, and the means to break and repair its processes."""

import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import psutil

from local import ROOT, api, parts, postgresql
from local.home import Home
from local.lambdas import Function
from local.processes import PartFailed, free_port
from local.stack import DATABASE, Stack
from local.template import Template
from tests.faults.plan import STORES, Fault
from tests.faults.proxy import Mode, Proxies

# A killed process loses nothing that it wrote; only synchronous_commit must stay on, or it had not written yet.
UNSAFE_IN_A_POWER_CUT = {"fsync": "off", "full_page_writes": "off"}
_MODES = {"reset": Mode.RESET, "black_hole": Mode.BLACK_HOLE, "5xx": Mode.ERROR}


class FaultStack(Stack):
    """The functions reach the stores through the proxies; :mod:`tests.faults.catalogue` reaches them directly."""

    def __init__(self, home: Home) -> None:
        super().__init__(home, free_port(), auth=False, notify=lambda text: None)
        self._maintenance: Function | None = None
        self._proxies = Proxies()
        for name in STORES:
            self._proxies.add(name, free_port(), self._ports[name])

    def keep_logs(self, seed: int) -> Path:
        """Copy the logs out of the stack's folder, which will be deleted; returns the new folder."""
        kept = Path(gettempdir()) / f"quarry-faults-seed-{seed}"
        return Path(shutil.copytree(self._home.folder / "logs", kept, dirs_exist_ok=True))

    @property
    def secrets(self) -> parts.Secrets:
        return self._secrets

    def port(self, name: str) -> int:
        """The part's own port, behind the proxy."""
        return self._ports[name]

    def upkeep(self) -> Mapping[str, Any]:
        """The result of the maintenance function's upkeep, step by step."""
        assert self._maintenance
        outcome = self._maintenance.invoke({"task": "upkeep"})
        if outcome.failure:
            return {"function": {"status": "failed", "error": outcome.failure}}
        return json.loads(outcome.payload)

    def start(self) -> None:
        super().start()
        configuration = api.Configuration(
            str(self._home.folder), self._ports["api"], self._parts["s3"].url, None, self._variables()
        )
        template = Template(ROOT / "template.yaml", {}, configuration.aws_url)
        self._folders = {spec.name: (spec.folder, spec.handler) for spec in template.functions}
        spec = next(spec for spec in template.functions if spec.name == "MaintenanceFunction")
        self._maintenance = Function(spec, api._variables(spec, configuration), self._nursery, 1)

    def close(self) -> None:
        # There is none when the start failed.
        if self._maintenance:
            self._maintenance.close()
        super().close()
        self._proxies.close()

    def begin(self, fault: Fault) -> None:
        if fault.kind in _MODES:
            self._proxies[fault.target].turn(_MODES[fault.kind])
        else:
            _signal(self._victims(fault), signal.SIGKILL if fault.kind == "kill" else signal.SIGSTOP)
            if fault.kind == "kill" and fault.target in STORES:
                self._proxies[fault.target].turn(Mode.CLOSED)

    def end(self, fault: Fault) -> None:
        """Raises PartFailed when a killed store does not start again."""
        if fault.kind == "freeze":
            _signal(self._victims(fault), signal.SIGCONT)
        elif fault.target in STORES:
            if fault.kind == "kill":
                self._parts[fault.target].process.wait()
                self._restart(fault.target)
                if self._parts[fault.target].process.poll() is not None:
                    raise PartFailed(f"{fault.target} did not start again")
            self._proxies[fault.target].turn(Mode.PASS)

    def _victims(self, fault: Fault) -> list[psutil.Process]:
        if fault.target in STORES:
            return [psutil.Process(self._parts[fault.target].process.pid)]
        gateway = psutil.Process(self._parts["api"].process.pid)
        # Its children are the prepared processes, theirs the environments.
        running = set(gateway.children(recursive=True)) - set(gateway.children())
        of_function = [process for process in running if self._runs(process, str(fault.function))]
        # Frozen ones are thawed all; of several that run one is hit.
        return of_function if fault.kind == "freeze" else of_function[:1]

    def _runs(self, process: psutil.Process, function: str) -> bool:
        folder, handler = self._folders[function]
        with suppress(psutil.Error):
            return Path(process.cwd()) == folder and process.cmdline()[-1] == handler
        return False

    def _start(self, name: str) -> None:
        if name == "postgresql":
            self._parts[name] = parts.start_postgresql(
                self._nursery, self._home.folder, self._ports[name], self._secrets, UNSAFE_IN_A_POWER_CUT
            )
        elif name == "s3":
            environment = {**os.environ, "MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR": "false"}
            self._parts[name] = parts.start_aws(self._nursery, self._home.folder, self._ports[name], environment)
        else:
            super()._start(name)
        if name in STORES:
            part = self._parts[name]
            through = part.url.replace(f":{part.port}", f":{self._proxies[name].port}")
            self._parts[name] = replace(part, url=through)

    def _database_url(self) -> str:
        return postgresql.url(self._proxies["postgresql"].port, self._secrets.postgresql, DATABASE)

    def _write_endpoints(self) -> None:
        """Nobody reads them, and two parts may start at once."""


@contextmanager
def started() -> Iterator[FaultStack]:
    with TemporaryDirectory(prefix="quarry-faults-") as folder:
        home = Home(Path(folder))
        with home.locked():
            stack = FaultStack(home)
            try:
                stack.start()
                yield stack
            finally:
                stack.close()


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    """To each process with its children; a parent is stopped first, so that it starts no more of them."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            family = process.children(recursive=True)
            process.send_signal(signal.SIGSTOP if number is signal.SIGKILL else number)
            for child in {*family, *process.children(recursive=True)}:
                with suppress(psutil.NoSuchProcess):
                    child.send_signal(number)
            process.send_signal(number)
