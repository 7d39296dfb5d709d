"""Lists taken back in PostgreSQL: what the supplier offered before them counts again, exactly."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarry.domain.watches import Watched
from quarry.repositories.postgresql.decisions import merge
from quarry.repositories.postgresql.offers import OfferRepository
from quarry.repositories.postgresql.undoing import UndoneLists
from quarry.repositories.postgresql.watches import WatchRepository
from quarry.runtime import run
from tests.filled import FILLED
from tests.integration.catalogue_samples import row


@pytest.fixture
def lists(db):
    return UndoneLists(db)


def say(db, pricelist, status):
    params = {"id": pricelist, "status": status}
    run(db.execute_command("UPDATE pricelists SET status = :status, finished_at = now() WHERE id = :id", params))


def undo(db, lists, pricelist):
    say(db, pricelist, "undoing")
    assert run(lists.undo(pricelist))
    say(db, pricelist, "undone")


def offers_of(importer):
    return {each["row"]["id"]: each["row"] for each in importer.state()[0]}


def bricks(*numbers, price="10", **about):
    return [row(f"Кирпич М{number}", price, **about) for number in numbers]


def second_list():
    kept, amended = bricks(1, 2, sku=None), [replace(bricks(3)[0], stock=Decimal(7), row=44)]
    return [*kept, *amended, *bricks(4, price="12"), *bricks(6)]  # 5 is gone


def test_what_the_supplier_offered_before_counts_again(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1, 2, 3, 4, 5))
    say(db, first, "completed")
    before = offers_of(importer)
    second, _, summary = importer.run_list(second_list())
    assert (summary["new"], summary["gone"], summary["dearer"]) == (1, 1, 1)

    undo(db, lists, second)
    assert offers_of(importer) == before
    changes = run(OfferRepository(db).changes(second))
    assert changes == []
    assert run(OfferRepository(db).price_history(before[min(before)]["material_id"]))[0].price == 10


def test_lists_are_taken_back_one_after_the_other(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1, 2, 3))
    states = [offers_of(importer)]
    made = [first]
    for price in ("10", "11", "12"):
        made.append(importer.run_list([*bricks(1, price=price), *bricks(2)])[0])
        states.append(offers_of(importer))
    for one in made:
        say(db, one, "completed")
    for one, after in zip(reversed(made), reversed([{}, *states[:-1]]), strict=True):
        undo(db, lists, one)
        assert offers_of(importer) == after


def test_an_undo_that_comes_twice_is_one(importer, lists, db):
    say(db, importer.run_list(bricks(1, 2))[0], "completed")
    second, _, _ = importer.run_list(second_list())
    undo(db, lists, second)
    state = importer.state()
    assert run(lists.undo(second))
    assert importer.state()[0] == state[0]


def test_materials_whose_offers_changed_are_indexed_again(importer, lists, db):
    say(db, importer.run_list(bricks(1, 2, 3, 4, 5))[0], "completed")
    second, _, _ = importer.run_list(second_list())
    run(db.execute_command("UPDATE materials SET indexed_at = now()"))
    undo(db, lists, second)
    waiting = run(db.execute_query("SELECT name FROM materials WHERE indexed_at IS NULL ORDER BY name"))
    assert [each["name"] for each in waiting] == [f"Кирпич М{number}" for number in (3, 4, 5, 6)]


def test_a_list_with_a_later_one_behind_it_is_not_taken_back(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1, 2))
    say(db, first, "undoing")
    second, _, _ = importer.run_list(bricks(1, price="11"))
    say(db, second, "completed")
    before = offers_of(importer)
    assert run(lists.later(first, 101)).request_id == "r-2"
    assert not run(lists.undo(first))
    assert offers_of(importer) == before
    undo(db, lists, second)
    assert run(lists.later(first, 101)) is None


def test_other_suppliers_and_lists_that_never_came_are_no_later_ones(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1))
    importer.run_list(bricks(1), supplier=102)
    say(db, importer.open(), "received")
    say(db, importer.open(), "failed")
    assert run(lists.later(first, 101)) is None
    broken_off = importer.open()
    say(db, broken_off, "failed")
    run(db.execute_command("UPDATE pricelists SET error_code = 'broken_off' WHERE id = :id", {"id": broken_off}))
    assert run(lists.later(first, 101)).status == "failed"


def test_a_slow_worker_of_a_list_that_is_taken_back_writes_nothing(importer, lists, db):
    say(db, importer.run_list(bricks(1, 2, 3))[0], "completed")
    before = offers_of(importer)
    second, _, _ = importer.run_list(bricks(1, price="11"))
    undo(db, lists, second)
    receipt = importer.write(second, bricks(1, price="11"))
    assert (receipt.inserted, receipt.updated, receipt.outdated) == (0, 0, 1)
    run(importer.catalogue.finish(second))
    assert offers_of(importer) == before


def test_rows_of_an_older_list_are_not_ended_by_one_that_is_taken_back(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1))
    second, _, _ = importer.run_list(bricks(1, price="11"))
    undo(db, lists, second)
    importer.write(first, bricks(2))
    assert {name: price for name, (price, _) in importer.current().items()} == {
        "Кирпич М1": "1E+1",
        "Кирпич М2": "1E+1",
    }


def test_a_list_of_which_nothing_was_noted_is_not_known(importer, lists, db):
    importer.run_list(bricks(1, 2))
    second, _, _ = importer.run_list(second_list())
    assert run(lists.is_known(second, 101))
    run(db.execute_command("DELETE FROM earlier_offers"))
    assert not run(lists.is_known(second, 101))


def test_lists_that_were_read_after_a_later_one_are_named(importer, lists, db):
    first = importer.open()
    second, _, _ = importer.run_list(bricks(1, price="11"))
    importer.write(first, bricks(1, 2))
    run(importer.catalogue.finish(first))
    say(db, first, "completed")
    assert run(lists.gave_way(second, 101)) == ["r-1"]
    assert run(lists.gave_way(first, 101)) == []


def test_a_watch_sees_the_price_of_before_and_does_not_fire(importer, lists, db):
    first, _, _ = importer.run_list(bricks(1, price="10", unit="шт"))
    say(db, first, "completed")
    material = next(iter(offers_of(importer).values()))["material_id"]
    watches = WatchRepository(db)
    watched = Watched(id="w", material_id=material, query=None, below=Decimal(15), unit="шт", currency="RUB")
    assert run(watches.put(watched, "RUB")).is_below
    second, _, _ = importer.run_list(bricks(1, price="20", unit="шт"))
    assert not run(watches.page(None, 9))[0].is_below
    undo(db, lists, second)
    (watch,) = run(watches.page(None, 9))
    assert (watch.is_below, watch.fired_at, watch.cheapest.price) == (True, None, Decimal(10))


def test_what_people_decided_since_stays(importer, lists, db):
    first, _, _ = importer.run_list([*bricks(1), row("Клей", "5")])
    say(db, first, "completed")
    second, _, _ = importer.run_list([replace(bricks(1)[0], stock=Decimal(3)), row("Клей", "6")])
    ids = {each["name"]: each["material_id"] for each in offers_of(importer).values()}
    run(db.transaction(lambda session: merge(session, into=ids["Клей"], other=ids["Кирпич М1"])))
    undo(db, lists, second)
    current = [each for each in offers_of(importer).values() if each["superseded_at"] is None]
    assert {each["material_id"] for each in current} == {ids["Клей"]}
    assert {each["stock"] for each in current} == {None}


def test_notes_are_forgotten_with_the_time(importer, lists, db):
    importer.run_list(bricks(1, 2))
    importer.run_list(bricks(1, 2))
    assert run(lists.clean(timedelta(days=30))) == 0
    run(db.execute_command("UPDATE earlier_offers SET at = now() - interval '31 days'"))
    assert run(lists.clean(timedelta(days=30))) == 1


# A list's rows: which goods at which price and stock; of an article the name may change.
LISTS = st.lists(
    st.dictionaries(
        st.integers(0, 4), st.tuples(st.sampled_from(["10", "11", None]), st.sampled_from([None, 1, 2])), min_size=1
    ),
    min_size=2,
    max_size=4,
)


@given(LISTS, st.sampled_from(["прайс.xlsx", "клей.xlsx"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lists_are_taken_back_exactly(importer, lists, db, contents, other_file):
    run(db.execute_command(f"TRUNCATE {FILLED} RESTART IDENTITY CASCADE"))
    done = []
    for place, content in enumerate(contents):
        goods = [
            row(f"Кирпич М{number}", price, sku=f"A-{number}", row=place + at, stock=stock and Decimal(stock))
            for at, (number, (price, stock)) in enumerate(content.items())
        ]
        before = offers_of(importer)
        file = other_file if place % 2 else "прайс.xlsx"
        made, _, _ = importer.run_list(goods, file=file)
        say(db, made, "completed")
        done.append((made, before))
    for made, before in reversed(done):
        undo(db, lists, made)
        assert offers_of(importer) == before
