"""Price lists: dropped, followed, looked through, corrected."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.stack import held, settled, wait_for, written

FAR_TOO_LARGE = 2 * 1024**3


def choose(visit, *paths):
    visit.page.locator("#files").set_input_files([str(path) for path in paths])


def upload(visit):
    visit.page.locator(".queue").locator("xpath=ancestor::section").locator("button.primary").click()


def state(visit, file):
    return visit.page.locator(".queue tr", has_text=file).locator(".tag")


def test_a_list_is_dropped_followed_and_looked_through(visit, stack, tmp_path, language, size):
    file = written(tmp_path, f"peski-{language}-{size}.csv", lists.WITH_ERRORS)
    visit.open("#/lists")
    page = visit.page
    choose(visit, file)
    row = page.locator(".queue tr", has_text=file.name)
    upload_button = page.locator(".queue").locator("xpath=ancestor::section").locator("button.primary")
    expect(upload_button).to_be_disabled()
    row.get_by_role("textbox").or_(row.get_by_role("combobox")).fill("Карьер")
    row.get_by_role("textbox").or_(row.get_by_role("combobox")).blur()
    visit.accessible()
    upload_button.click()

    row.locator("a").click()
    page.locator(".tag.warning").first.wait_for()
    expect(page.locator("h1")).to_have_text(file.name)
    page.locator(".reading").wait_for()
    assert page.locator(".reading select").evaluate_all("all => all.map((one) => one.value)") == [
        "sku",
        "name",
        "unit",
        "price",
    ]
    remark = page.locator("section", has=page.locator("#remarks")).locator("tbody tr").first
    assert "сто двадцать" in remark.text_content()
    # What the page says in its own language is not said in the API's too.
    cyrillic = re.search("[а-яё]{4}", page.locator("section.notice.warning li").first.text_content())
    assert bool(cyrillic) == (language == "ru")
    assert "price that is none" not in page.locator("section.notice.warning").text_content()
    visit.picture("list", whole=True)
    visit.accessible()
    page.locator(".back a").click()
    listed = page.locator(".lists tr", has_text=file.name).first
    # A phone too shows what became of a list, without scrolling sideways.
    for told in (".status .tag", ".look .tag >> nth=0"):
        listed.locator(told).scroll_into_view_if_needed()
        expect(listed.locator(told)).to_be_in_viewport(ratio=1)
    assert page.evaluate("[...document.querySelectorAll('.scrolled')].every((one) => one.scrollLeft === 0)")
    visit.picture("lists")
    visit.accessible()


def test_the_next_list_of_a_supplier_is_recognised(at_desk, stack, tmp_path):
    stack.drop("Узнаваемый", "uznavaemy прайс 01.03.csv", lists.HEADER + "1;Ведро 12 л;шт;150\n")
    at_desk.open("#/lists")
    expect(at_desk.page.locator(".lists tr", has_text="Узнаваемый").first).to_be_visible()
    choose(at_desk, written(tmp_path, "uznavaemy прайс 15.04.csv", lists.HEADER + "1;Ведро 12 л;шт;165\n"))

    row = at_desk.page.locator(".queue tr", has_text="15.04")
    expect(row.locator("input")).to_have_value("Узнаваемый")
    upload(at_desk)
    row.locator("a").click()
    at_desk.page.locator(".tag.bad", has_text="подорожало").wait_for()
    at_desk.picture("changed", whole=True)


def test_a_supplier_that_was_just_named_is_recognised_with_the_next_list(at_desk, tmp_path):
    at_desk.open("#/lists")
    choose(at_desk, written(tmp_path, "lestnitsy 01.03.csv", lists.HEADER + "1;Стремянка 5 ступеней;шт;2150\n"))
    row = at_desk.page.locator(".queue tr", has_text="01.03")
    row.locator("input").fill("Лестничный")
    row.locator("input").blur()
    upload(at_desk)
    expect(row.locator("a")).to_be_visible()
    choose(at_desk, written(tmp_path, "lestnitsy 15.04.csv", lists.HEADER + "1;Стремянка 5 ступеней;шт;2190\n"))

    expect(at_desk.page.locator(".queue tr", has_text="15.04").locator("input")).to_have_value("Лестничный")


def test_what_is_typed_stays_when_the_suppliers_come(at_desk, stack, tmp_path):
    page = at_desk.page
    with held(page, "**/api/v1/suppliers*"):
        at_desk.open("#/lists")
        choose(at_desk, written(tmp_path, "bez imeni.csv", lists.HEADER + "1;Ведро 12 л;шт;150\n"))
        field = page.locator(".queue input")
        field.fill("Пока неизве")
    expect(page.locator("#suppliers option").first).to_be_attached()
    expect(field).to_have_value("Пока неизве")
    field.press_sequentially("стный")
    field.blur()

    expect(field).to_have_value("Пока неизвестный")
    expect(state(at_desk, "bez imeni")).to_have_text("готов")


def test_a_list_that_is_dropped_before_the_suppliers_are_known_is_recognised(at_desk, stack, tmp_path):
    stack.drop("Поспешный", "pospeshny прайс 01.03.csv", lists.HEADER + "1;Ведро 12 л;шт;150\n")
    page = at_desk.page
    with held(page, "**/api/v1/suppliers*"):
        at_desk.open("#/lists")
        choose(at_desk, written(tmp_path, "pospeshny прайс 15.04.csv", lists.HEADER + "1;Ведро 12 л;шт;165\n"))
        expect(page.locator(".queue input")).to_have_value("")

    expect(page.locator(".queue input")).to_have_value("Поспешный")


def test_a_dropped_folder_names_its_supplier(at_desk, tmp_path):
    folder = tmp_path / "Новый поставщик"
    written(folder, "a.csv", lists.HEADER + "1;Лопата совковая;шт;320\n")
    written(folder, "b.csv", lists.HEADER + "2;Лопата штыковая;шт;340\n")
    written(folder, ".DS_Store", "x")
    at_desk.open("#/lists")
    at_desk.page.locator("#folder").set_input_files(str(folder))

    names = at_desk.page.locator(".queue input")
    expect(names).to_have_count(2)
    assert names.evaluate_all("all => all.map((one) => one.value)") == ["Новый поставщик"] * 2


def test_a_misread_column_is_corrected_and_the_list_read_again(at_desk, stack):
    request_id = stack.drop("Кодовый", "kody.csv", lists.MISREAD)
    at_desk.open(f"#/lists/{request_id}")
    page = at_desk.page
    column = page.locator(".reading th", has_text="D:").locator("select")
    column.wait_for()
    before = column.input_value()
    column.select_option("ignored" if before == "price" else "price")
    save = page.locator(".sheet button.primary")
    at_desk.picture("correction", whole=True)
    save.click()

    page.wait_for_url(lambda url: request_id not in url)
    page.locator(".tag.good", has_text="исправлено человеком").wait_for()
    expect(page.locator(".reading th", has_text="D:").locator("select")).not_to_have_value(before)


def test_a_file_of_two_gigabytes_is_refused_before_it_is_sent(visit, tmp_path):
    huge = tmp_path / "huge.xlsx"
    with huge.open("wb") as file:
        file.truncate(FAR_TOO_LARGE)
    visit.open("#/lists")
    choose(visit, huge)

    visit.page.locator(".queue .tag.bad").wait_for()
    assert "200" in visit.page.locator(".queue tr", has_text="huge.xlsx").text_content()
    visit.accessible()


def test_five_hundred_files_are_queued_and_three_are_sent_at_once(at_desk, stack, tmp_path):
    files = [
        written(tmp_path, f"{number:03}.csv", lists.HEADER + f"1;Уголок {number};шт;10\n") for number in range(500)
    ]
    at_desk.open("#/lists")
    page = at_desk.page
    choose(at_desk, *files)
    expect(page.locator(".queue tbody tr")).to_have_count(500)
    page.locator("form.row input").fill("Пятьсот")
    page.locator("form.row button").click()
    expect(page.locator(".queue .tag.warning")).to_have_count(0)
    with held(page, "**/api/v1/pricelists") as waiting:
        upload(at_desk)
        expect(page.locator(".queue progress")).to_have_count(3)
        # Other views meanwhile, and back: nothing is lost.
        page.get_by_role("navigation").get_by_text("Поиск").click()
        page.get_by_role("navigation").get_by_text("Прайс-листы").click()
        expect(page.locator(".queue tbody tr")).to_have_count(500)
        wait_for(lambda: page.wait_for_timeout(20) or len(waiting), lambda count: count >= 3)
        settled(page)
        assert len(waiting) == 3
    expect(page.locator(".queue a").nth(5)).to_be_visible()


def test_a_connection_that_is_lost_while_a_file_is_sent_comes_back(at_desk, stack, tmp_path):
    file = written(tmp_path, "svyaz.csv", lists.HEADER + "1;Провод ПВС 3х1,5;м;58\n")
    at_desk.expected += [r"amazonaws|127\.0\.0\.1|Failed to load"]
    at_desk.open("#/lists")
    page = at_desk.page
    lost = []
    page.route(
        re.compile(r"//127\.0\.0\.1:\d+/quarry-pricelists"),
        lambda route: (lost.append(1), route.abort("connectionreset")),
    )
    choose(at_desk, file)
    row = page.locator(".queue tr", has_text=file.name)
    row.locator("input").fill("Связной")
    row.locator("input").blur()
    upload(at_desk)
    expect(row).to_contain_text("Связь прервалась")
    assert lost
    page.unroute_all()

    expect(row.locator("a")).to_be_visible()
    page.context.set_offline(True)
    page.context.set_offline(False)
    row.locator("a").click()
    page.locator(".tag.good").first.wait_for()


@pytest.mark.parametrize("name", ["empty.csv"])
def test_an_empty_file_is_refused(at_desk, tmp_path, name):
    at_desk.open("#/lists")
    choose(at_desk, written(tmp_path, name, ""))

    at_desk.page.locator(".queue .tag.bad").wait_for()


def test_remarks_become_a_workbook_for_the_supplier(at_desk, stack):
    request_id = stack.drop("Щебёнщик", "scheben.csv", lists.WITH_ERRORS)
    at_desk.open(f"#/lists/{request_id}")
    with at_desk.page.expect_download() as workbook:
        at_desk.page.get_by_role("button", name="Замечания поставщику").click()

    assert workbook.value.suggested_filename == "Замечания scheben.csv.xlsx"


def test_an_import_is_undone_after_a_question(visit, stack, language, size):
    name = f"Отменный {language} {size}"
    goods = f"Ведро отменное {language} {size}"
    first = stack.drop(name, "otmena 1.csv", lists.HEADER + f"1;{goods} 12 л;шт;150\n")
    second = stack.drop(name, "otmena 2.csv", lists.HEADER + f"1;{goods} 12 л;шт;15\n")
    visit.open(f"#/lists/{second}")
    page = visit.page
    page.locator("button.undo").click()
    question = page.locator("dialog")
    expect(question).to_contain_text({"ru": "Снова действуют предложения", "en": "counts again"}[language])
    visit.accessible()
    visit.picture("undo")
    question.locator("button:not(.primary)").last.click()
    expect(question).to_have_count(0)
    page.locator("button.undo").click()
    question.locator("button.primary").click()

    expect(page.locator(".notice")).to_contain_text({"ru": "Загрузка отменена", "en": "is undone"}[language])
    expect(page.locator("button.undo")).to_have_count(0)
    visit.accessible()
    visit.picture("undone")
    (hit,) = stack.search(goods)["hits"][:1]
    assert [offer["price"] for offer in hit["offers"]] == ["150.00"]
    visit.open(f"#/lists/{first}")
    expect(page.locator("button.undo")).to_be_visible()


def test_an_import_with_a_later_one_behind_it_says_which_to_undo_first(visit, stack, language, size):
    name = f"Поздний {language} {size}"
    first = stack.drop(name, "pozdny 1.csv", lists.HEADER + "1;Ведро позднее 12 л;шт;150\n")
    stack.drop(name, "pozdny 2.csv", lists.HEADER + "1;Ведро позднее 12 л;шт;160\n")
    visit.expected.append("/undo")
    visit.open(f"#/lists/{first}")
    visit.page.locator("button.undo").click()
    visit.page.locator("dialog button.primary").click()
    said = {"ru": "Сначала отмените его", "en": "Undo that one first"}[language]
    expect(visit.page.get_by_role("alert")).to_contain_text(said)
