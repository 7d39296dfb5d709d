"""Which materials a row is compared with: the right ones, few, and found by an index however large the catalogue is."""

from functools import partial
from itertools import combinations, product

import pytest

from quarry.adapters.postgresql.copying import json_text
from quarry.domain.match_version import MATCH_VERSION
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name
from quarry.repositories.linked_rows import OFFERS_OF_AN_ARTICLE
from quarry.repositories.postgresql import catalogue as statements
from quarry.repositories.postgresql.candidates import COMPARED, OF_KEY, OF_PLACE, READ, look_up
from quarry.repositories.postgresql.catalogue import CatalogueRepository
from quarry.repositories.postgresql.examination import _OUTDATED
from quarry.runtime import run
from tests.integration.catalogue_samples import Importer, key_of, row

CEMENT = "Портландцемент М500 Д0, мешок 50 кг"
CEMENT_OTHERWISE = "Д0 портландцемент М-500 50кг"
LETTERS = "абвгдежзиклмнопрст"
SIZES = range(110, 1000, 70)

# As plausible to the planner as real ones: two materials a key, and half of the articles are one.
CROWD = """
WITH made AS (
    INSERT INTO materials (id, name, normalized_name, number_key, origin_pricelist_id)
    SELECT gen_random_uuid(), 'Плинтус ' || n, 'плинтус ' || n, '', {pricelist} FROM generate_series(1, {count}) AS n
    RETURNING id, right(name, -8)::integer AS n
)
INSERT INTO material_keys (key, place, material_id, origin_pricelist_id)
SELECT {key}, {place}, id, {pricelist} FROM made
"""
CROWDED_OFFERS = """
INSERT INTO raw_products (supplier_id, pricelistid, name, sku, material_id, offer_key)
SELECT 101, 1, name, CASE WHEN random() < 0.5 THEN 'KNAUF' ELSE name END, id, id::text FROM materials
WHERE origin_pricelist_id = {pricelist}
"""


@pytest.fixture
def catalogue(db):
    return CatalogueRepository(db)


@pytest.fixture
def importer(db, catalogue):
    return Importer(db, catalogue)


def names(found):
    return [normalize_name(candidate.name) for candidate in found]


def test_candidates_share_what_tells_goods_apart_and_those_with_the_same_numbers_come_first(importer, catalogue):
    other_grade, other_goods = "Портландцемент М400 Д0, мешок 50 кг", "Светильник настенный уличный 230 В"
    importer.run_list([row(other_grade), row(other_goods), row(CEMENT, unit="меш.")])
    first, *others = run(catalogue.candidates([key_of(row(CEMENT_OTHERWISE))], 2))["0"]
    assert first.id == material_id(normalize_name(CEMENT))
    assert (first.name, first.unit) == (CEMENT, "мешок")
    assert [each.name for each in others] == [other_grade]


def test_materials_of_the_same_list_are_not_candidates(importer, catalogue):
    pricelist, _, _ = importer.run_list([row(CEMENT)])
    key = key_of(row(CEMENT_OTHERWISE))
    assert run(catalogue.candidates([key], pricelist)) == {}
    assert len(run(catalogue.candidates([key], None))["0"]) == 1


def test_names_of_numbers_alone_are_compared_with_nothing(importer, catalogue):
    importer.run_list([row("12,5 мм")])
    assert run(catalogue.candidates([key_of(row("12,5"))], 2)) == {}


def test_a_row_with_a_word_or_a_number_too_many_meets_what_it_may_mean(importer, catalogue):
    importer.run_list([row("Дверь фасадная серая эконом"), row("Клей Мастер 25 кг"), row("Клей Прораб 25 кг")])
    keys = [key_of(row("Эконом дверь фасадн. премиум серая"), "0"), key_of(row("Мастер клей 25 кг, 48 шт"), "1")]
    found = run(catalogue.candidates(keys, 2))
    assert {row_id: names(likes) for row_id, likes in found.items()} == {
        "0": [normalize_name("Дверь фасадная серая эконом")],
        "1": ["клей мастер 25кг", "клей прораб 25кг"],
    }


