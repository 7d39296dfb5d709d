"""The page beside a catalogue of 40,000 materials, in a stack of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from benchmarks.materials import as_csv, materials
from tests.browser.conftest import Visit, visiting
from tests.browser.stack import Filled

LISTED = [
    replace(one, name=f"{one.name} «{maker}»", sku=f"{sign}{one.sku}")
    for sign, maker in enumerate(("Заря", "Маяк"), start=1)
    for one in materials(20_000)
]


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Iterator[Filled]:
    found = Filled(tmp_path_factory.mktemp("large"))
    found.start()
    found.drop("Большой склад", "bolshoy.csv", as_csv(LISTED).decode())
    yield found
    found.stop()
    found.api.close()


@pytest.fixture(params=[("ru", "desktop"), ("en", "phone")], ids="-".join)
def visitor(request, large, chromium) -> Iterator[Visit]:
    with visiting(chromium, large.url, *request.param) as made:
        yield made


def test_one_of_many_materials_is_found_as_it_is_typed(visitor):
    wanted = LISTED[30_000]
    visitor.open()
    visitor.page.locator("[role=combobox]").press_sequentially(wanted.name)

    expect(visitor.page.locator(".hit h2").first).to_have_text(wanted.name)
    visitor.page.keyboard.press("Escape")
    visitor.picture("many")
    visitor.accessible()


def test_a_whole_group_is_looked_through_page_by_page(visitor):
    visitor.open("#/search?q=кабель")
    hits = visitor.page.locator(".hit")
    expect(hits).to_have_count(20)
    visitor.page.locator(".more button").click()

    expect(hits).to_have_count(40)
    visitor.accessible()


def test_the_list_says_how_many_rows_it_has(visitor):
    visitor.open("#/lists")

    listed = visitor.page.locator(".lists tr", has_text="bolshoy.csv")
    expect(listed.locator(".number")).to_have_text(re.compile(r"^40\D?000$"))
    visitor.accessible()
