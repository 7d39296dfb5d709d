"""Builds a layer's folder: the locked wheels, our own package, and what a start would have to make of them.

That is the bytecode of both, the vocabulary files as JSON, and the compiled forms of texts that a start would compile
(:mod:`quarry.precompiled`).

Lambda's /opt is read-only, so without bytecode each environment would compile what it imports. The bytecode is not
checked against its source, since a layer's files do not change; it names the paths that the files have in Lambda, and
the sources are included for tracebacks. The build is reproducible, and needs only Python and uv.
"""

import argparse
import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
import tomllib
import warnings
from collections import Counter
from pathlib import Path

LAYERS = Path(__file__).resolve().parent
PACKAGE = LAYERS.parent / "shared" / "quarry"
# Of authorities that no system knows: the parameter PostgresqlCaFile names one.
CERTIFICATES = LAYERS.parent / "certificates"
VERSION = (3, 13)
IN_LAMBDA = Path("/opt/python")
# Lambda allows 250 MB for the function and all its layers; but a start also waits for what it reads from them.
MAX_LAYER_MB = 100
MB = 1_000_000
SHOWN_FROM_MB = 0.5
MACHINES = ("aarch64", "x86_64")
# No function needs these.
UNUSED_TOP_FOLDERS = ("bin",)
UNUSED_FOLDERS = frozenset({"tests", "__pycache__"})
UNUSED_SUFFIXES = frozenset({".pyi", ".pyx", ".pxd", ".h", ".c", ".cpp", ".a", ".pyc"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", choices=sorted(path.parent.name for path in LAYERS.glob("*/requirements.txt")))
    parser.add_argument("folder", type=Path, help="the folder to replace; Lambda mounts it as /opt/python")
    parser.add_argument(
        "--here", action="store_true", help="build for this machine and this Python instead of Lambda's"
    )
    parser.add_argument(
        "--machine",
        choices=MACHINES,
        default=MACHINES[0],
        help="the processor; the template's functions have the first",
    )
    options = parser.parse_args()
    if not options.here and sys.version_info[:2] != VERSION:
        sys.exit("A layer for Lambda must be built by Python 3.13, whose bytecode its runtime reads.")
    make(options.layer, options.folder.absolute(), None if options.here else options.machine)
    found = sizes(options.folder)
    size = found.total() / MB
    print(f"layer {options.layer}: {size:.1f} MB unzipped of at most {MAX_LAYER_MB}: {summary(found)}")
    if size > MAX_LAYER_MB:
        sys.exit(f"The layer {options.layer} has {size:.1f} MB; the limit is {MAX_LAYER_MB} MB.")


def sizes(folder: Path) -> Counter[str]:
    """Bytes by package."""
    found = Counter[str]()
    for path in folder.rglob("*"):
        if path.is_file():
            top = path.relative_to(folder).parts[0]
            found[top.partition(".")[0].partition("-")[0]] += path.stat().st_size
    return found


def summary(found: Counter[str]) -> str:
    """The largest first, and in one figure what is small."""
    shown = [f"{name} {size / MB:.1f}" for name, size in found.most_common() if size >= SHOWN_FROM_MB * MB]
    rest = sum(size for size in found.values() if size < SHOWN_FROM_MB * MB)
    return ", ".join([*shown, f"others {rest / MB:.1f}"])


def make(layer: str, folder: Path, machine: str | None) -> None:
    """Without a ``machine`` for this one, and for this Python."""
    shutil.rmtree(folder, ignore_errors=True)
    install(LAYERS / layer / "requirements.txt", folder, machine)
    if layer == "shared":
        shutil.copytree(PACKAGE, folder / PACKAGE.name)
        translate(folder / PACKAGE.name / "knowledge")
        copy_certificates(folder / CERTIFICATES.name)
    prune(folder)
    if layer == "shared":
        precompile(folder, machine)
    compile_all(folder, IN_LAMBDA if machine else folder)


def install(requirements: Path, folder: Path, machine: str | None) -> None:
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    if uv is None:
        sys.exit("uv is not on the PATH: `make setup` installs it into .venv/bin.")
    wheels = ["--python-platform", f"{machine}-manylinux_2_28", "--python-version", "3.13"] if machine else []
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), *wheels]
    locked = ["--only-binary", ":all:", "--require-hashes", "--requirements", str(requirements)]
    if subprocess.run([*command, *locked], check=False).returncode:
        sys.exit(f"The wheels of {requirements} could not be installed.")
    (folder / ".lock").unlink(missing_ok=True)  # left by uv


def prune(folder: Path) -> None:
    for name in UNUSED_TOP_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in list(folder.rglob("*")):
        if path.is_dir() and path.name in UNUSED_FOLDERS:
            shutil.rmtree(path)
        elif path.suffix in UNUSED_SUFFIXES and path.is_file():
            path.unlink()


def copy_certificates(folder: Path) -> None:
    folder.mkdir()
    for path in CERTIFICATES.glob("*.pem"):
        shutil.copyfile(path, folder / path.name)


def translate(folder: Path) -> None:
    """Add the vocabulary files as JSON, which a start reads in a fraction of the time."""
    for path in folder.glob("*.toml"):
        path.with_suffix(".json").write_text(json.dumps(tomllib.loads(path.read_text("utf-8"))))


def precompile(folder: Path, machine: str | None) -> None:
    """Add the compiled forms of texts, which a layer makes that runs here: this one may be for another processor."""
    with tempfile.TemporaryDirectory(prefix="quarry-layer-") as made:
        runs_here = folder
        if machine:
            runs_here = Path(made)
            install(LAYERS / "shared" / "requirements.txt", runs_here, None)
            shutil.copytree(folder / PACKAGE.name, runs_here / PACKAGE.name)
        target = folder / PACKAGE.name / "precompiled.bin"
        command = [sys.executable, "-I", "-S", "-B", *map(str, (LAYERS / "precompile.py", runs_here, target))]
        if subprocess.run(command, check=False).returncode:
            sys.exit("The texts that a start compiles could not be compiled.")


def compile_all(folder: Path, root: Path) -> None:
    """In one process: which objects share a reference in the bytecode depends on what was compiled before."""
    warnings.simplefilter("ignore")  # of the libraries
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=str(root),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit("Not every module could be compiled.")


if __name__ == "__main__":
    main()
