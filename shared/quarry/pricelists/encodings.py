"""The encoding of a text file, detected from all its bytes, since the first Cyrillic letter may come late."""

import codecs
import re
from typing import BinaryIO

_PART = 1 << 20
_EVIDENCE = 1 << 18
_SINGLE_BYTE = ("cp1251", "cp866", "koi8-r", "mac_cyrillic")
# Pages of Latin letters, and the letters beyond ASCII that texts in them have.
_LATIN = {
    "cp1252": frozenset("äöüßÄÖÜéèêàâçñô"),
    "cp1250": frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻčřšžěů"),
    "cp1254": frozenset("ğışĞİŞçöüÇÖÜâ"),
}
_RUN = re.compile(rb"[\x80-\xff]++")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MONEY = re.compile(rb"[\x80\xa3]\s?\d|\d\s?[\x80\xa3]")  # «€» and «£» in the pages of Latin letters
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_WORDS = re.compile(r"\b[А-ЯЁ]?[а-яё]+\b|\b[А-ЯЁ]+\b")
_FREQUENT = frozenset("оеаинтсрвлкмдпу")
_TIMES = re.compile(r"(?<=\d)х(?=\d)")
_ODD = re.compile(r"[^\x00-\x7fА-Яа-яЁё№«»°±–—’“”•…²³×€ \xad]")


def encoding_of(stream: BinaryIO) -> str:
    """The encoding's name for :func:`codecs.lookup`; the stream is at its beginning again."""
    stream.seek(0)
    head = stream.read(4096)
    stream.seek(0)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if found := wide(head):
        return found
    evidence = _utf8_or_evidence(stream)
    stream.seek(0)
    if evidence is None:
        return "utf-8"
    latin = words = 0
    for run in _RUN.finditer(evidence):
        beside = _beside_latin(evidence, *run.span())
        latin += beside
        words += not beside and run.end() - run.start() > 1  # a byte alone is a sign («€», «№») more often than a word
    if not latin and not words and _MONEY.search(evidence):
        return "cp1252"
    if latin > words:
        return max(_LATIN, key=lambda encoding: _spelled(evidence, encoding))
    return max(_SINGLE_BYTE, key=lambda encoding: _plausible(evidence, encoding))


def wide(head: bytes) -> str | None:
    """UTF-16, by its mark or because every other byte is 0 (Latin, digits) or 4 (Cyrillic); else None."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    for odd, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high = head[odd::2]
        if high and (high.count(0) + high.count(4)) * 2 > len(high):
            return encoding
    return None


def _utf8_or_evidence(stream: BinaryIO) -> bytes | None:
    """Null when all is UTF-8; else the parts of the file that hold other than ASCII bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, evidence = True, b""
    while part := stream.read(_PART):
        if valid:
            try:
                decoder.decode(part)
            except UnicodeDecodeError:
                valid = False
        if not part.isascii() and len(evidence) < _EVIDENCE:
            found = _BEYOND_ASCII.search(part)
            start = found.start() if found else 0
            evidence += part[start : start + _EVIDENCE]
        if not valid and len(evidence) >= _EVIDENCE:
            break
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid = False
    return None if valid else evidence


def _beside_latin(evidence: bytes, start: int, end: int) -> bool:
    return evidence[max(start - 1, 0) : start].isalpha() or evidence[end : end + 1].isalpha()


def _spelled(evidence: bytes, encoding: str) -> int:
    """How much the bytes look like a language of that page."""
    letters = [char for char in evidence.decode(encoding, errors="replace") if not char.isascii() and char.isalpha()]
    known = sum(letter in _LATIN[encoding] for letter in letters)
    return known - 3 * (len(letters) - known)


def _plausible(evidence: bytes, encoding: str) -> float:
    """How much the bytes look like Russian in that encoding: frequent letters, words in one case, few odd signs.

    Capitals are alike in MS-DOS' page and the Macintosh's: then «1750х980» has the one small letter that tells.
    """
    decoded = evidence.decode(encoding, errors="replace")
    in_words = sum(len(word) for word in _WORDS.findall(decoded))
    frequent = sum(letter in _FREQUENT for letter in decoded)
    odd = len(_ODD.findall(decoded))
    times = len(_TIMES.findall(decoded))
    return in_words + frequent + 3 * times - 3 * odd
