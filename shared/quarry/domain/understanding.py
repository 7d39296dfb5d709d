"""How a query is read: wishes, abbreviations, layouts, alphabets and typos. A word that is known stays as it is."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from quarry.domain.layout import cyrillic_readings, other_layout
from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.query import ParsedQuery, Rewrite, Term
from quarry.domain.text import is_numeric, is_unit, tokens
from quarry.domain.vocabulary import Vocabulary
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_WORDS: Final = load("queries")
_CHEAP: Final = re.compile(rf"^{Notation().one_of(entries(_WORDS['cheapest_first']))}$")
_IGNORED: Final = frozenset(entries(_WORDS["ignored"]))
_GRADE_KEYS: Final = re.compile(r"^[a-z][-]?[0-9]{2,4}$")
_KNOWN_GRADES: Final = frozenset("мвд")
_ARTICLE: Final = re.compile(r"^(?=.*\d)[\w./-]{4,40}$")
_SHORTEST_READING: Final = 3
_PUNCTUATION: Final = ",.;:!?()[]«»\"'"


def understand(query: str, vocabulary: Vocabulary) -> ParsedQuery:
    """The query's words as the catalogue would have them."""
    chunks = query.lower().replace("ё", "е").split()
    chunks, wishes = _without_wishes(chunks)
    words: list[tuple[str, frozenset[str]]] = []
    rewrites: list[Rewrite] = list(wishes)
    for source, read, reason in _read_all(chunks, vocabulary):
        if reason == "synonym" and all(vocabulary.knows(token) for token in tokens(source)):
            # The catalogue uses the abbreviation too: both are searched for.
            words.append((source, frozenset(map(stem, tokens(read)))))
            continue
        words.append((read, frozenset()))
        if reason:
            rewrites.append(Rewrite(source, read, reason))
    text = " ".join(word for word, _ in words)
    return ParsedQuery(
        text=text,
        terms=_terms(text, words),
        rewrites=rewrites,
        cheapest_first=any(wish.reason == "cheapest_first" for wish in wishes),
        article=query.strip() if _ARTICLE.match(query.strip()) else None,
    )


def _without_wishes(chunks: Sequence[str]) -> tuple[list[str], list[Rewrite]]:
    wishes = [
        Rewrite(chunk, "", "cheapest_first" if _CHEAP.match(chunk.strip(_PUNCTUATION)) else "ignored")
        for chunk in chunks
        if _CHEAP.match(chunk.strip(_PUNCTUATION)) or chunk in _IGNORED
    ]
    wished = {wish.source for wish in wishes}
    kept = [chunk for chunk in chunks if chunk not in wished]
    # A query of wishes alone is looked for as it stands.
    return (kept, wishes) if kept else (list(chunks), [])


def _read_all(chunks: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    """Triples of what was written, what it is read as, and why ("" when nothing changed)."""
    at = 0
    while at < len(chunks):
        for size in range(min(vocabulary.longest_synonym, len(chunks) - at), 0, -1):
            phrase = " ".join(chunks[at : at + size])
            if phrase in vocabulary.synonyms:
                yield phrase, vocabulary.synonyms[phrase], "synonym"
                at += size
                break
        else:
            read, reason = _read(chunks[at], vocabulary)
            yield chunks[at], read, reason
            at += 1


def _read(chunk: str, vocabulary: Vocabulary) -> tuple[str, str]:
    found = tokens(chunk)
    if _GRADE_KEYS.match(chunk) and not vocabulary.knows(found[0]):
        typed = other_layout(chunk[0]) + chunk[1:]
        if typed[0] in _KNOWN_GRADES:
            return typed, "keyboard_layout"
    if all(_stands(token, vocabulary) for token in found):
        return chunk, ""
    typed = other_layout(chunk)
    if _all_known(typed, vocabulary):
        return _synonym(typed, vocabulary), "keyboard_layout"
    read = [_read_word(token, vocabulary) for token in found]
    return " ".join(word for word, _ in read), next((reason for _, reason in read if reason), "")


def _stands(token: str, vocabulary: Vocabulary) -> bool:
    return is_numeric(token) or token in STOP_WORDS or is_unit(token) or vocabulary.knows(token)


def _read_word(word: str, vocabulary: Vocabulary) -> tuple[str, str]:
    if _stands(word, vocabulary):
        return word, ""
    reading = _transliterated(word, vocabulary)
    if reading:
        return reading, "transliteration"
    for candidate, reason in ((word, "typo"), (other_layout(word), "keyboard_layout")):
        corrected = vocabulary.correction(candidate)
        if corrected:
            return corrected, reason
    if word.isascii():
        corrected = vocabulary.correction(next(cyrillic_readings(word)))
        if corrected:
            return corrected, "transliteration"
    return word, ""


def _transliterated(word: str, vocabulary: Vocabulary) -> str | None:
    """A Russian word in Latin letters, or a maker's name by ear: киилто is kiilto, церезит is ceresit."""
    if len(word) < _SHORTEST_READING:
        return None
    if not word.isascii():
        return vocabulary.heard_as(word)
    known = [reading for reading in cyrillic_readings(word) if vocabulary.knows(reading)]
    return max(known, key=vocabulary.count, default=None)


def _all_known(text: str, vocabulary: Vocabulary) -> bool:
    found = [token for token in tokens(text) if token not in STOP_WORDS]
    words = [token for token in found if not is_numeric(token)]
    if not found:
        return bool(tokens(text))
    return bool(words) and all(vocabulary.knows(word) or word in vocabulary.synonyms for word in words)


def _synonym(word: str, vocabulary: Vocabulary) -> str:
    return word if vocabulary.knows(word) else vocabulary.synonyms.get(word, word)


def _terms(text: str, words: Sequence[tuple[str, frozenset[str]]]) -> list[Term]:
    alternatives = {token: other for word, other in words if other for token in tokens(word)}
    terms = {
        token: Term(token, stem(token), is_numeric(token), alternatives.get(token, frozenset()))
        for token in tokens(text)
        if token not in STOP_WORDS
    }
    return list(terms.values())
