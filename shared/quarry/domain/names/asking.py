"""Whether offered goods are what somebody asks for: names compared where the two sides are no equals.

An offer may say more than was asked for: a maker, a model, a package. It may leave out what goods of its kind are
anyway. It must not say another thing in the place of one that was asked for.
"""

from collections.abc import Callable, Sequence
from typing import Final

from quarry.domain.names.asked import Said, said
from quarry.domain.names.asked_numbers import compared
from quarry.domain.names.fits import Fit
from quarry.domain.names.goods import Form, GoodsClass
from quarry.domain.names.partners import partner_of
from quarry.domain.names.terms import Weight, kin_of, terms_of
from quarry.domain.text import one_alphabet

# How well what else is known of the offer, its category or another name of it, says a word: 0 to 1.
Met = Callable[[str], float]
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
_SILENT_NOUN: Final = 0.2
_SPECIAL: Final = 0.5
_OTHER_SHADE: Final = 0.6
_INSTEAD: Final = 0.7
# What is said aside, in brackets, or is said in part.
_REMARK: Final = 0.2
_SHORTEST_PART: Final = 6
_MET: Final = 0.5
_NOUN_MET: Final = 0.85
_SHORTEST_NOUN: Final = 4
_SAYING: Final = frozenset(
    {Weight.DETAIL, Weight.PROPER, Weight.MODEL, Weight.ACCESSORY, Weight.DESCRIPTOR, Weight.TELLING}
)
_NAMES: Final = frozenset({Weight.NAMED, Weight.PROPER, Weight.MODEL})
_OTHER_GOODS: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.MODEL, Weight.ACCESSORY, Weight.TELLING})
# So many facts beside the noun say that goods under a noun of the same kin, or of an unsaid material, are the same.
_LIKE_ENOUGH: Final = 2
_ALIKE_ENOUGH: Final = 3
_UNSAID: Final = frozenset({Weight.NAMED, Weight.DETAIL, Weight.PROPER, Weight.MODEL, Weight.ACCESSORY})
_FILLINGS: Final = frozenset({Form.POWDER, Form.LIQUID})
_PROFILES: Final = frozenset({Form.BAR, Form.METAL})
_PROFILE_TYPES: Final = frozenset(map(one_alphabet, "пуэбкш"))  # of channels and beams
_ANY_THING: Final = "device"


def fit(asked: str, offered: str, sold: str | None, met: Met = lambda _: 0.0) -> Fit:
    # Whatever unit a line counts in: «труба 3 м» by the metre asks for pipes of that length all the same.
    wanted, given = said(asked, None), said(offered, sold)
    cost = 0.0
    silent: list[str] = []
    costs: list[float] = []
    for part in (_noun, _makers, _values, _numbers, _words):
        found = part(wanted, given, met)
        if found.conflict:
            return found
        cost += found.cost
        silent += found.silent
        costs += found.costs
    return Fit(cost, tuple(silent), tuple(costs))


def _noun(wanted: Said, given: Said, met: Met) -> Fit:
    """The noun must be the offer's own, not one that it serves or belongs to: «гусак смесителя»."""
    mine, theirs = wanted.product.goods, given.product.goods
    head = wanted.facts.head
    other = given.facts.head
    if _is_kind_of(head, other, wanted, given) or _is_named_by(other, wanted):
        return Fit()
    if _are_kin(head, other, wanted, given):
        return Fit(_SILENT_NOUN)
    if _is_ware(head, wanted, given) or (head == other and _are_pastes(mine, theirs)):
        return Fit()
    if head in given.facts.words and _are_pastes(mine, theirs) and _is_written_so(wanted, given):
        return Fit()
    if mine and theirs and mine.code != theirs.code:
        return Fit(conflict=f"{theirs.code} instead of {mine.code}", near=False)
    # «автомат», «автоматический выключатель»
    both = head in given.facts.words and other in wanted.facts.words
    if head is None or head == other or both:
        return Fit()
    alike = bool(mine and theirs and mine.code != _ANY_THING)
    if head in given.facts.words:
        own = alike or _is_written_so(wanted, given) or _begins_with(head, given)
        return Fit() if own else Fit(conflict="what belongs to the goods", near=False)
    if _is_called_so(head, wanted, given, alike=alike) or (met(head) >= _NOUN_MET and not alike):
        return Fit()
    # «ПФ-115 белая»: who says the type need not say «эмаль», nor who says the line of products.
    if given.facts.head is None and mine and theirs and wanted.facts.makers & given.facts.makers:
        return Fit(_SILENT_NOUN)  # «Изоспан B 70 м2»
    typed = theirs is None and (any(one.code for one in wanted.product.amounts) or _are_named_alike(wanted, given))
    return Fit(_SILENT_NOUN) if typed else Fit(conflict="other goods", near=False)


def _are_pastes(mine: GoodsClass | None, theirs: GoodsClass | None) -> bool:
    """«Жидкие гвозди» are a glue."""
    return mine is not None and theirs is not None and {mine.form, theirs.form} <= _FILLINGS | {Form.FOAM}


