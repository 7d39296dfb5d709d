"""What comes late, or in another order than on a quick machine, undoes nothing that a person has done since."""

import re

from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.stack import awaited, held, late_answer, settled, wait_for
from tests.browser.test_reviews import at_first_question, decided, questions, unhurried

CHOICES = ".facets fieldset input[type=checkbox]"
OTHERS = {"items": [{"text": "другое", "count": 1}]}
# What was typed is written to the address after a rest, which here ends between a click on a link and its «hashchange».
LEFT_WHILE_TYPING = """() => {
  const { setTimeout } = window;
  const due = [];
  window.setTimeout = (act) => due.push(act);
  const field = document.querySelector('[role=combobox]');
  field.value = 'цемент';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  window.setTimeout = setTimeout;
  location.hash = '#/lists';
  due.forEach((act) => act());
}"""
FOLDER = """() => {
  const file = (resolve) => { window.walked = () => resolve(new File(['1;2'], 'a.csv')); };
  const folder = { isFile: false, name: 'северный склад', createReader: () => {
    const left = [[{ isFile: true, name: 'a.csv', file }], []];
    return { readEntries: (resolve) => resolve(left.shift()) };
  } };
  const dataTransfer = { items: [{ webkitGetAsEntry: () => folder }], files: [] };
  const drop = Object.assign(new Event('drop', { bubbles: true, cancelable: true }), { dataTransfer });
  document.querySelector('.drop').dispatchEvent(drop);
}"""
TWO_CLICKS = """async () => {
  const [first, early] = ['', ''].map(() => new MouseEvent('click', { bubbles: true }));
  const different = () => document.querySelectorAll('.question button')[1];
  await new Promise((later) => setTimeout(later, 20));
  different().dispatchEvent(first);
  await new Promise((drawn) => setTimeout(drawn, 20));
  different().dispatchEvent(early);
}"""
FOCUSED_AS_DRAWN = """() => new Promise((focused) => {
  addEventListener('hashchange', () => {
    document.querySelector('header select').focus();
    focused();
  });
  location.hash = '#/lists';
})"""


def test_two_choices_in_a_moment_are_both_taken(at_desk):
    at_desk.open("#/search?q=цемент")
    page = at_desk.page
    page.locator(CHOICES).nth(1).wait_for()
    page.locator(CHOICES).evaluate_all("all => all.slice(0, 2).forEach((one) => one.click())")

    page.wait_for_url(re.compile("((category|supplier|unit)=.*){2}"))
    expect(page.locator(f"{CHOICES}:checked")).to_have_count(2)


def test_who_follows_a_link_while_typing_gets_there(at_desk):
    at_desk.open()
    page = at_desk.page
    page.evaluate(LEFT_WHILE_TYPING)

    expect(page).to_have_url(re.compile("#/lists$"))
    page.locator(".drop").wait_for()


def test_suggestions_that_come_late_replace_none_that_one_chooses_among(at_desk):
    at_desk.open()
    page = at_desk.page
    field = page.locator("[role=combobox]")
    field.press_sequentially("гипсо")
    page.locator("#suggestions [role=option]").first.wait_for()
    waiting = late_answer(page, "**/suggestions?*")
    field.press_sequentially("к")
    late = awaited(page, waiting)
    field.press("ArrowDown")
    chosen = page.locator("#suggestions [aria-selected=true]").text_content()
    late.fulfill(json=OTHERS)
    settled(page)

    expect(page.locator("#suggestions [aria-selected=true]")).to_have_text(chosen)


def test_suggestions_that_come_after_escape_are_not_shown(at_desk):
    at_desk.open()
    page = at_desk.page
    field = page.locator("[role=combobox]")
    waiting = late_answer(page, "**/suggestions?*")
    field.press_sequentially("ги")
    late = awaited(page, waiting)
    field.press("Escape")
    late.fulfill(json=OTHERS)
    settled(page)

    expect(page.locator("#suggestions")).to_be_hidden()


def test_more_that_fails_late_is_not_said_of_another_list(at_desk, stack):
    stack.drop("Болтовик", "bolty.csv", lists.many(60))
    at_desk.expected.append("500|search")
    waiting = []
    page = at_desk.page
    page.route(
        "**/api/v1/search",
        lambda route: waiting.append(route) if '"cursor"' in route.request.post_data else route.continue_(),
    )
    at_desk.open("#/search?q=болт")
    page.locator(".more button").click()
    late = awaited(page, waiting)
    found = page.locator(".summary [role=status]")
    before = found.text_content()
    page.evaluate("location.hash = '#/search?q=болт&max=40'")
    expect(found).not_to_have_text(before)
    with page.expect_response(lambda answer: answer.status == 500):
        late.fulfill(status=500, json={"status": 500})
    settled(page)

    expect(page.locator(".notice.error")).to_have_count(0)
    expect(page.locator(".more button")).to_be_enabled()


def test_suppliers_that_come_while_a_folder_is_walked_are_recognised_in_it(at_desk):
    page = at_desk.page
    with held(page, "**/api/v1/suppliers*"):
        at_desk.open("#/lists")
        page.evaluate(FOLDER)
        wait_for(lambda: page.evaluate("Boolean(window.walked)"), bool)
    expect(page.locator("select option", has_text="Северный склад")).to_be_attached()
    page.evaluate("window.walked()")

    expect(page.locator(".queue input")).to_have_value("Северный склад")


def test_of_two_languages_the_one_that_was_chosen_last_is_spoken(at_desk):
    at_desk.open()
    page = at_desk.page
    waiting = late_answer(page, "**/words/en.json")
    switch = page.locator("header select").last
    switch.select_option("en")
    late = awaited(page, waiting)
    switch.select_option("ru")
    with page.expect_response("**/words/en.json"):
        late.continue_()
    settled(page)

    assert page.evaluate("document.documentElement.lang") == "ru"
    expect(page.get_by_role("navigation").get_by_text("Поиск")).to_be_visible()
    assert page.evaluate("localStorage.getItem('quarry.language')") == "ru"


def test_a_click_that_comes_before_the_next_question_is_no_answer_to_it(at_desk, stack):
    second = questions(stack)[1]
    unhurried(at_desk)
    page = at_first_question(at_desk)
    page.evaluate(TWO_CLICKS)

    expect(page.locator(".side .name").first).to_contain_text(second["row"]["name"])
    page.keyboard.press("KeyZ")
    expect(page.locator(".notice.good")).to_have_count(0)
    assert second["id"] not in decided(stack)


def test_who_goes_elsewhere_while_a_list_is_read_again_stays_there(at_desk, stack):
    request_id = stack.drop("Перечитанный", "snova.csv", lists.HEADER + "1;Совок оцинкованный;шт;95\n")
    at_desk.open(f"#/lists/{request_id}")
    page = at_desk.page
    waiting = late_answer(page, "**/reread")
    page.get_by_role("button", name="Прочитать заново", exact=True).click()
    late = awaited(page, waiting)
    page.get_by_role("navigation").get_by_text("Поиск").click()
    with page.expect_response("**/reread"):
        late.continue_()
    settled(page)

    assert page.url.endswith("#/search")


def test_the_focus_stays_where_it_was_put_once_a_view_is_drawn(at_desk):
    at_desk.open()
    page = at_desk.page
    page.evaluate(FOCUSED_AS_DRAWN)
    page.locator(".drop").wait_for()
    settled(page)

    assert page.evaluate("document.activeElement.tagName") == "SELECT"
