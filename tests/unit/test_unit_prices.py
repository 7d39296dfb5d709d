"""The rows of benchmarks/: goods of every form, in three languages, with the price per unit that each must have."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.unit_prices import RIGHT, WRONG, judged, lines
from quarry.domain.pricing import price_basis

SETS = sorted(Path(__file__).parents[2].joinpath("benchmarks").glob("unit_prices*.tsv"))


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_no_price_per_unit_is_wrong_and_hardly_one_is_missing(file: Path) -> None:
    rows = lines(file)
    verdicts = Counter(judged(line, price_basis(line.row)) for line in rows)
    assert verdicts[WRONG] == 0
    assert verdicts[RIGHT] >= 0.98 * len(rows)


@pytest.mark.parametrize("file", SETS, ids=lambda file: file.stem)
def test_the_main_price_is_the_first_of_those_that_are_comparable(file: Path) -> None:
    for line in lines(file):
        basis = price_basis(line.row)
        main = [(basis.base_unit, basis.price_per_base_unit)] if basis.price_per_base_unit is not None else []
        assert list(basis.comparable[:1]) == main
        assert len({unit for unit, _ in basis.comparable}) == len(basis.comparable)
