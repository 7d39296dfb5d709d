"""What a product's name says, however it is written: its canonical tokens, identity and numbers.

A name becomes tokens: words (lower case, one alphabet) and numeric tokens (sizes, amounts, grades), written one way:
``м500``, ``50кг``, ``20x3.4``, ``1/2``, ``12мм``. A token's reading never depends on the gap before it where that
would not survive joining by spaces, so that the canonical form is its own canonical form.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from quarry.domain.kept import kept
from quarry.knowledge import load
from quarry.knowledge.words import entries

# Letters that look the same in capitals, Latin to Cyrillic.
_LATIN: Final = "abcehkmoptxy"
_CYRILLIC: Final = "авсенкмортху"
_TO_CYRILLIC: Final = str.maketrans(_LATIN, _CYRILLIC)
TO_LATIN: Final = str.maketrans(_CYRILLIC, _LATIN)
_LATIN_ONLY: Final = frozenset("dfgijlnqrsuvwz")
_CYRILLIC_ONLY: Final = frozenset("бгдежзийлпфцчшщъыьэюя") - frozenset(_CYRILLIC)
_ANY_LATIN: Final = re.compile("[a-z]")

_CLEAN: Final = str.maketrans(
    {"ё": "е", "№": " ", "⁄": "/", "−": "-", "–": "-", "‐": "-", "×": "*", "ø": "⌀", "∅": "⌀"}
)
# Most names have only these characters: a test costs a fifth of the conversion.
_ORDINARY: Final = re.compile("[\x00-\x7fА-яЁё«»°№×–−]*+")
_UNCLEAN: Final = re.compile(f"[{''.join(map(chr, _CLEAN))}]")
_NUMBER: Final = r"[0-9]+(?:[.,][0-9]+)?"
# Several numbers that say what concrete goods are: «24.4.6».
_DOTTED: Final = r"[0-9]++(?:\.[0-9]++){2,}+"
# What precedes a token, then a number, a word or a sign; or the end, so that no text is scanned twice.
_TOKEN: Final = re.compile(
    rf"((?:[^\w*⌀\"″]++|_|(?![0-9])\d)*+)(?:({_DOTTED}|{_NUMBER}(?:[/-]{_NUMBER})*)|([^\W\d_]+|[*⌀\"″])|\Z)"
)
_IS_DOTTED: Final = re.compile(_DOTTED)
_DIGIT: Final = re.compile("[0-9]")
_MARKS: Final = re.compile("[\u0300-\u036f]")
_MANY_SIGNS: Final = re.compile(r"([^\w\s\x00-\x7f]{30})[^\w\s\x00-\x7f]+")
_MIXED_NUMBER: Final = re.compile(r"\d/\d")

_WORDS: Final = load("names")
_UNITS: Final[dict[str, tuple[str, float]]] = {
    word: (amount["means"], amount["factor"]) for amount in _WORDS["amount"] for word in entries(amount)
}
_POWERS: Final[dict[str, str]] = {word: power["means"] for power in _WORDS["power"] for word in entries(power)}
_INCHES: Final = frozenset(entries(_WORDS["inch"]))
_GRADES: Final = frozenset(entries(_WORDS["grade"]))
_BORE: Final = frozenset(entries(_WORDS["bore"]))
_DIAMETER: Final = frozenset(entries(_WORDS["diameter"]))
_KEPT_CODES: Final = frozenset(entries(_WORDS["kept_code"]))
_KEY: Final = re.compile(r"^(?P<code>[^\W\d_]*)(?P<number>[0-9].*)$")
_LONGEST_CODE: Final = 4
_TAKE_NUMBERS: Final = _GRADES | _BORE | _DIAMETER
_TIMES: Final = frozenset("*xх")
_SIGNS: Final = frozenset('*⌀"″')
_SIGN: Final = re.compile('[*⌀"″]')
# An empty token marks the end, so that the last token touches nothing.
_END: Final = (" ", "", "")
_REREAD: Final = _TAKE_NUMBERS | _INCHES | frozenset(_UNITS) | {"x", "х"}
_READINGS: Final = 8
_THICK: Final = 99.0  # above it a letter d before a number is a grade (D400) and no diameter in millimetres
_THIN: Final = 3.0


@lru_cache(maxsize=65_536)
def one_alphabet(word: str) -> str:
    """A lower-case word whose look-alike letters follow the alphabet that the others leave no doubt about."""
    if word.isascii():
        return word if _LATIN_ONLY.intersection(word) else word.translate(_TO_CYRILLIC)
    if not _ANY_LATIN.search(word):
        return word
    latin, cyrillic = _LATIN_ONLY.intersection(word), _CYRILLIC_ONLY.intersection(word)
    if latin and not cyrillic:
        return word.translate(TO_LATIN)
    return word.translate(_TO_CYRILLIC) if not latin else word


def _plain(number: str) -> str:
    """``12,50`` as ``12.5``; whole numbers keep their zeros (articles)."""
    if "," not in number and "." not in number:
        return number
    whole, _, fraction = number.replace(",", ".").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _number(raw: str) -> str:
    if "," not in raw and "." not in raw:
        return raw
    if _IS_DOTTED.fullmatch(raw):
        return raw.replace(".", "-")
    return "".join(part if part in "/-" else _plain(part) for part in re.split(r"([/-])", raw))


def _scaled(number: str, factor: float) -> str:
    if factor == 1.0:
        return number
    parts = re.split(r"([x/-])", number)
    return "".join(part if part in "x/-" else f"{float(part) * factor:.6f}".rstrip("0").rstrip(".") for part in parts)


def _without_idle_signs(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Signs mean something only beside numbers: ``*`` between two, a diameter before one, inches behind one."""
    kept: list[tuple[str, str, str]] = []
    skipped = ""
    for (gap, number, word), following in zip_longest(found, found[1:]):
        if word in _SIGNS:
            after_number = bool(kept and kept[-1][1])
            before_number = bool(following and following[1])
            after_word = bool(kept) and one_alphabet(kept[-1][2]) in _TAKE_NUMBERS
            if word == "⌀":
                idle = not before_number or after_word
            else:
                idle = not after_number or (word == "*" and not before_number)
            if idle:
                skipped += gap + word
                continue
        kept.append((skipped + gap, number, word))
        skipped = ""
    return kept


