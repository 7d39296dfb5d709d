"""Questions about names: decided with keys, taken back, and already decided by somebody else."""

import itertools

from playwright.sync_api import expect

from tests.browser import lists

GOODS = (
    "Наливной пол базовый",
    "Грунтовка бетоноконтакт",
    "Штукатурка гипсовая машинная",
    "Клей для газобетонных блоков",
    "Шпаклёвка финишная полимерная",
    "Гидроизоляция обмазочная",
)
KILOGRAMS = itertools.count(20)


def questions(stack):
    """Open ones, of which there are some, whatever other tests have decided."""
    while len(found := stack.get("/reviews")["items"]) < 3:
        names = [f"{name} {weight} кг" for weight in [next(KILOGRAMS)] for name in GOODS]
        for supplier, maker, more in (("Смеси и К", "", 0), ("Сухой двор", "Волма ", 9)):
            rows = (f"{place};{maker}{name};мешок;5{place}{more}\n" for place, name in enumerate(names))
            stack.drop(f"{supplier} {names[0]}", "smesi.csv", lists.HEADER + "".join(rows))
    return found


def unhurried(visit):
    """An answer can be taken back for as long as a slow machine takes to look at it."""
    visit.page.add_init_script(
        """const timeout = window.setTimeout;
        window.setTimeout = (act, pause, ...rest) => timeout(act, pause === 6000 ? 2 ** 30 : pause, ...rest);"""
    )


def at_first_question(visit):
    """The page of reviews, once a question is drawn."""
    visit.open("#/reviews")
    visit.page.locator(".question").wait_for()
    return visit.page


def decided(stack):
    return {one["id"]: one["decision"] for one in stack.get("/reviews", status="decided")["items"]}


def test_a_question_shows_both_sides_with_the_words_that_differ(visit, stack):
    questions(stack)
    page = at_first_question(visit)
    assert page.locator(".side").count() == 2
    assert page.locator(".side .name mark").count() > 0
    visit.picture("reviews")
    visit.accessible()


def test_an_answer_is_taken_back_before_it_is_sent(at_desk, stack):
    first = questions(stack)[0]
    unhurried(at_desk)
    page = at_first_question(at_desk)
    shown = page.locator(".side .name").first.text_content()
    page.keyboard.press("KeyD")
    page.locator(".notice.good button").wait_for()
    at_desk.accessible()
    page.keyboard.press("KeyZ")

    expect(page.locator(".side .name").first).to_have_text(shown)
    expect(page.locator(".notice.good")).to_have_count(0)
    page.get_by_role("navigation").get_by_text("Поиск").click()
    assert first["id"] not in decided(stack)


def test_questions_are_decided_and_skipped_by_keys(at_desk, stack):
    first, second = questions(stack)[:2]
    page = at_first_question(at_desk)
    page.keyboard.press("KeyN")
    expect(page.locator(".side .name").first).to_contain_text(second["row"]["name"])
    with page.expect_response(lambda answer: second["id"] in answer.url):
        page.keyboard.press("KeyD")
        # Who leaves has decided.
        page.get_by_role("navigation").get_by_text("Поиск").click()

    assert decided(stack)[second["id"]] == "different"
    assert first["id"] not in decided(stack)
    at_desk.open("#/reviews?status=decided")
    page.locator("tbody tr").first.wait_for()
    at_desk.accessible()


def test_a_key_is_an_answer_as_soon_as_its_question_is_drawn(at_desk, stack):
    first, second = questions(stack)[:2]
    unhurried(at_desk)
    at_desk.open()
    page = at_desk.page
    # Presses the moment that a question appears, as no hand is quick enough to.
    page.evaluate(
        """([skipped, decided]) => {
          const keys = new Map([[skipped, "KeyN"], [decided, "KeyD"]]);
          new MutationObserver(() => {
            const shown = document.querySelector(".side .name")?.textContent ?? "";
            for (const [name, code] of keys) {
              if (!shown.startsWith(name)) continue;
              keys.delete(name);
              dispatchEvent(new KeyboardEvent("keydown", { code }));
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }""",
        [first["row"]["name"], second["row"]["name"]],
    )
    page.get_by_role("navigation").get_by_text("Сверка").click()

    said = page.locator(".notice.good", has_text=second["row"]["name"])
    said.wait_for()
    page.keyboard.press("KeyZ")
    expect(said).to_have_count(0)


def test_who_comes_second_is_told_what_was_decided(at_desk, stack):
    first = questions(stack)[0]
    at_desk.expected.append("409|reviews")
    page = at_first_question(at_desk)
    stack.ask("POST", f"/reviews/{first['id']}", json={"decision": "same"}).raise_for_status()
    page.keyboard.press("KeyD")

    page.locator(".notice.warning", has_text="уже решил").wait_for()
