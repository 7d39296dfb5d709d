"""How a name's words are written, which says what a word is that no file knows."""

import re
from typing import Final

from quarry.domain.names.terms import Weight
from quarry.domain.text import one_alphabet

# «Скандик», «ХКП», but not the first word of a name, which is written so whatever it is.
_AS_NAME: Final = re.compile(r"[ \"«„“(,/-]([A-ZА-ЯЁ][^\W\d_]++)(?!/)")
_RUSSIAN: Final = re.compile("[а-яёА-ЯЁ]")
_FIRST: Final = re.compile(r"[^\W\d_]++")
_LONGEST_MODEL: Final = 4
_SILENT: Final = frozenset("бвгджзйклмнпрстфхцчшщъьbcdfghjklmnpqrstvwxz")


class Written:
    """Of one name; looked at when the first unknown word is met. Where all letters are capitals they say nothing."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._capitals = name.isupper()
        self._words: dict[str, Weight] | None = None
        self._latin: bool | None = None

    def weight_of(self, word: str) -> Weight:
        """«Скандик» is a name, «ХКП» a model, «кр» cut short."""
        known = self._known().get(word)
        if known is not None:
            return known
        if len(word) < _LONGEST_MODEL and _SILENT.issuperset(word):
            return Weight.MODEL if self._capitals else Weight.CUT
        return Weight.DETAIL

    def is_ordinary(self, word: str) -> bool:
        """Whether a Latin word is no name: in a name without Russian letters one that is not all capitals."""
        if self._latin is None:
            self._latin = _RUSSIAN.search(self._name) is None
        return self._latin and len(word) >= _LONGEST_MODEL and word.upper() not in self._name

    def is_name(self, word: str) -> bool:
        """Whether an ordinary word has a capital letter: «Мрамор» of a glue."""
        return self._known().get(word) is Weight.PROPER

    def is_model(self, word: str) -> bool:
        return len(word) <= _LONGEST_MODEL and _SILENT.issuperset(word) and self._known().get(word) is Weight.MODEL

    def _known(self) -> dict[str, Weight]:
        if self._words is None:
            self._words = {} if self._capitals else self._read()
        return self._words

    def _read(self) -> dict[str, Weight]:
        found = {one_alphabet(word.lower()): _weight(word) for word in _AS_NAME.findall(self._name)}
        first = _FIRST.match(self._name)
        if first and _weight(first[0]) is Weight.MODEL:
            found[one_alphabet(first[0].lower())] = Weight.MODEL
        return found


def _weight(word: str) -> Weight:
    short = len(word) <= _LONGEST_MODEL and word.isupper() and _SILENT.issuperset(word.lower())
    return Weight.MODEL if short else Weight.PROPER
