"""Why lines are answered as they are, in Russian. Answers are kept in English; they are said again when they are shown.

A sentence without a Russian one is shown as it is: :func:`in_russian` never hides a reason.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Json = Mapping[str, Any]
_RUSSIAN: Final = "ru"
_GOODS: Final = {
    "bar": "пруток или профиль", "block": "блок", "board": "плита или лист", "brick": "кирпич", "bulk": "сыпучее",
    "cable": "кабель", "cement": "цемент", "cladding": "обшивка", "device": "устройство", "drywall": "гипсокартон",
    "fastener": "крепёж", "fitting": "фитинг", "foam": "пена", "glue": "клей", "machine": "машина", "mesh": "сетка",
    "metal": "металл",
    "mix": "смесь", "paint": "краска", "roll": "рулонный материал", "sealant": "герметик", "steel": "металлопрокат",
    "tape": "лента", "tile": "плитка", "timber": "пиломатериал", "tool": "инструмент", "vessel": "ёмкость",
    "wool": "утеплитель", "work": "работа",
}  # fmt: skip
_MEASURES: Final = {
    "pieces": "другое число штук", "mass": "другая масса", "liquid": "другой объём", "area": "другая площадь",
    "cubic": "другой объём", "length": "другая длина", "angle": "другой угол",
}  # fmt: skip
_WHOLE: Final = {
    "No list has such goods.": "Такого товара нет ни в одном прайс-листе.",
    "A person chose this material.": "Материал выбран человеком.",
    "Its price is less than a fifth of the others' middle one: check it.": (
        "Цена меньше пятой части средней из остальных: проверьте её."
    ),
    "It says all that is asked for.": "В названии есть всё, что требуется.",
    "A person said that it is none of the catalogue's materials.": "Человек отметил, что этого нет в каталоге.",
    "Pricing this line broke off each time: its text is unusual. Correct it and send the bill again.": (
        "Эту строку не удалось оценить: её текст необычен. Исправьте его и отправьте ведомость ещё раз."
    ),
    "fits as well": "тоже подходит",
    "a person chose otherwise": "человек выбрал другое",
    "another maker": "другой производитель",
    "another side": "другая сторона",
    "another grade": "другая марка",
    "another size": "другой размер",
    "another colour": "другой цвет",
    "the opposite": "другое исполнение",
    "other goods": "другой товар",
    "what belongs to the goods": "принадлежность, а не сам товар",
    "it has no price": "цена не указана",
    **_MEASURES,
}


def _unit(text: str) -> str:
    return "штука" if text == "a piece" else text


# In the order in which they are tried.
_PATTERNS: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    (
        r"It contradicts nothing, and says nothing of: (.*)\.",
        lambda found: f"Ничему не противоречит, но не сказано: {found[1]}.",
    ),
    (
        r"«(.*)» fits, but no offer of it counts: (.*)\.",
        lambda found: f"«{found[1]}» подходит, но ни одно предложение не годится: {in_russian(found[2])}.",
    ),
    (
        r"«(.*)» fits, and nobody offers it at present\.",
        lambda found: f"«{found[1]}» подходит, но сейчас его никто не предлагает.",
    ),
    (r"says nothing of: (.*)", lambda found: f"не сказано: {found[1]}"),
    (r"its price is in (\w+)", lambda found: f"цена в {found[1]}"),
    (
        r"its unit, (.*), cannot be brought to (.*)",
        lambda found: f"единица «{_unit(found[1])}» не пересчитывается в «{_unit(found[2])}»",
    ),
    (
        r"([a-z]+) instead of ([a-z]+)",
        lambda found: f"{_GOODS.get(found[1], found[1])}, а нужно: {_GOODS.get(found[2], found[2])}",
    ),
    (r"type «(.*)»", lambda found: f"тип «{found[1]}»"),
    (r"not «(.*)»", lambda found: f"не «{found[1]}»"),
    (r"not ([0-9.e+-]+)", lambda found: f"не {found[1].replace('.', ',')}"),
)


def in_russian(reason: str) -> str:
    if reason in _WHOLE:
        return _WHOLE[reason]
    for pattern, say in _PATTERNS:
        found = re.fullmatch(pattern, reason, re.DOTALL)
        if found:
            return say(found)
    return reason


def language_of(accepted: str | None) -> str:
    """Of those that a caller accepts, as ``Accept-Language`` has them, the first that is spoken here; else English."""
    for one in (accepted or "").split(","):
        language = one.split(";")[0].strip().lower()[:2]
        if language in {_RUSSIAN, "en"}:
            return language
    return "en"


def line_in(language: str, line: Json) -> Json:
    """A line's answer with its reasons in the language."""
    if language != _RUSSIAN:
        return line
    return {
        **line,
        "why": in_russian(line["why"]),
        "alternatives": [{**one, "why": in_russian(one["why"])} for one in line["alternatives"]],
        "left_out": [{**one, "reason": in_russian(one["reason"])} for one in line["left_out"]],
    }
