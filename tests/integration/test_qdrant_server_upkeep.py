"""What the local Qdrant server does in the background: when it builds an index, at which priority, what it imports."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import ROOT
from local.qdrant import builder, points, store
from local.qdrant.collection import Collection
from local.qdrant.pace import Pace
from local.qdrant.points import upsert
from local.qdrant.queries import scroll_request
from local.qdrant.rebuild import is_due, rebuild
from local.qdrant.schema import read_settings
from local.qdrant.store import Store
from local.qdrant.strict import RequestError

SETTINGS = {"vectors": {"dense": {"size": 4, "distance": "Dot"}}, "optimizers_config": {"indexing_threshold": 1}}


def rows(start: int, count: int) -> list[dict[str, object]]:
    return [
        {"id": one, "vector": {"dense": [float(one), 1.0, 0.0, 0.0]}, "payload": {"n": one}}
        for one in range(start, start + count)
    ]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store whose maintenance is run by the test, tick by tick."""
    monkeypatch.setattr(store, "_TICK_SECONDS", 3600)
    kept = Store(tmp_path / "home")
    kept.create("kept", SETTINGS)
    yield kept
    kept.close()


def tick(kept: Store, times: int) -> None:
    for _ in range(times):
        kept._keep_one(kept["kept"])


def indexed(kept: Store) -> int:
    return kept["kept"].shard.info().indexed_vectors_count


@pytest.mark.parametrize("pause", [3, 15, 60])
def test_no_index_is_built_in_the_pauses_of_an_import_and_one_after_it(kept: Store, pause: int):
    for burst in range(7):
        kept["kept"].write(points.upsert, {"points": rows(burst * 1000, 1000)})
        tick(kept, pause)
        assert indexed(kept) == 0
    tick(kept, 8 * pause + 10)
    assert indexed(kept) >= 7000


def test_an_import_is_not_waited_for_when_it_has_changed_very_much(kept: Store):
    collection = kept["kept"]
    collection.write(points.upsert, {"points": rows(0, 1000)})
    for pending, due in ((49_999, False), (50_000, True)):
        collection.pending = pending
        assert is_due(collection, quiet=False) is due


def test_a_bulk_puts_the_index_off_and_has_it_built_when_it_has_ended(kept: Store):
    collection = kept["kept"]
    collection.change_optimizers({"optimizers_config": {"indexing_threshold": 0}})
    collection.write(points.upsert, {"points": rows(0, 6000)})
    collection.pending = 1_000_000
    tick(kept, 100)
    assert indexed(kept) == 0
    collection.change_optimizers({"optimizers_config": {"indexing_threshold": 1}})
    tick(kept, 1)
    assert indexed(kept) >= 6000


def test_settings_of_the_optimizers_that_do_not_exist_are_refused(kept: Store):
    before = kept["kept"].settings
    for wrong in ({"optimizers_config": {"threshold": 0}}, {"vectors": {}}, {}):
        with pytest.raises(RequestError):
            kept["kept"].change_optimizers(wrong)
    assert kept["kept"].settings == before


@pytest.mark.parametrize(
    ("busy", "logged", "flushed"), [(True, 99_999, False), (True, 100_000, True), (False, 20_000, True)]
)
def test_the_log_of_a_long_import_is_flushed_in_its_midst(kept: Store, busy: bool, logged: int, flushed: bool):
    collection = kept["kept"]
    collection.write(points.upsert, {"points": rows(0, 10)})
    tick(kept, 1 if busy else 10)
    collection._logged_points = logged
    if busy:
        collection.write(points.upsert, {"points": rows(10, 0)})
    tick(kept, 1)
    assert (collection._logged_points == 0) is flushed


def idle(pace: Pace, ticks: int) -> bool:
    for _ in range(ticks):
        pace.tick(pace._write_moments)
    return pace.quiet


def test_one_long_pause_between_two_imports_does_not_put_the_next_index_off():
    pace = Pace()
    pace.tick(2)
    assert idle(pace, 100_000)
    pace.tick(4)
    assert not idle(pace, 9)
    assert idle(pace, 1)


def test_the_wait_for_an_end_is_bounded_whatever_pauses_were_made():
    pace = Pace()
    for moves in (2, 4, 6):
        pace.tick(moves)
        idle(pace, 100_000)
    pace.tick(8)
    assert not idle(pace, 599)
    assert idle(pace, 1)


def test_a_long_write_is_not_a_pause():
    pace = Pace()
    pace.tick(1)
    assert not idle(pace, 1000)
    pace.tick(2)
    assert idle(pace, 10)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Collection]:
    collection = Collection.create(tmp_path / "shelf", read_settings(SETTINGS))
    yield collection
    collection.close()


def test_a_body_reaches_the_engine_in_parts_and_a_doubled_id_does_not(shelf: Collection):
    assert len(upsert({"points": rows(0, 100)}, shelf).operations) == 5
    assert len(upsert({"points": [*rows(0, 50), *rows(0, 50)]}, shelf).operations) == 1


def test_of_two_points_with_one_id_the_last_wins_however_far_apart(shelf: Collection):
    shelf.write(points.upsert, {"points": rows(0, 60)})
    first, last = ({**rows(0, 1)[0], "payload": {"n": n}} for n in (7, 8))
    condition = {"must": [{"key": "n", "range": {"lte": 6}}]}
    shelf.write(points.upsert, {"points": [first, *rows(1, 50), last], "update_filter": condition})
    records, _ = shelf.read(lambda shard: shard.scroll(scroll_request({"limit": 1})))
    assert records[0].payload == {"n": 8}


def test_the_condition_of_an_upsert_holds_for_every_part_of_its_body(shelf: Collection):
    shelf.write(points.upsert, {"points": rows(0, 60)})
    changed = [{**row, "payload": {"n": row["payload"]["n"] + 1000}} for row in rows(0, 60)]
    condition = {"must": [{"key": "n", "range": {"gte": 30}}]}

    shelf.write(points.upsert, {"points": changed, "update_filter": condition})

    records, _ = shelf.read(lambda shard: shard.scroll(scroll_request({"limit": 100})))
    assert sorted(record.payload["n"] for record in records) == [*range(30), *range(1030, 1060)]


def test_the_index_is_built_by_a_child_that_gives_way(shelf: Collection):
    shelf.write(points.upsert, {"points": rows(0, 5000)})
    niceness, done = set(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            for child in psutil.Process().children():
                try:
                    if "local.qdrant.builder" in child.cmdline():
                        niceness.add(child.nice())
                except psutil.Error:
                    pass

    watcher = threading.Thread(target=watch)
    watcher.start()
    rebuild(shelf, threading.Event())
    done.set()
    watcher.join()
    assert max(niceness) >= min(19, psutil.Process().nice() + builder.NICENESS)


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("local.qdrant.__main__", {"numpy", "starlette", "pydantic", "fastapi", "qdrant_client"}),
        ("local.qdrant.builder", {"numpy", "uvicorn", "orjson", "asyncio", "local.qdrant.collection"}),
    ],
)
def test_the_server_and_its_child_load_what_they_use(module: str, unneeded: set[str]):
    code = f"import {module}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert unneeded.isdisjoint(loaded.stdout.split())
