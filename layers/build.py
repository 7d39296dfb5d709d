"""Makes a layer's folder: the locked wheels, our own package, the bytecode of both, and its files of words as JSON.

Lambda's /opt is read-only, so without bytecode each environment compiles what it imports. It is not checked against its
source, since files of a layer do not change; its code objects name the paths that files have in Lambda, and the sources
stay for tracebacks. The same interpreter makes the same bytes of the same files. Needs nothing but Python and uv.
"""

import argparse
import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

LAYERS = Path(__file__).resolve().parent
PACKAGE = LAYERS.parent / "shared" / "quarry"
VERSION = (3, 13)
IN_LAMBDA = Path("/opt/python")
# Lambda takes 250 MB of all layers and the function; what is read from them is also what a start waits for.
LIMIT_MB = 100
# Nobody reads or runs these in a function.
UNUSED = ("bin",)
UNUSED_FOLDERS = frozenset({"tests", "__pycache__"})
UNUSED_KINDS = frozenset({".pyi", ".pyx", ".pxd", ".h", ".c", ".cpp", ".a", ".pyc"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", choices=sorted(path.parent.name for path in LAYERS.glob("*/requirements.txt")))
    parser.add_argument("folder", type=Path, help="made anew; what Lambda finds in /opt/python")
    parser.add_argument("--here", action="store_true", help="for this machine and this Python instead of Lambda's")
    asked = parser.parse_args()
    if not asked.here and sys.version_info[:2] != VERSION:
        sys.exit("The bytecode of Lambda's runtime is made by Python 3.13.")
    make(asked.layer, asked.folder.absolute(), here=asked.here)
    size = sum(path.stat().st_size for path in asked.folder.rglob("*") if path.is_file()) / 1_000_000
    print(f"layer {asked.layer}: {size:.1f} MB unzipped of at most {LIMIT_MB}")
    if size > LIMIT_MB:
        sys.exit(f"The layer {asked.layer} has {size:.1f} MB; more than {LIMIT_MB} are not deployed.")


def make(layer: str, folder: Path, *, here: bool) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    install(LAYERS / layer / "requirements.txt", folder, here=here)
    if layer == "shared":
        shutil.copytree(PACKAGE, folder / PACKAGE.name)
        translate(folder / PACKAGE.name / "knowledge")
    prune(folder)
    compile_all(folder, folder if here else IN_LAMBDA)


def install(requirements: Path, folder: Path, *, here: bool) -> None:
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    if uv is None:
        sys.exit("uv is not on the PATH: `make setup` installs it into .venv/bin.")
    wheels = [] if here else ["--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13"]
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(folder), *wheels]
    locked = ["--only-binary", ":all:", "--require-hashes", "--requirements", str(requirements)]
    if subprocess.run([*command, *locked], check=False).returncode:
        sys.exit(f"The wheels of {requirements} could not be installed.")
    (folder / ".lock").unlink(missing_ok=True)  # uv's own


def prune(folder: Path) -> None:
    for name in UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in list(folder.rglob("*")):
        if path.is_dir() and path.name in UNUSED_FOLDERS:
            shutil.rmtree(path)
        elif path.suffix in UNUSED_KINDS and path.is_file():
            path.unlink()


def translate(folder: Path) -> None:
    """The files of words as JSON as well, which a start reads in a fraction of the time."""
    for path in folder.glob("*.toml"):
        path.with_suffix(".json").write_text(json.dumps(tomllib.loads(path.read_text("utf-8"))))


def compile_all(folder: Path, root: Path) -> None:
    """In one process: what is a reference in bytecode hangs on what the process has compiled before."""
    warnings.simplefilter("ignore")  # the libraries' own
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
