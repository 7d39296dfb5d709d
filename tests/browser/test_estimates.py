"""Estimates: pasted and dropped bills, what they cost, lines in doubt, corrections, export."""

import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.stack import written

BILL = """Цемент М500 Д0 50 кг; 40; мешок
Гипсокартон влагостойкий 12,5 мм\t120\tм2
Профиль потолочный 60х27 — 60 шт
Дверь дубовая арочная; 2; шт
"""


def paste(visit, text):
    visit.open("#/estimates")
    page = visit.page
    page.locator("form summary").click()
    page.locator("textarea").fill(text)


def test_a_pasted_bill_is_priced_with_what_nobody_offers_first(visit):
    paste(visit, BILL)
    page = visit.page
    page.locator("form input[type=number]").fill("1")
    visit.accessible()
    page.locator("form details button.primary").click()

    page.locator(".figures").wait_for()
    expect(page.locator(".lines > li")).to_have_count(4)
    assert "Дверь дубовая арочная" in page.locator(".lines > li").first.text_content()
    assert page.locator(".figures dd").count() == 5
    assert "База «Гавань»" in page.locator(".lines").text_content()
    page.locator("summary").first.click()
    page.locator(".lines > li").nth(1).locator("summary").click()
    visit.picture("estimate", whole=True)
    visit.accessible()


def test_lines_without_a_quantity_are_named(at_desk):
    paste(at_desk, "Цемент М500; 40; мешок\nПросто слова\n")

    at_desk.page.locator(".notice.warning", has_text="2").wait_for()
    expect(at_desk.page.locator("form details button.primary")).to_be_disabled()


def test_a_person_says_what_a_line_means(at_desk, stack):
    paste(at_desk, "Кирпич керамический полнотелый М150; 1000; шт")
    page = at_desk.page
    page.locator("form details button.primary").click()
    page.locator(".figures").wait_for()
    line = page.locator(".lines > li").first
    if line.locator("details").get_attribute("open") is None:
        line.locator("summary").click()
    line.locator("button.quiet").click()

    expect(page.locator(".lines .tag.bad")).to_have_count(1)


def test_reasons_are_in_the_pages_language(visit, language):
    paste(visit, BILL)
    page = visit.page
    page.locator("form details button.primary").click()
    page.locator(".figures").wait_for()
    reasons = page.locator(".lines details > p").all_text_contents()
    latin = [bool(re.search("[A-Za-z]{3}", one)) for one in reasons]
    assert (any(latin), all(latin)) == {"ru": (False, False), "en": (True, True)}[language]


def test_an_estimate_becomes_a_workbook(at_desk):
    paste(at_desk, BILL)
    page = at_desk.page
    page.locator("form details button.primary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()

    workbook = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert any("Цемент" in str(cell.value) for sheet in workbook for row in sheet for cell in row)


def test_a_dropped_bill_is_read_and_priced(at_desk, tmp_path):
    rows = "Наименование;Количество;Ед. изм.\nЦемент М500 Д0 50 кг;40;мешок\nПескобетон М300 40 кг;12;мешок\n"
    at_desk.expected.append("404")  # until the file is read, there is no estimate
    at_desk.open("#/estimates")
    at_desk.page.locator("#bill").set_input_files(str(written(tmp_path, "Гараж.csv", rows)))

    expect(at_desk.page.locator(".lines > li")).to_have_count(2)
    expect(at_desk.page.locator("h1")).to_have_text("Гараж")
    at_desk.open("#/lists")
    dropped = at_desk.page.locator(".lists tr", has_text="Гараж")
    assert "Поставщик 0" not in dropped.text_content()
    dropped.locator("a").click()
    at_desk.page.wait_for_url(re.compile("#/estimates/"))


def test_what_is_no_bill_is_said(at_desk, tmp_path):
    at_desk.expected.append("404")
    at_desk.open("#/estimates")
    at_desk.page.locator("#bill").set_input_files(str(written(tmp_path, "price.csv", lists.north())))

    at_desk.page.locator(".notice.error").wait_for()


@pytest.mark.parametrize("count", [10_000])
def test_an_estimate_of_ten_thousand_lines_shows_how_far_it_is(at_desk, count):
    names = ("Цемент М500 50 кг", "Гипсокартон влагостойкий 12,5 мм", "Кирпич полнотелый М150")
    paste(at_desk, "")
    # As a paste does; typing ten thousand lines takes the browser minutes.
    at_desk.page.locator("textarea").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', {bubbles: true})); }",
        "".join(f"{names[number % 3]} {number % 700}; {number + 1}; шт\n" for number in range(count)),
    )
    at_desk.page.locator("form details button.primary").click()

    at_desk.page.wait_for_url(lambda url: "#/estimates/" in url)
    at_desk.page.locator(".lines > li, [role=status] progress").first.wait_for()
