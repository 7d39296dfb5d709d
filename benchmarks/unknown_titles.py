"""What becomes of a list of which one title is not known, and whether the reading says so.

``python -m benchmarks.unknown_titles FOLDER…``: of each list that is read wholly right (truths as for
``benchmarks.reading``) every title that is known is made unknown in turn. Such a list may be read wrong, but not in
silence: something must be told that is not told of the list as it is. Lists beyond 400 goods are left out.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from benchmarks.reading import Read, Truth, is_right, read
from quarry.domain.reading import Role
from quarry.pricelists import headers

_LONGEST = 400
_known = headers._role  # noqa: SLF001 - what a title means, before answers are kept


def outcomes(path: Path, truth: list[dict[str, str]]) -> Iterator[tuple[str, bool, bool]]:
    """Each title, whether the list is right without knowing it, and whether something is told of that."""
    whole = read(path)
    if not is_right(Truth(truth, whole).shares()):
        return
    titles = {column.title: None for sheet in whole.report.sheets for column in sheet.columns if column.title}
    for title in filter(headers.role_of, titles):
        found = _without(path, headers.normalized(title))
        told = bool(set(found.attention) - set(whole.attention)) or "low_confidence" in found.attention
        yield title, is_right(Truth(truth, found).shares()), told


def _without(path: Path, title: str) -> Read:
    def role(words: str) -> Role | None:
        return None if words == title else _known(words)

    with patch.object(headers, "_role", role):
        _forget()
        found = read(path)
    _forget()
    return found


def _forget() -> None:
    for function in (headers.role_of, headers.price_header):
        for kept in function.__closure__ or ():
            getattr(kept.cell_contents, "cache_clear", lambda: None)()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown_titles", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    counts: Counter[tuple[bool, bool]] = Counter()
    for path in (path for folder in parser.parse_args().folders for path in sorted((folder / "truth").glob("*.tsv"))):
        with path.open(encoding="utf-8", newline="") as lines:
            truth = list(csv.DictReader(lines, delimiter="\t"))
        if len(truth) > _LONGEST:
            continue
        for title, right, told in outcomes(path.parent.parent / path.name.removesuffix(".tsv"), truth):
            counts[right, told] += 1
            if not right and not told:
                print(f"{path.name.removesuffix('.tsv'):<40} wrong in silence without «{title[:60]}»")
    print(
        f"right {counts[True, False] + counts[True, True]}, of these told of {counts[True, True]}; "
        f"wrong {counts[False, False] + counts[False, True]}, of these in silence {counts[False, False]}"
    )
    return bool(counts[False, False])


if __name__ == "__main__":
    sys.exit(main())
