"""How a query is read: wishes, purposes, articles, and its words."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from quarry.domain.names.lexicon import Lexicon
from quarry.domain.names.product import ProductName, read
from quarry.domain.names.terms import written_out
from quarry.domain.purposes import Purpose, asks_only, purpose_of
from quarry.domain.query import ParsedQuery, Rewrite, Term
from quarry.domain.query_terms import serving, terms_of_words, with_head
from quarry.domain.spelling import ReadWord, is_kept, read_words
from quarry.domain.text import is_numeric, is_unit, one_alphabet, tokens
from quarry.domain.vocabulary import Vocabulary
from quarry.knowledge import load
from quarry.knowledge.words import Notation, entries

_WORDS: Final = load("queries")
_CHEAP: Final = re.compile(rf"^{Notation().one_of(entries(_WORDS['cheapest_first']))}$")
_IGNORED: Final = frozenset(entries(_WORDS["ignored"]))
_IMPLIED: Final = Lexicon((word, row["means"]) for row in _WORDS["implied"] for word in entries(row))
_ARTICLE: Final = re.compile(r"^(?:(?=.*\d)[\w./-]{4,40}|(?=(?:.*\d){3})[\w./ -]{4,40})$")
_LABEL: Final = re.compile(rf"^(?:{'|'.join(map(re.escape, entries(_WORDS['article'])))})[.:№ ]*+(?=\S*\d)")
_LONG_NUMBER: Final = re.compile(r"\d{4,}")
_LONGEST_LETTERS: Final = 4
_LONGEST_MARK: Final = 2
_INFINITIVE: Final = ("ить", "ать", "ять", "еть", "уть", "ыть", "оть", "сти", "зти", "ться")
_SHORTEST_VERB: Final = 5
_PUNCTUATION: Final = ",.;:!?()[]«»\"'"


def understand(query: str, vocabulary: Vocabulary, as_written: Collection[str] = ()) -> ParsedQuery:
    """The query's words as the catalogue would have them; those ``as_written`` as they stand."""
    text = written_out(_LABEL.sub("", query.lower().replace("ё", "е").strip()))
    chunks, wishes = _without_wishes(_joined(text.split(), vocabulary), as_written)
    rewrites: list[Rewrite] = list(wishes)
    words: list[ReadWord] = []
    for source, word in read_words(chunks, vocabulary, as_written):
        words.append(word)
        if word.reason:
            rewrites.append(Rewrite(source, word.read, word.reason))
    written = tokens(text)
    text = " ".join(word.read for word in words)
    product = read(text)
    # The words of a purpose need not be in the catalogue.
    purpose = _purpose(written, product, vocabulary) or _purpose(tokens(text), product, vocabulary)
    terms = terms_of_words(words, vocabulary)
    if purpose:
        terms = serving(purpose, terms, vocabulary)
    else:
        terms = with_head(terms, product.words[product.head].word if product.head is not None else None)
        terms += _implied(written, vocabulary) if product.goods is None else ()
    article = _LABEL.sub("", query.strip().lower())
    return ParsedQuery(
        text=" ".join(chain([text], purpose.serves)) if purpose else text,
        terms=terms,
        rewrites=rewrites,
        cheapest_first=any(wish.reason == "cheapest_first" for wish in wishes),
        article=article if _ARTICLE.match(article) and _is_coded(article, product.goods is not None) else None,
        goods=product.goods.code if product.goods and not purpose else None,
    )


def _implied(asked: Sequence[str], vocabulary: Vocabulary) -> list[Term]:
    """What the goods are as a rule that a material or a grade alone asks for; a wish."""
    nouns = dict.fromkeys(noun for word in asked if (noun := _IMPLIED.get(one_alphabet(word))))
    found = terms_of_words([ReadWord(noun) for noun in nouns], vocabulary)
    return [replace(term, optional=True) for term in found]


def _purpose(asked: Sequence[str], product: ProductName, vocabulary: Vocabulary) -> Purpose | None:
    """None where goods are asked for by their name: «счетчик горячей воды» is no question how to heat it."""
    found = purpose_of(asked, vocabulary.has_words_of)
    if found is None or product.goods is None or product.head is None:
        return found
    head = product.words[product.head].word
    asks = any(asks_only(word) or _is_verb(word, vocabulary) for word in asked)
    return found if asks or found.is_best_served_by(head) or not vocabulary.knows(head) else None


def _is_verb(word: str, vocabulary: Vocabulary) -> bool:
    return len(word) >= _SHORTEST_VERB and word.endswith(_INFINITIVE) and not vocabulary.holds(word)


def _is_coded(article: str, names_goods: bool) -> bool:
    """Letters of an article are few, or stand beside its digits; «труба 110» is none, «OSB 0001» is."""
    parts = article.split()
    if names_goods and len(parts) > 1 and not any(_LONG_NUMBER.fullmatch(part) for part in parts):
        return False
    return all(len(part) <= _LONGEST_LETTERS or any(map(str.isdigit, part)) for part in parts)


def _without_wishes(chunks: Sequence[str], as_written: Collection[str]) -> tuple[list[str], list[Rewrite]]:
    wishes = [
        Rewrite(chunk, "", "cheapest_first" if _CHEAP.match(chunk.strip(_PUNCTUATION)) else "ignored")
        for chunk in chunks
        if chunk not in as_written
        and (_CHEAP.match(chunk.strip(_PUNCTUATION)) or chunk.strip(_PUNCTUATION) in _IGNORED)
    ]
    wished = {wish.source for wish in wishes}
    kept = [chunk for chunk in chunks if chunk not in wished]
    # A query of wishes alone is looked for as it stands.
    return (kept, wishes) if kept else (list(chunks), [])


def _joined(chunks: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """«м 500» and «25 кг» are one, and so is «ру 16», whose letters are not a word."""
    joined: list[str] = []
    for chunk in chunks:
        together = f"{joined[-1]} {chunk}" if joined else ""
        found = tokens(together)
        if len(found) == 1 and is_numeric(found[0]) and " " not in joined[-1]:
            joined[-1] = together
        elif joined and _is_mark(joined, chunk, vocabulary):
            joined[-1] += chunk
        else:
            joined.append(chunk)
    return joined


def _is_mark(before: Sequence[str], number: str, vocabulary: Vocabulary) -> bool:
    letters = before[-1]
    if not (letters.isalpha() and len(letters) <= _LONGEST_MARK and number.isdigit()):
        return False
    # «см 17» are not centimetres: a unit follows its number.
    behind_number = len(before) > 1 and before[-2][-1].isdigit()
    return not is_kept(letters, vocabulary) or (is_unit(letters) and not behind_number)
