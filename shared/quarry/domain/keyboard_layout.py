"""Words typed in the wrong keyboard layout or with another alphabet's letters."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import Final

_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_LETTERS: Final = "йцукенгшщзхъфывапролджэячсмитьбюе"
_TO_RUSSIAN: Final = str.maketrans(_KEYS + '{}:"<>~', _LETTERS + "хъжэбюе")
_TO_ENGLISH: Final = str.maketrans(_LETTERS[:-1] + "ё", _KEYS)

# Latin spellings of Russian sounds, the longest first; more than one reading where people differ.
_LATIN: Final[dict[str, tuple[str, ...]]] = {
    "shch": ("щ",), "sch": ("щ", "ш"), "zh": ("ж",), "kh": ("х",), "ts": ("ц", "тс"), "ch": ("ч",), "sh": ("ш",),
    "yu": ("ю",), "ya": ("я",), "yo": ("е", "йо"), "ju": ("ю",), "ja": ("я",), "iy": ("ий",), "ck": ("к",),
    "ph": ("ф",), "a": ("а", "я"), "b": ("б",), "c": ("к", "ц", "с"), "d": ("д",), "e": ("е", "э"), "f": ("ф",),
    "g": ("г",), "h": ("х", "г"), "i": ("и",), "j": ("й", "ж"), "k": ("к",), "l": ("л", "ль"), "m": ("м",),
    "n": ("н",), "o": ("о",), "p": ("п",), "q": ("к",), "r": ("р",), "s": ("с", "з"), "t": ("т",), "u": ("у", "ю"),
    "v": ("в",), "w": ("в",), "x": ("кс", "х"), "y": ("ы", "й", "у"), "z": ("з", "ц"), "'": ("ь", ""),
}  # fmt: skip
_LONGEST: Final = max(map(len, _LATIN))
_CYRILLIC: Final[dict[str, str]] = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
# Spellings of one sound in makers' names, applied in this order: c is s before e, i and y, else k.
_SOUNDS: Final = (
    ("sch", "s"), ("tsh", "s"), ("sh", "s"), ("ch", "s"), ("ts", "s"), ("zh", "s"), ("ph", "f"), ("ck", "k"),
    ("oo", "u"), ("ee", "i"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("c", "k"), ("q", "k"), ("x", "ks"), ("z", "s"),
    ("w", "v"), ("y", "i"), ("j", "i"), ("h", ""),
)  # fmt: skip
# Spellings of one consonant, applied in this order; a w behind a vowel is none.
_CONSONANTS: Final = (
    ("dzh", "s"), ("sch", "s"), ("tsh", "s"), ("sh", "s"), ("ch", "s"), ("ts", "s"), ("zh", "s"), ("dg", "s"),
    ("ph", "v"), ("ck", "k"), ("kh", "k"), ("th", "t"), ("ce", "s"), ("ci", "s"), ("cy", "s"), ("c", "k"), ("qu", "k"),
    ("q", "k"), ("x", "ks"), ("z", "s"), ("j", "s"), ("aw", "a"), ("ew", "a"), ("ow", "a"), ("w", "v"), ("f", "v"),
    ("g", "k"), ("h", ""),
)  # fmt: skip
_VOWELS: Final = frozenset("aeiouy")
_VOWEL: Final = re.compile("[aeiouy]+")
# What the ways of writing Russian have in common, applied in this order.
_SPOKEN: Final = (
    ("'", ""), ("shch", "s"), ("tsch", "s"), ("sch", "s"), ("tch", "s"), ("ch", "s"), ("sh", "s"), ("zh", "s"),
    ("kh", ""), ("ph", "f"), ("ts", "s"), ("tz", "s"), ("ck", "k"), ("q", "k"), ("ce", "se"), ("ci", "si"),
    ("cy", "si"), ("c", "k"), ("yu", "u"), ("ju", "u"), ("iu", "u"), ("ya", "a"), ("ja", "a"), ("ia", "a"),
    ("yo", "e"), ("jo", "e"), ("io", "e"), ("ye", "e"), ("je", "e"), ("ie", "e"), ("x", "ks"), ("z", "s"),
    ("w", "v"), ("y", "i"), ("j", "i"), ("h", ""),
)  # fmt: skip
# The same of Russian letters, each by itself, and of pairs of what they become.
_SPOKEN_LETTERS: Final = str.maketrans("абвгдежзийклмнопрстуфцчшщыэюя", "abvgdessiiklmnoprstufssssieua", "хъь")
_SPOKEN_PAIRS: Final = (("ts", "s"), ("iu", "u"), ("ia", "a"), ("io", "e"), ("ie", "e"))
# Letters that some write for another sound: «xomut», «jelezo», «cokol».
_SPOKEN_OTHERWISE: Final = (("x", "kh"), ("j", "zh"), ("c", "ts"))
_DOUBLED: Final = re.compile(r"(.)\1+")
_MOST_READINGS: Final = 96


def other_layout(text: str) -> str:
    """What the same keys type in the other of the two layouts."""
    lower = text.lower()
    return lower.translate(_TO_RUSSIAN if lower[:1].isascii() else _TO_ENGLISH)


def cyrillic_readings(word: str) -> Iterator[str]:
    """Russian words that the Latin letters may stand for, the likeliest first."""
    pieces: list[tuple[str, ...]] = []
    at = 0
    while at < len(word):
        size = next((size for size in range(_LONGEST, 0, -1) if word[at : at + size] in _LATIN), 0)
        pieces.append(_LATIN[word[at : at + size]] if size else (word[at],))
        at += size or 1
    return islice(("".join(reading) for reading in product(*pieces)), _MOST_READINGS)


def latin_reading(word: str) -> str:
    """A Russian word in Latin letters."""
    return "".join(_CYRILLIC.get(letter, letter) for letter in word)


def sound(word: str) -> str:
    """A key that a maker's Latin name shares with how it is written by ear."""
    return _by_rules(latin_reading(word), _SOUNDS)


@lru_cache(maxsize=16_384)
def consonants(word: str) -> str:
    """The consonants of a name as heard, those that sound alike as one: «jersey» and «джерси» are "srs".

    English vowels are written by ear in many ways («tie», «тай»), its consonants in few. A vowel at the beginning is
    an "a".
    """
    latin = word if word.isascii() else latin_reading(word)
    return ("a" if latin[:1] in _VOWELS else "") + _VOWEL.sub("", _by_rules(latin, _CONSONANTS))


def spoken(word: str) -> str:
    """A key that a Russian word shares with its spellings in Latin letters."""
    return _by_rules(word.translate(_SPOKEN_LETTERS), _SPOKEN_PAIRS)


def spoken_readings(latin: str) -> Iterator[str]:
    """The keys of the Russian words that Latin letters may stand for, the likeliest first."""
    spellings = [latin]
    for letter, other in _SPOKEN_OTHERWISE:
        spellings += [spelling.replace(letter, other) for spelling in spellings if letter in spelling]
    return (_by_rules(spelling, _SPOKEN) for spelling in spellings)


def _by_rules(key: str, rules: Sequence[tuple[str, str]]) -> str:
    for spelling, heard in rules:
        if spelling in key:
            key = key.replace(spelling, heard)
    return _DOUBLED.sub(r"\1", key)
