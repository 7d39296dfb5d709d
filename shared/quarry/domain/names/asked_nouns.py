"""Nouns of what somebody asks for, beside those of what is offered: whether they name the same goods."""

from collections.abc import Callable
from typing import Final

from quarry.domain.names.asked import Said
from quarry.domain.names.fits import Fit
from quarry.domain.names.goods import Form
from quarry.domain.names.partners import partner_of
from quarry.domain.names.terms import Weight, kin_of, terms_of

# How well what else is known of the offer, its category or another name of it, says a word: 0 to 1.
Met = Callable[[str], float]
_SILENT_NOUN: Final = 0.2
_NOUN_MET: Final = 0.85
_SHORTEST_NOUN: Final = 4
_NAMES: Final = frozenset({Weight.NAMED, Weight.PROPER, Weight.MODEL})
_OTHER_GOODS: Final = frozenset({Weight.DETAIL, Weight.NAMED, Weight.MODEL, Weight.ACCESSORY, Weight.TELLING})
# So many facts beside the noun say that goods under a noun of the same kin are the same.
_LIKE_ENOUGH: Final = 2
_UNSAID: Final = frozenset({Weight.NAMED, Weight.DETAIL, Weight.PROPER, Weight.MODEL, Weight.ACCESSORY})
_PASTES: Final = frozenset({Form.POWDER, Form.LIQUID, Form.FOAM})
_ANY_THING: Final = "device"


def noun(wanted: Said, given: Said, met: Met) -> Fit:
    """The noun must be the offer's own, not one that it serves or belongs to: «гусак смесителя»."""
    head, mine, theirs = wanted.facts.head or "", wanted.product.goods, given.product.goods
    if _are_one(head, wanted, given):
        return Fit()
    if _are_kin(head, given.facts.head, wanted, given):
        return Fit(_SILENT_NOUN)
    if mine and theirs and mine.code != theirs.code:
        return Fit(conflict=f"{theirs.code} instead of {mine.code}", near=False)
    alike = bool(mine and theirs and mine.code != _ANY_THING)
    if head in given.facts.words:
        own = alike or _is_written_so(wanted, given) or _begins_with(head, given)
        return Fit() if own else Fit(conflict="what belongs to the goods", near=False)
    if _is_called_so(head, wanted, given, alike=alike) or (met(head) >= _NOUN_MET and not alike):
        return Fit()
    return Fit(_SILENT_NOUN) if _need_no_noun(wanted, given) else Fit(conflict="other goods", near=False)


def _are_one(head: str, wanted: Said, given: Said) -> bool:
    """Whether the nouns name the same goods, whatever class each is of."""
    other = given.facts.head
    if _is_kind_of(head, other, wanted, given) or _is_named_by(other, wanted) or _is_ware(head, wanted, given):
        return True
    if _are_pastes(wanted, given) and (head == other or (head in given.facts.words and _is_written_so(wanted, given))):
        return True
    # «автомат», «автоматический выключатель»
    both = head in given.facts.words and other in wanted.facts.words
    return _are_of_one_class(wanted, given) and (not head or head == other or both)


def _are_of_one_class(wanted: Said, given: Said) -> bool:
    mine, theirs = wanted.product.goods, given.product.goods
    return mine is None or theirs is None or mine.code == theirs.code


def _need_no_noun(wanted: Said, given: Said) -> bool:
    """«ПФ-115 белая»: who says the type need not say «эмаль», nor who says the line of products: «Изоспан B 70 м2»."""
    mine, theirs = wanted.product.goods, given.product.goods
    if theirs is None:
        return any(one.code for one in wanted.product.amounts) or _are_named_alike(wanted, given)
    return given.facts.head is None and mine is not None and bool(wanted.facts.makers & given.facts.makers)


def _are_pastes(wanted: Said, given: Said) -> bool:
    """«Жидкие гвозди» are a glue."""
    mine, theirs = wanted.product.goods, given.product.goods
    return mine is not None and theirs is not None and {mine.form, theirs.form} <= _PASTES


def _is_kind_of(head: str, other: str | None, wanted: Said, given: Said) -> bool:
    """«Плита пазогребневая» is «ПГП», «лист гипсоволокнистый» is «ГВЛ»: the first noun says nothing of its own.

    «Расширительный бак»: what is taken for the noun of one is an adjective in the other.
    """
    if not head or other is None:
        return False
    if head in wanted.words.empty and other in given.words.empty:
        return shared(wanted, given) > 0  # «лист ОСП», «плита ОСП»
    if other not in wanted.facts.words:
        return False
    if head in wanted.words.empty:
        return True
    return head in given.facts.words and wanted.facts.words[other] is Weight.DESCRIPTOR


def _is_named_by(other: str | None, wanted: Said) -> bool:
    """«ВВГнг 3х2,5» is «кабель ВВГнг 3х2,5»: a name of the product that is asked for stands for its noun."""
    return wanted.facts.words.get(other or "") in _NAMES and other not in wanted.words.served


def _are_kin(head: str, other: str | None, wanted: Said, given: Said) -> bool:
    """«Рейка 20х40 сухая», «брусок 40х20 сухой»: nouns that may name the same goods, of which all else is said."""
    if other is None or head == other or kin_of(head).isdisjoint(kin_of(other)):
        return False
    if head in wanted.words.empty or other in given.words.empty:
        return False  # «лист» and «профнастил» of one size
    if other in wanted.facts.words and other not in wanted.words.served:
        return True  # «грунт бетоноконтакт»
    left, more = unpaired(wanted, given)
    unsaid = set(left) - wanted.words.usual - wanted.words.empty - {head}
    distinct = unsaid or any(
        given.facts.words[word] in _OTHER_GOODS
        for word in more
        if word != other and word not in given.words.kind and word not in given.words.valued
    )
    general = wanted.facts.words.get(head) is given.facts.words.get(other) is Weight.GENERAL
    return not distinct and shared(wanted, given) + general >= _LIKE_ENOUGH


def _is_ware(head: str, wanted: Said, given: Said) -> bool:
    """«Техноруф» is mineral wool; «пенопласт» and «ПСБ» are one."""
    meant = wanted.words.wares.get(head)
    return head in given.words.meant or (meant is not None and _says_all(given, meant))


def _is_meant(word: str, wanted: Said, given: Said) -> bool:
    """Whether the offer says in other words what that one means."""
    meant = wanted.words.wares.get(word)
    if meant is None:
        return False
    return meant in given.words.wares.values() or _says_all(given, meant)


def _says_all(given: Said, meant: frozenset[str]) -> bool:
    return meant <= given.facts.words.keys() | given.words.meant


def shared(wanted: Said, given: Said) -> int:
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
    both = wanted.facts.words.keys() & given.facts.words.keys()
    return any(
        given.facts.words[word] in _UNSAID and word not in wanted.words.usual | wanted.words.served for word in both
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


def unpaired(wanted: Said, given: Said) -> tuple[list[str], list[str]]:
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
