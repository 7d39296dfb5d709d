"""The state of the service, also while a store is unavailable."""

from playwright.sync_api import expect


def test_stores_imports_and_the_age_of_lists_are_shown(visit, stack):
    stack.drop("Северный склад", "pustoy.csv", "")  # it fails, and changes nothing
    visit.open("#/state")

    page = visit.page
    expect(page.locator(".cards .tag.good").nth(2)).to_be_visible()
    expect(page.locator("tr", has_text="Северный склад")).to_contain_text("severny 2026-02.csv")
    # Of the places that a phone has no room for, the one where one is stands in the window.
    expect(page.locator("nav [aria-current]")).to_be_in_viewport(ratio=0.9)
    visit.picture("state", whole=True)
    visit.accessible()


def test_without_the_main_database_people_are_told_in_plain_words(stack, crosswise):
    visit = crosswise
    stack.kill("postgresql")
    visit.expected.append(r"50[0-9]")
    page = visit.page
    try:
        visit.open("#/state")
        expect(page.locator(".cards .tag.bad").first).to_be_visible()
        visit.picture("state-unavailable", whole=True)
        visit.accessible()
        visit.open("#/search?q=цемент м400 в мешках")
        page.locator(".hit, .notice.warning, .notice.error").first.wait_for()
        visit.picture("search-unavailable")
        visit.accessible()
        visit.open("#/lists")
        page.locator(".lists, .notice").first.wait_for()
        visit.accessible()
    finally:
        stack.revive("postgresql")
    visit.open("#/state")
    expect(page.locator(".cards .tag.good").nth(2)).to_be_visible()


def test_without_the_index_the_search_goes_on_by_words(stack, at_desk):
    stack.kill("qdrant")
    at_desk.expected.append(r"50[0-9]")
    try:
        at_desk.open("#/search?q=гипсокартон влагостойкий лист")
        at_desk.page.locator(".notice.warning").first.wait_for()
        at_desk.page.locator(".hit").first.wait_for()
        at_desk.picture("search-by-words")
        at_desk.accessible()
    finally:
        stack.revive("qdrant")


def test_without_the_cache_everything_is_as_usual(stack, at_desk):
    stack.kill("redis")
    at_desk.expected.append(r"50[0-9]")
    page = at_desk.page
    try:
        at_desk.open("#/search?q=кирпич полнотелый")
        page.locator(".hit").first.wait_for()
        expect(page.locator(".notice.warning")).to_have_count(0)
        at_desk.open("#/state")
        expect(page.locator(".cards .tag.bad")).to_have_count(1)
        at_desk.accessible()
    finally:
        stack.revive("redis")
    at_desk.open("#/state")
    expect(page.locator(".cards .tag.good").nth(2)).to_be_visible()
