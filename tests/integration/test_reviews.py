"""What people decide about names and materials, through the functions' own handlers, with the lists that follow."""

import uuid
from types import SimpleNamespace

import pytest

from quarry.dependencies.composition import composition
from quarry.dependencies.maintenance import maintenance
from quarry.domain.materials import material_id
from quarry.domain.text import normalize_name
from quarry.errors import StoreUnavailable
from quarry.runtime import run
from tests.environment import composed, with_bucket
from tests.integration.functions import call, invoke, queued, restored, uploaded

INGEST, BATCHES, SEARCH = "ingest/api.py", "batch_status/app.py", "search/app.py"
BRANDED, PLAIN = "Клей Альфа плиточный 25 кг", "Клей плиточный 25 кг"
GROUT = "Затирка для швов Гамма 3 кг"


def identity(name):
    return material_id(normalize_name(name))


@pytest.fixture
def stack(request, collection):
    """Imports lists of suppliers and asks the API."""
    with restored(), composed(request) as patch:
        s3, name = with_bucket(patch, collection)

        def drop(supplier, prices, unit="шт"):
            """The results of a list's rows, by name."""
            listed = prices.items() if isinstance(prices, dict) else prices
            lines = "".join(f"{row};{unit};{price}\n" for row, price in listed)
            key = f"incoming/supplier={supplier}/прайс.csv"
            put = s3.put_object(Bucket=name, Key=key, Body=f"Наименование;Ед. изм.;Цена, руб.\n{lines}".encode())
            assert invoke("ingest/plan.py", uploaded(key, put["VersionId"]))["batchItemFailures"] == []
            for event in queued():
                assert invoke("ingest/process.py", event)["batchItemFailures"] == []
            batch = call(BATCHES, "GET", "/batches").body["items"][0]["request_id"]
            return {item["name"]: item for item in call(BATCHES, "GET", f"/batches/{batch}/results").body["items"]}

        yield SimpleNamespace(drop=drop)


def questions(**query):
    answer = call(INGEST, "GET", "/reviews", **query)
    assert answer.status == 200, answer.body
    return answer.body["items"]


def decided(path, body):
    answer = call(INGEST, "POST", path, body)
    assert answer.status == 200, answer.body
    return answer.body


def offers(material):
    """Prices by supplier; None when there is no such material."""
    answer = call(SEARCH, "GET", f"/materials/{material}/offers")
    if answer.status == 404:
        return None
    return sorted((item["supplier_id"], item["price"]) for item in answer.body["items"])


def history(material):
    items = call(SEARCH, "GET", f"/materials/{material}/price-history").body["items"]
    return sorted((item["supplier_id"], item["price"]) for item in items)


def offer_ids(material, *suppliers):
    items = call(SEARCH, "GET", f"/materials/{material}/offers").body["items"]
    return [item["id"] for item in items if item["supplier_id"] in suppliers]


def found(query):
    return {hit["material"]["name"] for hit in call(SEARCH, "POST", "/search", {"query": query}).body["hits"]}


@pytest.fixture
def doubtful(stack):
    """Supplier 1 has the glue of a maker, 2 and 3 one whose maker is not said."""
    stack.drop(1, {BRANDED: 400, GROUT: 90})
    for supplier, price in ((2, 380), (3, 390)):
        (result,) = stack.drop(supplier, {PLAIN: price}).values()
        assert (result["match_type"], result["status"], result["material_id"]) == ("review", "needs_review", None)
    (question,) = questions()
    return question


def test_a_question_stands_once_with_both_sides_and_the_reason(doubtful):
    assert doubtful["why"] == ["only one of the names says a name"]
    assert 0.8 <= doubtful["score"] < 0.9
    assert doubtful["offers_total"] == 2
    row, material = doubtful["row"], doubtful["material"]
    assert (row["material_id"], row["name"], row["unit"]) == (None, PLAIN, "шт")
    assert [(offer["supplier_id"], offer["price"]) for offer in row["offers"]] == [(2, "380.00"), (3, "390.00")]
    assert (material["material_id"], material["name"]) == (identity(BRANDED), BRANDED)
    assert [offer["price"] for offer in material["offers"]] == ["400.00"]


def test_names_decided_to_be_the_same_join_their_offers_now_and_in_later_lists(doubtful, stack):
    answer = decided(f"/reviews/{doubtful['id']}", {"decision": "same"})
    assert (answer["material_id"], len(answer["moved"])) == (identity(BRANDED), 2)
    assert offers(identity(BRANDED)) == [(1, "400.00"), (2, "380.00"), (3, "390.00")]
    assert questions() == []

    (result,) = stack.drop(4, {PLAIN: 410}).values()
    assert (result["match_type"], result["material_id"]) == ("exact", identity(BRANDED))
    stack.drop(2, {PLAIN: 385})
    assert (2, "385.00") in offers(identity(BRANDED))
    assert (2, "380.00") in history(identity(BRANDED))
    (pair,) = questions(status="decided")
    assert (pair["decision"], pair["row"]["name"], pair["material"]["name"]) == ("same", PLAIN, BRANDED)


