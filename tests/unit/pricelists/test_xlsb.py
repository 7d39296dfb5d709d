"""XLSB: its binary sheets are read, and those that would end the process are refused before the engine sees them."""

import struct

import pytest

from quarry.errors import BadPriceList
from tests.unit.pricelists.files import brief, offers, record, xlsb, xlsb_book, xlsb_cell

TABLE = [["Наименование", "Ед. изм.", "Цена"], ["Гвозди", "кг", 95], ["", "", ""], ["Шурупы", "шт", 5.5]]
GOODS = [("Гвозди", "кг", "95"), ("Шурупы", "шт", "5.5")]
FORMATTED = 1


def row(number: int) -> bytes:
    return record(0, struct.pack("<I13x", number))


def goods(number: int) -> bytes:
    return row(number) + xlsb_cell(0, f"Гвозди {number}") + xlsb_cell(1, 95)


HEADER = row(0) + xlsb_cell(0, "Наименование") + xlsb_cell(1, "Цена")


def fault(content: bytes) -> str:
    with pytest.raises(BadPriceList) as refused:
        offers(content)
    return refused.value.code


def test_a_binary_workbook_is_read():
    assert brief(offers(xlsb(TABLE))) == GOODS


@pytest.mark.parametrize(
    "stray",
    [
        goods(1) + xlsb_cell(0xFFFFFFF0, 1),
        goods(1) + xlsb_cell(16_000_000, 1),
        goods(1) + row(1_048_575) + xlsb_cell(16_383, 1),
        goods(1) + row(0xFFFFFFFF) + xlsb_cell(1, 1),
    ],
    ids=["no such column", "far right", "far below and right", "no such row"],
)
def test_a_far_cell_is_refused(stray):
    assert fault(xlsb_book(HEADER + stray)) == "too_many_cells"


@pytest.mark.parametrize("kind", range(2, 12))
def test_a_far_cell_of_every_kind_is_refused(kind):
    cell = record(kind, struct.pack("<II16x", 50_000_000, 0))

    assert fault(xlsb_book(HEADER + goods(1) + cell)) == "too_many_cells"


def test_a_far_cell_is_found_wherever_the_parts_of_the_file_are_cut():
    """Sheets are looked at a megabyte at a time: the records straddle the seam in each way that there is."""
    for pad in range((1 << 20) - 60, 1 << 20):
        filler = record(500, bytes(pad))
        assert fault(xlsb_book(HEADER + goods(1) + filler + xlsb_cell(50_000_000, 1))) == "too_many_cells"


def test_a_far_cell_whose_kind_is_written_in_two_bytes_is_refused():
    long = b"\x85\x00" + xlsb_cell(50_000_000, 1)[1:]

    assert fault(xlsb_book(HEADER + goods(1) + long)) == "too_many_cells"


def test_rows_out_of_order_are_damage():
    assert fault(xlsb_book(HEADER + goods(9) + goods(1))) == "damaged_file"


def test_cells_that_are_formatted_and_blank_are_not_counted():
    blank = record(FORMATTED, struct.pack("<II", 16_383, 0))
    rows = HEADER + goods(1) + row(1_048_575) + blank

    assert brief(offers(xlsb_book(rows))) == [("Гвозди 1", None, "95")]


def test_a_sheet_s_name_is_rid_of_what_no_database_takes():
    (offer,) = offers(xlsb_book(HEADER + goods(1), name="Кле\x00и"))

    assert offer.sheet == "Клеи"
