"""Passkeys in a real browser, with the virtual authenticator that it has for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from safepassage.exchange.template import write_template
from server.browser.bus_door import violations
from server.processes import NAME, PASSWORD, Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("passkeys") / "op"
    write_template(folder, workbook=False)
    with served(folder) as found:
        yield found.sign_in()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def device(page: Page) -> CDPSession:
    """Give the browser a device that keeps passkeys and knows its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    found = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    session.id = found["authenticatorId"]  # type: ignore[attr-defined]
    return session


def address(server: Served) -> str:
    return f"http://localhost:{server.port}"


def by_password(page: Page, server: Served, language: str) -> None:
    page.goto(f"{address(server)}/login?lang={language}")
    page.fill("[name=name]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address(server)}/")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_passkey_is_added_logs_in_and_is_removed(page: Page, server: Served, language: str) -> None:
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith(address(server)) else said.append(one.url))
    owner = device(page)
    by_password(page, server, language)
    page.goto(f"{address(server)}/account")
    page.fill("#passkey-add [name=label]", "هاتفي <b>1</b>")
    page.fill("#passkey-add [name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account?done=passkey")
    assert "هاتفي <b>1</b>" in page.locator(".entries strong").first.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("details summary").click()
    assert violations(page) == []

    page.locator("header form button").click()
    page.wait_for_url("**/login")
    assert violations(page) == []
    page.locator("#passkey-log-in").click()
    page.wait_for_url(f"{address(server)}/")
    assert NAME in page.locator("header form button").inner_text()

    page.goto(f"{address(server)}/account")
    page.locator("details summary").click()
    page.fill("details [name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account?done=removed")
    assert not page.locator("details").count()
    assert said == []

    # the device still shows it: this server knows it no more, and says so
    page.locator("header form button").click()
    page.wait_for_url("**/login")
    page.locator("#passkey-log-in").click()
    page.locator("#passkey-trouble:not([hidden])").wait_for()
    assert page.locator("#passkey-log-in").is_enabled()
    owner.send("WebAuthn.setUserVerified", {"authenticatorId": owner.id, "isUserVerified": False})  # type: ignore[attr-defined]
    page.locator("#passkey-log-in").click()
    cancelled = page.locator("#passkey-trouble").get_attribute("data-cancelled")
    page.locator("#passkey-trouble", has_text=cancelled).wait_for()
    assert page.url.endswith("/login")


def test_at_a_bare_address_the_page_says_that_there_are_none(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/login?lang=en")
    assert "Passkeys do not work at this address" in page.locator("main").inner_text()
    assert not page.locator("#passkey-log-in").count()


def test_all_accounts_on_a_phone(page: Page, server: Served) -> None:
    for language in ("en", "ar"):
        by_password(page, server, language)
        page.goto(f"{address(server)}/accounts")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 390
