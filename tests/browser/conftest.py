"""Chromium on the real page: each flow in two languages and two sizes; pictures are kept in .artefacts/browser."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from local import ROOT
from tests.browser.stack import Filled

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARTEFACTS = ROOT / ".artefacts" / "browser"
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
LOCALES = {"ru": "ru-RU", "en": "en-GB"}
_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
# A slow machine is slow; what never comes is a failure all the same.
PATIENCE = 60_000
# Milliseconds by which answers and frames come late at most: what depends on their order fails.
LATE = int(os.environ.get("LATE", "0"))
_COMES_LATE = Path(__file__).with_name("late.js").read_text("utf-8")
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    for visit in item.funcargs.values():
        if report.failed and isinstance(visit, Visit) and not visit.page.is_closed():
            visit.picture(f"failed-{item.originalname}", whole=True)
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory) -> Iterator[Filled]:
    found = Filled(tmp_path_factory.mktemp("browser"))
    found.start()
    found.fill()
    yield found
    found.stop()
    found.api.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "Install Chromium (apt-get install chromium), or name it: CHROMIUM=/path/to/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


class Visit:
    """A person's browser on the page: ``expected`` are addresses whose failure a test brings about."""

    def __init__(self, page: Page, url: str, name: str) -> None:
        self.page = page
        self._url = url
        self._name = name
        self.expected: list[str] = []
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._console)

    def open(self, address: str = "") -> None:
        """Anew: where the address alone changes, what is still shown could be taken for what comes."""
        self.page.goto("about:blank")
        # Not until it is loaded: on a slow machine it is on its way to the sign-in page before that.
        self.page.goto(f"{self._url}/{address}", wait_until="commit")
        self.page.wait_for_selector("main h1")

    def picture(self, name: str, *, whole: bool = False) -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.emulate_media(color_scheme="light")
        self.page.screenshot(path=ARTEFACTS / f"{name}-{self._name}.png", full_page=whole)

    def accessible(self) -> None:
        """No violation that axe can find, in light and in dark; and nothing wider than the window."""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            if not self.page.evaluate("'axe' in window"):
                self.page.evaluate(_AXE)
            found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            violations = [
                f"{one['id']} ({scheme}): {one['help']}: {node['html'][:300]} {node['failureSummary']}"
                for one in found["violations"]
                for node in one["nodes"]
            ]
            assert not violations, "\n".join(violations)
        wide = self.page.evaluate(
            "[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth)"
            ".map((one) => one.outerHTML.slice(0, 200))"
        )
        fits = self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert fits, "\n".join(["wider than the window:", *wide[:5]])

    def _console(self, message: ConsoleMessage) -> None:
        source = message.location.get("url", "")
        if message.type == "error" and not any(re.search(one, source + message.text) for one in self.expected):
            self.faults.append(f"{message.text} ({source})")


@pytest.fixture(params=list(LOCALES))
def language(request) -> str:
    return request.param


@pytest.fixture(params=list(SIZES))
def size(request) -> str:
    return request.param


@pytest.fixture
def visit(stack, chromium, language, size) -> Iterator[Visit]:
    with visiting(chromium, stack.url, language, size) as made:
        yield made


@pytest.fixture(params=[("ru", "phone"), ("en", "desktop")], ids="-".join)
def crosswise(request, stack, chromium) -> Iterator[Visit]:
    """Each language and each size once, for what costs a store's restart."""
    with visiting(chromium, stack.url, *request.param) as made:
        yield made


@pytest.fixture
def at_desk(stack, chromium) -> Iterator[Visit]:
    """One visit alone, for what neither language nor size changes."""
    with visiting(chromium, stack.url, "ru", "desktop") as made:
        yield made


class visiting:  # noqa: N801 - a context
    def __init__(self, chromium: Browser, url: str, language: str, size: str) -> None:
        self._context = chromium.new_context(
            viewport=SIZES[size], locale=LOCALES[language], has_touch=size == "phone", accept_downloads=True
        )
        self._context.set_default_timeout(PATIENCE)
        if LATE:
            self._context.add_init_script(f"({_COMES_LATE})({LATE})")
        self._visit = Visit(self._context.new_page(), url, f"{language}-{size}")

    def __enter__(self) -> Visit:
        return self._visit

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._context.close()
        if not kind:
            assert not self._visit.faults
