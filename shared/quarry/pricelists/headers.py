"""What a column is called: Russian and English synonyms, and what a price column's header says of its prices."""

import re
import unicodedata
from dataclasses import dataclass

from quarry.domain.kept import kept
from quarry.domain.reading import Role
from quarry.domain.rows import PriceKind, Vat
from quarry.domain.units import Dimension, Unit, parse_unit
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries
from quarry.pricelists.currencies import named_in, scale_in
from quarry.pricelists.prices import vat_of

_COLUMNS = load("columns")
_LABELS = Notation(blank=" ", flags=re.NOFLAG, lists=_COLUMNS["lists"])
# In the file's order: the first that matches wins.
_ROLES = [(Role(column["means"]), _LABELS.compiled(column)) for column in _COLUMNS["column"]]

_PLAIN_RANK = 1
_PRICES = load("prices")
_KINDS = [(PriceKind(kind["means"]), kind["rank"], _LABELS.compiled(kind)) for kind in _PRICES["kind"]]

_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")  # «ItemCode»; not «UoM»
_BROKEN = re.compile(r"(?<=[^\W\d_])-\s++(?=[a-zа-яёіїєґ])")  # «Сорта- мент», broken at the end of a line
_PUNCTUATION = re.compile(r"[^\w%/№#₽€$⌀ø]+|_")
CYRILLIC = re.compile(r"[А-я]")
_LATIN_TO_CYRILLIC = str.maketrans("abcehikmoptxy", "авсенікмортху")
_ONE_FORM = {ord("ё"): "е", ord("ı"): "i", 0x307: None}  # «İ» in small letters is an i and a dot of its own
_MIXED = re.compile(r"\b(?=\w*[a-z])(?=\w*[а-яіїєґ])\w+")
_BESIDE_NAMES = {Role.PACK, Role.WEIGHT, Role.SIZE, Role.BRAND, Role.MODEL}  # «Наименование, фасовка»
_MEASURED = {Role.PACK, Role.WEIGHT}
_PER = _LABELS.one_of(entries(_PRICES["per"]["label"]))
_PER_UNIT = re.compile(rf"(?:/|{_PER})\s*(?:1\s*)?([^\s/(),]+(?:\s*(?:м|шт|метр)\b\.?)?)", re.IGNORECASE)
_PER_COUNT = re.compile(rf"(?:/|{_PER})\s*+(\d{{2,4}})\s?([^\W\d_]{{1,9}})", re.IGNORECASE)
_PER_WORD = re.compile(rf"{_PER}\s", re.IGNORECASE)
_BARE_MONEY = _LABELS.compiled(_PRICES["bare_money"])
_PRICE_WORDS = _LABELS.compiled(_PRICES["price_words"])
_AT_ONCE = _LABELS.compiled(_COLUMNS["bought_at_once"])
TECHNICAL = Notation().compiled(_COLUMNS["technical"])
_NOTE = _LABELS.compiled(_COLUMNS["no_column"])
_DATE = re.compile(r"\d\d \d\d \d{4}")
_AMOUNTS = re.compile(rf"\d{{1,6}} (?:до )?\d{{1,6}} (?:{_LABELS.one_of(entries(_COLUMNS['threshold']))})")
_STEP = re.compile(r"(?:[<>≤≥]\s?)?\d{1,6}(?:\s?[-–—]\s?\d{1,6}|\s?\+)|[<>≤≥]\s?\d{1,6}")
_COUNT = re.compile(r"\d{1,6}\s?([^\W\d_]{1,9}\.?)")
_TERM = re.compile(r"\d{1,4}(?:\s?[-–—]\s?\d{1,4})?\s([^\W\d_]{3,9})\.?")
LONGEST_HEADER = 120


@dataclass(frozen=True, slots=True)
class PriceHeader:
    """``rank`` orders price columns of one kind: a lower one is nearer to what any buyer pays.

    ``scale`` is 1000 of «Цена, тыс. руб.».
    """

    kind: PriceKind
    rank: int
    vat: Vat | None
    currency: str | None
    unit: str | None
    scale: int = 1


@kept(4096)
def normalized(label: str) -> str:
    """A label in small letters without punctuation, Latin lookalikes in Russian words made Russian."""
    label = _BROKEN.sub("", label)
    one_word = " " not in label and not label.isascii()  # «ЕдИзм»; not «UoM»
    camel = label[:1].islower() or one_word
    spaced = (_CAMEL if camel else _HUMP).sub(" ", unicodedata.normalize("NFKC", label))
    folded = unicodedata.normalize("NFKC", spaced).casefold().translate(_ONE_FORM)
    words = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return _MIXED.sub(lambda match: match[0].translate(_LATIN_TO_CYRILLIC), words)


