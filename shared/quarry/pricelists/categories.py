"""Group rows as categories: which level a heading opens, and what heads a row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.grid import PLAIN, Look

_NUMBERING = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)[.)]?\s+(?=\D)")
_WORDS = load("headings")
_TEXT, _BESIDE_DIGITS = Notation(), Notation(beside_digits=True)
_TOTAL = _TEXT.compiled(_WORDS["total"])
_DELIVERY = _TEXT.compiled(_WORDS["delivery"])
_NO_GOODS = re.compile(rf"{_TOTAL.pattern}|{_DELIVERY.pattern}", _TOTAL.flags)
_COMPANY = re.compile(
    rf"(?:^|[\s«\"])(?:{'|'.join(entries(_WORDS['company']['anywhere']))})(?:[\s«\"]|$)"
    rf"|^{_TEXT.one_of(entries(_WORDS['company']['starts']))}|{_TEXT.one_of(entries(_WORDS['company']['word']))}"
)
_NAMED_COMPANY = re.compile(
    rf"(?:[^\W\d_]{{1,30}}\s)?(?:{'|'.join(entries(_WORDS['company']['named']))})\s?[«\"“„]", re.IGNORECASE
)
_CONTACT = _TEXT.compiled(_WORDS["contact"])
_PLACE = re.compile(rf"{_TEXT.one_of(entries(_WORDS['before_place']))}\s*[А-Я]", re.IGNORECASE)
_PHONE = re.compile(r"\+7|\(\d{3,5}\)\s*\d|\d{2,3}-\d{2}-\d{2}")
_NOTE = _TEXT.compiled(_WORDS["note"])
_PRICE_NOTE = re.compile(
    rf"\A(?>.*?{_TEXT.one_of(entries(_WORDS['price_note']['price']))})"
    rf".*{_TEXT.one_of(entries(_WORDS['price_note']['said']), open_end=True)}",
    re.IGNORECASE,
)
_NOTES = (_CONTACT, _PLACE, _PHONE, _NOTE, _PRICE_NOTE)
_NO_TITLE = _TEXT.compiled(_WORDS["no_title"])
_DATE = re.compile(r"\d{1,2}[.\s/]+(?:\d{1,2}|[а-я]{3,8})[.\s/]+(?:19|20)\d\d", re.IGNORECASE)
_DATE_TAIL = re.compile(
    rf"(?:(?:{_BESIDE_DIGITS.one_of(entries(_WORDS['date']['before']))}|\()\s*)?\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}"
    rf"\s*+{_BESIDE_DIGITS.one_of(entries(_WORDS['date']['after']))}?\)?$",
    re.IGNORECASE,
)
_NO_CATEGORY = re.compile(
    rf"^{_BESIDE_DIGITS.one_of(entries(_WORDS['no_category']))}[\s_\d()№-]*$|[\d\W]++(?:_[\s_\d()№-]*)?$", re.IGNORECASE
)
_LONGEST_HEADING = 150
DEEPEST = 20  # levels: each row has all of its own
_WORD = re.compile(r"[^\W\d_]{3,}")
_REMARK = re.compile(r"\([^()]*+\)")
_STEM = 4  # letters that the forms of a word have in common
_NUMBER_ONLY = re.compile(r"\d+(?:[.,]\d+)?$")
_SIZE_FIRST = re.compile(
    r"[мmdø⌀]?\s?\d++(?:[.,/]\d++)*\s?(?:[xх×*]\s?[мm]?\d|(?:мм|см|м|mm|cm)(?![^\W\d_]))|[мm]\d++(?![\w/-])",
    re.IGNORECASE,
)
_QUALITY = re.compile(rf"[^\W\d_]{{3,40}}(?:{'|'.join(entries(_WORDS['quality']))})", re.IGNORECASE)
_MEASURES = re.compile(_BESIDE_DIGITS.one_of(entries(_WORDS["measure"])), re.IGNORECASE)


def is_total(text: str) -> bool:
    return bool(_TOTAL.search(text))


def is_delivery(text: str) -> bool:
    """Whether a text says how goods get to a buyer."""
    return bool(_DELIVERY.search(text))


def is_no_goods(text: str) -> bool:
    """Whether a row that begins so and has neither a unit nor an article is a total or a delivery."""
    return bool(_NO_GOODS.search(text))


def is_note(text: str) -> bool:
    """Whether a text is a contact, or says something of prices, payment or delivery."""
    return any(kind.search(text) for kind in _NOTES)


def is_company(text: str) -> bool:
    return bool(_COMPANY.search(text))


def is_seller(text: str) -> bool:
    """Whether a text above a table says who sells: «Фабрика «Волна»», which among the goods is a group of them."""
    return bool(_NAMED_COMPANY.match(text))


def is_heading(text: str) -> bool:
    """Whether a row's only text names a group: not a contact, a note, a date, a total or a mere number."""
    if not text or len(text) > _LONGEST_HEADING or not re.search(r"[^\W\d_]{2,}", text):
        return False
    if text.startswith("*") or is_total(text) or is_note(text) or is_company(text):
        return False
    return not text.endswith((".", "!")) or len(text.split()) < 6  # noqa: PLR2004 - a sentence is a note


