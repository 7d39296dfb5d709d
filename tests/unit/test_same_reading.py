"""Linear forms of expressions read ordinary texts as the plain forms do, which are clearer and cost the square."""

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from quarry.domain.units import _PRICE_OF
from quarry.pricelists.amounts import says
from quarry.pricelists.categories import _PRICE_NOTE, sheet_category
from quarry.pricelists.columns import CODE
from quarry.pricelists.delimited import _records, _unquoted
from quarry.pricelists.headers import _MIXED
from quarry.pricelists.prices import _KOPECKS, _PER, _RANGE, _WITH_VAT

_PIECES_OF_TEXT = [
    " ", "  ", "1", "25", "1200", "12,5", "01.02.2025", "-", "–", ".", ",", "/", "(", ")", "_", "№", "x", "х", "а", "b",
    "от", "до", "на", "с", "г", "года", "лист", "прайс", "прайс-лист", "цена", "цены", "указаны", "действуют", "руб",
    "руб.", "рублей", "бел.руб", "белорусских рублей", "коп", "коп.", "за", "шт", "шт.", "уп", "упаковка", "коробка",
    "пачка", "по", "в", "кг", "л", "мл", "с.", "м2", "вкл.", "включая", "включено", "ндс", "incl", "vat", "usd", "Клей",
    "нагрузка", "расход", "per", "in",
]  # fmt: skip
_LETTER = r"[^\W\d_]"
_END = rf"(?!{_LETTER})"
# No word of a price list has more letters than «белорусских» by far; the linear forms look no further.
ordinary = (
    st.lists(st.sampled_from(_PIECES_OF_TEXT), max_size=9)
    .map("".join)
    .filter(lambda text: not re.search(r"\w{12}", text))
)


def _spans(pattern: str, text: str, flags: int = re.IGNORECASE) -> list[tuple]:
    return [(match.span(), match.groups()) for match in re.finditer(pattern, text, flags)]


def _found(pattern: re.Pattern, text: str) -> list[tuple]:
    return [(match.span(), match.groups()) for match in pattern.finditer(text)]


@given(ordinary)
def test_a_sheet_s_category(text):
    date = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}"
    tail = rf"\s*(?:(?<!{_LETTER})(?:от|на|с)|\()?\s*{date}\s*(?:г(?:ода|\.)?)?\)?\s*$"
    none = (
        r"^(?:лист|sheet|tdsheet|table|таблица|страница|page|прайс|price|прайс[- ]?лист|pricelist|price[- ]?list"
        r"|worksheet|data|данные|new|новый|export|товары|products?|общий|все|[\d\W]+)[\s_\d()№-]*$"
    )
    clean = re.sub(tail, "", text, flags=re.IGNORECASE).strip()

    assert sheet_category(text) == (None if not clean or re.match(none, clean, re.IGNORECASE) else clean)


@given(ordinary)
def test_notes_and_mixed_words_and_codes(text):
    note = r"\bцен\w*\b.*\b(?:указан|действ|привед|включ|могут)"

    assert bool(_PRICE_NOTE.search(text)) == bool(re.search(note, text, re.IGNORECASE))
    assert _found(_MIXED, text) == _spans(r"(?=\w*[a-z])(?=\w*[а-я])\w+", text, 0)
    assert bool(CODE.fullmatch(text)) == bool(re.fullmatch(r"(?=.*\d)[\w./\\-]{2,20}", text))


@given(ordinary)
def test_prices(text):
    text = " ".join(text.split())
    plain = re.match(r"^(\d[\d\s.,]*?)\s*(?:[-–—]|\bдо\b)\s*(\d[\d\s.,]*)$", text)
    found = _RANGE.match(text)
    assert (found and (found[1].rstrip(), found[2])) == (plain and plain.groups())
    plain = re.match(r"^(\d[\d\s]*)\s*руб\w*\.?\s*(\d\d?)\s*коп\w*\.?$", text, re.IGNORECASE)
    found = _KOPECKS.match(text)
    assert (found and (found[1].strip(), found[2])) == (plain and (plain[1].strip(), plain[2]))
    plain = re.search(r"\s*(?:/|\bза\b|\bper\b)\s*(?:1\s+)?([^\d\s].*|\d{2,5}\s*[^\W\d_].*)$", text, re.IGNORECASE)
    found = _PER.search(text)
    assert (found and (text[: found.start()].strip(), found[1])) == (
        plain and (text[: plain.start()].strip(), plain[1])
    )


@given(ordinary)
def test_money_and_tax(text):
    rub = rf"rub|rur|рублей\b|руб|₽|(?<!{_LETTER})р(?=\.|\s|/|\)|$)"
    assert _found(_WITH_VAT, text) == _spans(
        r"(?:(?:с\s+уч[её]том|с|вкл\w*|в\s*т\.?\s*ч|в\s+том\s+числе)\s+|(?:вкл\w*|в\s*т\.?\s*ч)\.\s*)ндс"
        r"|ндс\s+(?:включ|в\s*т\.?\s*ч|вкл|учт[её]н)|inc\w*(?:\s+|\.\s*)vat|vat\s+incl",
        text,
    )
    money = rf"(?:byn|бел\.?\s*руб|белорусск{_LETTER}*\s+рубл|rub|rur|руб|eur|usd|долл){_LETTER}*|{rub}"
    plain = (
        rf"^(?:(?:цена|прайс)\b)?[\s,:(]*(?:\bв\s+)?(?:(?:{money})\.?)?[\s,.]*"
        rf"(?:/|\b(?:за|per)\b)\s*(?:1\s+)?"
    )
    assert _PRICE_OF.sub("", text, count=1) == re.sub(plain, "", text, count=1, flags=re.IGNORECASE)


@given(ordinary, ordinary)
def test_a_size_in_a_name(name, size):
    assert says(name, size) == bool(re.search(rf"(?<![\w.,]){re.escape(size)}(?![\w.,])", name))


@given(st.lists(st.text('ab;" ', max_size=9), min_size=1, max_size=5), st.integers(1, 4))
def test_quotes_that_open_a_cell(lines, width):
    assert list(_records(iter(lines), ";", width)) == list(_plain_records(lines, width))


def _plain_records(lines: list[str], width: int) -> Iterator[list[str]]:
    """A cell is open where a quote that begins one has only pairs of quotes behind it."""
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        strays = line.count(";") + 1 == width and re.search(r'(?:^|;)[ ]*"[^"]*;[^"]*\Z', line)
        if '"' not in line or strays:
            yield line.split(";")
            continue
        taken = 0
        while _is_open("\n".join([line, *rest[:taken]])) and taken < len(rest):
            taken += 1
        joined = "\n".join([line, *rest[:taken]])
        if _is_open(joined):
            yield line.split(";")
            continue
        del rest[:taken]
        yield from _unquoted(joined, ";")


def _is_open(text: str) -> bool:
    return bool(re.search(r'(?:^|;)[ ]*"(?:[^"]++|"")*+\Z', text))
