"""How much of a product one sold unit holds, as its name says: «20кг», «25 л», «50 шт/уп», «2500х1200х12,5».

Names are full of numbers which are no contents: grades (М500), diameters (DN20), ranges (слой 3-20 мм), capacities (a
95-litre boiler). A wrong price per kilogram is worse than none, so what is not certain is not read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

# Three digits behind a digit and a space are the rest of a thousand: «1 250 кг» is not 250 kg.
_NUMBER = r"(?<![\w.,/*-])(?!(?<=\d )\d{3}(?!\d))(\d{1,5}(?:[.,]\d{1,4})?)"
_END = r"(?![\w²³/*-])"
# A number after these words is a capacity, a limit or a consumption, not the content.
_LIMIT = re.compile(r"\b(?:до|от|на|для|по|расход|нагрузк\w*|грузопод\w*|г/п|более|менее|max|min|ёмк\w*|емк\w*)\s*$")
_LONGEST_LIMIT = 40
_MASS = re.compile(rf"{_NUMBER}\s*(кг|kg|гр?|тн|т)\.?{_END}")
_LIQUID = re.compile(rf"{_NUMBER}\s*(мл|ml|л(?:итр(?:а|ов)?)?|l)\.?{_END}(?!\s*(?:[.,]\s*)?с\.)")
_AREA = re.compile(rf"{_NUMBER}\s*(?:м2|м²|m2|m²|кв\.?\s?м|м\.?\s?кв)\.?{_END}")
_CUBIC = re.compile(rf"{_NUMBER}\s*(?:м3|м³|m3|m³|куб\.?\s?м)\.?{_END}")
_LENGTH = re.compile(rf"{_NUMBER}\s*(?:м|m|п\.?\s?м|м\.?\s?п|пог\.?\s?м)\.?{_END}")
_PIECES = re.compile(
    r"(?<![\w.,-])(\d{1,5})\s*шт\.?\s*(?:/\s*|в\s+|\\\s*)(?:уп|кор|пач|пак|ящ|блист)"
    r"|(?:уп|(?:упак|кор|пач|пакет|набор)\w{0,20})\.?\s*(?:\(\s*)?(?:по\s*)?(\d{1,5})\s*шт"
    r"|\(\s*(?:по\s+)?(\d{1,5})\s*шт\.?\s*\)"
)
_SIZES = re.compile(
    r"(?<![\w.,/-])(\d{1,5}(?:[.,]\d{1,3})?)\s*[xх×*]\s*(\d{1,5}(?:[.,]\d{1,3})?)"
    r"(?:\s*[xх×*]\s*(\d{1,5}(?:[.,]\d{1,3})?))?\s*(мм|mm|см|cm|м|m)?(?![\w²³/*х×-])"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

# Goods that carry a weight or a capacity in their name and are yet sold by the piece.
_BY_PIECE = re.compile(
    # A bag of cement is not a bag.
    r"^\W*(?:мешок|ведро|канистра|бочка|банка)"
    r"(?!\s+(?:с\s+)?(?:цемент|смес|кле[йя]|песк|щебн|шпатл|штукат|краск|грунт|гипс|извест))"
    r"|\b(?:бойлер|водонагрев|бак\b|бака\b|бачок|гидроаккум|котел|котл|насос|септик|таз\b|емкость|ванн|мойк|тачк|контейнер"
    r"|жироулов|кессон|весы|гир[яи]|кувалд|молот|топор|колун|кирк|огнетуш|домкрат|таль\b|тали\b|тележк|лебедк|строп|карабин"
    r"|мешки|пакеты|стеллаж|лестниц|стремянк|кронштейн|крюк|люк\b|люки\b|кирпич|блок\b|блоки\b|перфоратор|дрель|миксер"
    r"|бетоносмес|бетономеш|опрыскив|бидон|лейка|радиатор|конвектор|обогрев|сушилк|умывальник|унитаз|счетчик"
    r"|шлифов|клапан|кран\b|краны\b|вентил|фильтр|наждач"
    r"|тройник|отвод|угольник|колено|муфт|крестовин|угол\b|переход|задвижк|кондиционер"
    r"|пушк|печь|печи\b|пистолет|шприц|гвоздодер|лопат|дождеприем|решетк|лоток|лотки)",
)
_SHEET = re.compile(
    r"\b(?:гкл|гвл|гипсокарт|лист|плит[аы]|фанер|osb|осб|осп|двп|дсп|лдсп|цсп|мдф|хдф|оргалит|поликарбонат|аквапанел|шифер"
    r"|пеноплэкс|пенопл|панел|смл|стекломагн|профнастил|профлист|ондулин|аквилон)"
)
_ROLL = re.compile(
    r"\b(?:рулон|обои|обоев|флизелин|пленк|пленок|линокром|бикрост|стеклоизол|стеклохолст|техноэласт|унифлекс|рубероид|пергамин"
    r"|изоспан|подложк|сетк|мембран|геотекст|спанбонд|линолеум|ковролин|изолон|пенофол|паутинк|стеклообои|гидроизол|агроволокн)"
)
_TIMBER = re.compile(r"\b(?:доска|доски|брус|бруса|брусок|бруски)\b")


@dataclass(frozen=True, slots=True)
class Contents:
    """What one sold unit holds, as far as the name says; kg, litres, m², m³, m, pieces. Null: not said, or unclear."""

    mass: Decimal | None = None
    liquid: Decimal | None = None
    area: Decimal | None = None
    cubic: Decimal | None = None
    length: Decimal | None = None
    pieces: Decimal | None = None


_DIGIT = re.compile(r"\d")
_MASS_FACTORS = {"кг": Decimal(1), "kg": Decimal(1), "г": Decimal("0.001"), "гр": Decimal("0.001")}
_TONNE = Decimal(1000)
_LIQUID_FACTORS = {"мл": Decimal("0.001"), "ml": Decimal("0.001")}
_SIZE_FACTORS = {"мм": Decimal("0.001"), "см": Decimal("0.01"), "м": Decimal(1)}
_LATIN_SIZES = {"mm": "мм", "cm": "см", "m": "м"}
_MOST_MASS, _MOST_LIQUID, _MOST_AREA, _MOST_CUBIC = Decimal(3000), Decimal(1000), Decimal(1000), Decimal(30)
_MILLIMETRES_FROM = 100  # smaller first sizes without a unit are metres of a roll


def parse_package(name: str) -> Contents:
    """The contents that a name says. Only a count for goods sold by the piece whatever they hold."""
    text = " ".join(name.casefold().replace("ё", "е").split())
    if not _DIGIT.search(text) or _BY_PIECE.search(text):
        return Contents(pieces=_pieces(text))
    return contents_of(text)


def contents_of(text: str) -> Contents:
    """The contents that a text in small letters says, which is about nothing but the package."""
    return Contents(
        mass=_only(_MASS, text, _mass, _MOST_MASS),
        liquid=_only(_LIQUID, text, _litres, _MOST_LIQUID),
        area=_only(_AREA, text, _plain, _MOST_AREA) or _surface(text),
        cubic=_only(_CUBIC, text, _plain, _MOST_CUBIC) or _timber(text),
        length=_only(_LENGTH, text, _plain, _MOST_AREA),
        pieces=_pieces(text),
    )


def _only(
    pattern: re.Pattern[str], text: str, value: Callable[[re.Match[str]], Decimal | None], most: Decimal
) -> Decimal | None:
    """The one amount of that kind in the text; null when two differ or what stands before it makes it a limit."""
    found: set[Decimal] = set()
    for match in pattern.finditer(text):
        if _LIMIT.search(text, max(0, match.start() - _LONGEST_LIMIT), match.start()):
            continue
        amount = value(match)
        if amount is not None:
            found.add(amount)
    if len(found) != 1:
        return None
    amount = found.pop()
    return amount if 0 < amount <= most else None


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _plain(match: re.Match[str]) -> Decimal | None:
    return _decimal(match[1])


def _mass(match: re.Match[str]) -> Decimal | None:
    if match[2].startswith("г") and _YEAR.fullmatch(match[1]):
        return None
    return _decimal(match[1]) * _MASS_FACTORS.get(match[2], _TONNE)


def _litres(match: re.Match[str]) -> Decimal | None:
    return _decimal(match[1]) * _LIQUID_FACTORS.get(match[2], Decimal(1))


def _pieces(text: str) -> Decimal | None:
    found = {Decimal(next(filter(None, match.groups()))) for match in _PIECES.finditer(text)}
    return found.pop() if len(found) == 1 and 0 not in found else None


def _metres(text: str, *, small_is_metres: bool) -> list[Decimal] | None:
    """The sizes «a х b [х c]» in metres; a size without a unit is in millimetres, or in metres of a roll."""
    matches = _SIZES.findall(text)
    if len(matches) != 1:
        return None
    *sizes, unit = matches[0]
    amounts = [_decimal(size) for size in sizes if size]
    unit = _LATIN_SIZES.get(unit, unit)
    if not unit:
        large = max(amounts) >= _MILLIMETRES_FROM
        unit = "мм" if large else "м" if small_is_metres else ""
    return [amount * _SIZE_FACTORS[unit] for amount in amounts] if unit else None


def _surface(text: str) -> Decimal | None:
    sheet, roll = _SHEET.search(text), _ROLL.search(text)
    if not sheet and not roll:
        return None
    sizes = _metres(text, small_is_metres=roll is not None)
    if not sizes:
        return None
    if roll and len(sizes) > 2:  # noqa: PLR2004 - a roll's third size is its thickness or its mesh
        return None
    largest, next_largest = sorted(sizes, reverse=True)[:2]
    area = largest * next_largest
    return area if Decimal("0.02") <= area <= (_MOST_AREA if roll else 20) else None


def _timber(text: str) -> Decimal | None:
    if not _TIMBER.search(text):
        return None
    sizes = _metres(text, small_is_metres=False)
    if not sizes or len(sizes) != 3 or max(sizes) < 1:  # noqa: PLR2004 - thickness, width, length
        return None
    volume = sizes[0] * sizes[1] * sizes[2]
    return volume if Decimal("0.0005") <= volume <= 1 else None
