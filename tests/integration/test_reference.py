import pytest

from quarry.domain.units import UNITS
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.repositories.postgresql.reference import MOST_TERMS, ReferenceRepository
from quarry.runtime import run
from tests.integration.catalogue_samples import Importer, row


@pytest.fixture
def reference(db):
    return ReferenceRepository(db)


def names(page_of, limit):
    found, after = [], None
    while page := run(page_of(after, limit)):
        found += [item.name for item in page]
        after = page[-1].name
    return found


def test_units_are_paged_by_name_without_gap_or_repetition(reference):
    found = names(reference.units, 7)
    assert sorted(found) == sorted(unit.name for unit in UNITS)
    assert len(found) == len(UNITS)


def test_a_unit_says_what_it_is(reference):
    tonne = next(unit for unit in run(reference.units(limit=100)) if unit.code == "t")
    assert (tonne.symbol, tonne.dimension, tonne.factor) == ("т", "mass", 1000)
    assert "тн" in tonne.synonyms


def test_categories_of_price_lists_are_listed_once(reference, db):
    importer = Importer(db, CatalogueRepository(db))
    rows = [row(f"Товар {place}", category=(f"Раздел {place % 3}",)) for place in range(9)]
    importer.run_list(rows)
    importer.run_list(rows, supplier=202)
    assert names(reference.categories, 2) == ["Раздел 0", "Раздел 1", "Раздел 2"]


def test_the_trades_abbreviations_are_known_from_the_start(reference):
    assert run(reference.synonyms())["гкл"] == "гипсокартон"


def test_the_vocabulary_has_the_words_of_the_materials(reference, db):
    assert run(reference.vocabulary()).counts == {}
    Importer(db, CatalogueRepository(db)).run_list([row("Клей плиточный"), row("Клей обойный")])
    assert run(reference.vocabulary()).counts == {"клей": 2, "плиточный": 1, "обойный": 1}


def test_of_many_words_the_most_frequent_are_at_hand_and_the_others_are_looked_up(reference, db):
    many = "SELECT 'слово' || n, 2 + n / 10 FROM generate_series(1, :words) AS n"
    run(db.execute_command(f"INSERT INTO search_terms (term, count) {many}", {"words": MOST_TERMS}))
    run(db.execute_command("INSERT INTO search_terms (term, count) VALUES ('редкое', 1)"))

    terms = run(reference.vocabulary())

    assert (len(terms.counts), terms.least, "редкое" in terms.counts) == (MOST_TERMS, 2, False)
    assert run(reference.counts_of(["редкое", "слово10", "никакое"])) == {"редкое": 1, "слово10": 3}
    run(db.execute_command("UPDATE search_terms SET count = 3, changed_by = DEFAULT WHERE term = 'слово1'"))
    run(db.execute_command("UPDATE search_terms SET changed_by = DEFAULT WHERE term = 'редкое'"))
    assert run(reference.vocabulary(terms.until, terms.least)).counts == {"слово1": 3}
