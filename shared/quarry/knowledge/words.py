"""Words and phrases in the files' plain notation become regular expressions.

=============  ======================================================
``цена``       that word, whole
``стоимост*``  with any ending; ``*опис*`` also within a word
``d??``        up to two letters or digits more
``цена за``    a phrase; a blank beside a sign may be missing
``<number>``   here a number begins
``<numbers>``  any digits and per cent signs, or none
``<list>``     any entry of that one of the file's ``[lists]``
=============  ======================================================

All is bounded or possessive, so that no text costs more than its length explains.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

PLACES: Final = {"is": r"\A{}\Z", "starts": r"\A{}", "ends": r"{}\Z", "has": "{}"}
_PIECE: Final = re.compile(r"[*?]|\s+|<\w+>|[^*?\s<]+|<")
_FORMS: Final = {"?": r"\w?", "<number>": r"\d", "<numbers>": r"[ %\d]*+"}
_LETTER: Final = r"[^\W\d_]"


@dataclass(frozen=True, slots=True)
class Notation:
    """``blank`` is what may be between words; ``beside_digits``: whether digits may touch a word («12мм»)."""

    blank: str = r"\s++"
    beside_digits: bool = False
    flags: re.RegexFlag = re.IGNORECASE
    lists: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)

    def compiled(self, table: Mapping[str, Any]) -> re.Pattern[str]:
        """A pattern to search with, for a table whose languages say what a text ``is``, ``starts`` with and so on."""
        said = by_place(table)
        found = [
            PLACES[place].format(self.one_of(said[place], open_end=place in {"starts", "has"}))
            for place in PLACES
            if place in said
        ]
        return re.compile("|".join(found), self.flags)

    def one_of(self, entries: Iterable[str], *, open_end: bool = False) -> str:
        """An expression for any of the entries, the longest first.

        ``open_end``: nothing follows, so that endings need not be read.
        """
        groups: dict[tuple[str, str], list[str]] = {}
        for entry in sorted(dict.fromkeys(entries), key=lambda entry: (-len(entry), entry)):
            opened, inner, closed = self._parts(entry, open_end=open_end)
            groups.setdefault((opened, closed), []).append(inner)
        # Edges are around their group: before each word they would be looked at for each word. Whole words go first,
        # since they are the longer ones.
        ordered = sorted(groups, key=lambda edges: (not edges[1], edges))
        return _either(f"{edges[0]}{_either(groups[edges])}{edges[1]}" for edges in ordered)

    def _parts(self, entry: str, *, open_end: bool) -> tuple[str, str, str]:
        """What must be before an entry, its expression, and what must follow."""
        rest = entry[1:] if entry[0] == "*" else entry
        if open_end and rest[-1:] == "*":
            rest, closed = rest[:-1], ""
        else:
            closed = self._edge(entry[-1], "?!")
        opened = self._edge(entry[0], "?<!")
        if rest.isalnum():  # most are
            return opened, rest, closed
        pieces = _PIECE.findall(rest)
        return opened, "".join(self._piece(pieces, at) for at in range(len(pieces))), closed

    def _piece(self, pieces: Sequence[str], at: int) -> str:
        piece = pieces[at]
        if piece == "*":
            letter = _LETTER if self.beside_digits else r"\w"
            return f"{letter}{{0,40}}+" if at + 1 == len(pieces) or pieces[at + 1].isspace() else f"{letter}{{0,20}}"
        if piece.isspace():
            apart = _runs_on(pieces[at - 1], last=True) and _runs_on(pieces[at + 1], last=False)
            return self.blank if apart else r"\s*+"
        if piece in _FORMS:
            return _FORMS[piece]
        if piece[0] == "<" and piece[1:]:
            return self.one_of(entries(self.lists[piece[1:-1]]))
        return re.escape(piece)

    def _edge(self, char: str, look: str) -> str:
        """What keeps a word from matching within another one."""
        if char == "?":
            return r"(?!\w)"
        if not _is_word(char):
            return ""
        return f"({look}{_LETTER})" if self.beside_digits else r"\b"


def by_place(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """The entries of all of a table's languages by place."""
    found: dict[str, list[str]] = {}
    for entry in table.values():
        for place, words in entry.items() if isinstance(entry, Mapping) else ():
            found.setdefault(place, []).extend(words)
    return found


def entries(table: Mapping[str, Any]) -> list[str]:
    """The entries of all of a table's languages, where it has no places."""
    return [entry for words in table.values() if isinstance(words, list) for entry in words]


def _either(expressions: Iterable[str]) -> str:
    return f"(?:{'|'.join(expressions)})"


def _runs_on(piece: str, *, last: bool) -> bool:
    """Whether only a blank keeps that side of the piece from a word beside it: not a sign's, and lists have edges."""
    return piece in {"*", "?", "<number>"} or _is_word(piece[-1 if last else 0])


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