def test_names_decided_to_be_different_are_never_asked_about_again(doubtful, stack):
    answer = decided(f"/reviews/{doubtful['id']}", {"decision": "different"})
    assert (answer["material_id"], len(answer["moved"])) == (identity(PLAIN), 2)
    assert offers(identity(PLAIN)) == [(2, "380.00"), (3, "390.00")]
    assert found(PLAIN) >= {PLAIN}

    (result,) = stack.drop(4, {PLAIN: 410}).values()
    assert (result["match_type"], result["material_id"]) == ("exact", identity(PLAIN))
    run(maintenance().upkeep())
    assert questions() == []


def test_a_name_may_mean_another_material_than_the_one_asked_about(doubtful, stack):
    body = {"decision": "other", "material_id": identity(GROUT)}
    assert decided(f"/reviews/{doubtful['id']}", body)["material_id"] == identity(GROUT)
    assert offers(identity(GROUT)) == [(1, "90.00"), (2, "380.00"), (3, "390.00")]
    assert {one["decision"] for one in questions(status="decided")} == {"same", "different"}


def test_what_is_decided_is_not_decided_otherwise(doubtful):
    path = f"/reviews/{doubtful['id']}"
    decided(path, {"decision": "different"})
    assert decided(path, {"decision": "different"}) == {"material_id": None, "moved": []}
    again = call(INGEST, "POST", path, {"decision": "same"})
    assert (again.status, again.body["title"]) == (409, "Conflict")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/reviews/{unknown}", {"decision": "same"}, 404),
        ("/reviews/{unknown}", {"decision": "perhaps"}, 422),
        ("/reviews/{unknown}", {"decision": "other"}, 422),
        ("/reviews/{unknown}", {"decision": "same", "material_id": str(uuid.UUID(int=1))}, 422),
        ("/materials/{unknown}/merge", {"material_id": str(uuid.UUID(int=1))}, 404),
        ("/materials/{known}/merge", {"material_id": identity(BRANDED)}, 409),
        ("/materials/{unknown}/split", {"offers": [1]}, 404),
        ("/materials/{known}/split", {"offers": []}, 422),
        ("/materials/{known}/split", {"offers": [2**31 - 1]}, 404),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_reason(stack, path, body, status):
    stack.drop(1, {BRANDED: 400})
    asked = path.format(unknown=uuid.UUID(int=7), known=identity(BRANDED))
    answer = call(INGEST, "POST", asked, body)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.body["detail"]


