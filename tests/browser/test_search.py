"""Search, comparison and export, as a buyer uses them."""

import csv
import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.stack import settled

FOUND = {"ru": "Найден", "en": "found"}


def typed(visit, text):
    """Until it is answered itself: on a slow machine what was typed before is asked for too."""
    with visit.page.expect_response(
        lambda answer: answer.url.endswith("/search") and answer.request.post_data_json["query"] == text
    ):
        visit.page.locator("[role=combobox]").press_sequentially(text, delay=15)
    settled(visit.page)


def test_results_follow_what_is_typed(visit, language):
    visit.open()
    typed(visit, "wtvtyn v500")

    page = visit.page
    page.locator(".hit").first.wait_for()
    page.locator(".understood .chip", has_text="wtvtyn").wait_for()
    assert page.locator(".understood .chip s").first.text_content() == "wtvtyn"
    assert page.locator(".hit h2 mark").first.text_content() == "Цемент"
    assert FOUND[language] in page.locator(".summary [role=status]").text_content()
    assert "#/search?q=wtvtyn+v500" in page.url
    visit.picture("search")
    visit.accessible()


def test_a_rewrite_is_undone_and_done_again(visit):
    visit.open("#/search?q=wtvtyn")
    page = visit.page
    page.locator(".understood .chip button").first.click()

    page.locator(".hit").first.wait_for(state="detached")
    assert "as=wtvtyn" in page.url
    page.locator(".understood .chip", has_text="«wtvtyn»").get_by_role("button").click()
    page.locator(".hit").first.wait_for()


def test_a_suggestion_is_taken_by_keys(visit):
    visit.open()
    page = visit.page
    typed(visit, "гипсок")
    page.locator("#suggestions [role=option]").first.wait_for()
    visit.accessible()
    page.keyboard.press("ArrowDown")
    option = page.locator("#suggestions [aria-selected=true]")
    said = option.evaluate("one => one.firstChild.textContent")
    assert page.locator("[role=combobox]").get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")

    page.locator(".hit", has_text="Гипсокартон").first.wait_for()
    assert page.locator("[role=combobox]").input_value() == said
    assert page.locator("#suggestions").is_hidden()


def test_offers_stand_side_by_side_with_the_cheapest_marked(visit):
    visit.open("#/search?q=цемент м500 50 кг")
    page = visit.page
    hit = page.locator(".hit").first
    hit.wait_for()

    suppliers = hit.locator("td.supplier").all_text_contents()
    assert suppliers == ["База «Гавань»", "Северный склад", "МастерСнаб"]
    assert hit.locator("tr.best td.supplier").all_text_contents() == ["База «Гавань»"]
    assert [re.sub(r"[^\d,.]", "", text.split("/")[0]) for text in hit.locator("td.compared").all_text_contents()] in (
        [["8,76", "9,04", "9,42"], ["8.76", "9.04", "9.42"]]
    )


def test_a_price_far_from_the_others_is_said_to_be_doubtful(at_desk):
    at_desk.open("#/search?q=кирпич керамический полнотелый м150")
    doubtful = at_desk.page.locator(".hit tr", has=at_desk.page.locator(".tag.doubt"))

    doubtful.first.wait_for()
    assert doubtful.locator("td.supplier").all_text_contents() == ["МастерСнаб"]


def test_facets_narrow_and_their_address_can_be_shared(visit, size, stack, chromium):
    visit.open("#/search?q=гипсокартон")
    page = visit.page
    page.locator(".hit").first.wait_for()
    if size == "phone":
        page.locator(".facets summary").click()
    page.locator(".facets label", has_text="МастерСнаб").get_by_role("checkbox").check()

    page.wait_for_url(re.compile("supplier=[0-9]+"))
    expect(page.locator(".hit")).to_have_count(1)
    shared = page.context.new_page()
    shared.goto(page.url)
    expect(shared.locator(".hit")).to_have_count(1)
    shared.close()


def test_a_wrong_price_limit_is_said_at_its_field(at_desk):
    at_desk.open("#/search?q=цемент")
    field = at_desk.page.locator(".range input").first
    field.fill("дёшево")
    field.press("Enter")

    assert field.evaluate("one => one.validationMessage")
    field.fill("400")
    field.press("Enter")
    at_desk.page.wait_for_url(re.compile("min=400"))


