"""Whether what is deployed has known weaknesses: ``python -m tests.deployment.packages PIP_AUDIT``.

Where no feed of them can be reached, it says so and goes on.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from local import ROOT

LOCKED = sorted((ROOT / "layers").glob("*/requirements.txt"))


def main(command: str) -> None:
    found = {f"{one['name']} {one['version']}": one for one in audited(command) if "vulns" in one}
    if not found:
        print("packages: no feed of known weaknesses could be reached, so none was checked")  # noqa: T201
        return
    weak = {name: [each["id"] for each in one["vulns"]] for name, one in found.items() if one["vulns"]}
    if weak:
        sys.exit("\n".join(f"{name}: {', '.join(ids)}" for name, ids in weak.items()))
    print(f"packages: {len(found)} without known weaknesses")  # noqa: T201


def audited(command: str) -> Sequence[Any]:
    """What pip-audit says of each package; nothing where it cannot say anything."""
    locks = [argument for path in LOCKED for argument in ("--requirement", str(path))]
    done = subprocess.run(
        [command, "--format", "json", "--progress-spinner", "off", "--require-hashes", "--disable-pip", *locks],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except ValueError:
        return []


if __name__ == "__main__":
    main(sys.argv[1])
