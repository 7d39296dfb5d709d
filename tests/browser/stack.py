"""A stack of its own for the browser, filled through the API."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Page, Route

from tests.browser import lists
from tests.e2e.test_api import ENDED, Stack

PAUSE_SECONDS = 0.1


class Filled(Stack):
    """``quarry up`` with the lists of three suppliers."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def fill(self) -> None:
        self.drop("Северный склад", "severny 2026-01.csv", lists.north(0.9))
        self.drop("Северный склад", "severny 2026-02.csv", lists.north())
        self.drop("База «Гавань»", "gavan.csv", lists.HEADER + lists.HARBOUR)
        self.drop("МастерСнаб", "mastersnab.csv", lists.HEADER + lists.MASTER)

    def drop(self, supplier: str, file: str, text: str) -> str:
        """The request id of an import that has ended."""
        ticket = self.ticket(supplier, file)
        self.send(ticket, text)
        wait_for(lambda: self.ended(ticket["request_id"]), lambda batch: batch["status"] in ENDED)
        return str(ticket["request_id"])

    def ticket(self, supplier: str, file: str) -> dict[str, Any]:
        """What a list is sent with, and its request id."""
        about = {"supplier_id": self.supplier(supplier), "file_name": file}
        return dict(self.ask("POST", "/pricelists", json=about).json())

    def supplier(self, name: str) -> int:
        return int(self.ask("POST", "/suppliers", json={"name": name}).json()["id"])

    def send(self, ticket: dict[str, Any], text: str) -> None:
        form = ticket["upload"]
        httpx.post(form["url"], data=form["fields"], files={"file": ("list", text.encode())}).raise_for_status()

    def revive(self, part: str) -> None:
        """Also in the eyes of the search, each of whose environments calls no store for a while that was away."""
        super().revive(part)
        # Whether there is such a material PostgreSQL alone can say.
        wait_for(self._unknown_materials, lambda statuses: statuses == {404})
        wait_for(lambda: self.search(f"цемент {uuid4()}"), lambda answer: not answer["degraded"])

    def _unknown_materials(self) -> set[int]:
        """The statuses of several at a time, which as many environments answer."""
        with ThreadPoolExecutor() as threads:
            return set(threads.map(lambda _: self.api.get(f"/materials/{uuid4()}").status_code, range(8)))

    def page_configuration(self) -> dict[str, Any]:
        return httpx.get(f"{self.url}/ui/config.json").json()

    def material(self, name: str) -> str:
        return str(self.search(name)["hits"][0]["material"]["id"])


def late_answer(page: Page, address: str, times: int | None = None) -> list[Route]:
    """The requests to an address, none of which is answered yet: all, or the first so many."""
    waiting: list[Route] = []

    def held_back(route: Route) -> None:
        waiting.append(route)

    page.route(address, held_back, times=times)
    return waiting


def awaited(page: Page, waiting: list[Route]) -> Route:
    """A request that is held back, as soon as there is one."""
    while not waiting:
        page.wait_for_timeout(1000 * PAUSE_SECONDS)
    return waiting.pop()


def settled(page: Page) -> None:
    """Returns when the page has drawn what had been answered before: an answer of its own is drawn after those."""
    page.evaluate("fetch('/ui/config.json').then((one) => one.json())")
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")


def wait_for(ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    while not done(answer := ask()):
        time.sleep(PAUSE_SECONDS)
    return answer


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@contextmanager
def held(page: Page, address: str) -> Iterator[list[Route]]:
    """Requests to the address are sent when the context ends."""
    waiting: list[Route] = []
    released: list[bool] = []
    page.route(address, lambda route: route.continue_() if released else waiting.append(route))
    yield waiting
    released.append(True)
    for route in waiting:
        route.continue_()
