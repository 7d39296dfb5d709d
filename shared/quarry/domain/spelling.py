"""What the words of a query are: layouts, alphabets, prefixes, words run together, typos.

A word that is known stays as it is. What one that is not may mean is kept open where the rest of the query decides it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from quarry.domain.keyboard_layout import cyrillic_readings, latin_reading, other_layout
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.names.goods import is_goods_noun
from quarry.domain.names.terms import Weight, is_listed, maker_of, terms_of
from quarry.domain.text import is_numeric, is_unit, one_alphabet, tokens
from quarry.domain.vocabulary import Vocabulary

_CODED: Final = re.compile(r"^(?P<code>[^\W\d_]{2,20})-?(?P<number>\d.*)$")
_GRADE_KEYS: Final = re.compile(r"^[vl]-?\d{2,4}$")
# «А500С12» is a grade and a size.
_GRADED: Final = re.compile(r"([^\W\d_]{1,4}\d+[^\W\d_xх])(\d+)")
_LATIN_RUN: Final = re.compile("[a-z]+")
_KEPT_CODES: Final = frozenset({"ду"})
_SHORTEST_READING: Final = 3
_LONGEST_READING: Final = 4
_SHORTEST_SOUND: Final = 5
_SHORTEST_PREFIX: Final = 3
_SHORTEST_PART: Final = 2
_MOST_HEARD: Final = 3
_MOST_CORRECTIONS: Final = 6


class ReadWord(NamedTuple):
    """What a word is read as, why ("" when it stays), what else it may be, and whether more letters may follow."""

    read: str
    reason: str = ""
    others: tuple[str, ...] = ()
    open: bool = False
    synonyms: tuple[frozenset[str], ...] = ()


def read_words(
    chunks: Sequence[str], vocabulary: Vocabulary, as_written: Collection[str] = ()
) -> Iterator[tuple[str, ReadWord]]:
    """Pairs of what was written and what it is read as; what is in ``as_written`` is read as it stands."""
    at = 0
    while at < len(chunks):
        for size in range(min(vocabulary.longest_synonym, len(chunks) - at), 0, -1):
            phrase = " ".join(chunks[at : at + size])
            if phrase in as_written:
                yield from ((phrase, ReadWord(token)) for token in tokens(phrase))
            elif phrase in vocabulary.synonyms and _foreign(phrase, vocabulary):
                yield phrase, _meant(phrase, "synonym", vocabulary)
            elif size > 1 and (said := vocabulary.meanings(phrase)):
                yield phrase, ReadWord(phrase, synonyms=_phrases(said))
            else:
                continue
            at += size
            break
        else:
            for word in _read(chunks[at], vocabulary, last=at == len(chunks) - 1):
                yield chunks[at], word
            at += 1


def _meant(term: str, reason: str, vocabulary: Vocabulary) -> ReadWord:
    first, *others = vocabulary.meant(term)
    return ReadWord(first, reason, synonyms=_phrases(others))


def _phrases(said: Iterable[str]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(stem, tokens(phrase))) for phrase in said)


def _foreign(phrase: str, vocabulary: Vocabulary) -> bool:
    """Whether the catalogue does not use the phrase itself."""
    return any(not vocabulary.knows(token) and maker_of(token) is None for token in tokens(phrase))


def _read(chunk: str, vocabulary: Vocabulary, *, last: bool) -> Iterator[ReadWord]:
    found = tokens(chunk)
    if _GRADE_KEYS.match(chunk) and not vocabulary.knows(found[0]):
        yield ReadWord(other_layout(chunk[0]) + chunk[1:], "keyboard_layout")
        return
    if not all(is_kept(token, vocabulary) for token in found) or not found:
        typed = other_layout(chunk)
        if _all_known(typed, vocabulary) and not _is_begun(chunk, typed, vocabulary):
            meant = typed in vocabulary.synonyms and _foreign(typed, vocabulary)
            yield _meant(typed, "keyboard_layout", vocabulary) if meant else ReadWord(typed, "keyboard_layout")
            return
    words = [
        word
        for at, token in enumerate(found)
        for word in _read_token(token, vocabulary, last=last and at == len(found) - 1)
    ]
    yield from [words[0]._replace(read=chunk)] if len(words) == 1 and words[0].read == found[0] else words


def _is_begun(chunk: str, typed: str, vocabulary: Vocabulary) -> bool:
    """Whether it begins a known word, and loses letters in the other layout: «бим», which are the keys of «,bv»."""
    loses = sum(map(len, tokens(typed))) < len(chunk)
    return loses and len(chunk) >= _SHORTEST_PREFIX and bool(vocabulary.completions(chunk, 1))


def _read_token(token: str, vocabulary: Vocabulary, *, last: bool) -> Iterator[ReadWord]:
    if is_numeric(token):
        graded = _GRADED.fullmatch(token)
        if graded:
            yield from map(ReadWord, graded.groups())
            return
        coded = _CODED.match(token)
        whole = coded and (coded["code"] in _KEPT_CODES or _is_sized_code(coded, vocabulary))
        if coded and not whole:
            yield from _read_coded(token, coded["code"], coded["number"], vocabulary)
        else:
            yield ReadWord(token)
        return
    if is_kept(token, vocabulary):
        more = last and len(token) >= _SHORTEST_PREFIX
        yield ReadWord(token, "", _heard(token, vocabulary), more, _synonyms(token, vocabulary))
        return
    yield from _read_unknown(token, vocabulary)


def _begun(token: str, vocabulary: Vocabulary) -> tuple[frozenset[str], ...]:
    """What names of the trade mean that begin so: «профтр» is «труба профильная»."""
    return _phrases(phrase for term in vocabulary.begun(token, _MOST_HEARD) for phrase in vocabulary.meanings(term))


def _heard(token: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The same in the other alphabet, where the catalogue has both."""
    if token.isascii():
        if len(token) > _LONGEST_READING:
            spoken = vocabulary.spoken_as(token)
            return (spoken,) if spoken and vocabulary.holds(spoken) else ()
        if len(token) < _SHORTEST_READING:
            return ()
        return tuple(reading for reading in cyrillic_readings(token) if vocabulary.completions(reading, 1))[
            :_MOST_HEARD
        ]
    heard = vocabulary.heard_as(token) if len(token) >= _SHORTEST_SOUND else None
    return (heard,) if heard else ()


