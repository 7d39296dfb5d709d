"""What a query asks for: its words as terms, each with all that it may be called."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from quarry.domain.lexical import STOP_WORDS, stem
from quarry.domain.names.terms import Weight, maker_of, spellings_of, terms_of
from quarry.domain.purposes import Purpose
from quarry.domain.query import MAKER, Term
from quarry.domain.spelling import ReadWord
from quarry.domain.text import is_numeric, is_unit, one_alphabet, tokens
from quarry.domain.vocabulary import Vocabulary

_SIX_DIGITS: Final = re.compile(r"\d{6}")
_MOST_SPELLINGS: Final = 12


def terms_of_words(words: Sequence[ReadWord], vocabulary: Vocabulary) -> list[Term]:
    terms: dict[str, Term] = {}
    for word in words:
        found = tokens(word.read)
        for token in found:
            letter = len(token) == 1 and word is words[-1] and len(words) > 1
            if not letter and (token in STOP_WORDS or (is_unit(token) and not is_numeric(token))):
                continue
            terms[token] = _term(token, word, vocabulary)
    # A query of such words alone is looked for as it stands.
    every = [token for word in words for token in tokens(word.read)]
    return list(terms.values()) or [Term(token, stem(token), is_numeric(token)) for token in every]


def _term(token: str, word: ReadWord, vocabulary: Vocabulary) -> Term:
    if is_numeric(token):
        apart = (f"{token[:3]}-{token[3:]}",) if _SIX_DIGITS.fullmatch(token) else ()
        return Term(token, token, numeric=True, spelled=apart)
    alternatives: set[str] = set(map(stem, word.others))
    synonyms = list(word.synonyms)
    spelled: list[str] = list(word.others)
    for one in (token, *word.others):
        same = one_alphabet(one)
        maker = maker_of(same)
        if maker:
            alternatives.add(MAKER + maker)
            spelled += _found_by(maker, vocabulary)
        said = [term for term, _ in terms_of(same)]
        spelled += [other for term in said for other in _found_by(term, vocabulary)]
        if len(said) > 1:
            synonyms.append(frozenset(said))
        else:
            alternatives.update(said)
    spelled += vocabulary.abbreviations(token)
    weights = {weight for _, weight in terms_of(one_alphabet(token))}
    if word.open:
        spelled += [other for other, _ in vocabulary.completions(token, _MOST_SPELLINGS)]
    return Term(
        token,
        stem(token),
        numeric=False,
        alternatives=frozenset(alternatives - {stem(token)}),
        synonyms=tuple(synonyms),
        spelled=tuple(dict.fromkeys([*spelled, *chain.from_iterable(synonyms)])),
        prefix=token if word.open else "",
        begun=not vocabulary.holds(token) and bool(vocabulary.completions(token, 1)),
        optional=weights <= {Weight.NOISE} and len(token) > 1,
    )


def _found_by(term: str, vocabulary: Vocabulary) -> list[str]:
    """The catalogue's words that stand for it."""
    found: list[str] = []
    for entry in spellings_of(term):
        if entry.endswith("*"):
            found += [word for word, _ in vocabulary.completions(entry.rstrip("*"), _MOST_SPELLINGS)]
        else:
            found.append(entry)
    return found


def with_head(terms: Sequence[Term], noun: str | None) -> list[Term]:
    """The term that says what the goods are: the noun, else the first word that is not a maker's."""
    words = [term for term in terms if not term.numeric and not term.optional]
    heads = [term for term in words if noun and one_alphabet(term.token) == noun]
    others = [term for term in words if not any(one.startswith(MAKER) for one in term.alternatives)]
    head = (heads or others or words)[:1]
    named = [replace(term, heads=True) if term in head else term for term in terms]
    return named if any(not term.optional for term in named) else [replace(term, optional=False) for term in named]


def serving(purpose: Purpose, terms: Sequence[Term], vocabulary: Vocabulary) -> list[Term]:
    """What serves the purpose, instead of the words that ask for it; the rest of them is preferred."""
    first = purpose.serves[0]
    phrases = tuple(frozenset(map(stem, tokens(phrase))) for phrase in purpose.serves)
    words = [token for phrase in purpose.serves for token in tokens(phrase)]
    makers = {MAKER + maker for word in words if (maker := maker_of(one_alphabet(word)))}
    spelled = [
        *words,
        *(found for word in words for t, _ in terms_of(one_alphabet(word)) for found in _found_by(t, vocabulary)),
    ]
    spelled += [found for maker in makers for found in _found_by(maker.removeprefix(MAKER), vocabulary)]
    head = Term(
        tokens(first)[0],
        "",
        numeric=False,
        alternatives=frozenset(makers),
        synonyms=phrases,
        spelled=tuple(dict.fromkeys(spelled)),
        heads=True,
    )
    rest = [replace(term, optional=True) for term in terms if not purpose.asks(term.token)]
    return [head, *rest]
