"""How one word stands for another: an abbreviation, a slip of the pen, another alphabet."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Indel

from quarry.domain.keyboard_layout import sound
from quarry.domain.text import TO_LATIN, one_alphabet
from quarry.knowledge import load
from quarry.knowledge.words import entries

_SHORTEST_FUZZY: Final = 6
_SHORTEST_SLIP: Final = 5
_SHORTEST_CUT: Final = 3
_SHORTEST_ABBREVIATION: Final = 5
_LONGEST_CUT: Final = 5
_SAME_START: Final = 3
_LIKENESS: Final = 0.87
_SHORTEST_HEARD: Final = 4
_HEARD: Final = 0.75
_MAKER_HEARD: Final = 0.8
_PERHAPS: Final = 0.6
_SHORTEST_PART: Final = 4
_OTHERWISE: Final = ("не", "полу")
_SHORTEST_SOUND: Final = 3
_LOST_ENDING: Final = 3
_SHORTEST_ROOT: Final = 4
_WHOLE_ROOT: Final = 3
_ENDINGS: Final = frozenset(["", *entries(load("terms")["ending"])])
# Of these alone are marks such as «КВВГнг», in which each letter counts.
_SILENT: Final = frozenset("бвгджзйклмнпрстфхцчшщъь")
_N: Final = ("n", one_alphabet("н"))
_RUSSIAN: Final = frozenset(map(chr, range(ord("а"), ord("я") + 1)))

_LOOK_ALIKE: Final = frozenset(map(chr, TO_LATIN))


def _heard_alike(one: str, other: str) -> bool:
    """A stem has lost its ending in one alphabet alone: «Boden», «Боден»."""
    short, long = sorted((one, other), key=len)
    return short == long or (
        len(short) >= _SHORTEST_SOUND and long.startswith(short) and len(long) - len(short) <= _LOST_ENDING
    )


def _heard(latin: str) -> str:
    """«Eurosmart» is «Евросмарт»."""
    return sound(latin.replace("eu", "ev").replace("ie", "i").replace("qu", "kv"))


def _nearly_alike(heard: str, said: str) -> str:
    """«Poterex» is «Поторекс», and «Eruption» may be «Эрапшн»."""
    shortest = min(len(heard), len(said))
    if heard[:1] != said[:1] or shortest < _SHORTEST_HEARD:
        return ""
    alike = Indel.normalized_similarity(heard, said)
    return "spelling" if alike >= _HEARD and shortest >= _SHORTEST_FUZZY else "heard" if alike >= _PERHAPS else ""


def _with_h(latin: str, russian: str) -> bool:
    """«Harmony» is «Гармония»."""
    return latin[0] == "h" and russian[0] == "г" and _heard_alike(_heard(latin), sound(russian[1:]))


def _heard_in_latin(one: str, other: str) -> bool:
    """«Betap» has no letter that says it is Latin."""
    return (
        len(one) >= _SHORTEST_SOUND and _LOOK_ALIKE.issuperset(one) and sound(one.translate(TO_LATIN)) == sound(other)
    )


@lru_cache(maxsize=65_536)
def sounds_like(word: str, maker: str) -> bool:
    """Whether a stem, in either alphabet, is how somebody writes a maker: «кроноспан», «titan»."""
    said = _heard(word) if word.isascii() else sound(word)
    heard = _heard(maker)
    if min(len(said), len(heard)) < _SHORTEST_HEARD or abs(len(said) - len(heard)) > _LOST_ENDING:
        return False
    return Indel.normalized_similarity(said, heard) >= (_MAKER_HEARD if word.isascii() else _HEARD)


@lru_cache(maxsize=65_536)
def sounds_like_two(word: str, first: str, second: str) -> bool:
    """Whether a stem is two others, one behind the other, in either alphabet."""
    if len(word) < _SHORTEST_FUZZY or len(first) + len(second) < _SHORTEST_FUZZY:
        return False
    said, heard = (_heard(one) if one.isascii() else sound(one) for one in (word, first + second))
    return said[:1] == heard[:1] and Indel.normalized_similarity(said, heard) >= _MAKER_HEARD


def spelt_by(letters: str, words: Sequence[str]) -> Sequence[str]:
    """The words of which letters are the initials, in whatever order, or the one compound whose parts begin so."""
    for at in range(len(words) - len(letters) + 1):
        some = words[at : at + len(letters)]
        if sorted(letters) == sorted(word[0] for word in some):
            return some
    return next(([word] for word in words if _begins_parts(letters, word)), ())


def _begins_parts(letters: str, word: str) -> bool:
    """«вгп», «водогазопроводн»: each part has a few letters."""
    if word[0] != letters[0] or len(word) < _SHORTEST_PART * len(letters):
        return False
    at = 0
    for letter in letters[1:]:
        at = word.find(letter, at + _SAME_START)
        if at < 0:
            return False
    return len(word) - at >= _SAME_START


def _of_one_root(short: str, long: str) -> bool:
    """«клин», «клинов»; «водосток», «водосточн»."""
    same = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    if same < (_WHOLE_ROOT if same == len(short) else _SHORTEST_ROOT):
        return False
    return short[same:] in _ENDINGS and long[same:] in _ENDINGS


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str, *, is_cut: bool) -> str:
    """How one stem stands for the other: an abbreviation, a slip of the pen, another alphabet; "" if it does not."""
    if one.isascii() != other.isascii():
        return _across_alphabets(one, other) if one.isascii() else _across_alphabets(other, one)
    if _heard_in_latin(one, other) or _heard_in_latin(other, one):
        return "spelling"
    if one.isascii():
        return ""
    short, long = sorted((one.replace("э", "е"), other.replace("э", "е")), key=len)
    return "spelling" if short == long else _of_russian(short, long, is_cut=is_cut)


def _across_alphabets(latin: str, russian: str) -> str:
    if latin == _N[0] and russian == _N[1]:
        return "spelling"  # «1P+N», «1П+Н»
    if _RUSSIAN.isdisjoint(russian) or russian in _LOOK_ALIKE:  # «Gerät»; «С», which may be either alphabet's
        return ""
    heard, said = _heard(latin), sound(russian)
    if _heard_alike(heard, said) or _with_h(latin, russian):
        return "spelling"
    return _nearly_alike(heard, said)


def _of_russian(short: str, long: str, *, is_cut: bool) -> str:
    if len(short) >= _SHORTEST_PART and long.endswith(short) and short != long:
        return "" if long.startswith(_OTHERWISE) else "compound"  # «евровагонка»
    if short[:_SAME_START] != long[:_SAME_START]:
        return ""
    if long.startswith(short):
        short_enough = len(short) >= _SHORTEST_ABBREVIATION and len(long) - len(short) <= _LONGEST_CUT
        if short_enough or (is_cut and len(short) >= _SHORTEST_CUT):
            return "abbreviation"
    if _of_one_root(short, long):
        return "root"
    slip = (
        len(short) >= _SHORTEST_SLIP
        and not _SILENT.issuperset(short)
        and Indel.normalized_similarity(short, long) >= _LIKENESS
    )
    return "spelling" if slip else ""
