"""What a name says of goods that measures nothing: a maker's article, a standard, a usual steel."""

import re
import zlib
from typing import Final

# «BLNRA010211», «0.601.394.0R3», «29315-160-08», but neither «22-500-1000» nor «1200х600».
_ARTICLE: Final = re.compile(
    r"(?<![\w.,/-])(?:(?=\d*[A-Z])(?=(?:[A-Z]*\d){6})[A-Z\d]{7,20}|\d{1,6}(?:[-.][A-Z\d]{2,6}){2,5})(?![\w,])"
)
# What remarks with articles are called. Those of one series («GSL000143», «GSL000343») contradict each other.
ARTICLE: Final = "-article"
_LETTERS: Final = re.compile(r"[A-Z]{2,}+(?=\d)")
_SEPARATOR: Final = re.compile("[-.]")
# Of which standard goods are says nothing where the other name is silent.
_STANDARD: Final = re.compile(r"(?i)(?<![^\W\d_])(?:гост|ту)\s?(?:р\s?)?(\d{3,}+)(?:[-.]\d++)*+")
# «Ст3сп5», «ст.08пс»: what steel is unless it is another.
_STEEL: Final = re.compile(r"(?<![^\W\d_])[Сс]т\.? ?(?:3|08)(?:сп|пс|кп|ю)?(?:/(?:сп|пс))?\d?(?![\w,.]\d)(?!\w)")
_NUMBERED: Final = re.compile(r"(?<![^\W_])N(?=\d{1,2}(?!\d))")


def without_articles(name: str) -> tuple[str, dict[str, frozenset[float]]]:
    """The rest of the name, and as remarks its articles, each as a number, also by the series that they belong to."""
    found = [one for one in _ARTICLE.findall(name) if _is_article(one)]
    if not found:
        return name, {}
    remarks: dict[str, frozenset[float]] = {}
    for one in found:
        name = name.replace(one, " ", 1)
        number = frozenset({float(zlib.crc32(one.encode()))})
        series = _LETTERS.match(one)
        for kind in (ARTICLE, f"{ARTICLE} {series[0]}{len(one)}") if series else (ARTICLE,):
            remarks[kind] = remarks.get(kind, frozenset()) | number
    return name, remarks


def _is_article(token: str) -> bool:
    _first, *groups = _SEPARATOR.split(token)
    return not groups or any(len(one) > 1 and (one[0] == "0" or not one.isdigit()) for one in groups)


def without_standards(name: str) -> tuple[str, frozenset[float]]:
    if not ("ГОСТ" in name or "ТУ" in name or "гост" in name):
        return name, frozenset()
    found = frozenset(map(float, _STANDARD.findall(name)))
    return (_STANDARD.sub(" ", name) if found else name), found


def as_usual(name: str) -> str:
    """Without the steel that most is of; «N1» is «№1»."""
    if "ст" in name or "Ст" in name:
        name = _STEEL.sub(" ", name)
    return _NUMBERED.sub("№", name) if "N" in name else name
