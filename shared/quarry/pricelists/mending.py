"""Texts whose bytes a program before us read as another code page than they are of.

A text is mended only where its letters leave no doubt: no word of a language has four letters of Latin-1's upper half
and none other, and no text becomes whole UTF-8 by chance.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final, cast

from quarry.pricelists.grid import Cell, Line, clean, last_of

# Rows that are looked at before a sheet as a whole is judged, and then together; fewer of so many characters.
_SAMPLE: Final = 120
_AT_ONCE: Final = 60
_CHARACTERS: Final = 1 << 20
_LEAST_LETTERS: Final = 24
_GOOD, _RIGHT, _RUSSIAN, _BETTER = 0.8, 0.5, 0.55, 0.25
_VOWELS_OF_LETTERS: Final = 0.38
_CYRILLIC_WORD = re.compile(r"(?<!\w)(?:[А-ЯЁІЇЄҐЎ]?[а-яёіїєґў]{2,}|[А-ЯЁІЇЄҐЎ]{3,})(?!\w)")
_LONG_WORD = re.compile(r"(?<!\w)(?:[А-ЯЁІЇЄҐЎ]?[а-яёіїєґў]{3,}|[А-ЯЁІЇЄҐЎ]{4,})(?!\w)")
_MIXED = re.compile(r"[A-Za-z][А-яЁёІіЇїЄєҐґЎў]|[А-яЁёІіЇїЄєҐґЎў][A-Za-z]")
_CYRILLIC = re.compile(r"[А-яЁёІіЇїЄєҐґЎў]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_VOWELS = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
_FREQUENT = frozenset("оеаинтсрвлкмдпуОЕАИНТСРВЛКМДПУ")
# What makes a text worth trying: a run of Latin-1's letters, or the lead of a UTF-8 sequence and what may follow it.
_SUSPECT = re.compile(
    r"[\u00a8\u00aa\u00af\u00b2-\u00b4\u00b8\u00ba\u00bf-\u00ff]{4}"
    r"|[ÃÂÐÑÅÄâ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    r"|(?:[РСвГ][^\x00-\x7fА-Яа-я]){2}"
)
# Of these characters alone no text is suspect: to see that costs a tenth of looking for what is. Those beyond the plain
# alphabets stand by themselves, and behind no letter that leads a sequence; «ё» is in every tenth Russian name.
_ORDINARY = re.compile(r"[\x00-\x7fА-Яа-я]*+(?:(?<![РСвГ²³×Øø])[ёЁ№«»“”„’–—…°±²³×Øø][\x00-\x7fА-Яа-я]*+)*+")
_LATIN = re.compile(r"[\u00c0-\u00ff]")
_SEQUENCE_OF_ONE = re.compile(r"[ÃÐÑ][^\x00-\x7f]|Â[\u00a0-\u00bf]|â[€\u0080-\u00bf]")
_FIT = re.compile(r"[\x00-\x7f\u00a0-\u017f\u0218-\u021b\u0400-\u04ff\u2010-\u203a\u20a0-\u20bf\u2100-\u2265\ufeff]*+")
_LEAST_SEQUENCES: Final = 2
_LETTERS_TOGETHER = re.compile(r"[^\W\d_]{3}")


def _bytes_of(encoding: str) -> dict[int, int]:
    """A code page backwards; bytes that it does not define are the control characters of their number."""
    table = {}
    for byte in range(0x80, 0x100):
        try:
            table[ord(bytes([byte]).decode(encoding))] = byte
        except UnicodeDecodeError:
            table[byte] = byte
    return table


_LATIN_1 = {code: code for code in range(0x80, 0x100)}
_PAGES: Final = {
    "latin": _LATIN_1 | _bytes_of("cp1252"),
    "cp1251": _bytes_of("cp1251"),
    "cp866": _bytes_of("cp866"),
    "koi8-r": _bytes_of("koi8-r"),
}
# As which page the bytes were read, and which they are of.
_MISTAKES: Final = (
    ("latin", "cp1251"), ("latin", "koi8-r"), ("latin", "cp866"), ("cp1251", "utf-8"), ("latin", "utf-8"),
    ("cp1251", "koi8-r"), ("cp1251", "cp866"), ("cp866", "cp1251"), ("koi8-r", "cp1251"), ("cp866", "koi8-r"),
    ("koi8-r", "cp866"),
)  # fmt: skip
_Mistake = tuple[str, str]


def transcoded(text: str, mistake: _Mistake) -> str | None:
    """The text as it was before it was read as a wrong code page; None where it cannot have been."""
    page, right = mistake
    table = _PAGES[page]
    found = bytearray()
    for char in text:
        code = ord(char)
        byte = code if code < 0x80 else table.get(code)  # noqa: PLR2004 - ASCII
        if byte is None:
            return None
        found.append(byte)
    for tail in (b"", b"\xa0"):  # a hard blank at the end was taken for one
        try:
            return (bytes(found) + tail).decode(right)
        except UnicodeDecodeError:
            continue
    return None


def mended(text: str) -> str:
    """One text, mended by itself."""
    if text.isascii() or not _SUSPECT.search(text):
        return text
    for mistake in _MISTAKES[3:5]:
        found = transcoded(text, mistake)
        if found is not None and _whole(text, found):
            return found
    found = transcoded(text, _MISTAKES[0])
    return found if found is not None and not _CYRILLIC.search(text) and _russian(found) else text


def _whole(text: str, found: str) -> bool:
    """Whether bytes that are UTF-8 are so by no chance, and what they say is of our languages."""
    sequences = len(_BEYOND_ASCII.findall(found))
    worded = sequences >= _LEAST_SEQUENCES and _LETTERS_TOGETHER.search(found)  # «-20С°…+30С°» has no words
    enough = bool(worded) or bool(_SEQUENCE_OF_ONE.search(text))
    return bool(sequences) and enough and _FIT.fullmatch(found) is not None


def _russian(found: str) -> bool:
    letters = len(_CYRILLIC.findall(found))
    in_words = sum(map(len, _LONG_WORD.findall(found)))
    return bool(letters) and not _MIXED.search(found) and in_words * 2 >= letters


class MendedLines:
    """A sheet's rows with mended texts, which can be read as often as the rows themselves."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[Line]:
        lines = iter(self._lines)
        ahead = list(_some(lines, _SAMPLE))
        mistake = mistake_of(cell for line in ahead for cell in line.cells if isinstance(cell, str))
        while ahead:
            # Most rows are right: of many that one look is told.
            right = mistake is None and _is_ordinary(_said(*ahead))
            yield from ahead if right else [_line(line, mistake) for line in ahead]
            ahead = list(_some(lines, _AT_ONCE))

    def last(self, count: int) -> Iterable[Line]:
        sample = _some(iter(self._lines), _SAMPLE)
        mistake = mistake_of(cell for line in sample for cell in line.cells if isinstance(cell, str))
        return [_line(line, mistake) for line in last_of(self._lines, count)]


