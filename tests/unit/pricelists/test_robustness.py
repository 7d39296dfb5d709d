"""Whatever the cells hold, a list is read or refused with a reason, and no row of goods is lost."""

import contextlib
import csv
import io
import tracemalloc

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarry import pricelists
from quarry.domain.rows import PriceRow
from quarry.errors import BadPriceList
from tests.unit.pricelists.files import offers, read

# Seeds of rows: what real cells look like, beside anything at all.
CELLS = st.one_of(
    st.sampled_from(
        ["", "", "Цемент", "Наименование", "Цена", "шт", "12,5", "1 250 руб.", "Итого", "по запросу", "-", "20х30", "1"]
    ),
    st.text(max_size=12),
)
GOODS = st.text(alphabet="абвгдежзиклмнопрст", min_size=4, max_size=20)


def written(rows: list[list[str]], delimiter: str = ";") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=12))
def test_any_table_is_read_or_refused(rows):
    with contextlib.suppress(BadPriceList):
        read(written(rows).encode("utf-8", errors="replace"))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(BadPriceList):
        read(content)


@settings(deadline=None)
@given(
    st.lists(st.tuples(GOODS, st.sampled_from(["шт", "кг", "м2"]), st.integers(1, 10**6)), min_size=1, max_size=30),
    st.sampled_from(";,\t|"),
    st.sampled_from(["utf-8", "cp1251", "utf-16"]),
    st.integers(0, 5),
)
def test_every_row_of_goods_comes_out_once_and_in_order(goods, delimiter, encoding, titles):
    head = [[f"Прайс-лист, лист {number}"] for number in range(titles)]
    rows = [*head, ["Наименование", "Ед. изм.", "Цена"], *[[name, unit, str(price)] for name, unit, price in goods]]

    found = offers(written(rows, delimiter).encode(encoding))

    assert [(row.name, row.unit, int(row.price or 0)) for row in found] == goods
    assert [row.row for row in found] == list(range(titles + 2, titles + 2 + len(goods)))
    assert all(isinstance(row, PriceRow) and row.usable for row in found)


def test_a_long_list_is_read_without_being_held():
    table = "Наименование;Ед.;Цена\n" + "".join(f"Плитка {n} 20х30;м2;{n},50 руб.\n" for n in range(1, 6_001))
    stream = io.BytesIO(table.encode("cp1251"))
    offers(table[:200])  # the reader itself is loaded with the first list
    tracemalloc.start()
    try:
        count = sum(1 for _ in pricelists.read(stream, "прайс.csv"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 6_001  # with the warning that there is no category
    assert peak < 2.6 * 2**20  # held, they take 2.9
