"""What a function's INIT costs, compared with that of an empty FastAPI + Mangum handler in the same run.

Each start is a process of its own that can import only the shared layer, built for this machine with its bytecode,
and the packages of Lambda's runtime. INIT includes what a handler's file prepares and what its hooks do before the
snapshot. Secrets come from a local server in place of Secrets Manager. CPU seconds are the minimum of several rounds,
in which the functions take turns; what the runtime imports before a handler is not counted.

A second table has the first answer after a restore (:mod:`benchmarks.first_answer`).
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import first_answer
from local import ROOT
from local.template import REGION, Template

MAX_RATIO = 2.0
RUNTIME = (
    "awslambdaric",
    "boto3",
    "botocore",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "snapshot_restore_py",
    "urllib3",
)
CLOSED_ADDRESS = "127.0.0.1:9"
SECRETS = {
    "QDRANT_API_KEY": "key",
    "POSTGRESQL_URL": f"postgresql://quarry:secret@{CLOSED_ADDRESS}/quarry",
    "REDIS_URL": f"redis://{CLOSED_ADDRESS}/0",
    "OPENAI_API_KEY": "sk-none",
}
EMPTY = """
from fastapi import FastAPI
from mangum import Mangum

app = FastAPI(openapi_url=None)


@app.get("/")
async def answer() -> dict[str, str]:
    return {}


handler = Mangum(app, lifespan="off")
"""
# Lambda's runtime has imported its own packages by the time that it imports the handler.
START = """
import importlib, json, resource, sys, time
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
layer, runtime, folder, handler, watched = sys.argv[1:]
sys.path[:0] = [folder, layer, runtime]
import awslambdaric.bootstrap
import snapshot_restore_py

imports, inner = {}, [0.0]

def watch(loader, method):
    original = getattr(loader, method)
    def timed(self, given):
        inner.append(0.0)
        began = time.process_time()
        try:
            return original(self, given)
        finally:
            whole = time.process_time() - began
            own = whole - inner.pop()
            inner[-1] += whole
            before = imports.get(self.name, (0.0, 0.0))
            imports[self.name] = (before[0] + own, before[1] + whole)
    setattr(loader, method, timed)

if watched == "watched":
    watch(SourceFileLoader, "exec_module")
    watch(ExtensionFileLoader, "create_module")
    watch(ExtensionFileLoader, "exec_module")
given = len(sys.modules)
started = time.process_time()
importlib.import_module(handler)
imported = time.process_time()
for hook, args, kwargs in reversed(snapshot_restore_py.get_before_snapshot()):
    hook(*args, **kwargs)
ready = time.process_time()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
report = {"importing": imported - started, "hooks": ready - imported, "memory": memory, "imports": imports}
print("\\n" + json.dumps(report | {"modules": len(sys.modules) - given}))
"""


@dataclass(frozen=True, slots=True)
class Handler:
    name: str
    folder: Path
    module: str
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """``memory`` is the peak in bytes; ``imports`` has each module's own CPU seconds, and those with its imports."""

    importing: float
    hooks: float
    memory: int
    modules: int
    imports: dict[str, tuple[float, float]] = field(repr=False)

    @property
    def cpu(self) -> float:
        return self.importing + self.hooks


def handlers(empty: Path, endpoint: str) -> list[Handler]:
    """The empty handler and the template's, each with the environment that it has in Lambda."""
    (empty / "empty.py").write_text(EMPTY)
    aws = {
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": endpoint,
    }
    secret = {f"{name}_SECRET": name for name in SECRETS}
    own = {
        "QDRANT_URL": f"https://{CLOSED_ADDRESS}",
        "SSH_PRIVATE_KEY_SECRET": "",
        "SSH_PRIVATE_KEY_PASSPHRASE_SECRET": "",
    }
    functions = Template(ROOT / "template.yaml", {}, endpoint).functions
    return [
        Handler("empty FastAPI + Mangum", empty, "empty", aws),
        *(
            Handler(
                each.name, each.folder, each.handler.partition(".")[0], {**each.environment, **aws, **secret, **own}
            )
            for each in functions
        ),
    ]