def _is_sized_code(coded: re.Match[str], vocabulary: Vocabulary) -> bool:
    """«м8х30» is whole, «пвс2х0,75» a word and its size."""
    return "x" in coded["number"] and not is_kept(coded["code"], vocabulary)


def _read_coded(token: str, code: str, number: str, vocabulary: Vocabulary) -> Iterator[ReadWord]:
    """«osb3», «пф115», «псбс25»: a word and its number, where the word is one."""
    if _says_nothing(code):
        yield ReadWord(token)  # «ст24»
    elif is_kept(code, vocabulary):
        yield from (ReadWord(code), ReadWord(number))
    elif len(code) > _SHORTEST_PART and is_kept(code[:-1], vocabulary) and vocabulary.knows(code[-1] + number):
        yield from (ReadWord(code[:-1]), ReadWord(code[-1] + number))
    elif vocabulary.knows(token):
        yield ReadWord(token)
    else:
        yield from (next(_read_unknown(code, vocabulary)), ReadWord(number))


def _says_nothing(code: str) -> bool:
    weights = {weight for _, weight in terms_of(one_alphabet(code))}
    return code in STOP_WORDS or is_unit(code) or weights == {Weight.NOISE}


def is_kept(token: str, vocabulary: Vocabulary) -> bool:
    """Whether a token is known, so that it is read as it is."""
    return (
        is_numeric(token)
        or token in STOP_WORDS
        or is_unit(token)
        or vocabulary.knows(token)
        or maker_of(token) is not None
        or _is_of_the_trade(token)
    )


def _read_unknown(word: str, vocabulary: Vocabulary) -> Iterator[ReadWord]:
    attempts = (attempt(word, vocabulary) for attempt in _ATTEMPTS)
    yield from next(filter(None, attempts), (ReadWord(word),))


