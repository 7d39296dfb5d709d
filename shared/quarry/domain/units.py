"""Units of measure: the reference list, and reading what suppliers write for them.

Volume has one base, the cubic metre, for solids and liquids alike; :func:`base_symbol` says in which unit people
compare (a paint per litre, sand per cubic metre).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from quarry.domain.kept import kept


class Dimension(StrEnum):
    MASS = "mass"
    LENGTH = "length"
    AREA = "area"
    VOLUME = "volume"
    PIECES = "pieces"
    PACKS = "packs"


@dataclass(frozen=True, slots=True)
class Unit:
    """``factor`` is how many of its dimension's base units (kg, m, m², m³, piece, pack) one of it is."""

    code: str
    name: str
    symbol: str
    dimension: Dimension
    factor: Decimal
    synonyms: tuple[str, ...]


def _unit(code: str, name: str, symbol: str, dimension: Dimension, factor: str, synonyms: str) -> Unit:
    return Unit(code, name, symbol, dimension, Decimal(factor), tuple(synonyms.split("|")))


UNITS: tuple[Unit, ...] = (
    _unit("kg", "килограмм", "кг", Dimension.MASS, "1", "кг|кило|килограммы|kg|kilogram|kgs"),
    _unit("g", "грамм", "г", Dimension.MASS, "0.001", "г|гр|граммы|g|gram"),
    _unit("t", "тонна", "т", Dimension.MASS, "1000", "т|тн|тонн|тонны|тонну|t|ton|tonne|tonn"),
    _unit("centner", "центнер", "ц", Dimension.MASS, "100", "ц|центнер|центнеры"),
    _unit(
        "m",
        "метр",
        "м",
        Dimension.LENGTH,
        "1",
        "м|метр|метры|метров|п.м.|м.п.|пог. м|м пог|погонный метр|пог. метр|п/м|м/п|пог|m|meter|metre|lm|rm",
    ),
    _unit("cm", "сантиметр", "см", Dimension.LENGTH, "0.01", "см|cm"),
    _unit("mm", "миллиметр", "мм", Dimension.LENGTH, "0.001", "мм|mm"),
    _unit("km", "километр", "км", Dimension.LENGTH, "1000", "км|km"),
    _unit(
        "m2",
        "квадратный метр",
        "м²",
        Dimension.AREA,
        "1",
        "м2|м²|кв.м|м.кв|кв. метр|кв. метры|метр кв|метр квадратный|м кв|квм|m2|m²|sqm|sq. m|square meter",
    ),
    _unit("cm2", "квадратный сантиметр", "см²", Dimension.AREA, "0.0001", "см2|см²|кв.см|cm2"),
    _unit(
        "m3",
        "кубический метр",
        "м³",
        Dimension.VOLUME,
        "1",
        "м3|м³|куб.м|м.куб|куб|куб. метр|кубометр|метр куб|метр кубический|кбм|m3|m³|cbm|cu. m|cubic meter",
    ),
    _unit("l", "литр", "л", Dimension.VOLUME, "0.001", "л|литр|литры|литров|дм3|дм³|l|ltr|liter|litre|lit"),
    _unit("ml", "миллилитр", "мл", Dimension.VOLUME, "0.000001", "мл|миллилитры|ml|см3|см³"),
    _unit(
        "pcs",
        "штука",
        "шт",
        Dimension.PIECES,
        "1",
        "шт|шт.|штука|штуки|штук|штуку|штк|ед|единица|экз|pcs|pc|pce|piece|pieces|ea|each|unit|item",
    ),
    _unit("pair", "пара", "пара", Dimension.PIECES, "2", "пар|пара|пары|pair|pairs|pr"),
    _unit("ten", "десяток", "10 шт", Dimension.PIECES, "10", "10 шт|десяток|дес"),
    _unit("hundred", "сто штук", "100 шт", Dimension.PIECES, "100", "100 шт|сто шт|сотня|100 pcs"),
    _unit(
        "thousand",
        "тысяча штук",
        "тыс. шт",
        Dimension.PIECES,
        "1000",
        "тыс. шт|тыс. штук|тысяча штук|тшт|т.шт|1000 шт|тыс|1000 pcs|mpcs",
    ),
    _unit(
        "pack", "упаковка", "упак", Dimension.PACKS, "1", "уп|упак|упаковка|упаковки|упаковку|упк|pack|package|pkg|pk"
    ),
    _unit("bundle", "пачка", "пачка", Dimension.PACKS, "1", "пач|пачка|пачки|пачку|связка|bundle"),
    _unit("box", "коробка", "кор", Dimension.PACKS, "1", "кор|короб|коробка|коробки|ящик|ящ|box|carton|ctn"),
    _unit("roll", "рулон", "рулон", Dimension.PACKS, "1", "рул|рулон|рулоны|рулона|рл|roll|rolls"),
    _unit("sheet", "лист", "лист", Dimension.PACKS, "1", "лист|листы|листа|лст|sheet|sheets"),
    _unit("slab", "плита", "плита", Dimension.PACKS, "1", "плита|плиты|плит|slab"),
    _unit("bag", "мешок", "мешок", Dimension.PACKS, "1", "меш|мешок|мешки|мешка|мш|bag|bags|sack"),
    _unit("bucket", "ведро", "ведро", Dimension.PACKS, "1", "вед|ведро|ведра|вдр|bucket|pail"),
    _unit("set", "комплект", "компл", Dimension.PACKS, "1", "компл|комплект|комплекты|к-т|кт|кмп|комп|set|kit"),
    _unit("kit", "набор", "набор", Dimension.PACKS, "1", "наб|набор|наборы"),
    _unit("coil", "бухта", "бухта", Dimension.PACKS, "1", "бух|бухта|бухты|бхт|coil|reel|катушка|кат|моток|мот"),
    _unit("section", "секция", "секция", Dimension.PACKS, "1", "секц|секция|секции|сек|section"),
    _unit("pallet", "поддон", "поддон", Dimension.PACKS, "1", "поддон|под|паллета|палета|паллет|пал|pallet|plt"),
    _unit("can", "банка", "банка", Dimension.PACKS, "1", "бан|банка|банки|бнк|can|jar|tin"),
    _unit("canister", "канистра", "канистра", Dimension.PACKS, "1", "кан|канистра|канистры|канистр|jerrycan"),
    _unit("barrel", "бочка", "бочка", Dimension.PACKS, "1", "боч|бочка|бочки|барабан|бараб|barrel|drum"),
    _unit("cylinder", "баллон", "баллон", Dimension.PACKS, "1", "бал|баллон|балон|баллоны|cylinder"),
    _unit("tube", "туба", "туба", Dimension.PACKS, "1", "туб|туба|тубы|тюбик|картридж|tube"),
    _unit("bottle", "бутылка", "бутылка", Dimension.PACKS, "1", "бут|бутылка|бутылки|флакон|фл|bottle"),
    _unit("rod", "хлыст", "хлыст", Dimension.PACKS, "1", "хл|хлыст|хлысты|штанга|прут|пруток|rod|bar"),
)

