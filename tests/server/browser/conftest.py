"""A server for phones, and browsers that stand for phones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.browser.phone_server import PhoneServer

ANOTHER_HOST = "http://phone.test"


@pytest.fixture
def server() -> Iterator[PhoneServer]:
    """Lend a server on loopback."""
    one = PhoneServer()
    yield one
    one.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """Lend a browser that has kept nothing yet."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def page(phone: BrowserContext, server: PhoneServer) -> Page:
    """Lend an empty page of the server's origin, for the modules alone."""
    page = phone.new_page()
    page.goto(f"{server.address}/blank")
    return page


@pytest.fixture
def plain_http(phone: BrowserContext, server: PhoneServer) -> Iterator[Page]:
    """Lend a page at a name that is not the machine itself, without encryption: what browsers call not secure."""
    page = phone.new_page()
    page.route(
        f"{ANOTHER_HOST}/**",
        lambda route: route.fulfill(response=route.fetch(url=route.request.url.replace(ANOTHER_HOST, server.address))),
    )
    yield page
    page.unroute_all(behavior="ignoreErrors")
