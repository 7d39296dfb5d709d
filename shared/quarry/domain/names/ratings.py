"""Ratings that are said with letters of their own, «IP44», «PN16», «4000К»: silence about them says nothing."""

import re
from typing import Final

KELVIN: Final = "-kelvin"
RATINGS: Final = frozenset({"-protection", "-pressure", KELVIN})
STANDARD_PART: Final = "din"
_PROTECTION: Final = re.compile(r"(?<![^\W\d_])IP[- ]?(\d{2})(?!\d)")
_PRESSURE: Final = re.compile(r"(?<![^\W\d_])(?:PN|РN|Ру|Рy|РУ)[- ]?(\d{1,3}(?:[.,]\d)?+)(?!\d)")
_KELVIN: Final = re.compile(r"(?<![\d.,])(\d{4}) ?[KКк](?![^\W_]|-)")
_PARTS: Final = re.compile(r"(?<![^\W\d_])(?:DIN|ISO)[- ]?(\d{2,5})(?:-\d++)?(?!\d)")
_CORES: Final = re.compile(r"\( ?(?:N|(?:N, ?)?PE|PE, ?N) ?\)")
_STEP: Final = 500  # of colour temperature: 4000 and 4100 K are one white


def without_ratings(name: str) -> tuple[str, dict[str, frozenset[float]]]:
    """The rest of the name, and its ratings as remarks."""
    remarks: dict[str, frozenset[float]] = {}
    for kind, pattern in _patterns_of(name):
        values = frozenset(float(value.replace(",", ".")) for value in pattern.findall(name))
        if values:
            remarks[kind] = frozenset(map(_white, values)) if kind == KELVIN else values
            name = pattern.sub(" ", name)
    return (_CORES.sub(" ", name) if "(N" in name or "PE" in name else name), remarks


def _patterns_of(name: str) -> list[tuple[str, re.Pattern[str]]]:
    """Those that may find something: most names have none."""
    found = [("-protection", _PROTECTION)] if "IP" in name else []
    if "N" in name or "Р" in name:
        found.append(("-pressure", _PRESSURE))
    if "K" in name or "К" in name or "к" in name:
        found.append((KELVIN, _KELVIN))
    return found


def _white(kelvin: float) -> float:
    return float(round(kelvin / _STEP) * _STEP)


def without_standard_parts(name: str) -> tuple[str, frozenset[float]]:
    """The rest of the name, and the numbers of the standards that say which part it is: «DIN 934»."""
    if "DIN" not in name and "ISO" not in name:
        return name, frozenset()
    found = frozenset(map(float, _PARTS.findall(name)))
    return (_PARTS.sub(" ", name) if found else name), found
