"""What the remarks of one name say against the numbers of another."""

from collections import Counter
from typing import Final

from quarry.domain.names.articles import ARTICLE
from quarry.domain.names.explained import kinds_of
from quarry.domain.names.facts import Facts
from quarry.domain.names.goods import Form
from quarry.domain.names.numbers import COUNTED, SPREAD, Number

_KEYS: Final = f"{COUNTED} клавишн"
_PAVING: Final = range(30, 161)  # how thick paving stones are, in millimetres
_LONGEST_ARTICLE: Final = 10**8  # those with letters are kept as greater numbers
_SMALLEST_ARTICLE: Final = 10_000
_NO_ARTICLE: Final = "-"
_COUNTED_DIGITS: Final = 3  # at the end of an article, which tell a maker's goods of one sort apart
_SMALLEST_POWER: Final = 60  # in watts: what is less may be a size


def other_articles(one: Facts, other: Facts) -> bool:
    """Whether both say an article of a maker's that begins alike: «672202», «672201»."""
    ours, theirs = (_numeric_articles(facts) for facts in (one, other))
    begin = {article[:-_COUNTED_DIGITS]: len(article) for article in ours}
    return ours.isdisjoint(theirs) and any(begin.get(article[:-_COUNTED_DIGITS]) == len(article) for article in theirs)


def begun_article(numbers: Counter[Number], other: Facts) -> Number | None:
    """The number that is how an article of the other name begins: «33265», «33265002»."""
    articles = _numeric_articles(other)
    return next((one for one in numbers if any(each.startswith(_article(one)) for each in articles)), None)


def other_begun_article(numbers: Counter[Number], other: Facts) -> bool:
    """«38558» beside «38721001»: the beginnings of a maker's articles, and not of one."""
    articles = _numeric_articles(other)
    return bool(articles) and any(_article(one) != _NO_ARTICLE for one in numbers)


def _article(number: Number) -> str:
    kind, value = number
    return f"{value:.0f}" if not kind and value >= _SMALLEST_ARTICLE and not value % 1 else _NO_ARTICLE


def _numeric_articles(facts: Facts) -> set[str]:
    return {f"{value:.0f}" for value in facts.remarks.get(ARTICLE, ()) if value < _LONGEST_ARTICLE}


def remarked_otherwise(numbers: Counter[Number], said: Facts, other: Facts) -> bool:
    """«1-клавишный» beside «2кл.», «h80» of a paving stone beside the 60 of «200х100х60»."""
    if not numbers or not other.remarks:
        return False
    rated = other.remarks.get("-rated", ())
    if rated and any(kind == _KEYS and value not in rated for kind, value in numbers):
        return True
    if _rated_otherwise(numbers, said, other):
        return True
    thick = other.remarks.get("-thickness")
    if not thick or "-thickness" in said.remarks:
        return False
    sizes = {value for kind, value in said.numbers if not kind}
    return sizes.isdisjoint(thick) and any(not kind and value in _PAVING for kind, value in numbers)


def _rated_otherwise(numbers: Counter[Number], said: Facts, other: Facts) -> bool:
    """«ДНаТ-250» beside «ДНаТ 150Вт»: the one number that is left stands where the other name says a power."""
    if len(numbers) != 1 or other.form is not Form.PIECE:
        return False
    ((kind, value),) = numbers
    power = other.remarks.get("-power", frozenset[float]())
    return bool(power) and not kind and "-power" not in said.remarks and value not in power and value >= _SMALLEST_POWER


def unrolled(numbers: Counter[Number], other: Facts) -> bool:
    """Whether the other name says another area of what a roll holds."""
    return "-wound" in other.remarks and not SPREAD.isdisjoint(kinds_of(numbers))
