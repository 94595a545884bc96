"""What tests of self-contained pages may ask for: the page, opened from a file in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path, content: bytes) -> Iterator[Page]:
    """Open a module's `content` from a file; what the page says, breaks or fetches fails the test."""
    file = tmp_path / "page.html"
    file.write_bytes(content)
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert said == [file.as_uri()]