@kept(4096)
def role_of(label: str) -> Role | None:
    """What a column with that header holds; None when the header says nothing known."""
    if not label or len(label) > LONGEST_HEADER:
        return None
    words = normalized(label)
    if _NOTE.search(words) or _DATE.match(words):
        return None
    if _AMOUNTS.fullmatch(words):
        return Role.PRICE
    found = _role(words)
    if found in _MEASURED and _PRICE_WORDS.search(words):
        return Role.PRICE  # «Gebinde / Preis je Stück»
    first = label.partition(",")[0].partition("(")[0].strip()
    named = found in _BESIDE_NAMES and first != label and _role(normalized(first)) is Role.NAME
    return Role.NAME if named else found


def _role(words: str) -> Role | None:
    for candidate in (words, words.translate(_LATIN_TO_CYRILLIC)):
        for role, pattern in _ROLES:
            if pattern.search(candidate):
                return role
    return None


def is_per(label: str) -> bool:
    """Whether a title says what something costs for («за м2»); «кг/м3» may as well be a density."""
    return _PER_WORD.search(label) is not None and unit_of_header(label) is not None


def is_step(label: str) -> bool:
    """Whether a title is an amount from which a price holds («1-9», «10–49», «50+», «50 шт»)."""
    return _STEP.fullmatch(label) is not None or is_count(label)


def is_bought_at_once(label: str) -> bool:
    """Whether a title stands over columns of how many are bought at once («Тираж, шт»)."""
    return _AT_ONCE.search(normalized(label)) is not None


def is_count(label: str) -> bool:
    """Whether a title is so many pieces («50 шт», «500 экз.»)."""
    counted = _COUNT.fullmatch(label)
    unit = parse_unit(counted[1]) if counted else None
    return unit is not None and unit.dimension is Dimension.PIECES


def is_term(label: str) -> bool:
    """Whether a title is an amount of what is no money and no measure («1 доба», «3-7 Tage»)."""
    said = _TERM.fullmatch(label)
    return said is not None and parse_unit(said[1]) is None and named_in(label) is None


@kept(4096)
def price_header(label: str) -> PriceHeader:
    """What a price column's header says: whose price, with or without VAT, in which currency, for which unit."""
    words = normalized(label)
    kind, rank = PriceKind.RETAIL, _PLAIN_RANK
    for found, found_rank, pattern in _KINDS:
        if pattern.search(words):
            kind, rank = found, found_rank
            break
    money = _BARE_MONEY.search(words)
    if money and money.start() and not _PRICE_WORDS.search(words):
        rank += 3
    unit = unit_of_header(label)
    sold = counted_in(label) or (unit.symbol if unit else None)
    vat = vat_of(label) or vat_of(words)
    return PriceHeader(kind, rank, vat, named_in(label), sold, scale_in(label))


def is_measure_title(label: str) -> bool:
    """Whether a title that is no column's says what is measured («Мощность, Вт»)."""
    if role_of(label):
        return False
    return ("," in label and unit_at_end(label) is not None) or TECHNICAL.search(normalized(label)) is not None


def counted_in(label: str) -> str | None:
    """How many of which unit a title says that its price is for («Цена за 100 штук», «за 50 кг»)."""
    said = _PER_COUNT.search(label)
    one = parse_unit(said[2]) if said else None
    return f"{said[1]} {one.symbol}" if said and one else None


def unit_of_header(label: str) -> Unit | None:
    """The unit of «Цена, руб/м²», «цена за шт», «Цена, м»."""
    for match in _PER_UNIT.finditer(label):
        found = parse_unit(match[1].strip(" .:"))
        # «за ед.» names no unit, it points at the unit column.
        if found and not match[1].casefold().startswith("ед") and not named_in(match[1]):
            return found
    last = label.rpartition(",")[2]
    points_at_unit = last.strip().casefold().startswith("ед")
    return unit_at_end(label) if "," in label and not points_at_unit and not named_in(last) else None


def unit_at_end(label: str) -> Unit | None:
    """The unit of «Толщина, мм», or that a title is («мм»)."""
    return parse_unit(label.rpartition(",")[2].strip(" .:"))
