"""Whether offered goods are what somebody asks for: names compared where the two sides are no equals.

An offer may say more than was asked for: a maker, a model, a package. It may leave out what goods of its kind are
anyway. It must not say another thing in the place of one that was asked for.
"""

from collections.abc import Sequence
from typing import Final

from quarry.domain.names.asked import Said, said
from quarry.domain.names.asked_nouns import Met, noun, shared, unpaired
from quarry.domain.names.asked_numbers import compared
from quarry.domain.names.fits import Fit
from quarry.domain.names.goods import Form
from quarry.domain.names.terms import Weight
from quarry.domain.text import one_alphabet

# What it costs that an offer is silent about a detail.
_SILENT_WORD: Final = {
    Weight.NOISE: 0.0,
    Weight.GENERAL: 1.0,
    Weight.DESCRIPTOR: 0.3,
    Weight.COLOUR: 0.8,
    Weight.DETAIL: 1.0,
    Weight.PROPER: 1.0,
    Weight.MODEL: 1.0,
    Weight.ACCESSORY: 1.0,
    Weight.CUT: 0.3,
}
_SILENT_SIDE: Final = 0.4
_SILENT_PURPOSE: Final = 1.0
_SILENT_VALUE: Final = 0.6
_SPECIAL: Final = 0.5
_OTHER_SHADE: Final = 0.6
_INSTEAD: Final = 0.7
# What is said aside, in brackets, or is said in part.
_REMARK: Final = 0.2
_SHORTEST_PART: Final = 6
_MET: Final = 0.5
_SAYING: Final = frozenset(
    {Weight.DETAIL, Weight.PROPER, Weight.MODEL, Weight.ACCESSORY, Weight.DESCRIPTOR, Weight.TELLING}
)
# So many facts beside the noun say that goods of an unsaid material are the same.
_ALIKE_ENOUGH: Final = 3
_FILLINGS: Final = frozenset({Form.POWDER, Form.LIQUID})
_PROFILES: Final = frozenset({Form.BAR, Form.METAL})
_PROFILE_TYPES: Final = frozenset(map(one_alphabet, "пуэбкш"))  # of channels and beams


def fit(asked: str, offered: str, sold: str | None, met: Met = lambda _: 0.0) -> Fit:
    # Whatever unit a line counts in: «труба 3 м» by the metre asks for pipes of that length all the same.
    wanted, given = said(asked, None), said(offered, sold)
    cost = 0.0
    silent: list[str] = []
    costs: list[float] = []
    for part in (noun, _makers, _values, _numbers, _words):
        found = part(wanted, given, met)
        if found.conflict:
            return found
        cost += found.cost
        silent += found.silent
        costs += found.costs
    return Fit(cost, tuple(silent), tuple(costs))


def _makers(wanted: Said, given: Said, _met: Met) -> Fit:
    mine, theirs = wanted.facts, given.facts
    if mine.makers and not mine.makers & theirs.makers:
        return Fit(conflict="another maker")
    if mine.sides and theirs.sides and mine.sides != theirs.sides:
        return Fit(conflict="another side")
    return Fit(_SILENT_SIDE if mine.sides and not theirs.sides else 0.0)


def _values(wanted: Said, given: Said, _met: Met) -> Fit:
    for group, values in wanted.values.items():
        others = given.values.get(group)
        if others and values.isdisjoint(others):
            return Fit(conflict="the opposite")
    return Fit()


def _words(wanted: Said, given: Said, met: Met) -> Fit:
    asked, offered = wanted.facts.words, given.facts.words
    left, more = unpaired(wanted, given)
    otherwise = _says_otherwise(more, wanted, given)
    if otherwise:
        return Fit(conflict=otherwise)
    ignored = {*wanted.words.usual, *wanted.letters, wanted.facts.head}
    shades = (wanted.words.shade | given.words.shade) & (_colours(wanted) ^ _colours(given))
    if not _colours(wanted).isdisjoint(_colours(given)):
        ignored |= _colours(wanted)  # «красный (RAL 3005)»
    silent = [word for word in left if word not in ignored and asked[word] is not Weight.NOISE and met(word) < _MET]
    missing = next((why for word in silent if (why := _must_be_said(word, wanted, given))), None)
    if missing:
        return Fit(conflict=missing)
    special = [
        word
        for word in more
        if word in given.words.asked_for
        or word in given.words.instead
        or (offered[word] is Weight.TELLING and word not in given.words.kind)
    ]
    instead = [
        word for word in more if offered[word] in _SAYING and word in given.words.plain and word not in given.words.kind
    ]
    costs = [_silence(word, wanted, given) for word in silent]
    saying = sum(cost > _REMARK for cost in costs)
    if shades and _colours(wanted) - shades:
        silent.append("shade")
        costs.append(_OTHER_SHADE)
    cost = _SPECIAL * len(special) + sum(costs) + _INSTEAD * min(saying, len(instead))
    return Fit(cost, tuple(silent), tuple(costs))


def _must_be_said(word: str, wanted: Said, given: Said) -> str | None:
    weight = wanted.facts.words[word]
    # «ПВХ», «ППР» say what goods are made of, which a list may leave to their other words.
    unsaid = word in wanted.words.valued and shared(wanted, given) >= _ALIKE_ENOUGH
    served = word in wanted.words.served and weight is Weight.PURPOSE
    if weight in {Weight.NAMED, Weight.TELLING} or (word in wanted.words.codes and not unsaid and not served):
        return f"not «{word}»"
    return "another colour" if weight is Weight.COLOUR and _colours(given) else None


def _colours(name: Said) -> set[str]:
    return {word for word, weight in name.facts.words.items() if weight is Weight.COLOUR}


def _silence(word: str, wanted: Said, given: Said) -> float:
    if word in wanted.words.empty:
        return 0.0
    if word in wanted.words.aside or _is_said_in_part(word, given):
        return _REMARK
    if word in wanted.words.served:
        return _SILENT_PURPOSE
    return max(_SILENT_WORD[wanted.facts.words[word]], _SILENT_VALUE if word in wanted.words.told else 0.0)


def _is_said_in_part(word: str, given: Said) -> bool:
    """«Теплоизоляция»: «изоляция»; «бетоноконтакт»: «контакт»."""
    return any(len(one) >= _SHORTEST_PART and word.find(one[:_SHORTEST_PART]) > 0 for one in given.facts.words)


def _says_otherwise(more: Sequence[str], wanted: Said, given: Said) -> str | None:
    """What nobody asked for, and would have to; of a grade that both have another letter: «С-25», «С-25-Ф»."""
    # «Штукатурка декоративная» is plaster; a decorative grating is no grating for a floor.
    filling = given.facts.form in _FILLINGS
    unasked = next((word for word in more if word in given.words.instead and not filling), None)
    if unasked:
        return f"«{unasked}»"
    grades = {f"{value:f}" for one in wanted.product.amounts if one.code for value in one.values}
    numbers = {number for number, _ in wanted.suffixes}
    profile = wanted.facts.form in _PROFILES
    for number, letter in given.suffixes:
        same = number in grades and number not in numbers
        other = (
            profile
            and letter in _PROFILE_TYPES
            and any(
                number == mine and letter != suffix and suffix in _PROFILE_TYPES for mine, suffix in wanted.suffixes
            )
        )
        if letter in more and (same or other):
            return f"type «{letter}»"
    return None


def _numbers(wanted: Said, given: Said, _met: Met) -> Fit:
    return compared(wanted, given)
