"""The layers' folders, built for this machine like those for Lambda, contain all that functions import."""

import ast
import json
import marshal
import os
import platform
import shutil
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from benchmarks import cold_start
from local import ROOT
from local.template import Template
from quarry.knowledge import FOLDER, load

# The wheels may have to be fetched, and are compiled.
pytestmark = pytest.mark.timeout(900)
FUNCTIONS = {each.name: each for each in Template(ROOT / "template.yaml", {}, "http://127.0.0.1:1").functions}
# Only what is imported by name beside Python's own library; the embedded vectors are not deployed.
VECTORS = {"navec", "numpy"}
TUNNEL = {"cryptography", "paramiko"}
IMPORT = """
import importlib, json, sys
sys.path[:0] = sys.argv[2:]
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(name.partition(".")[0] for name in sys.modules)))
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folders of the layers, and of the packages of Lambda's runtime."""
    made = tmp_path_factory.mktemp("layers")
    for layer in ("shared", "tunnel", "migrations"):
        command = [sys.executable, ROOT / "layers" / "build.py", layer, made / layer, "--here"]
        subprocess.run(command, check=True)
    cold_start.make_runtime(made / "runtime")
    return made


def imported(module, *folders):
    """The packages that are imported with ``module`` by a Python that sees ``folders`` and its own library alone."""
    command = [sys.executable, "-I", "-S", "-c", IMPORT, module, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_is_imported_from_the_shared_layer_and_the_runtime_alone(folders, name):
    function = FUNCTIONS[name]
    module = function.handler.partition(".")[0]
    found = imported(module, function.folder, folders / "shared", folders / "runtime")
    assert "quarry" in found
    assert not found & (VECTORS | TUNNEL | {"qdrant_client", "grpc", "openai"})


def test_the_migration_is_imported_from_its_layer_the_shared_one_and_the_runtime(folders, tmp_path):
    shutil.copytree(ROOT / "functions" / "migrate", tmp_path, dirs_exist_ok=True)
    shutil.copytree(ROOT / "migrations", tmp_path / "migrations")
    found = imported("app", tmp_path, folders / "shared", folders / "migrations", folders / "runtime")
    assert {"quarry", "alembic", "sqlalchemy", "migrations"} <= found


# Python's own modules are imported before.
COMPILED = """
import dataclasses, importlib, json, sys
from re import _compiler
sys.path[:0] = sys.argv[2:]
from quarry import precompiled
found, code, run = [], _compiler._code, precompiled._running

def noted(parsed, flags):
    frame = sys._getframe()
    while frame.f_globals["__name__"] in {"__main__", "re", "re._compiler", "quarry.precompiled"}:
        frame = frame.f_back
    if not frame.f_globals["__name__"].startswith(("botocore", "urllib3")):  # of the runtime
        found.append(str(parsed.state.str))
    return code(parsed, flags)

def running(methods):
    found_or_compiled = run(methods)
    def noted_text(text, *names):
        if text not in methods:
            found.append(text)
        found_or_compiled(text, *names)
    return noted_text

_compiler._code, precompiled._running = noted, running
precompiled.use()
for name in ("quarry.pricelists.sheet_reader", "quarry.domain.names.asking", "quarry.http.search_models"):
    importlib.import_module(name)
print(json.dumps(found))
"""


def test_what_a_start_would_compile_is_compiled_in_the_layer(folders):
    command = [sys.executable, "-I", "-S", "-c", COMPILED, "", folders / "shared", folders / "runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """The folder of Lambda's shared layer, twice, for a processor that runs it here, and the runtime's packages."""
    made = tmp_path_factory.mktemp("twins")
    for seed in ("1", "2"):
        command = ["python3.13", "-I", ROOT / "layers" / "build.py", "shared", made / seed, "--machine", "x86_64"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PYENV_VERSION": "3.13", "PYTHONHASHSEED": seed}
        subprocess.run(command, check=True, env=env)
    cold_start.make_runtime(made / "runtime")
    return made


needs_python = pytest.mark.skipif(
    shutil.which("python3.13") is None or platform.machine() != "x86_64", reason="Lambda's Python cannot run here"
)


@needs_python
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_handler_is_imported_by_lambdas_python_from_what_is_deployed(twins, name):
    function = FUNCTIONS[name]
    folders = (function.folder, twins / "1", twins / "runtime")
    command = ["python3.13", "-I", "-S", "-c", IMPORT, function.handler.partition(".")[0], *folders]
    env = {"PATH": os.environ["PATH"], "PYENV_VERSION": "3.13"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert "quarry" in json.loads(done.stdout.splitlines()[-1])


@needs_python
def test_the_same_lock_makes_the_same_layer(twins):
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (twins / "1", twins / "2")
    )
    assert len(one) > 1000
    assert one.keys() == two.keys()
    assert [path for path in one if one[path] != two[path]] == []


def test_whatever_a_module_imports_some_day_is_in_a_layer(folders):
    """Imports inside functions as well, which importing the module does not show."""
    shared = {"quarry", *sys.stdlib_module_names}
    for path in (ROOT / "shared").rglob("*.py"):
        names = shared | {"local_embeddings": VECTORS, "ssh_tunnel": TUNNEL}.get(path.stem, set())
        for name in packages(ast.parse(path.read_bytes())) - names:
            assert PathFinder.find_spec(name, [str(folders / "shared"), str(folders / "runtime")]), (path, name)


def packages(tree):
    """The packages that ``tree`` imports at run time."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == "TYPE_CHECKING":
        return set().union(*map(packages, tree.orelse))
    if isinstance(tree, ast.Import):
        return {alias.name.partition(".")[0] for alias in tree.names}
    if isinstance(tree, ast.ImportFrom):
        return {tree.module.partition(".")[0]}
    return set().union(*map(packages, ast.iter_child_nodes(tree)))


def test_the_tunnels_libraries_are_in_its_own_layer(folders):
    assert imported("paramiko", folders / "tunnel") >= {"paramiko", "cryptography", "nacl", "bcrypt"}
    assert not TUNNEL & {path.name for path in (folders / "shared").iterdir()}
    assert imported("quarry.adapters.ssh_tunnel", folders / "shared", folders / "tunnel")


def test_words_are_read_in_a_layer_as_they_are_written(folders):
    code = (
        "import json, sys; sys.path[:0] = sys.argv[1:]\n"
        "from quarry.knowledge import FOLDER, load\n"
        "print(json.dumps([{path.stem: load(path.stem) for path in FOLDER.glob('*.toml')}, 'tomllib' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, folders / "shared"], capture_output=True, check=True)
    assert json.loads(done.stdout) == [{path.stem: load(path.stem) for path in FOLDER.glob("*.toml")}, False]


def test_each_module_has_bytecode_that_is_not_checked(folders):
    for source in folders.glob("[st]*/**/*.py"):
        bytecode = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        assert int.from_bytes(bytecode.read_bytes()[4:8], "little") == 0b01, source
    code = marshal.loads(bytecode.read_bytes()[16:])
    assert code.co_filename == str(source)


def test_the_same_files_make_the_same_bytecode_wherever_they_are_built(tmp_path):
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        shutil.copytree(ROOT / "shared" / "quarry", folder, ignore=shutil.ignore_patterns("__pycache__"))
        code = "import sys, build; from pathlib import Path; build.compile_all(Path(sys.argv[1]), build.IN_LAMBDA)"
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1"}
        subprocess.run([sys.executable, "-c", code, folder], check=True, cwd=ROOT / "layers", env=env)
        made.append({path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.pyc")})
    assert made[0]
    assert made[0] == made[1]
    code = marshal.loads(next(iter(made[0].values()))[16:])
    assert code.co_filename.startswith("/opt/python/")


def test_without_python_3_13_the_build_says_what_to_install(tmp_path):
    folder = ROOT / "layers" / "tunnel"
    command = [shutil.which("make"), "--silent", "-C", folder, "build-TunnelLayer", f"ARTIFACTS_DIR={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert done.returncode
    assert done.stderr.splitlines()[0].startswith("Install Python 3.13 so that python3.13 is on the PATH")


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="this is Lambda's Python")
def test_bytecode_of_another_python_is_refused(tmp_path):
    command = [sys.executable, ROOT / "layers" / "build.py", "tunnel", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode
    assert done.stderr.strip() == ("A layer for Lambda must be built by Python 3.13, whose bytecode its runtime reads.")


def test_a_layer_above_the_limit_fails_the_build(tmp_path):
    without = "build.install = build.precompile = lambda *a, **k: None"
    code = f"import sys, build; build.MAX_LAYER_MB = 0.001; {without}; build.main()"
    command = [sys.executable, "-c", code, "shared", tmp_path / "layer", "--here"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT / "layers")
    assert done.returncode
    assert "the limit is 0.001 MB" in done.stderr


def test_certificates_that_were_laid_down_are_where_functions_look_for_them(tmp_path):
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "rds.pem").write_text("PEM")
    (tmp_path / "certificates" / "README.md").write_text("how to")
    code = (
        "import sys, build; from pathlib import Path; build.CERTIFICATES = Path(sys.argv[1]);"
        "build.copy_certificates(Path(sys.argv[2])); print(build.IN_LAMBDA / build.CERTIFICATES.name)"
    )
    command = [sys.executable, "-c", code, tmp_path / "certificates", tmp_path / "carried"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT / "layers")

    assert [path.name for path in (tmp_path / "carried").iterdir()] == ["rds.pem"]
    given = Template(ROOT / "template.yaml", {"PostgresqlCaFile": "rds.pem"}, "http://127.0.0.1:1").globals
    assert given["Environment"]["Variables"]["POSTGRESQL_CA_FILE"] == f"{done.stdout.strip()}/rds.pem"
