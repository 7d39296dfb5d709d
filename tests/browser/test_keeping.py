"""What is typed, chosen or answered is kept, whatever is drawn, answered or lost meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.stack import awaited, settled, wait_for, written
from tests.browser.test_estimates import BILL, paste
from tests.browser.test_lists import choose, upload
from tests.browser.test_reviews import at_first_question, decided, questions, unhurried

MEANWHILE = """() => {
  const field = document.querySelector('[role=combobox]');
  const type = (text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); };
  const replace = history.replaceState.bind(history);
  window.seen = [];
  history.replaceState = (...all) => {
    replace(...all);
    history.replaceState = replace;
    Promise.resolve().then(() => {}).then(() => {
      type('цемент м');
      const watch = () => { window.seen.push(field.value); if (window.seen.length < 60) requestAnimationFrame(watch); };
      watch();
    });
  };
  type('цемент');
}"""
CHOSEN_MEANWHILE = """() => {
  const field = document.querySelector('[role=combobox]');
  field.value = 'кирпич';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  document.querySelector('.facets fieldset input[type=checkbox]').click();
}"""
TWICE = """async () => {
  const [first, early] = ['KeyD', 'KeyD'].map((code) => new KeyboardEvent('keydown', { code, bubbles: true }));
  await new Promise((later) => setTimeout(later, 20));
  dispatchEvent(first);
  await new Promise((drawn) => setTimeout(drawn, 20));
  dispatchEvent(early);
}"""


def test_letters_that_are_typed_while_results_are_drawn_stay(at_desk):
    at_desk.open()
    page = at_desk.page
    page.evaluate(MEANWHILE)
    wait_for(lambda: page.evaluate("window.seen?.length"), lambda count: count == 60)

    assert set(page.evaluate("window.seen")) == {"цемент м"}
    page.wait_for_url(re.compile(r"q=%D1%86%D0%B5%D0%BC%D0%B5%D0%BD%D1%82\+%D0%BC$"))


def test_a_facet_that_is_chosen_while_one_types_stays_chosen(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    page.locator(".facets fieldset input[type=checkbox]").first.wait_for()
    page.evaluate(CHOSEN_MEANWHILE)

    page.wait_for_url(lambda url: "%D0%BA%D0%B8%D1%80" in url)
    assert re.search("category|supplier", page.url)


def test_a_link_replaces_what_was_typed(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    page.locator("[role=combobox]").fill("цемент м400")
    page.wait_for_url(lambda url: "400" in url)
    page.evaluate("location.hash = '#/search?q=кирпич'")

    expect(page.locator("[role=combobox]")).to_have_value("кирпич")
    page.go_back()
    expect(page.locator("[role=combobox]")).to_have_value("цемент м400")


def test_more_of_what_is_not_shown_any_longer_is_left(at_desk, stack):
    stack.drop("Болтовик", "bolty.csv", lists.many(60))
    late = []

    def first_page_only(route):
        late.append(route) if '"cursor"' in (route.request.post_data or "") else route.continue_()

    at_desk.page.route("**/api/v1/search", first_page_only)
    at_desk.open("#/search?q=болт")
    page = at_desk.page
    page.locator(".more button").click()
    more = awaited(page, late)
    page.locator("[role=combobox]").fill("кирпич керамический")
    expect(page.locator(".hit h2").first).to_contain_text("Кирпич")
    with page.expect_response("**/api/v1/search"):
        more.continue_()
    settled(page)

    expect(page.locator(".hit", has_text="Болт")).to_have_count(0)


def test_more_that_does_not_come_is_said_and_asked_for_again(at_desk, stack):
    stack.drop("Болтовик", "bolty.csv", lists.many(60))
    at_desk.expected.append("500|changes")
    at_desk.page.route(
        lambda url: "/changes?" in url and "cursor=" in url,
        lambda route: route.fulfill(status=500, json={"status": 500}),
        times=1,
    )
    at_desk.open("#/changes")
    page = at_desk.page
    rows = page.locator("table.changed tbody tr")
    expect(rows).to_have_count(50)
    page.locator(".more button").click()
    page.locator(".notice.error button").click()

    wait_for(lambda: page.wait_for_timeout(20) or rows.count(), lambda count: count > 50)


def test_a_list_that_was_watched_to_its_end_shows_that_it_is_undone(at_desk, stack):
    ticket = stack.ticket("Отменщик", "otmena.csv")
    at_desk.open(f"#/lists/{ticket['request_id']}")
    stack.send(ticket, lists.HEADER + "О-1;Ендова нижняя 2 м;шт;640\n")
    page = at_desk.page
    page.locator("button.undo").click()
    page.get_by_role("dialog").get_by_role("button", name="Отменить загрузку").click()

    expect(page.locator("button.undo")).to_have_count(0)
    expect(page.locator(".group .tag")).to_have_text("отменён")


def test_a_key_that_comes_before_the_next_question_is_no_answer_to_it(at_desk, stack):
    first, second = questions(stack)[:2]
    page = at_first_question(at_desk)
    asked = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    with page.expect_response(lambda answer: first["id"] in answer.url):
        page.evaluate(TWICE)
        expect(page.locator(".side .name").first).to_contain_text(second["row"]["name"])
        page.get_by_role("navigation").get_by_text("Поиск").click()
    page.locator(".welcome").wait_for()
    assert len([url for url in asked if "/reviews/" in url]) == 1
    assert second["id"] not in decided(stack)


def test_a_key_that_is_held_down_is_one_answer(at_desk, stack):
    first, second = questions(stack)[:2]
    unhurried(at_desk)
    page = at_first_question(at_desk)
    page.keyboard.down("KeyD")
    shown = page.locator(".side .name").first
    expect(shown).to_contain_text(second["row"]["name"])
    for _ in range(5):  # as keyboards do
        page.evaluate("() => new Promise((next) => requestAnimationFrame(() => setTimeout(next, 20)))")
        page.keyboard.down("KeyD")

    page.keyboard.up("KeyD")
    page.keyboard.press("KeyZ")
    expect(shown).to_contain_text(first["row"]["name"])
    expect(page.locator(".notice.good")).to_have_count(0)


def test_an_answer_that_does_not_get_through_is_said_and_sent_again(at_desk, stack):
    first = questions(stack)[0]
    at_desk.expected.append("Failed to load|ERR_")
    at_desk.page.route(f"**/reviews/{first['id']}", lambda route: route.abort("connectionreset"), times=1)
    page = at_first_question(at_desk)
    page.keyboard.press("KeyD")
    page.locator(".notice.error", has_text=first["row"]["name"]).wait_for()
    at_desk.accessible()
    page.keyboard.press("KeyN")  # other questions do not take it away
    with page.expect_response(lambda answer: first["id"] in answer.url):
        page.locator(".notice.error button").click()

    expect(page.locator(".notice.error")).to_have_count(0)
    assert decided(stack)[first["id"]] == "different"


def test_who_closes_the_page_has_decided(at_desk, stack):
    first = questions(stack)[0]
    page = at_first_question(at_desk)
    page.keyboard.press("KeyD")
    page.locator(".notice.good").wait_for()
    page.goto("about:blank")

    wait_for(lambda: decided(stack), lambda known: first["id"] in known)


def test_another_language_leaves_what_was_typed(at_desk):
    paste(at_desk, BILL)
    page = at_desk.page
    page.locator("select").last.select_option("en")

    expect(page.locator("h1")).to_have_text("Estimates")
    expect(page.locator("textarea")).to_have_value(BILL)


def test_reasons_follow_the_language(at_desk):
    paste(at_desk, "Дверь дубовая арочная; 2; шт\n")
    page = at_desk.page
    page.locator("form details button.primary").click()
    page.locator(".lines summary").first.click()
    page.locator("header select").last.select_option("en")

    expect(page.locator(".lines details > p")).to_have_text("No list has such goods.")


def test_what_was_typed_and_deleted_again_gives_way_to_the_address(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    field = page.locator(".facets .range input").first
    field.press_sequentially("5")
    field.press("Backspace")
    field.blur()
    page.evaluate("location.hash = '#/search?q=цемент&min=100'")

    expect(field).to_have_value("100")


@pytest.mark.parametrize("files", [{"a.csv": "1;2", "b.csv": "1;2"}, {"empty.csv": ""}])
def test_what_is_no_single_bill_is_refused_before_it_is_sent(at_desk, files):
    at_desk.open("#/estimates")
    at_desk.page.evaluate(
        """(files) => {
          const dataTransfer = new DataTransfer();
          Object.entries(files).forEach(([name, text]) => dataTransfer.items.add(new File([text], name)));
          const about = { dataTransfer, bubbles: true, cancelable: true };
          document.querySelector('.drop').dispatchEvent(new DragEvent('drop', about));
        }""",
        files,
    )

    at_desk.page.locator(".notice.error").wait_for()
    expect(at_desk.page).to_have_url(re.compile("#/estimates$"))


def test_who_goes_elsewhere_while_a_bill_is_sent_stays_there(at_desk):
    paste(at_desk, BILL)
    page = at_desk.page
    held = []
    page.route(
        "**/api/v1/estimates", lambda route: held.append(route) if route.request.method == "POST" else route.continue_()
    )
    page.locator("form details button.primary").click()
    sent = awaited(page, held)
    page.get_by_role("navigation").get_by_text("Поиск").click()
    page.locator("[role=combobox]").press_sequentially("цемент")
    with page.expect_response("**/api/v1/estimates"):
        sent.continue_()
    page.locator(".hit").first.wait_for()

    expect(page).to_have_url(re.compile("#/search"))
    expect(page.locator("[role=combobox]")).to_have_value("цемент")


def test_an_estimate_goes_on_being_followed_after_a_question_that_failed(at_desk):
    paste(at_desk, BILL)
    page = at_desk.page
    at_desk.expected.append("Failed to load|ERR_")
    states = ["pricing", "lost", "priced"]

    def told(route):
        state = states.pop(0) if len(states) > 1 else states[0]
        if state == "lost":
            route.abort("connectionreset")
            return
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "status": state})

    page.route(re.compile(r"/api/v1/estimates/[0-9a-f-]{36}"), told)
    page.locator("form details button.primary").click()
    page.locator("p[role=status] progress").wait_for()

    expect(page.locator("p[role=status] progress")).to_have_count(0)


def test_a_workbook_of_an_earlier_estimate_is_shown_whole(at_desk):
    paste(at_desk, "Цемент М500 50 кг; 4; мешок\n")
    page = at_desk.page
    page.locator("form details button.primary").click()
    page.locator(".lines > li").first.wait_for()
    estimate = page.url.rpartition("/")[2]
    told = page.evaluate("(id) => fetch(`/api/v1/estimates/${id}`).then((one) => one.json())", estimate)
    read = "11111111-1111-4111-8111-111111111111"
    at_desk.expected.append("404")
    page.route(f"**/api/v1/estimates/{read}?*", lambda route: route.fulfill(status=404, json={"status": 404}))
    page.route(
        f"**/api/v1/batches/{read}", lambda route: route.fulfill(json={"request_id": read, "status": "completed"})
    )
    listed = {"items": [{"id": estimate, "request_id": read}], "next_cursor": None}
    page.route("**/api/v1/estimates?*", lambda route: route.fulfill(json=listed))

    def paged(route):
        second = "cursor=" in route.request.url
        lines = [{**told["lines"][0], "line": 2 if second else 1}]
        route.fulfill(json={**told, "lines": lines, "next_cursor": None if second else "next"})

    page.route(f"**/api/v1/estimates/{estimate}?*", paged)
    at_desk.open(f"#/estimates/{read}")

    expect(page.locator(".lines > li")).to_have_count(2)


def test_an_upload_waits_as_long_as_the_machine_is_offline(at_desk, tmp_path):
    at_desk.expected.append("Failed to load|ERR_|XMLHttpRequest")
    page = at_desk.page
    page.clock.install()
    at_desk.open("#/lists")
    page.locator(".lists tbody tr").first.wait_for()
    choose(at_desk, written(tmp_path, "tunnel.csv", lists.HEADER + "Т-1;Тоннельный крепёж;шт;12\n"))
    row = page.locator(".queue tr", has_text="tunnel.csv")
    row.locator("input").fill("Тоннель")
    row.locator("input").blur()
    page.context.set_offline(True)
    upload(at_desk)
    expect(row).to_contain_text("Связь прервалась")
    for _ in range(12):
        page.clock.fast_forward(61_000)
        page.wait_for_timeout(50)

    expect(row).to_contain_text("Связь прервалась")
    expect(row.locator(".tag.bad")).to_have_count(0)
    page.context.set_offline(False)
    expect(row.locator("a")).to_be_visible()


def test_an_address_that_was_cut_off_is_answered_in_words(at_desk):
    at_desk.expected.append("404|422|400")
    at_desk.page.goto(f"{at_desk._url}/#/materials/%E0%A4")

    at_desk.page.locator("main .notice.error").wait_for()


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Профиль 60*27мм l=3м", "Профиль 60х27, 3 м", ["мм", "l"]),
        ("ГКЛ 12,5 мм", "ГКЛ 12.5мм", []),
        ("Цемент М500", "Цемент М400", ["500", "400"]),
        ("Лак х/б", "Лак", ["х", "б"]),
    ],
)
def test_words_that_differ_are_those_that_say_otherwise(at_desk, one, other, differ):
    at_desk.open()
    sides = at_desk.page.evaluate(
        """async (names) => {
          const { differing } = await import(new URL('views/differing.js', document.querySelector('script[src]').src));
          return differing(...names);
        }""",
        [one, other],
    )

    assert [part["text"] for side in sides for part in side if part["differs"]] == differ
