"""The local Qdrant server loses nothing through kills, restarts and the building of its index."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.processes import free_port
from local.qdrant import points
from local.qdrant.collection import Collection
from local.qdrant.queries import count_request, query_request, scroll_request
from local.qdrant.rebuild import rebuild
from local.qdrant.schema import read_settings

SIZE = 4
SETTINGS = {"vectors": {"dense": {"size": SIZE, "distance": "Dot"}}, "optimizers_config": {"indexing_threshold": 1}}


class Server:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.start()

    def start(self) -> None:
        port = free_port()
        command = [sys.executable, "-m", "local.qdrant", "--home", str(self.home), "--port", str(port)]
        self.process = subprocess.Popen(command, env={k: v for k, v in os.environ.items() if k != "QDRANT_API_KEY"})
        self.rest = httpx.Client(base_url=f"http://127.0.0.1:{port}")
        while True:
            try:
                self.rest.get("/readyz")
            except httpx.TransportError:
                assert self.process.poll() is None
                time.sleep(0.05)
            else:
                return

    def stop(self, number: signal.Signals) -> None:
        self.rest.close()
        self.process.send_signal(number)
        self.process.wait()

    def ids(self) -> list[int]:
        answer = self.rest.post("/collections/kept/points/scroll", json={"limit": 10_000})
        return [point["id"] for point in answer.json()["result"]["points"]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "qdrant")
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGTERM)


def point(number: int) -> dict[str, object]:
    return {"id": number, "vector": {"dense": [float(number), 1.0, 0.0, 0.0]}, "payload": {"n": number}}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_acknowledged_writes_survive_the_end_of_the_process(server: Server, number: signal.Signals):
    server.rest.put("/collections/kept", json=SETTINGS)
    server.rest.put("/collections/kept/index", json={"field_name": "n", "field_schema": "integer"})
    server.rest.put("/collections/kept/vectors/more", json={"dense": {"size": 2, "distance": "Cosine"}})
    for start in range(0, 300, 100):
        body = {"points": [point(start + offset) for offset in range(100)]}
        assert server.rest.put("/collections/kept/points", json=body).status_code == 200
    server.rest.post("/collections/kept/points/delete", json={"points": [0, 1]})

    server.stop(number)
    server.start()

    assert server.ids() == list(range(2, 300))
    info = server.rest.get("/collections/kept").json()["result"]
    assert set(info["config"]["params"]["vectors"]) == {"dense", "more"}
    assert info["payload_schema"]["n"]["data_type"] == "integer"


def test_a_half_made_collection_is_swept_at_start(server: Server):
    server.rest.put("/collections/kept", json=SETTINGS)
    server.stop(signal.SIGKILL)
    half_made = server.home / "collections" / "half"
    (half_made / "shard-0").mkdir(parents=True)
    stray = server.home / "collections" / "kept" / "shard-1"
    stray.mkdir()

    server.start()

    assert server.rest.get("/collections").json()["result"]["collections"] == [{"name": "kept"}]
    assert not half_made.exists()
    assert not stray.exists()
    assert server.rest.put("/collections/half", json=SETTINGS).status_code == 200


def test_a_second_server_on_the_same_home_refuses_to_start(server: Server):
    command = [sys.executable, "-m", "local.qdrant", "--home", str(server.home), "--port", str(free_port())]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert "another server uses" in second.stderr


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Collection]:
    """A collection of 1,000 points, without a server around it."""
    collection = Collection.create(tmp_path / "shelf", read_settings(SETTINGS))
    collection.write(points.upsert, {"points": [point(number) for number in range(1000)]})
    yield collection
    collection.close()


def content(collection: Collection) -> dict[int, int]:
    records, _ = collection.read(lambda shard: shard.scroll(scroll_request({"limit": 10_000})))
    return {record.id: record.payload["n"] for record in records}


def nearest(collection: Collection) -> list[int]:
    request = query_request({"query": [1.0, 0.0, 0.0, 0.0], "using": "dense", "limit": 3})
    return [found.id for found in collection.read(lambda shard: shard.query(request))]


def test_building_the_index_keeps_every_point_and_its_order(shelf: Collection):
    before = content(shelf)
    assert shelf.shard.info().indexed_vectors_count == 0
    rebuild(shelf, threading.Event())
    assert shelf.shard.info().indexed_vectors_count >= 1000
    assert content(shelf) == before
    assert nearest(shelf) == [999, 998, 997]
    assert (shelf.pending, shelf.rebuilding) == (0, False)


def test_changes_made_while_the_index_is_built_are_in_the_new_one(shelf: Collection, tmp_path: Path):
    expected = content(shelf)
    target = shelf.begin_rebuild()
    shelf.write(points.upsert, {"points": [point(number) for number in range(5000, 5700)]})
    shelf.write(points.delete, {"points": [999, 5001]})
    shelf.write(points.overwrite_payload, {"points": [3], "payload": {"n": -3}})
    shelf.write(points.set_payload, {"filter": {"must": [{"has_id": [4]}]}, "payload": {"n": -4}})
    shelf.finish_rebuild(target)

    expected |= {number: number for number in range(5000, 5700)} | {3: -3, 4: -4}
    del expected[999], expected[5001]
    assert content(shelf) == expected
    assert nearest(shelf) == [5699, 5698, 5697]
    shelf.close()
    assert content(Collection(tmp_path / "shelf")) == expected


def test_reads_and_writes_go_on_while_the_index_is_built(shelf: Collection):
    builder = threading.Thread(target=rebuild, args=(shelf, threading.Event()))
    builder.start()
    written = 0
    while builder.is_alive():
        shelf.write(points.upsert, {"points": [point(10_000 + written)]})
        written += 1
        assert nearest(shelf)[0] == 10_000 + written - 1
    builder.join()
    assert written > 1
    assert shelf.read(lambda shard: shard.count(count_request({}))) == 1000 + written


def test_an_index_built_before_the_schema_changed_is_thrown_away(shelf: Collection, tmp_path: Path):
    target = shelf.begin_rebuild()
    shelf.add_vector("more", {"dense": {"size": 2, "distance": "Cosine"}})
    shelf.finish_rebuild(target)
    assert not target.exists()
    assert shelf.pending == 1000
    shelf.write(points.update_vectors, {"points": [{"id": 1, "vector": {"more": [1.0, 0.0]}}]})
    assert len(content(shelf)) == 1000


def test_building_stops_at_once_when_the_server_stops(shelf: Collection, tmp_path: Path):
    stopping = threading.Event()
    stopping.set()
    rebuild(shelf, stopping)
    assert [folder.name for folder in (tmp_path / "shelf").iterdir() if folder.is_dir()] == ["shard-0"]
    assert len(content(shelf)) == 1000