def _is_kind_of(head: str | None, other: str | None, wanted: Said, given: Said) -> bool:
    """«Плита пазогребневая» is «ПГП», «лист гипсоволокнистый» is «ГВЛ»: the first noun says nothing of its own.

    «Расширительный бак»: what is taken for the noun of one is an adjective in the other.
    """
    if head is None or other is None:
        return False
    if head in wanted.words.empty and other in given.words.empty:
        return _shared(wanted, given) > 0  # «лист ОСП», «плита ОСП»
    if other not in wanted.facts.words:
        return False
    if head in wanted.words.empty:
        return True
    return head in given.facts.words and wanted.facts.words[other] is Weight.DESCRIPTOR


def _is_named_by(other: str | None, wanted: Said) -> bool:
    """«ВВГнг 3х2,5» is «кабель ВВГнг 3х2,5»: a name of the product that is asked for stands for its noun."""
    return wanted.facts.words.get(other or "") in _NAMES and other not in wanted.words.served


def _are_kin(head: str | None, other: str | None, wanted: Said, given: Said) -> bool:
    """«Рейка 20х40 сухая», «брусок 40х20 сухой»: nouns that may name the same goods, of which all else is said."""
    if head is None or other is None or head == other or kin_of(head).isdisjoint(kin_of(other)):
        return False
    if head in wanted.words.empty or other in given.words.empty:
        return False  # «лист» and «профнастил» of one size
    if other in wanted.facts.words and other not in wanted.words.served:
        return True  # «грунт бетоноконтакт»
    left, more = _unpaired(wanted, given)
    unsaid = set(left) - wanted.words.usual - wanted.words.empty - {head}
    distinct = unsaid or any(
        given.facts.words[word] in _OTHER_GOODS for word in more if word != other and word not in given.words.kind
    )
    general = wanted.facts.words.get(head) is given.facts.words.get(other) is Weight.GENERAL
    return not distinct and _shared(wanted, given) + general >= _LIKE_ENOUGH


def _is_ware(head: str | None, wanted: Said, given: Said) -> bool:
    """«Техноруф» is mineral wool; «пенопласт» and «ПСБ» are one."""
    meant = wanted.words.wares.get(head or "")
    return head in given.words.meant or (meant is not None and meant <= given.facts.words.keys() | given.words.meant)


def _is_meant(word: str, wanted: Said, given: Said) -> bool:
    """Whether the offer says in other words what that one means."""
    meant = wanted.words.wares.get(word)
    if meant is None:
        return False
    return meant in given.words.wares.values() or meant <= given.facts.words.keys() | given.words.meant


def _shared(wanted: Said, given: Said) -> int:
    """How many facts beside the noun both say."""
    mine, theirs = wanted.facts, given.facts
    words = sum(word in theirs.words and word != mine.head for word in mine.words)
    sides = bool(mine.sides) and mine.sides == theirs.sides
    return words + len(mine.numbers.keys() & theirs.numbers.keys()) + len(mine.makers & theirs.makers) + sides


def _begins_with(head: str, given: Said) -> bool:
    """«Бокс встраиваемый»: its first word stands for the noun, and names no goods by itself."""
    first = given.product.words[:1] if given.facts.head is None else ()
    return any([head] == [term for term, _ in terms_of(one.word)] for one in first)


def _are_named_alike(wanted: Said, given: Said) -> bool:
    """By a word that names a product; the offer has no noun of its own."""
    if given.facts.head is not None:
        return False
    shared = wanted.facts.words.keys() & given.facts.words.keys()
    return any(
        given.facts.words[word] in _UNSAID and word not in wanted.words.usual | wanted.words.served for word in shared
    )


def _is_written_so(wanted: Said, given: Said) -> bool:
    """In the same form: in another one it belongs to the noun before it."""
    at = wanted.product.head
    return at is not None and any(one.word == wanted.product.words[at].word for one in given.product.words)


def _is_called_so(head: str, wanted: Said, given: Said, *, alike: bool) -> bool:
    """By an abbreviation, or as «керамзитовый гравий»."""
    found = given.facts.words
    if partner_of(head, found, wanted.facts.wording, given.facts.wording):
        return True
    return alike and len(head) >= _SHORTEST_NOUN and any(word.startswith(head) or word.endswith(head) for word in found)


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
    left, more = _unpaired(wanted, given)
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


def _unpaired(wanted: Said, given: Said) -> tuple[list[str], list[str]]:
    """Words that only one of them says, in whatever form."""
    asked, offered = wanted.facts.words, given.facts.words
    left = [
        word
        for word in asked
        if word not in offered and word not in given.words.meant and not _is_meant(word, wanted, given)
    ]
    more = [word for word in offered if word not in asked]
    for word in list(left):
        other = partner_of(word, more, wanted.facts.wording, given.facts.wording)
        if other:
            left.remove(word)
            more.remove(other)
    return left, more


def _must_be_said(word: str, wanted: Said, given: Said) -> str | None:
    weight = wanted.facts.words[word]
    # «ПВХ», «ППР» say what goods are made of, which a list may leave to their other words.
    unsaid = word in wanted.words.valued and _shared(wanted, given) >= _ALIKE_ENOUGH
    if weight in {Weight.NAMED, Weight.TELLING} or (word in wanted.words.codes and not unsaid):
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