# Units in which liquids are sold; the other volumes are compared per cubic metre.
_LIQUID = {"l", "ml"}
_BASE_SYMBOLS = {
    Dimension.MASS: "кг",
    Dimension.LENGTH: "м",
    Dimension.AREA: "м²",
    Dimension.VOLUME: "м³",
    Dimension.PIECES: "шт",
}
LITRES_IN_CUBIC_METRE = Decimal(1000)

# Latin letters that look like Cyrillic ones: typed by mistake in the wrong layout.
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_CURRENCY = r"(?:руб(?:л[а-я]*)?|р|₽|rub|rur|eur|usd|евро|долл(?:ар[а-я]*)?|€|\$|у\.?\s*е)\.?"
_PRICE_OF = re.compile(
    rf"^(?:цена|стоимость|прайс|price)?[\s,:(]*+(?:в\s++)?(?:{_CURRENCY})?[\s,.]*+(?:/|\bза\b|\bper\b)\s*(?:1\s+)?",
    re.IGNORECASE,
)
_LONGEST = 60
_NOT_ALNUM = re.compile(r"[\W_]+")
_LEADING = re.compile(
    r"^\s*(?:за\s+)?(?:1\s+)?([^\W\d_][^\d(,;]{0,20}?)(?:[\s.]*(?:[(,;]|/\s*\d)|[\s.]+\d|\s+по\b|[\s.]*$)",
    re.IGNORECASE,
)


def _key(text: str) -> str:
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).casefold().replace("ё", "е"))


_BY_KEY: dict[str, Unit] = {_key(word): unit for unit in UNITS for word in (unit.name, unit.symbol, *unit.synonyms)}
_BY_CODE: dict[str, Unit] = {unit.code: unit for unit in UNITS}


def unit(code: str) -> Unit:
    """The unit with that code. Raises KeyError when there is none."""
    return _BY_CODE[code]


def base_symbol(sold: Unit) -> str:
    """In which unit prices of ``sold`` are compared; a pack of unknown content is compared with its like."""
    if sold.code in _LIQUID:
        return "л"
    return _BASE_SYMBOLS.get(sold.dimension, sold.symbol)


def base_factor(sold: Unit) -> Decimal:
    """How many of :func:`base_symbol`'s units one ``sold`` holds."""
    return sold.factor * LITRES_IN_CUBIC_METRE if sold.code in _LIQUID else sold.factor


@kept(4096)
def parse_unit(text: str | None) -> Unit | None:
    """The unit that a supplier means: in any case, with dots, «руб/м2», «за 1 шт», «мешок (50 кг)»; else null."""
    if not text or len(text) > _LONGEST:
        return None
    found = _lookup(text)
    if found:
        return found
    rest = _PRICE_OF.sub("", text.strip(), count=1)
    if rest != text.strip() and (found := _lookup(rest)):
        return found
    leading = _LEADING.match(rest)
    return (_lookup(leading[1]) if leading else None) or _in_two_languages(rest)


def _in_two_languages(text: str) -> Unit | None:
    """«шт / pcs»."""
    one, slash, other = text.partition("/")
    found = _lookup(one) if slash else None
    return found if found and found == _lookup(other) else None


def _lookup(text: str) -> Unit | None:
    key = _key(text)
    return _BY_KEY.get(key) or _BY_KEY.get(key.translate(_LOOKALIKES))
