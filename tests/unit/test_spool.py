import pytest

from quarry.domain.rows import PriceRow
from quarry.pricelists import ReadRow
from quarry.services import spool as spooling
from quarry.services.spool import RowSpool


@pytest.mark.parametrize("held", [0, 1, 1000, 5000])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_rows_come_back_in_their_order_as_often_as_wanted(count, held, monkeypatch):
    monkeypatch.setattr(spooling, "_ROWS_IN_MEMORY", held)
    rows = [PriceRow(row=number, name=f"Цемент {number}") for number in range(count)]

    with RowSpool(ReadRow(row) for row in rows) as spool:
        assert len(spool) == count
        assert [found.read() for found in spool] == rows
        assert [found.read() for found in spool] == rows


def test_what_breaks_off_the_reading_comes_through():
    def breaking():
        yield ReadRow(PriceRow(row=1, name="Цемент"))
        raise ValueError("the file ends in the middle of a row")

    with pytest.raises(ValueError, match="in the middle"):
        RowSpool(breaking())