def is_title(text: str) -> bool:
    """Whether a text above a header names the goods below it, as a section's title does."""
    return is_heading(text) and not (_NO_TITLE.search(text) or _DATE.search(text) or is_seller(text))


def sheet_category(name: str | None) -> str | None:
    """A sheet's name as a category, without its date; None for «Лист1» and the like."""
    if not name:
        return None
    clean = _DATE_TAIL.sub("", name.strip()).strip()
    return None if not clean or _NO_CATEGORY.match(clean) else clean


def without_dash(name: str) -> str:
    """«- на пол» as «на пол»: the sign of a list is no part of a name."""
    return name[1:].lstrip() if name[:1] in _DASHES and name[1:2].isspace() else name


def lacks_product(name: str) -> bool:
    """Whether a name says only a size, a grade or a number («20х20х1,5», «Ду 15», «1/2" (бухта 25 м)»)."""
    name = _REMARK.sub("", name) or name
    return all(_MEASURES.fullmatch(word[0]) for word in _WORD.finditer(name))


def is_quality(name: str) -> bool:
    """Whether all words of a name are adjectives («Гипсовая 30 кг»): only the heading says of what."""
    first = _WORD.search(name)
    if not first or not _QUALITY.fullmatch(first[0]):
        return False
    words = [word for word in _WORD.findall(_REMARK.sub("", name)) if not _MEASURES.fullmatch(word)]
    return bool(words) and all(map(_QUALITY.fullmatch, words))


def begins_with_size(name: str) -> bool:
    """Whether goods are called by a size and a few words («3.5х16 М оксид.», «М18х1,5 Р6М5»)."""
    return bool(_SIZE_FIRST.match(name))


def needs_heading(name: str) -> bool:
    """Whether a name does not say what the goods are."""
    return lacks_product(name) or begins_with_size(name) or is_quality(name)


def product_of(path: Sequence[str], name: str) -> list[str]:
    """The headings that name what is sold, where the name does not: from the nearest that has a noun inwards."""
    inner: list[str] = []
    for heading in reversed(path):
        inner.insert(0, heading)
        if not lacks_product(heading) and not is_quality(heading):
            words = (word for word in _WORD.findall(heading) if not _MEASURES.fullmatch(word))
            nouns = [heading.split()[0], next(words)]
            said = any(noun[:_STEM].casefold() in name.casefold() for noun in nouns if noun[:1].isalpha())
            return [] if said or _NUMBER_ONLY.match(heading) else inner
    # «Лист г/к» is of measures alone, and yet says what is sold.
    return [heading for heading in path[-1:] if _WORD.search(heading) and len(heading.split()) > 1]


_DASHES = frozenset("-–—•")
# Column, depth of the numbering (0 without), all in capitals, how it looks.
_Key = tuple[int, int, bool, Look]


@dataclass(frozen=True, slots=True)
class _Level:
    text: str
    key: _Key
    outline: int | None = None
    indent: int = 0


