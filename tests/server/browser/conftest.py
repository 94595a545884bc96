"""A server for phones, and browsers that stand for phones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.browser.bus_door import BusDoor
from server.browser.phone_server import PhoneServer


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneServer]:
    """Lend a server on loopback."""
    one = PhoneServer(tmp_path_factory.mktemp("server"))
    yield one
    one.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """Lend a browser that has kept nothing yet."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext, server: PhoneServer) -> Iterator[Page]:
    """Lend an empty page of the server's origin, for the modules alone; it is gone before its server is."""
    page = phone.new_page()
    page.goto(f"{server.address}/blank")
    yield page
    page.close()


@pytest.fixture
def plain_http(server: PhoneServer) -> str:
    """Lend the server's address by a name that is not the machine itself: what browsers call not secure."""
    return f"http://phone.test:{server.port}"


@pytest.fixture
def check_in(chromium: Browser, server: PhoneServer, request: pytest.FixtureRequest) -> Iterator[BusDoor]:
    """Lend a phone at the page; whatever breaks in it, or is asked outside of the server, fails the test."""
    language = getattr(request, "param", "en")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale=language)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Content Security" in said.text else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((server.address, "blob:")) else broken.append(asked.url),
    )
    yield BusDoor(page, server)
    context.close()
    assert broken == []
