"""Ordinary rows are taken many at a time: the same is read, remarked and reported as if each were looked at alone."""

import io

from hypothesis import given
from hypothesis import strategies as st

from quarry.pricelists.doubts import SAMPLED
from quarry.pricelists.ordinary import OrdinaryRows
from quarry.pricelists.reading import DEFAULTS, scan
from quarry.pricelists.report import Report

HEADERS = [
    "Артикул;Наименование;Ед. изм.;Цена, руб.",
    ";Наименование;;Цена, руб.",
    "№;Товар;Цена розничная;Цена оптовая",
    "Код;Наименование;Категория;Цена",
]
NAMES = [
    "Цемент М500 Д0",
    "Клей для плитки 25 кг",
    "3,5х16 саморез",
    "12",
    "2",
    "Итого",
    "Всего по разделу",
    "Доставка по городу",
    "",
]
CELLS = ["", "шт", "мешок", "-", "1", "A1", "A1", "Q-77", "Кирпич"]
PRICES = ["450", "450,50", "1,250", "1 250.00", "12.345", "по запросу", "", "100 200", "-5", "1000000000000000", "0"]
OTHERS = ["", "Сухие смеси;;;", "ТРУБЫ", ";;;", "1;2;3;4", ";1;2;3", "Цены указаны без НДС", "Тел. 123-45-67;;;"]

rows = st.one_of(
    st.builds(
        lambda *cells: ";".join(cells),
        st.sampled_from(CELLS),
        st.sampled_from(NAMES),
        st.sampled_from(CELLS),
        st.sampled_from(PRICES),
    ),
    st.builds(lambda number: f"Q-{number};Труба {number} мм;м;{number},5", st.integers(1, 40)),
    st.sampled_from([*OTHERS, *HEADERS]),
)
lists = st.builds(
    lambda header, first, others: "\n".join([header, *first, *others]),
    st.sampled_from(HEADERS),
    st.just([f"Q-{number};Труба {number} мм;м;{number},5" for number in range(41, 48)]),
    st.lists(rows, max_size=40),
)


def read(content):
    report = Report()
    found = scan(io.BytesIO(content.encode()), "прайс.csv", DEFAULTS, report)
    rows = [(item.read(), item.digest) if hasattr(item, "read") else item for item in found]
    return rows, report.rows_seen, report.sheets, report.attention


def one_by_one(content):
    whole = OrdinaryRows.leading
    OrdinaryRows.leading = lambda self, lines: 0
    try:
        return read(content)
    finally:
        OrdinaryRows.leading = whole


@given(lists)
def test_many_rows_at_a_time_are_read_as_one_by_one(content):
    assert read(content) == one_by_one(content)


def test_an_ordinary_list_is_taken_many_rows_at_a_time(monkeypatch):
    counts = []
    leading = OrdinaryRows.leading

    def counted(self, lines):
        counts.append(leading(self, lines))
        return counts[-1]

    monkeypatch.setattr(OrdinaryRows, "leading", counted)
    content = "\n".join([HEADERS[0], *(f"Q-{number};Труба {number} мм;м;{number},5" for number in range(500))])

    assert sum(isinstance(row, tuple) for row in read(content)[0]) == 500
    assert sum(counts) == 500 - SAMPLED  # without those whose offers are looked at
    assert len(counts) < 20
