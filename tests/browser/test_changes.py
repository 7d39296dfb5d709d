"""Changes of prices over a period, and watches."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.stack import held


def test_what_became_dearer_is_found_by_supplier_kind_and_threshold(visit, stack):
    visit.open(f"#/changes?kind=dearer&supplier={stack.supplier('Северный склад')}")
    page = visit.page
    page.locator("tbody tr").first.wait_for()

    assert page.locator("tbody .tag").count() == page.locator("tbody .tag.bad").count() > 5
    visit.picture("changes")
    visit.accessible()
    page.locator(".filters input").last.fill("50")
    page.locator(".filters input").last.blur()
    page.wait_for_url(re.compile("percent=50"))
    expect(page.locator("tbody tr")).to_have_count(0)
    visit.accessible()


def test_what_is_typed_stays_when_the_suppliers_come(at_desk):
    page = at_desk.page
    with held(page, "**/api/v1/suppliers*"):
        at_desk.open("#/changes?kind=dearer")
        page.locator("tbody tr").first.wait_for()
        percent = page.locator(".filters input").last
        percent.fill("50,5")
    expect(page.locator(".filters option", has_text="МастерСнаб")).to_be_attached()
    expect(percent).to_have_value("50,5")
    percent.blur()

    page.wait_for_url(re.compile(r"percent=50\.5"))
    expect(percent).to_have_value("50.5")


def test_a_threshold_that_is_no_number_is_said_at_its_field(at_desk):
    at_desk.open("#/changes")
    percent = at_desk.page.locator(".filters input").last
    percent.fill("много")
    percent.blur()

    assert percent.evaluate("one => one.validationMessage")
    assert "percent" not in at_desk.page.url


def test_a_change_leads_to_its_list_and_its_material(at_desk, stack):
    at_desk.open(f"#/changes?kind=dearer&supplier={stack.supplier('Северный склад')}")
    page = at_desk.page
    row = page.locator("tbody tr").first
    row.wait_for()
    assert "Северный склад" in row.text_content()
    assert row.locator("a").first.get_attribute("href").startswith("#/lists/")
    row.locator("a").nth(1).click()
    page.wait_for_url(re.compile("#/materials/"))


@pytest.mark.parametrize("below", ["500"])
def test_a_watch_is_set_seen_and_ended(visit, stack, language, size, below):
    thing = {"ru": "Лебёдка", "en": "Стремянка"}[language]
    name = f"{thing} {'настенная' if size == 'phone' else 'напольная'}"
    stack.drop(f"Следопыт {language} {size}", "watch.csv", lists.HEADER + f"1;{name};шт;450\n")
    visit.open("#/changes/watches")
    page = visit.page
    for field, value in zip(page.locator(".watch-form input").all(), (name, below, "шт"), strict=True):
        field.fill(value)
    page.locator(".watch-form button").click()

    watch = page.locator("li", has_text=name)
    watch.locator(".tag.good").wait_for()
    visit.picture("watches")
    visit.accessible()
    watch.get_by_role("button").click()
    expect(watch).to_have_count(0)
