"""Wrong code pages and entities are mended; right texts of any language stay as they are."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quarry.pricelists.encodings import encoding_of
from quarry.pricelists.entities import unescaped
from quarry.pricelists.grid import Line, clean
from quarry.pricelists.mending import mended, mended_lines
from tests.unit.pricelists.files import brief, offers, xls, xlsx

TABLE = [
    ["Наименование товара", "Ед.", "Цена, руб"],
    ["Раковины со сливом", "шт", 4500],
    ["Смеситель кухонный", "шт", 3900],
    ["Сифон бутылочный Ёлочный", "шт", 410],
]
GOODS = [
    ("Раковины со сливом", "шт", "4500"),
    ("Смеситель кухонный", "шт", "3900"),
    ("Сифон бутылочный Ёлочный", "шт", "410"),
]
MISTAKES = [
    ("latin-1", "cp1251"),
    ("cp1252", "cp1251"),
    ("latin-1", "utf-8"),
    ("latin-1", "koi8-r"),
    ("latin-1", "cp866"),
    ("cp1251", "koi8-r"),
    ("cp866", "cp1251"),
    ("koi8-r", "cp1251"),
    ("cp1251", "cp866"),
]


def spoilt(text, page, right):
    return text.encode(right).decode(page) if isinstance(text, str) else text


@pytest.mark.parametrize(("page", "right"), MISTAKES)
@pytest.mark.parametrize("write", [xlsx, xls])
def test_a_sheet_in_a_wrong_code_page_is_read(page, right, write):
    wrong = [[spoilt(cell, page, right) for cell in row] for row in TABLE]

    assert brief(offers(write(wrong))) == GOODS


def test_utf_8_read_as_the_russian_page_is_mended_text_by_text():
    goods = [
        {"name": "Грунтовка акриловая", "price": 5},
        {"name": spoilt("Грунтовка сухая", "cp1251", "utf-8"), "price": 6},
    ]

    assert [row.name for row in offers(json.dumps(goods))] == ["Грунтовка акриловая", "Грунтовка сухая"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Ãîðèçîíòàëüíàÿ òðóáà 50 ìì", "Горизонтальная труба 50 мм"),
        ("fÃ¼r", "für"),
        ("GrÃ¶ÃŸe 5", "Größe 5"),
        ("20Â°C", "20°C"),
        ("Å›wieÅ¼e", "świeże"),
    ],
)
def test_a_single_text_is_mended_where_its_letters_leave_no_doubt(wrong, right):
    assert mended(wrong) == right


RIGHT = [
    "Труба профильная 40×20×2 «ГОСТ» №5 Ø20 ±2",
    "ЁЛКА ЩЁТКА ЪЬЭ",
    "Ґрунтовка глибокого проникнення їжа єдність",
    "РІЗЬБА РІ",
    "Шпаклёўка фінішная ўнутраная",
    "Қаңылтыр әк үй өлшемі",
    "Größe Türgriff weiß Öl ÄÖÜ",
    "Łódź świeże żółć ŚRUBA",
    "Çöğüş İĞÜŞ ölçü ağırlık",
    "Façade éclairée",
    "CAFÉ® Bosch™ 20°C",
    "KÂR Â",
    "naïve",
    "пАВЛОВ кРАСКА",
    "ÅÄÖ",
    "São",
    "Ñandú",
    "Über",
    "Ä«",
    "Труба ÆØÅ",
    "-20С°…+30С°",
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_texts_stay(text):
    assert mended(text) == text


_SYLLABLES = {
    "ru": ["тру", "ба", "кле", "ей", "кра", "ска", "ёл", "щит", "мм", "гвоз", "ди", "объём"],
    "uk": ["ґрун", "тів", "ка", "фар", "ба", "ї", "є", "ці", "на", "плит", "ка"],
    "de": ["grö", "ße", "tür", "griff", "öl", "weiß", "är", "üb", "stück", "maß"],
    "pl": ["śru", "ba", "żół", "ty", "łą", "ka", "ść", "ów", "źd", "ćw"],
    "tr": ["ölç", "üs", "çiv", "i", "ağ", "ır", "şap", "İ", "ğ", "dış"],
}
_CASES = [str.lower, str.upper, str.capitalize]


def _words(language):
    word = st.lists(st.sampled_from(_SYLLABLES[language]), min_size=1, max_size=4).map("".join)
    cased = st.builds(lambda made, case: case(made), word, st.sampled_from(_CASES))
    return st.lists(cased | st.sampled_from(["5", "№", "«", "»", "20×30", "—"]), min_size=1, max_size=6).map(" ".join)


@given(st.sampled_from(sorted(_SYLLABLES)).flatmap(_words))
def test_right_words_of_each_language_stay_as_they_are(text):
    assert mended(text) == text


@given(
    st.sampled_from(sorted(_SYLLABLES)).flatmap(lambda language: st.lists(_words(language), min_size=3, max_size=20))
)
def test_right_sheets_of_each_language_stay_as_they_are(texts):
    lines = [Line(number, [text]) for number, text in enumerate(texts, 1)]

    assert list(mended_lines(lines)) == lines


def test_entities_are_decoded_once_and_only_known_ones():
    assert clean("Саморез &quot;Ф&quot; &amp; Knauf&reg; 3&#47;4 &#x2116;&nbsp;5") == 'Саморез "Ф" & Knauf® 3/4 №\xa05'
    assert unescaped("&amp;quot;") == "&quot;"
    for text in ("AT&T", "A&B; C", "&xyz;", "R&D &", "&#99999999;"):
        assert unescaped(text) == text


def test_entities_are_decoded_in_names_and_groups():
    (row,) = offers(xlsx([["Наименование", "Цена"], ["Клеи &quot;Момент&quot;"], ["Клей &laquo;М&raquo;", 5]]))

    assert (row.name, row.category) == ("Клей «М»", ('Клеи "Момент"',))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Bezeichnung;Preis\nTürgriff Größe weiß;5\nÖl für Böden;6\n"),
        ("cp1250", "Nazwa;Cena\nŚruba żółta;5\nŁącznik świeży ćwierć;6\n"),
        ("cp1254", "Ürün adı;Fiyat\nÇivi ölçü ağır;5\nDış şap;6\n"),
        ("cp1251", "Наименование;Цена\nТруба;5\n"),
        ("cp1251", "name;price\nBolt М10;5\nЦемент;6\n"),
    ],
)
def test_a_text_file_s_code_page_is_told_by_its_words(encoding, text):
    import io

    assert text.encode(encoding).decode(encoding_of(io.BytesIO(text.encode(encoding)))) == text


def test_of_rows_with_long_texts_few_are_at_hand_at_once():
    taken = []

    def rows():
        for number in range(1, 141):
            taken.append(number)
            yield Line(number, ["ё" * 400_000 * (number > 120)])

    ahead = [len(taken) - line.number for line in mended_lines(rows()) if line.number > 120]

    assert len(ahead) == 20
    assert max(ahead) < 3


_RIGHT_ROWS = [Line(number, ["Краска зелёная для стен", "Ведро 10 л"]) for number in range(200)]


@given(st.text("РСвГаё№²³×Øø°±«»ÐÑÃÂ\u00a0€ x1", max_size=12))
@example("РёСЃ")
@example("ёРёРёРё")
@example("××××")
def test_a_row_among_many_is_mended_as_by_itself(text):
    """Rows that are told many at a time are not other than those that are looked at alone."""
    cell = clean(text)
    *_, last = mended_lines(iter([*_RIGHT_ROWS, Line(201, [cell])]))
    assert last.cells == [clean(mended(cell))]
