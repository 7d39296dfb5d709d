"""Signing in at an issuer, and a token that ends while somebody types: nothing that was typed is lost."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser import lists
from tests.browser.conftest import visiting
from tests.browser.issuer import CLIENT, Issuer, issuing
from tests.browser.stack import Filled, awaited, late_answer

ENDED = "a-token-that-has-ended"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A stack that takes a token, whose page knows an issuer."""
    issuer = Issuer([ENDED])
    stack = Filled(tmp_path_factory.mktemp("guarded"))
    with issuing(issuer) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAGE_CLIENT_ID", CLIENT)
        patch.setenv("PAGE_AUTHORIZE_URL", f"{url}/authorize")
        patch.setenv("PAGE_TOKEN_URL", f"{url}/token")
        stack.start("--auth")
        token = json.loads((stack.home / "endpoints.json").read_text())["api"]["token"]
        stack.api.headers["authorization"] = f"Bearer {token}"
        stack.drop("Северный склад", "severny.csv", lists.north())
        yield stack, issuer, token
        stack.stop()
        stack.api.close()


@pytest.fixture
def guest(guarded, chromium):
    stack, issuer, token = guarded
    with visiting(chromium, stack.url, "ru", "desktop") as visit:
        yield visit, issuer, token
    assert not issuer.faults


def test_an_address_that_was_sent_is_reached_through_the_issuer(guest):
    visit, issuer, token = guest
    issuer.tokens = [token]
    visit.open("#/search?q=цемент")

    visit.page.locator(".hit").first.wait_for()
    assert "code=" not in visit.page.url
    assert visit.page.evaluate("localStorage.length") <= 2


def test_a_token_that_ends_is_renewed_quietly(guest):
    visit, issuer, token = guest
    issuer.tokens, issuer.refresh = [ENDED, token], "renew-me"
    visit.expected.append("401")
    visit.open("#/search?q=цемент")

    visit.page.locator(".hit").first.wait_for()
    assert "refresh_token" in issuer.exchanged
    issuer.refresh = None


def test_who_must_sign_in_again_goes_on_where_they_were(guest):
    visit, issuer, token = guest
    issuer.tokens = [token]
    visit.expected.append("401")
    visit.open()
    page = visit.page
    page.locator(".welcome .quiet-text").wait_for()
    signed_in = issuer.signed_in

    def ended(route):
        if issuer.signed_in == signed_in:
            route.fulfill(status=401, json={"title": "Unauthorized", "status": 401})
        else:
            route.continue_()

    # As the gateway answers once the token has ended.
    page.route("**/api/v1/search**", ended)
    page.locator("[role=combobox]").press_sequentially("пескобетон")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    visit.picture("sign-in")
    visit.accessible()
    dialog.get_by_role("button").click()

    page.locator(".hit", has_text="Пескобетон").first.wait_for()
    expect(page.locator("[role=combobox]")).to_have_value("пескобетон")
    expect(dialog).to_be_hidden()


def test_without_an_issuer_the_token_is_asked_for(guarded, chromium):
    stack, _, token = guarded
    with visiting(chromium, stack.url, "ru", "desktop") as visit:
        visit.expected.append("401")
        page = visit.page
        told = stack.page_configuration()
        page.route("**/ui/config.json", lambda route: route.fulfill(json={**told, "sign_in": None}))
        visit.open()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Токен").fill(token)
        dialog.get_by_role("button").click()

        page.locator(".welcome .quiet-text").wait_for()
        assert page.evaluate("localStorage.getItem('quarry.tokens')") is None


def test_an_answer_that_was_late_to_refuse_the_former_token_asks_for_no_other(guarded, chromium):
    stack, _, token = guarded
    with visiting(chromium, stack.url, "ru", "desktop") as visit:
        visit.expected.append("401")
        page = visit.page
        told = stack.page_configuration()
        page.route("**/ui/config.json", lambda route: route.fulfill(json={**told, "sign_in": None}))
        late = late_answer(page, "**/api/v1/suppliers*", times=1)
        visit.open()
        refused = awaited(page, late)  # sent without the token
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Токен").fill(token)
        dialog.get_by_role("button").click()
        expect(dialog).to_have_count(0)
        refused.fulfill(status=401, json={"title": "Unauthorized", "status": 401})

        page.locator(".welcome .quiet-text").wait_for()
        expect(dialog).to_have_count(0)