class _Reader:
    """Reads raw tokens from left to right into canonical ones."""

    def __init__(self, text: str) -> None:
        found = _TOKEN.findall(text)
        while found and not (found[-1][1] or found[-1][2]):
            found.pop()
        if _SIGN.search(text):
            found = _without_idle_signs(found)
        found.append(_END)
        gaps, numbers, words = zip(*found, strict=True)
        self.gaps = gaps
        self.words = [one_alphabet(word) if word else "" for word in words]
        self.numbers = [_number(number) if number else "" for number in numbers]
        self.at = 0

    def tokens(self) -> list[str]:
        words, numbers, count = self.words, self.numbers, len(self.words) - 1
        found = []
        while self.at < count:
            word = words[self.at]
            if not word:
                found.append(self._amount(""))
            elif numbers[self.at + 1]:
                token = self._before_number(word)
                if token:
                    found.append(token)
            else:
                self.at += 1
                if word[0].isalpha():
                    found.append(word)
        return found

    def _before_number(self, word: str) -> str:
        index = self.at
        self.at += 1
        if word in _DIAMETER:
            return self._diameter(word)
        if not word[0].isalpha():
            return ""
        return self._amount("ду" if word in _BORE else word) if self._is_code(word, index) else word

    def _is_code(self, word: str, index: int) -> bool:
        if word in _GRADES or word in _BORE:
            return True
        return len(word) <= _LONGEST_CODE and word not in _TIMES and self.gaps[index + 1] in {"", "-"}

    def _diameter(self, word: str) -> str:
        amount = self._amount("")
        bare = amount.removesuffix("мм")
        if not bare.replace(".", "").isdigit():
            return amount if word == "⌀" or "x" in amount else f"д{amount}"
        if word in {"d", "д"} and not _THIN <= float(bare) <= _THICK:
            return f"д{amount}"
        return f"{bare}мм"

    def _amount(self, code: str) -> str:
        """The numeric token at hand: sizes joined by x, then its unit or the letters that touch it."""
        words, numbers, index = self.words, self.numbers, self.at
        sizes = [numbers[index]]
        index += 1
        while words[index] in _TIMES and numbers[index + 1]:
            sizes.append(numbers[index + 1])
            index += 2
        self.at = index
        number = "x".join(sizes)
        if code:
            return code + number + self._suffix()
        return self._with_unit(number) if words[index] else number

    def _with_unit(self, number: str) -> str:
        mixed = "/" in number and _MIXED_NUMBER.search(number) is not None
        while mixed and self.words[self.at] in _INCHES and not self._touches_number():
            self.at += 1
        word = self.words[self.at]
        if not word:
            return number
        if self._touches_number():
            power = _POWERS.get(word + self.numbers[self.at + 1])
            if power:
                self.at += 2
                return number + power
        elif number.count("-") > 1 and len(word) == 1 and self.gaps[self.at] in {"", "-"}:
            self.at += 1
            return number + word  # «24.4.6-Т» is of heavy concrete
        elif word in _UNITS:
            self.at += 1
            unit, factor = _UNITS[word]
            return _scaled(number, factor) + ("" if unit == "мм" and "x" in number else unit)
        elif word in _INCHES:
            self.at += 1
            return f"{number}дюйм"
        return number + self._suffix()

    def _touches_number(self) -> bool:
        return not self.gaps[self.at + 1] and bool(self.numbers[self.at + 1])

    def _suffix(self) -> str:
        """Letters and numbers that follow without a gap, as in ``а500с``."""
        found = []
        while not self.gaps[self.at] and self.words[self.at][:1].isalpha():
            word = self.words[self.at]
            if len(word) > _LONGEST_CODE or word in _TIMES:
                break
            found.append(word)
            self.at += 1
            if self.gaps[self.at] or not self.numbers[self.at]:
                break
            found.append(self.numbers[self.at])
            self.at += 1
        return "".join(found)