def test_of_thousands_with_one_key_those_with_the_same_numbers_are_compared(importer, catalogue):
    """However many there are, the one that is meant is found, and of the others few are compared."""
    crowd = [f"Радиатор Альфа {height}х{depth} {length} мм" for height, depth, length in combinations(SIZES, 3)]
    importer.run_list([row(name) for name in crowd])
    meant = [crowd[0], crowd[len(crowd) // 2], crowd[-1]]
    keys = [key_of(row(f"{name.removeprefix('Радиатор Альфа ')} альфа радиатор"), name) for name in meant]
    found = run(catalogue.candidates(keys, 2))
    for name, likes in found.items():
        assert normalize_name(name) in names(likes)
        assert len(likes) <= COMPARED


def test_rows_of_the_same_list_do_not_hide_those_of_another(importer, catalogue):
    importer.run_list([row("Клей Мастер 25 кг для плитки")])
    own = importer.open(102)
    importer.write(own, [row(f"Клей Мастер 25 кг вид {letter}") for letter in LETTERS + LETTERS.upper()], 102)
    (candidate,) = run(catalogue.candidates([key_of(row("Мастер клей 25 кг плиточный"))], own))["0"]
    assert candidate.name == "Клей Мастер 25 кг для плитки"


def test_an_article_of_very_many_offers_means_none_of_them(importer, catalogue):
    rows = [row(f"Профиль вид {a}{b}", sku="KNAUF") for a, b in product(LETTERS, repeat=2)]
    importer.run_list([*rows[:OFFERS_OF_AN_ARTICLE], row("Затирка 2 кг", sku="knauf")])
    importer.run_list([row(f"Гвозди вид {a}", sku="A-1") for a in LETTERS[:5]] + [row("Затирка 5 кг", sku="a-1")])
    keys = [key_of(row("Смесь 2 кг", sku="Knauf"), "0"), key_of(row("Смесь 5 кг", sku="A-1"), "1")]
    found = run(catalogue.resolve(101, keys, 9))
    assert {row_id: known.material_id for row_id, known in found.items()} == {"1": material_id("затирка 5кг")}


def asked(count):
    """The statements of matching with what they are asked for ``count`` rows."""
    listed = [(str(place), f"плинтус напольный {place}") for place in range(count)]
    articles = [{"row_id": row_id, "sku": name, "number_key": ""} for row_id, name in listed]
    by_article = {"supplier": 101, "pricelist": 2, "most": OFFERS_OF_AN_ARTICLE, "keys": json_text(articles)}
    by_key = {"keys": [-1 - n for n in range(count)], "pricelists": [2] * count, "read": READ}
    ids = [material_id(name) for _, name in listed]
    named = [{"row_id": row_id, "id": one} for (row_id, _), one in zip(listed, ids, strict=True)]
    return [
        (statements._BY_NAME, {"supplier": 101, "keys": json_text(named)}),
        (statements._BY_ARTICLE, by_article),
        (OF_KEY, by_key),
        (OF_PLACE, {**by_key, "places": list(range(count))}),
        (statements._NAMES, {"names": statements.NAMES, "likest": ids}),
        (statements._DIFFERENT, {"names": ids, "most": 9, **statements._UUIDS}),
    ]


def plans(db, rows, options="FORMAT JSON"):
    """The nodes of each statement's plan."""
    return (plan(db, statement, params, options) for statement, params in asked(rows))


def plan(db, statement, params, options):
    def below(node):
        yield node
        for child in node.get("Plans", ()):
            yield from below(child)

    (reported,) = run(db.transaction(partial(look_up, f"EXPLAIN ({options}) {statement}", params)))
    return list(below(reported["QUERY PLAN"][0]["Plan"]))


def indexes(nodes):
    return sorted(node["Index Name"] for node in nodes if node["Node Type"] in {"Index Scan", "Index Only Scan"})


def most_read(nodes):
    """The rows that one run of an index scan gave at most."""
    return max(node["Actual Rows"] for node in nodes if "Index Name" in node)


def fill(db, pricelist, count, key="n / 2", place="n", offers=CROWDED_OFFERS):
    for statement in (CROWD, offers):
        run(db.execute_command(statement.format(pricelist=pricelist, count=count, key=key, place=place)))


@pytest.fixture
def unwatched(db):
    """PostgreSQL analyses the tables only on request."""
    for table in ("materials", "material_keys", "raw_products"):
        run(db.execute_command(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))


@pytest.mark.parametrize("looked", ["never", "when there was little", "at what is there"])
def test_an_index_serves_every_statement_whatever_postgresql_knows_of_the_tables(db, unwatched, looked):
    if looked == "when there was little":
        fill(db, 1, 3)
        run(db.execute_command("ANALYZE"))
    fill(db, 2, 20_000)
    if looked == "at what is there":
        run(db.execute_command("ANALYZE"))

    by_name, by_article, of_key, of_place, names_of, different = every = list(plans(db, 1000))

    assert indexes(by_name) == ["pk_materials", "pk_name_links"]
    assert indexes(by_article) == ["ix_raw_products_sku", "pk_materials"]
    assert indexes(of_key) == indexes(of_place) == ["pk_material_keys"]
    assert indexes(names_of) == ["ix_name_links_material_id", "pk_materials"]
    assert indexes(different) == ["uq_reviews_name_id_material_id"]
    for nodes in every:
        assert not {node["Node Type"] for node in nodes} & {"Seq Scan", "Bitmap Heap Scan"}


def test_what_is_read_for_a_row_is_bounded_where_thousands_have_its_key_or_article(db, unwatched):
    fill(db, 1, 20_000, "-1", "0", CROWDED_OFFERS.replace("ELSE name", "ELSE 'плинтус напольный 0'"))

    by_name, by_article, of_key, of_place, *_ = map(most_read, plans(db, 1, "ANALYZE, FORMAT JSON"))

    assert by_name == 0
    assert by_article == OFFERS_OF_AN_ARTICLE + 1
    assert of_key == of_place == READ


@pytest.mark.parametrize("looked", [True, False])
def test_a_step_of_the_examination_reads_no_more_than_it_takes(db, unwatched, looked):
    fill(db, 1, 20_000)
    if looked:
        run(db.execute_command("ANALYZE"))
    nodes = plan(db, _OUTDATED, {"version": MATCH_VERSION, "limit": 500}, "ANALYZE, FORMAT JSON")
    assert max(node["Actual Rows"] for node in nodes) == 500
