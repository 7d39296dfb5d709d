"""One material: its offers, where they come from, prices over time, and what people decide about it."""

import re

from playwright.sync_api import expect

from tests.browser import lists


def test_a_material_shows_its_offers_their_origin_and_prices_over_time(visit, stack):
    visit.open(f"#/materials/{stack.material('цемент м500 50 кг')}")
    page = visit.page
    page.locator("figure.chart path").first.wait_for()

    assert page.locator(".offers tbody tr").count() == 3
    origin = page.locator(".offers tr", has_text="Северный склад").locator(".origin")
    assert origin.locator("a").text_content() == "severny 2026-02.csv"
    assert re.search("2", origin.locator("small").text_content())
    assert "Северный склад" in page.locator("figure.chart svg").first.get_attribute("aria-label")
    moments = page.locator("figure.chart .axis").all_text_contents()
    assert len(set(moments)) == len(moments) > 1
    assert "кг" in page.locator("figure.chart figcaption").text_content()
    page.locator("details summary").click()
    expect(page.locator("details tbody tr")).to_have_count(4)
    visit.picture("material", whole=True)
    visit.accessible()
    origin.locator("a").click()
    page.wait_for_url(re.compile("#/lists/"))


def test_other_goods_are_split_off_and_merged_again(at_desk, stack):
    stack.drop("Раздел и сын", "split.csv", lists.HEADER + "1;Затирка эпоксидная 2 кг;ведро;610\n")
    stack.drop("Слияние", "merge.csv", lists.HEADER + "1;Затирка эпоксидная, 2кг;ведро;590\n")
    first = stack.material("затирка эпоксидная 2 кг")
    at_desk.open(f"#/materials/{first}")
    page = at_desk.page
    expect(page.locator(".offers tbody tr")).to_have_count(2)
    split = page.locator(".decide button").first
    expect(split).to_be_disabled()
    page.locator(".offers tr", has_text="Слияние").get_by_role("checkbox").check()
    split.click()

    page.locator(".notice.good a").wait_for()
    expect(page.locator(".offers tbody tr")).to_have_count(1)
    page.locator(".decide button").nth(1).click()
    dialog = page.get_by_role("dialog")
    at_desk.accessible()
    at_desk.picture("same-as")
    dialog.get_by_role("textbox").fill("затирка эпоксидная")
    dialog.locator("li", has_text="Затирка эпоксидная").get_by_role("button").first.click()
    expect(page.locator(".offers tbody tr")).to_have_count(2)


def test_a_material_that_is_not_there_is_said(at_desk):
    at_desk.expected.append("404|materials")
    at_desk.page.goto(f"{at_desk._url}/#/materials/00000000-0000-5000-8000-000000000000")

    at_desk.page.locator(".notice.error").first.wait_for()


def test_a_chart_has_room_for_whatever_prices_there_are(at_desk):
    at_desk.open()
    bounds = at_desk.page.evaluate(
        """async () => {
          const { rounded } = await import(new URL('chart.js', document.querySelector('script[src]').src));
          const spans = Array.from({ length: 400 }, (_, place) => [100, 100 + place / 4 + 0.1]);
          return spans.map((one) => [...one, ...rounded(one)]);
        }"""
    )

    assert [one for one in bounds if not (one[2] is not None and one[2] < one[0] < one[1] < one[3])] == []
