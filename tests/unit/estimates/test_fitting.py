"""Which candidates are what a line asks for: what the search knows of them counts as said."""

from decimal import Decimal

import pytest

from quarry.domain.estimates.fitting import Waiting, fitting
from quarry.domain.estimates.lines import AskedLine
from quarry.domain.excerpts import Candidate
from quarry.domain.ranking import rank
from quarry.domain.understanding import understand
from quarry.domain.vocabulary import Vocabulary


def candidate(name):
    return Candidate.of(
        {
            "material": {"id": name, "name": name, "sku": None},
            "offers": [],
            "category": None,
            "unit": "шт",
            "skus": [],
            "prices": [],
        }
    )


def fits(asked, *names):
    vocabulary = Vocabulary({word.lower(): 1 for name in names for word in name.split() if word.isalpha()})
    parsed = understand(asked, vocabulary)
    line = AskedLine(line=1, name=asked, quantity=Decimal(1), unit="шт")
    found = fitting(line, parsed, rank(parsed, list(map(candidate, names)), lambda _word: 1), Waiting({}))
    return [one.name for one in found if one.conflict is None and not one.silent]


def test_a_word_is_met_by_its_own_synonyms_and_not_by_those_of_another_word():
    """Mixers are called «кран в ванну» too, which does not make each of them one for a bath."""
    assert fits("Смеситель для ванны", "Смеситель для раковины", "Смеситель для ванны") == ["Смеситель для ванны"]


@pytest.mark.parametrize("silent", ["Конёк 2 м коричневый", "Конёк RAL 8017 2 м"])
def test_a_word_that_no_seller_says_is_forgiven_where_the_colour_tells(silent):
    parsed = understand("Конёк для металлочерепицы шоколад", Vocabulary({"конек": 1}))
    line = AskedLine(line=1, name="Конёк для металлочерепицы шоколад", quantity=Decimal(1), unit="шт")
    ranked = rank(parsed, [candidate(silent), candidate("Конёк 2 м зелёный")], lambda _word: 1)
    best, *others = fitting(line, parsed, ranked, Waiting({}))

    assert best.name == silent
    assert best.cost < 0.5
    assert all(one.conflict for one in others)


def test_what_an_offer_does_not_say_is_named_as_the_line_says_it():
    asked = "Дверь входная металлическая чёрная"
    parsed = understand(asked, Vocabulary({"дверь": 1}))
    line = AskedLine(line=1, name=asked, quantity=Decimal(1), unit="шт")
    (found,) = fitting(line, parsed, rank(parsed, [candidate("Дверь 2000x800")], lambda _word: 1), Waiting({}))

    assert set(found.silent) == {"входная", "металлическая", "чёрная"}


def test_a_row_that_waits_is_met_by_synonyms_as_a_material_is():
    offer = {"id": 1, "name": "Кран шаровой 1/2", "unit": "шт", "sku": None}
    parsed = understand("Кран шаровый 1/2", Vocabulary({"кран": 1, "шаровой": 1}))
    line = AskedLine(line=1, name="Кран шаровый 1/2", quantity=Decimal(1), unit="шт")
    assert Waiting({"k": [offer]}).wording("k").own.keys() >= {"кран", "шаров"}
    (found,) = fitting(line, parsed, [], Waiting({"k": [offer]}))
    assert found.waits
    assert not found.silent