@dataclass(slots=True)
class Headings:
    """The headings in force, outermost first.

    Without an outline or indents the level comes from the form (column, numbering, capitals, look) and from what is
    between: a heading of a form in force takes that one's place, one directly below another opens a level within, and
    of two in a row after goods the first is an outer one. ``empty`` are the headings (row, text) without goods so far.
    """

    _levels: list[_Level] = field(default_factory=list)
    _section: str | None = None
    _fresh: bool = False
    _replaced: bool = False
    _indented: bool = False
    empty: list[tuple[int, str]] = field(default_factory=list)

    def path(self, outline: int | None = None) -> tuple[str, ...]:
        """The headings over a row; in a sheet with an outline those of lower levels than the row's."""
        path = [self._section] if self._section else []
        for level in self._levels:
            above = outline is None or level.outline is None or level.outline < outline
            if above and (not path or path[-1] != level.text):
                path.append(level.text)
        return tuple(path)

    def add(
        self, text: str, column: int, row: int, outline: int | None = None, number: str = "", look: Look = PLAIN
    ) -> None:
        """``number`` is the heading's, when it is in a column of its own."""
        self.empty.append((row, text))
        if outline is not None:
            outer = [level for level in self._levels if level.outline is not None and level.outline < outline]
            self._levels = [*outer, _Level(text, (column, 0, False, look), outline)]
            self._fresh = True
            return
        numbering = _NUMBERING.match(f"{number} {text}".lstrip())
        depth = numbering[1].count(".") + 1 if numbering else 0
        key = (column, depth, not numbering and text.isupper(), look)
        keys = [level.key for level in self._levels]
        self._indented = self._indented or look.indent > 0
        if self._indented:
            indent = look.indent or self._unindented()
            outer = [level for level in self._levels if level.indent < indent]
            self._levels = [*outer, _Level(text, key, indent=indent)][-DEEPEST:]
            self._fresh = True
            return
        if self._fresh and not depth and keys[-1:] == [key]:
            if self._replaced and keys[-2:-1] == [key]:
                del self._levels[-2]
            self._replaced = False
        else:
            kept = self._enclosing(key, keys)
            self._replaced = kept < len(self._levels)
            self._levels = self._levels[:kept]
        self._levels = [*self._levels, _Level(text, key)][-DEEPEST:]
        self._fresh = True

    def _unindented(self) -> int:
        """The indent of a heading without one: among indented ones it is within the last, or beside such a one."""
        if not self._levels or not all(level.indent for level in self._levels):
            return 0
        last = self._levels[-1]
        return last.indent + (last.key[3].indent > 0)

    def _enclosing(self, key: _Key, keys: list[_Key]) -> int:
        """How many of the levels in force enclose a heading of that form."""
        if key in keys:
            return len(keys) - 1 - keys[::-1].index(key)
        column, depth, *_ = key
        if depth:
            return self._above_number(depth, keys)
        if self._fresh or not keys:
            return len(keys)
        indented = column > keys[-1][0]
        return len(keys) if indented else len(keys) - 1

    def _above_number(self, depth: int, keys: list[_Key]) -> int:
        """How many levels enclose a numbered heading: lower numbers, and those without that enclose numbers already."""
        kept = 0
        for at, (_, other, *_) in enumerate(keys):
            around = not other and (self._fresh or any(inner for _, inner, *_ in keys[at + 1 :]))
            if not (0 < other < depth or around):
                break
            kept = at + 1
        return kept

    def offer(self) -> None:
        """A row of goods is below the headings."""
        self._fresh = False
        self.empty.clear()

    def header(self, *, again: bool = False) -> None:
        """A new table's header: headings since the last row are its title, those before are over.

        ``again``: it is the one in force, on a new page; without a heading above it what it stands amidst goes on.
        """
        if again and not self._fresh:
            return
        if self._fresh and self._levels:
            self._section = self._levels[-1].text
        self._levels = []
        self._fresh = False

    def section(self, text: str | None) -> None:
        self._section = text
        self._levels = []
        self._fresh = False
