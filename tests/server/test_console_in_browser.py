"""From the first start to a board that moves by itself, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from reports.contrast import CONTRAST
from safepassage.exchange.template import write_template
from server.processes import NAME, PASSWORD, served

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize(("language", "scheme"), [("fr", "light"), ("ar", "dark")])
def test_first_start_log_in_now(chromium: Browser, tmp_path: Path, language: str, scheme: str) -> None:
    write_template(tmp_path / "op", workbook=False)
    with served(tmp_path / "op") as server:
        page = chromium.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith(server.url) else said.append(one.url))

        page.goto(f"{server.url}/?lang={language}")
        page.goto(f"{server.url}/join?lang={language}")
        page.fill("[name=code]", server.code())
        for _ in range(2):
            page.fill("[name=name]", NAME)
            page.fill("[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_load_state()
        page.wait_for_url(f"{server.url}/")
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        assert "30" in page.locator("h1").inner_text()

        api = server.sign_in().http
        assert api.post("/api/events", json={"type": "boarded", "subject": "P001", "vehicle": "B1"}).status_code == 201
        page.locator("#live[data-size='3']").wait_for()
        assert "29" in page.locator("h1").inner_text()
        assert page.locator("#stale").is_hidden()
        for path in ("/", "/log", "/settings"):
            page.goto(server.url + path)
            assert page.evaluate(CONTRAST) == []
            assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.goto(server.url)
        server.process.kill()
        page.locator("#stale").wait_for(state="visible")
        page.close()
        assert [text for text in said if "ERR_" not in text] == []