@contextmanager
def secrets_manager() -> Iterator[str]:
    """The URL of a server that has the secrets under the names of their settings."""

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            values = [{"ARN": name, "Name": name, "SecretString": SECRETS[name]} for name in request["SecretIdList"]]
            content = json.dumps({"SecretValues": values}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def make_layer(folder: Path) -> None:
    """Like `make build`, but for this machine."""
    subprocess.run([sys.executable, ROOT / "layers" / "build.py", "shared", folder, "--here"], check=True)


def make_runtime(folder: Path) -> None:
    """The packages of Lambda's runtime, linked from those installed here."""
    folder.mkdir()
    for name in RUNTIME:
        (source,) = [
            path for path in Path(sysconfig.get_path("platlib")).glob(f"{name}*") if path.stem.split(".")[0] == name
        ]
        (folder / source.name).symlink_to(source)


def start(handler: Handler, layer: Path, runtime: Path, *, watched: bool = False) -> Start:
    """One start in a new process; ``watched`` measures each import, which takes time itself."""
    # -I -S: ignores PYTHON* variables and installed packages.
    arguments = (layer, runtime, handler.folder, handler.module, "watched" if watched else "")
    env = {**handler.environment, "PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", "-S", "-c", START, *arguments]
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{handler.name} does not start:\n{result.stderr}")
    return Start(**json.loads(result.stdout.splitlines()[-1]))


def measured(functions: list[Handler], layer: Path, runtime: Path, rounds: int) -> dict[str, Start]:
    """The start of each function that took least CPU time."""
    starts: dict[str, list[Start]] = {each.name: [] for each in functions}
    for each in functions:
        start(each, layer, runtime)  # writes the bytecode of the runtime's packages
    for _ in range(rounds):
        for each in functions:
            starts[each.name].append(start(each, layer, runtime))
    return {name: min(found, key=lambda start: start.cpu) for name, found in starts.items()}


def table(starts: Mapping[str, Start]) -> Table:
    shown = Table("", "CPU s", "× empty", "import", "hooks", "peak MB", "modules", title="INIT of each function")
    empty = next(iter(starts.values()))
    for name, measurement in starts.items():
        ratio = measurement.cpu / empty.cpu
        style = "red" if ratio > MAX_RATIO else None
        figures = (f"{measurement.cpu:.3f}", f"{ratio:.2f}", f"{measurement.importing:.3f}", f"{measurement.hooks:.3f}")
        shown.add_row(name, *figures, f"{measurement.memory / 1e6:.0f}", str(measurement.modules), style=style)
    return shown


def heaviest(starts: list[Start], count: int) -> Table:
    """Imports by package and by module, the minimum of several starts."""
    shown = Table(
        "own ms", "package", "with its imports ms", "module", title="The heaviest packages, and the heaviest modules"
    )
    names = set.intersection(*(set(each.imports) for each in starts))
    own, whole = ({name: min(each.imports[name][which] for each in starts) for name in names} for which in (0, 1))
    packages = Counter[str]()
    for name in names:
        packages[name.partition(".")[0]] += own[name]
    modules = Counter(whole).most_common(count)
    for (package, cost), (module, with_imports) in zip(packages.most_common(count), modules, strict=False):
        shown.add_row(f"{cost * 1000:.1f}", package, f"{with_imports * 1000:.1f}", module)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--imports", metavar="FUNCTION", help="show that function's heaviest imports as well")
    parser.add_argument("--count", type=int, default=40, help="how many imports to show")
    parser.add_argument("--layer", type=Path, help="the folder of a layer that was built before")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quarry-cold-") as folder, secrets_manager() as endpoint:
        layer, runtime = options.layer or Path(folder, "layer"), Path(folder, "runtime")
        if not options.layer:
            make_layer(layer)
        make_runtime(runtime)
        functions = handlers(Path(folder), endpoint)
        starts = measured(functions, layer, runtime, options.rounds)
        Console().print(table(starts), first_answer.table(first_answer.measured(options.rounds)))
        if options.imports:
            (chosen,) = [each for each in functions if each.name == options.imports]
            watched = [start(chosen, layer, runtime, watched=True) for _ in range(options.rounds)]
            Console().print(heaviest(watched, options.count))


if __name__ == "__main__":
    main()