def _some(lines: Iterator[Line], most: int) -> Iterator[Line]:
    """So many rows at most, fewer where their texts are so long that one of them may be refused."""
    characters = 0
    for line in islice(lines, most):
        yield line
        characters += _length(line)
        if characters > _CHARACTERS:
            return


def _length(line: Line) -> int:
    try:
        return sum(map(len, cast("list[str]", line.cells)))
    except TypeError:
        return sum([len(cell) for cell in line.cells if isinstance(cell, str)])


def mended_lines(lines: Iterable[Line]) -> Iterable[Line]:
    found = MendedLines(lines)
    return iter(found) if isinstance(lines, Iterator) else found


def _said(*lines: Line) -> str:
    """The texts of rows; most rows hold nothing else."""
    try:
        return "\n".join(chain.from_iterable(cast("list[list[str]]", [line.cells for line in lines])))
    except TypeError:
        return "\n".join([cell for line in lines for cell in line.cells if isinstance(cell, str)])


def _is_ordinary(said: str) -> bool:
    return said.isascii() or _ORDINARY.fullmatch(said) is not None


def _line(line: Line, mistake: _Mistake | None) -> Line:
    said = _said(line)
    if said.isascii() or not (mistake or (not _is_ordinary(said) and _SUSPECT.search(said))):
        return line
    return replace(line, cells=[_cell(cell, mistake) for cell in line.cells])


def _cell(cell: Cell, mistake: _Mistake | None) -> Cell:
    if not isinstance(cell, str) or cell.isascii():
        return cell
    if mistake:
        found = transcoded(cell, mistake)
        if found is not None and (mistake[0] != "latin" or not _CYRILLIC.search(cell)):
            return clean(found)
    return clean(mended(cell))


def mistake_of(texts: Iterable[str]) -> _Mistake | None:
    """Which mistake explains the texts of a sheet; None where they are right, or say too little."""
    sample = [text for text in texts if not text.isascii()]
    whole = "\n".join(sample)
    before = _quality(whole)
    if len(_BEYOND_ASCII.findall(whole)) < _LEAST_LETTERS or before > _RIGHT:
        return None
    best: tuple[float, _Mistake] | None = None
    for mistake in _MISTAKES:
        found = [now for text in sample if (now := transcoded(text, mistake)) is not None]
        joined = "\n".join(found)
        quality = _quality(joined)
        if len(found) * 2 < len(sample) or quality < max(_RUSSIAN, before + _BETTER):
            continue
        if _share(joined) >= _GOOD and not _MIXED.search(joined) and (best is None or quality > best[0]):
            best = quality, mistake
    return best[1] if best else None


def _share(text: str) -> float:
    """How much of what is beyond ASCII is in words that are written as Cyrillic words are."""
    beyond = len(_BEYOND_ASCII.findall(text))
    return sum(map(len, _CYRILLIC_WORD.findall(text))) / beyond if beyond else 0.0


def _quality(text: str) -> float:
    """How much of what is beyond ASCII is Cyrillic, of frequent letters and with vowels as our languages have them."""
    beyond = len(_BEYOND_ASCII.findall(text))
    letters = _CYRILLIC.findall(text)
    if not letters:
        return 0.0
    usual = sum(letter in _FREQUENT for letter in letters) / beyond
    vowels = sum(letter in _VOWELS for letter in letters) / len(letters)
    return usual * min(1.0, vowels / _VOWELS_OF_LETTERS)
