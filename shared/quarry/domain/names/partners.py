"""Which words of two names stand for each other, one or two for one."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from quarry.domain.keyboard_layout import consonants
from quarry.domain.names.agreed import Agreement
from quarry.domain.names.likeness import likeness, sounds_like_two, spelt_by
from quarry.domain.names.terms import UNKNOWN, Weight, kin_of
from quarry.domain.names.worded import Wording

_SHORTEST_CUT: Final = 3
_PLANE: Final = 2
_SAME_START: Final = 3
_NAMES: Final = frozenset({Weight.NAMED, Weight.PROPER, Weight.MODEL})
_SHORT: Final = UNKNOWN | {Weight.MODEL, Weight.CUT}
_FEW_CONSONANTS: Final = 2
_INITIALS: Final = range(2, 6)
_NOUNS: Final = frozenset({Weight.DETAIL, Weight.GENERAL, Weight.DESCRIPTOR})
_WEAK: Final = frozenset({"heard", "compound"})


def without_partners(one: Wording, other: Wording, found: Agreement) -> tuple[list[str], list[str]]:
    """The words of each that the other does not say."""
    left = [word for word in one.words if word not in other.words and word != found.heard]
    right = [word for word in other.words if word not in one.words and word != found.heard]
    found.shared += len(one.words) - len(left)
    _join(left, right, found)
    _join(right, left, found)
    if len(left) > 1 and len(right) > 1:
        _join_heard(left, right, one, other, found)
    perhaps = bool(left and right) and _pair(left, right, one, other, found, weak=False)
    if left and right:
        _join_across(left, right, one, found)
        _join_across(right, left, other, found)
    if left and right:
        _join_initials(left, right, one, found)
        _join_initials(right, left, other, found)
    if perhaps and left and right:
        _pair(left, right, one, other, found, weak=True)
    if left and right:
        _join_heard(left, right, one, other, found)
    if left and right:
        _pair_kin(left, right, one, other, found)
    return left, right


def _pair_kin(left: list[str], right: list[str], one: Wording, other: Wording, found: Agreement) -> None:
    """Take away nouns that may name the same goods."""
    how = "kin" if found.points >= _PLANE and _are_named_alike(one, other) else "kin alone"
    known = {word: kin for word in right if other.words[word] in _NOUNS and (kin := kin_of(word))}
    for word in [word for word in left if known and one.words[word] in _NOUNS]:
        ours = kin_of(word)
        partner = next((each for each, kin in known.items() if not kin.isdisjoint(ours)), None)
        # Of two that say little («клей», «смесь») neither stands for the other.
        if partner and Weight.DETAIL in (one.words[word], other.words[partner]):
            found.shared += 1
            found.missing[how] += 1
            left.remove(word)
            right.remove(partner)
            del known[partner]


def _are_named_alike(one: Wording, other: Wording) -> bool:
    """Whether both say a maker, or another name."""
    names = (word for word, weight in one.words.items() if weight in _NAMES)
    return bool(one.makers & other.makers) or any(word in other.words for word in names)


def _pair(left: list[str], right: list[str], one: Wording, other: Wording, found: Agreement, *, weak: bool) -> bool:
    """Take away the words that stand for each other. Whether others may perhaps."""
    perhaps = False
    for word in list(left):
        partner, how = _partner(word, right, one, other, weak=weak)
        if partner:
            found.shared += 1
            found.missing[how] += 1
            left.remove(word)
            right.remove(partner)
        perhaps = perhaps or how in _WEAK
    return perhaps


def _join(whole: list[str], parts: list[str], found: Agreement) -> None:
    """«AtlasDesign» is «Atlas Design», «вентрешетка» is «решетка вентиляционная», «ППГнг» is «ППГ нг»."""
    if len(parts) < _PLANE:
        return
    for word in list(whole):
        halves = next((pair for pair in pairwise(parts) if "".join(pair) == word), None)
        if halves:
            found.shared += 1
            whole.remove(word)
            parts[:] = [part for part in parts if part not in halves]
            continue
        some = [part for part in parts if word.startswith(part[:_SAME_START]) or word.endswith(part)]
        for last in [part for part in some if word.endswith(part) and len(part) >= _SAME_START]:
            start = word[: -len(last)]
            first = next((part for part in some if part is not last and _begins(part, start)), None)
            if first:
                found.shared += 1
                whole.remove(word)
                parts.remove(first)
                parts.remove(last)
                break


def _join_across(whole: list[str], parts: list[str], said: Wording, found: Agreement) -> None:
    """«QuickDeck» is «Квик Дек», «Beton Kontakt» is «Бетоноконтакт»."""
    if len(parts) < _PLANE:
        return
    for word in [word for word in whole if said.words[word] in UNKNOWN]:
        pair = next((pair for pair in pairwise(parts) if sounds_like_two(word, *pair)), None)
        if pair:
            whole.remove(word)
            parts[:] = [part for part in parts if part not in pair]
            found.missing["spelling"] += 1
            found.shared += 1


def _join_heard(left: list[str], right: list[str], one: Wording, other: Wording, found: Agreement) -> None:
    """«New Jersey» is «Нью Джерси», «Tie-Rod» «Тай-Род»: two words side by side first."""
    for latin, russian, said, also in ((left, right, one, other), (right, left, other, one)):
        ours = [word for word in latin if word.isascii() and said.words[word] in UNKNOWN]
        theirs = [word for word in russian if not word.isascii() and also.words[word] in UNKNOWN] if ours else []
        for some in _runs(ours) if theirs else ():
            heard = consonants("".join(some))
            same = next((run for run in _runs(theirs) if consonants("".join(run)) == heard), ())
            if len(heard) >= _FEW_CONSONANTS and same and {*some} <= {*latin} and {*same} <= {*russian}:
                latin[:] = [word for word in latin if word not in some]
                russian[:] = [word for word in russian if word not in same]
                found.missing["spelling" if len(heard) > _FEW_CONSONANTS else "heard"] += 1
                found.shared += 1


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    """Two words side by side, then each by itself."""
    return [*pairwise(words), *((word,) for word in words)]


def _join_initials(short: list[str], parts: list[str], said: Wording, found: Agreement) -> None:
    """«ВГП» is «водогазопроводная», «ЦСП» «плита цементно-стружечная», «е/в» «естественной влажности»."""
    for word in [word for word in short if len(word) in _INITIALS and said.words[word] in _SHORT]:
        spelt = spelt_by(word, parts)
        if spelt:
            short.remove(word)
            parts[:] = [part for part in parts if part not in spelt]
            found.missing["spelling"] += 1
            found.shared += 1


def _begins(part: str, start: str) -> bool:
    """Whether a compound's beginning is a word's: «вент», «вентиляцион»; «водо», «вод»."""
    return len(start) >= _SAME_START and (part.startswith((start, start[:-1])) or start == part)


def partner_of(word: str, others: Iterable[str], one: Wording, other: Wording) -> str | None:
    """The word of the others that this one stands for."""
    return _partner(word, others, one, other, weak=False)[0]


def _partner(
    word: str, others: Iterable[str], one: Wording, other: Wording, *, weak: bool = False
) -> tuple[str | None, str]:
    """The word of the others that this one stands for, and how. ``weak``: what may only perhaps be the same, too.

    Without one, how it may stand for another perhaps.
    """
    is_cut = word in one.cut
    skipped = ""
    for candidate in others:
        candidate_cut = candidate in other.cut
        how = likeness(word, candidate, is_cut=is_cut or candidate_cut)
        if not how:
            how = _shortened(word, candidate, one, other) if is_cut or candidate_cut else ""
        elif not _may_stand(how, one.words[word], other.words[candidate], weak=weak):
            skipped = how if how in _WEAK else skipped
            continue
        if how:
            return candidate, how
    return None, skipped


def _may_stand(how: str, one: Weight, other: Weight, *, weak: bool) -> bool:
    if how in _WEAK:
        return weak and not (how == "compound" and {one, other} & _NAMES)
    return how != "root" or _alike(one, other)


def _shortened(word: str, candidate: str, one: Wording, other: Wording) -> str:
    short = _stands_for(one.cut.get(word), candidate) or _stands_for(other.cut.get(candidate), word)
    return "abbreviation" if short else ""


def _alike(one: Weight, other: Weight) -> bool:
    """Whether words of one root may mean one thing: «черный» is not «черновой»."""
    return all((one is weight) == (other is weight) for weight in (Weight.COLOUR, Weight.TELLING))


def _stands_for(written: str | None, word: str) -> bool:
    """An abbreviation stands for each word that it begins: «проф.»."""
    return written is not None and len(written) >= _SHORTEST_CUT and word.startswith(written)