def _composed(name: str) -> str:
    """Letters with their marks as one character, and the like. Sorting a run of marks costs the square of it."""
    return unicodedata.normalize("NFKC", _MANY_SIGNS.sub(r"\1", name))


@kept(1_024)
def plain(name: str) -> str:
    """In small letters, with one form for each sign."""
    if not _ORDINARY.fullmatch(name):
        name = _MARKS.sub("", _composed(name.translate(_CLEAN))).lower().translate(_CLEAN)
    text = name.lower()
    return text.translate(_CLEAN) if _UNCLEAN.search(text) else text


@kept(32_768)
def tokens(name: str) -> tuple[str, ...]:
    """The canonical tokens of ``name``, in order."""
    found = tuple(_Reader(plain(name)).tokens())
    # A word that takes a number and stands alone may take one now that the sign between them is gone.
    for _ in range(_READINGS):
        if _REREAD.isdisjoint(found) or (again := tuple(_Reader(" ".join(found)).tokens())) == found:
            break
        found = again
    return found


def normalize_name(name: str) -> str:
    """The identity of a material: equal for every way to write the same name."""
    return " ".join(tokens(name))


def is_numeric(token: str) -> bool:
    return _DIGIT.search(token) is not None


def is_unit(word: str) -> bool:
    """Whether a word alone is a unit, waiting for its number."""
    return word in _UNITS or word in _INCHES


@kept(32_768)
def number_key(name: str) -> str:
    """Signature of the grades, sizes and amounts in ``name``, sorted: ``м500|50кг``; "" when there are none.

    Millimetres are what a size without a unit means, and only a grade's letters tell numbers apart: a maker's
    ``ОМ-2.5`` is written with and without its letters.
    """
    return number_key_of(tokens(name))


def number_key_of(found: Iterable[str]) -> str:
    """The number key of a name whose tokens are known."""
    return "|".join(sorted(_key_part(token) for token in found if is_numeric(token)))


def _key_part(token: str) -> str:
    match = _KEY.match(token)
    if match is None:
        return token
    code, number = match["code"], match["number"].removesuffix("мм")
    return code + number if code in _KEPT_CODES else number
