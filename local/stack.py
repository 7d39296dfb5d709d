"""The parts of the stack: starts them, watches them, restarts one on request, stops them in order."""

import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local import ROOT, api, parts, postgresql
from local.home import Home
from local.parts import Part
from local.processes import Nursery, PartFailed, free_port, port_taken

DATABASE = "quarry"
# One process serves both S3 and SQS.
PROCESS_OF = {"sqs": "s3"}
PARTS = ("postgresql", "redis", "qdrant", "s3", "api")
WATCH_SECONDS = 0.2
# The variables that the stores inherit from the caller's environment, which may hold credentials for other services.
INHERITED_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class Stack:
    """The running parts. ``notify`` is called with messages for the user."""

    def __init__(self, home: Home, port: int, *, auth: bool, notify: Callable[[str], None]) -> None:
        self._home = home
        self._notify = notify
        self._secrets, token = home.secrets()
        self.token = token if auth else None
        self._ports = {"api": port} | {name: free_port() for name in PARTS if name != "api"}
        self._parts: dict[str, Part] = {}
        self._reported: set[int] = set()
        self._nursery = Nursery(home.folder / "logs")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['api']}"

    def start(self) -> None:
        """Returns when every part is ready. Raises PartFailed."""
        if port_taken(self._ports["api"]):
            raise PartFailed(f"Port {self._ports['api']} is taken. Choose another one with --port.")
        with ThreadPoolExecutor() as pool:
            stores = {name: pool.submit(self._start, name) for name in PARTS if name != "api"}
            # The migrations need only PostgreSQL, and run while the other stores still start.
            stores["postgresql"].result()
            self._migrate()
            for store in stores.values():
                store.result()
        self._start("api")
        self._write_endpoints()

    def watch(self, stopped: threading.Event) -> None:
        """Until ``stopped``: report parts that have ended, restart those that are requested."""
        while not stopped.wait(WATCH_SECONDS):
            for part in list(self._parts.values()):
                code = part.process.poll()
                if code is not None and part.process.pid not in self._reported:
                    self._reported.add(part.process.pid)
                    command = f"quarry up --only {part.name} --home {shlex.quote(str(self._home.folder))}"
                    self._notify(f"{part.name} ended (exit code {code}); restart it: {command}")
            for name in self._home.requested_restarts():
                self._restart(PROCESS_OF.get(name, name))
                self._home.finish_restart(name)

    def close(self) -> None:
        self._home.endpoints_file.unlink(missing_ok=True)
        self._nursery.close()

    def _restart(self, name: str) -> None:
        if name not in self._parts or self._parts[name].process.poll() is None:
            return
        try:
            self._start(name)
        except PartFailed as error:
            self._notify(str(error))
        self._write_endpoints()

    def _start(self, name: str) -> None:
        port, home = self._ports[name], self._home.folder
        if name == "postgresql":
            self._parts[name] = parts.start_postgresql(self._nursery, home, port, self._secrets)
        elif name == "redis":
            self._parts[name] = parts.start_redis(self._nursery, home, port, self._secrets)
        elif name == "qdrant":
            self._parts[name] = parts.start_qdrant(self._nursery, home, port, self._secrets, _environment())
        elif name == "s3":
            self._parts[name] = parts.start_aws(self._nursery, home, port, _environment())
        else:
            self._parts[name] = self._start_api(port)

    def _start_api(self, port: int) -> Part:
        configuration = api.Configuration(
            home=str(self._home.folder),
            port=port,
            aws_url=self._parts["s3"].url,
            token=self.token,
            variables=self._variables(),
        )
        process = self._nursery.start(
            "api", [sys.executable, "-m", "local.api"], stdin=configuration.dump(), env=_environment()
        )
        part = Part("api", f"http://127.0.0.1:{port}", port, process)
        return parts.when_ready(self._nursery, part, lambda: parts.http_answers(part.url))

    def _variables(self) -> dict[str, str]:
        """Variables of every function beside the template's: the caller's settings and this stack's addresses."""
        from quarry.settings import Settings

        chosen_settings = {name.upper() for name in Settings.model_fields} & set(os.environ)
        proxies = {name: os.environ[name] for name in PROXY_VARIABLES if name in os.environ}
        local = "127.0.0.1,localhost"
        return {
            **{name: os.environ[name] for name in chosen_settings},
            **(proxies | {"NO_PROXY": local, "no_proxy": local} if proxies else {}),
            "POSTGRESQL_URL": self._database_url(),
            "REDIS_URL": self._parts["redis"].url,
            "QDRANT_URL": self._parts["qdrant"].url,
            "QDRANT_API_KEY": self._secrets.qdrant,
            "PAGE_UPLOADS_URL": self._parts["s3"].url,
            # moto's queues are empty after a stop, and their counts are exact, unlike those of SQS: no need to wait.
            "STALLED_AFTER_SECONDS": "0",
        }

    def _database_url(self) -> str:
        return postgresql.url(self._ports["postgresql"], self._secrets.postgresql, DATABASE)

    def _migrate(self) -> None:
        postgresql.create_database(self._ports["postgresql"], self._secrets.postgresql, DATABASE)
        result = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=ROOT,
            env={**_environment(), "POSTGRESQL_URL": self._database_url()},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise PartFailed(f"The database could not be migrated to the newest revision:\n{result.stderr[-2000:]}")

    def _write_endpoints(self) -> None:
        endpoints: dict[str, Any] = {
            name: {"url": part.url, "port": part.port, "pid": part.process.pid} for name, part in self._parts.items()
        }
        endpoints["postgresql"]["url"] = self._database_url()
        endpoints["sqs"] = endpoints["s3"]
        endpoints["qdrant"]["api_key"] = self._secrets.qdrant
        if self.token:
            endpoints["api"]["token"] = self.token
        self._home.write_endpoints(endpoints)


def _environment() -> Mapping[str, str]:
    return {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