@pytest.mark.parametrize("query", ["зюйдвестка кашалотовая"])
def test_nothing_is_said_in_plain_words(visit, query):
    visit.open(f"#/search?q={query}")

    visit.page.locator(".notice").first.wait_for()
    assert visit.page.locator(".hit").count() == 0
    visit.accessible()


def test_what_is_near_is_said_to_be_near(visit):
    visit.open("#/search?q=гипсокартон влагостойкий 18 мм")

    visit.page.locator(".tag.near").first.wait_for()
    visit.picture("near")
    visit.accessible()


def test_the_beginning_shows_the_groups_and_no_hits(visit):
    visit.open()

    visit.page.locator(".welcome").wait_for()
    visit.picture("welcome")
    visit.accessible()


def test_materials_are_compared(visit):
    visit.open("#/search?q=цемент")
    page = visit.page
    page.locator(".hit").nth(1).wait_for()
    for place in (0, 1):
        page.locator(".hit").nth(place).locator(".compare input").check()
    visit.accessible()
    page.locator(".compare-bar a.button").click()

    page.locator("table.compare").wait_for()
    assert page.locator("table.compare thead a").count() == 2
    visit.picture("compare")
    visit.accessible()


def test_what_is_seen_becomes_a_workbook_and_csv_without_formulas(at_desk):
    at_desk.open("#/search?q=саморез по дереву")
    page = at_desk.page
    page.locator(".hit").first.wait_for()

    with page.expect_download() as workbook:
        page.get_by_role("button", name="Excel").click()
    sheet = openpyxl.load_workbook(io.BytesIO(workbook.value.path().read_bytes())).active
    name = next(cell for cell in sheet[2] if cell.value and "Саморез" in str(cell.value) and "=" in str(cell.value))
    assert (name.data_type, name.value) == ("s", "=1+1 Саморез по дереву 3,5х41, 1000 шт")
    assert [cell.value for cell in sheet[1]][:3] == ["Материал", "Группа", "Поставщик"]
    assert 640 in [cell.value for cell in sheet[2]]
    with page.expect_download() as text:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.reader(io.StringIO(text.value.path().read_text("utf-8-sig")), delimiter=";"))
    assert "'=1+1 Саморез по дереву 3,5х41, 1000 шт" in rows[1]


def test_language_and_colours_are_chosen_and_kept(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    page.get_by_label("Язык").select_option("en")
    page.get_by_text("materials found").wait_for()
    page.get_by_label("Colours").select_option("dark")
    page.reload()

    page.get_by_text("materials found").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("getComputedStyle(document.body.parentElement).colorScheme") == "dark"


def test_the_whole_page_is_reached_by_keys(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    page.locator(".hit").first.wait_for()
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator(".hit h2 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#/materials/"))


def test_it_paints_and_answers_at_once(at_desk):
    """The figures are printed, for a person: a busy machine is no fault of the page."""
    page = at_desk.page
    page.add_init_script(
        """window.shown = []; new MutationObserver(() => window.shown.push(performance.now()))
        .observe(document, {subtree: true, childList: true});"""
    )
    at_desk.open("#/search?q=цемент")
    page.locator(".hit").first.wait_for()
    paint = page.evaluate(
        """new Promise((seen) => new PerformanceObserver((list) => {
          const [entry] = list.getEntriesByName('first-contentful-paint');
          if (entry) seen(entry.startTime);
        }).observe({ type: 'paint', buffered: true }))"""
    )
    after = page.evaluate(
        """(() => {
        const search = performance.getEntriesByType('resource').findLast((one) => one.name.endsWith('/search'));
        return Math.min(...window.shown.filter((moment) => moment > search.responseEnd)) - search.responseEnd })()"""
    )
    sent = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => /\\.(js|css)$/.test(one.name))"
        ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    print(f"first paint {paint:.0f} ms, answer shown after {after:.0f} ms, scripts and styles {sent / 1000:.1f} KB")  # noqa: T201
    assert paint > 0
    assert sent < 150_000


def test_an_answer_that_fails_once_is_asked_for_again(at_desk):
    at_desk.expected.append("503")
    refused = []

    def once(route):
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(status=503, json={"title": "Unavailable", "status": 503}, headers={"Retry-After": "5"})

    at_desk.page.route("**/api/v1/search", once)
    at_desk.open("#/search?q=цемент м500")
    at_desk.page.locator(".hit").first.wait_for()
    assert len(refused) == 1
    expect(at_desk.page.locator(".notice.error")).to_have_count(0)