def _as_spoken(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    return _transliteration(_transliterated(word, vocabulary), vocabulary)


def _as_nearly_spoken(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    return _transliteration(vocabulary.spoken_nearly(word) if word.isascii() else None, vocabulary)


def _transliteration(reading: str | None, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    return (ReadWord(reading, "transliteration", synonyms=_synonyms(reading, vocabulary)),) if reading else ()


def _as_of_one_alphabet(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    """«ппr»: letters of both alphabets, of which none looks like the other's."""
    if word.isascii() or not _LATIN_RUN.search(word):
        return ()
    latin = latin_reading(word)
    readings = (_LATIN_RUN.sub(lambda run: next(cyrillic_readings(run[0])), word), latin)
    kept = next((one for one in readings if is_kept(one, vocabulary) or one in vocabulary.synonyms), None)
    return (ReadWord(kept, "transliteration", synonyms=_synonyms(kept, vocabulary)),) if kept else ()


def _as_beginning(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    if len(word) >= _SHORTEST_PREFIX and vocabulary.completions(word, 1):
        return (ReadWord(word, open=True),)
    beginning = _transliterated_beginning(word, vocabulary)
    if beginning:
        return (ReadWord(beginning, "transliteration", open=True),)
    begun = _begun(word, vocabulary)
    return (ReadWord(word, open=True, synonyms=begun),) if begun else ()


def _as_two_words(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    return tuple(map(ReadWord, _parts(word, vocabulary) or ()))


def _as_misspelt(word: str, vocabulary: Vocabulary) -> Sequence[ReadWord]:
    for candidate, reason in _misspelt(word):
        corrected = vocabulary.corrections(candidate, _MOST_CORRECTIONS)
        if corrected:
            first, *others = corrected
            named = first in vocabulary.synonyms and not vocabulary.holds(first)
            return (_meant(first, reason, vocabulary) if named else ReadWord(first, reason, tuple(others)),)
        if candidate != word and len(candidate) >= _SHORTEST_PREFIX and vocabulary.completions(candidate, 1):
            return (ReadWord(candidate, reason, open=True),)
    return ()


def _misspelt(word: str) -> Iterator[tuple[str, str]]:
    yield word, "typo"
    yield other_layout(word), "keyboard_layout"
    if word.isascii():
        yield next(cyrillic_readings(word)), "transliteration"


# What an unknown word may be, in the order in which it is asked; the first that finds something is believed.
_ATTEMPTS: Final = (_as_spoken, _as_of_one_alphabet, _as_beginning, _as_two_words, _as_nearly_spoken, _as_misspelt)


def _parts(word: str, vocabulary: Vocabulary) -> tuple[str, str] | None:
    """Two known words that were run together; one of them at least is longer than a letter."""
    ends = range(len(word) - 1, 1, -1)
    for end in ends:
        first, second = word[:end], word[end:]
        if vocabulary.holds(first) and vocabulary.holds(second) and _told_apart(first, second):
            return first, second
    return None


def _told_apart(first: str, second: str) -> bool:
    """«ra-n» as «ran», and whole words; a longer word's ending is none."""
    return (len(first) <= _SHORTEST_READING and len(second) == 1) or min(len(first), len(second)) > _SHORTEST_READING


def _transliterated(word: str, vocabulary: Vocabulary) -> str | None:
    """A Russian word in Latin letters, or a maker's name by ear: киилто is kiilto."""
    if len(word) < _SHORTEST_READING:
        return None
    if not word.isascii():
        return vocabulary.heard_as(word) if len(word) >= _SHORTEST_SOUND else None
    spoken = vocabulary.spoken_as(word)
    # What the catalogue calls otherwise: «gazoblok».
    return spoken or next(
        (one for one in cyrillic_readings(word) if vocabulary.knows(one) or _is_of_the_trade(one)), None
    )


def _transliterated_beginning(word: str, vocabulary: Vocabulary) -> str | None:
    """A beginning of Russian words in Latin letters."""
    if not word.isascii() or len(word) < _SHORTEST_SOUND:
        return None
    return next((one for one in cyrillic_readings(word) if vocabulary.completions(one, 1)), None)


def _is_of_the_trade(word: str) -> bool:
    return is_listed(word) or (not word.isascii() and is_goods_noun(word))


def _all_known(text: str, vocabulary: Vocabulary) -> bool:
    found = [token for token in tokens(text) if token not in STOP_WORDS]
    words = [token for token in found if not is_numeric(token)]
    if not found:
        return bool(tokens(text))
    if not words:
        return all(token[0].isalpha() and vocabulary.knows(token) for token in found)
    return all(vocabulary.knows(word) or is_listed(word) or word in vocabulary.synonyms for word in words)


def _synonyms(token: str, vocabulary: Vocabulary) -> tuple[frozenset[str], ...]:
    """What users say that it means, in either direction; a maker's goods are never another maker's."""
    if maker_of(token):
        return ()
    return _phrases(vocabulary.meanings(token))