def test_pages_of_questions_begin_with_the_most_offers_and_join(stack):
    stack.drop(1, {f"Затирка белая {size} кг": 100 for size in (2, 3, 5)})
    for supplier, sizes in ((2, (2, 3, 5)), (3, (5, 3)), (4, (3,))):
        stack.drop(supplier, {f"Затирка {size} кг": 90 + supplier for size in sizes})
    seen, cursor = [], {}
    while cursor is not None:
        page = call(INGEST, "GET", "/reviews", limit=1, **cursor).body
        seen += [(one["row"]["name"], one["offers_total"]) for one in page["items"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert seen == [("Затирка 3 кг", 3), ("Затирка 5 кг", 2), ("Затирка 2 кг", 1)]
    assert call(INGEST, "GET", "/reviews", cursor="bm9uZQ").status == 422


def state():
    """Everything that a merge and a split change, but the numbers of offers' states and the times."""
    tables = {
        "materials": "id, name, unit, normalized_name, number_key, origin_pricelist_id",
        "material_keys": "key, place, material_id",
        "raw_products": "id, supplier_id, name, unit_price, material_id, name_id, superseded_at",
        "search_terms": "term, count",
    }
    read = composition().postgresql.execute_query
    listed = {table: run(read(f"SELECT {columns} FROM {table}")) for table, columns in tables.items()}
    listed["search_terms"] = [row for row in listed["search_terms"] if row["count"]]
    return {table: sorted(map(repr, rows)) for table, rows in listed.items()}


def test_a_split_undoes_a_merge(stack):
    stack.drop(1, {BRANDED: 400})
    stack.drop(2, {GROUT: 80})
    stack.drop(2, {GROUT: 90})
    before = state()

    merged = decided(f"/materials/{identity(BRANDED)}/merge", {"material_id": identity(GROUT)})
    assert offers(identity(GROUT)) is None
    assert offers(identity(BRANDED)) == [(1, "400.00"), (2, "90.00")]
    assert history(identity(BRANDED)) == [(1, "400.00"), (2, "80.00"), (2, "90.00")]
    assert GROUT not in found(GROUT)
    stack.drop(2, {GROUT: 95})
    (result,) = stack.drop(3, {GROUT: 99}).values()
    assert (result["match_type"], result["material_id"]) == ("exact", identity(BRANDED))

    again = decided(f"/materials/{identity(BRANDED)}/split", {"offers": offer_ids(identity(BRANDED), 2, 3)})
    assert again["material_id"] == identity(GROUT)
    assert len(merged["moved"]) == 1
    assert offers(identity(GROUT)) == [(2, "95.00"), (3, "99.00")]
    assert history(identity(GROUT)) == [(2, "80.00"), (2, "90.00"), (2, "95.00"), (3, "99.00")]
    assert offers(identity(BRANDED)) == [(1, "400.00")]
    assert GROUT in found(GROUT)
    for table in ("materials", "material_keys", "search_terms"):
        assert state()[table] == before[table]
    (result,) = stack.drop(2, {GROUT: 95}).values()
    assert (result["match_type"], result["material_id"]) == ("exact", identity(GROUT))


def test_a_merge_undoes_a_split_of_offers_with_one_name(stack):
    for supplier, price in ((1, 400), (2, 380), (3, 390)):
        stack.drop(supplier, {BRANDED: price})
    material = identity(BRANDED)
    before = state()

    part = decided(f"/materials/{material}/split", {"offers": offer_ids(material, 2)})["material_id"]
    assert part not in {material, None}
    assert (offers(material), offers(part)) == ([(1, "400.00"), (3, "390.00")], [(2, "380.00")])
    stack.drop(2, {BRANDED: 385})
    stack.drop(3, {BRANDED: 395})
    stack.drop(4, {BRANDED: 410})
    assert offers(part) == [(2, "385.00")]
    assert history(part) == [(2, "380.00"), (2, "385.00")]
    assert offers(material) == [(1, "400.00"), (3, "395.00"), (4, "410.00")]

    decided(f"/materials/{material}/merge", {"material_id": part})
    assert offers(part) is None
    assert offers(material) == [(1, "400.00"), (2, "385.00"), (3, "395.00"), (4, "410.00")]
    for table in ("materials", "material_keys", "search_terms"):
        assert state()[table] == before[table]
    stack.drop(2, {BRANDED: 386})
    assert (2, "386.00") in offers(material)


def test_offers_that_a_later_list_could_not_tell_apart_are_not_split(stack):
    stack.drop(1, {BRANDED: 400})
    stack.drop(2, [(BRANDED, 390), (BRANDED, 395)])
    first, _ = offer_ids(identity(BRANDED), 2)
    answer = call(INGEST, "POST", f"/materials/{identity(BRANDED)}/split", {"offers": [first]})
    assert (answer.status, "could not be distinguished" in answer.body["detail"]) == (409, True)


OLD_VERSION = """
UPDATE materials SET match_version = 0;
DELETE FROM material_keys;
DELETE FROM reviews;
"""


def examined():
    """What maintenance examined, after a change of the rules."""
    for statement in OLD_VERSION.split(";")[:-1]:
        run(composition().postgresql.execute_command(statement))
    step = run(maintenance().upkeep())["examine_materials"]
    assert step.pop("status") == "done", step
    return step


def test_new_rules_examine_what_is_in_the_catalogue_and_ask_before_anything_is_merged(doubtful):
    decided(f"/reviews/{doubtful['id']}", {"decision": "different"})
    keys = state()["material_keys"]

    assert examined() == {"materials": 3, "questions": 1}
    assert state()["material_keys"] == keys
    (question,) = questions()
    assert {question["row"]["material_id"], question["material"]["material_id"]} == {identity(BRANDED), identity(PLAIN)}
    assert offers(identity(PLAIN)) == [(2, "380.00"), (3, "390.00")]
    assert run(maintenance().upkeep())["examine_materials"]["materials"] == 0

    meant = decided(f"/reviews/{question['id']}", {"decision": "same"})["material_id"]
    assert offers(meant) == [(1, "400.00"), (2, "380.00"), (3, "390.00")]
    assert questions() == []


def test_materials_that_one_list_names_are_not_asked_about(stack):
    stack.drop(1, {BRANDED: 400, PLAIN: 380})
    assert examined() == {"materials": 2, "questions": 0}


def test_a_decided_name_finds_what_is_like_it(doubtful, stack):
    """The material is known by both names from then on, to rows and to maintenance."""
    stack.drop(5, {"Клей Бета плиточный 25 кг": 410})
    decided(f"/reviews/{questions()[0]['id']}", {"decision": "same"})
    (result,) = stack.drop(6, {"плиточный клей 25 кг, мешок": 395}).values()
    assert result["material_id"] in {None, identity(BRANDED), identity("Клей Бета плиточный 25 кг")}
    assert result["match_type"] in {"review", "matched"}


def test_a_point_that_could_not_be_removed_is_removed_by_maintenance(stack, monkeypatch):
    stack.drop(1, {BRANDED: 400})
    stack.drop(2, {GROUT: 90})
    vectors, collection = composition().qdrant, composition().settings.materials_collection

    async def unavailable(*_):
        raise StoreUnavailable("Qdrant")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "delete", unavailable)
        decided(f"/materials/{identity(BRANDED)}/merge", {"material_id": identity(GROUT)})
    assert run(vectors.retrieve(collection, [identity(GROUT)])) != {}
    assert run(maintenance().upkeep())["remove_points"] == {"status": "done", "points": 1}
    assert run(vectors.retrieve(collection, [identity(GROUT)])) == {}
