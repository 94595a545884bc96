"""The page in a real browser: nothing fetched, switches by keyboard, fits a phone, prints whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.contrast import CONTRAST
from reports.material import INFEASIBLE, OPERATION, PLAN
from safepassage.reports.page import plan_page
from safepassage.reports.words import LANGUAGES

pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def content() -> bytes:
    """Write the page once for all tests."""
    return plan_page(OPERATION, PLAN)


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_hostile_names_stay_text(opened: Page) -> None:
    assert opened.evaluate("window.broken") is None
    assert "window.broken" in opened.locator("h1").inner_text()


def test_languages_switch_by_keyboard_and_turn_the_page(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.dir") == "ltr"
    assert opened.locator("#h-answer .ar").is_hidden()

    opened.keyboard.press("Tab")  # the skip link
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "language-en"
    opened.keyboard.press("Tab")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")

    assert opened.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    assert opened.locator("#h-answer .ar").is_visible()
    assert opened.locator("#h-answer .en").is_hidden()
    assert opened.title() == "تمرين"
    assert opened.locator("nav").get_attribute("aria-label") == "المحتويات"
    left, right = (opened.locator(name).bounding_box() for name in (".controls", ".top h1"))
    assert left is not None
    assert right is not None
    assert left["x"] < right["x"]

    opened.keyboard.press("Shift+Tab")
    opened.keyboard.press("Space")
    assert opened.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["fr", "ltr"]
    assert opened.locator("nav").get_attribute("aria-label") == "Contenu"
    assert opened.locator("#h-answer").inner_text().startswith("N’utilisez pas ce plan.")
    assert opened.locator("button[aria-pressed=true].language").inner_text() == "Français"
    assert opened.title().startswith("Exercise")


def test_nothing_but_names_is_shown_in_another_language(opened: Page) -> None:
    opened.locator("#language-ar").click()
    texts = opened.evaluate(
        "[...document.querySelectorAll('h2, h3, th[scope=col], caption, summary, dt, button, nav a')]"
        ".filter(e => e.checkVisibility() && !e.matches('.language')).map(e => { const c = e.cloneNode(true);"
        " c.querySelectorAll('bdi, :is(.en, .fr):not(.ar), [lang=en], [lang=fr]')"
        ".forEach(x => x.remove()); return c.textContent; })"
    )

    assert len(texts) > 50
    assert [text for text in texts if re.search(r"[A-Za-z]", text)] == []


def test_the_theme_goes_round_by_keyboard(opened: Page) -> None:
    light = background(opened)
    button = opened.locator("#theme")
    button.focus()
    seen = []
    for _ in range(3):
        opened.keyboard.press("Enter")
        seen.append(
            (opened.evaluate("document.documentElement.dataset.theme"), button.inner_text(), background(opened))
        )

    assert [name for name, _, _ in seen] == ["light", "dark", "auto"]
    assert [text for _, text, _ in seen] == ["Theme: light", "Theme: dark", "Theme: automatic"]
    assert seen[0][2] == seen[2][2] == light
    assert seen[1][2] != light


def test_the_systems_dark_theme_is_followed_unless_told_otherwise(opened: Page) -> None:
    light = background(opened)

    opened.emulate_media(color_scheme="dark")
    dark = background(opened)
    opened.locator("#theme").click()

    assert dark != light
    assert background(opened) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    assert opened.evaluate(CONTRAST) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_scrolls_tables_and_pictures_not_the_page(opened: Page, language: str) -> None:
    opened.locator(f"#language-{language}").click()
    opened.set_viewport_size({"width": 390, "height": 800})
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    wide, shown = opened.evaluate(
        "(() => { const s = document.querySelector('.gantt .scroll'); return [s.scrollWidth, s.clientWidth]; })()"
    )
    assert wide > shown > 200


def test_focus_is_seen_and_scrolling_boxes_can_be_reached(opened: Page) -> None:
    opened.keyboard.press("Tab")
    outline, top = opened.evaluate(
        "[getComputedStyle(document.activeElement).outlineStyle, document.activeElement.getBoundingClientRect().top]"
    )

    assert outline == "solid"
    assert top >= 0  # the skip link comes into sight
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "main"
    assert opened.evaluate("[...document.querySelectorAll('.wide, .map, .scroll')].every(e => e.tabIndex === 0)")


def test_lists_open_and_close_all_at_once(opened: Page) -> None:
    opened.locator("#unfold").press("Enter")
    assert opened.locator("details.sheet[open]").count() == 3
    assert opened.locator("#unfold").get_attribute("aria-pressed") == "true"

    opened.locator("#unfold").press("Enter")
    assert opened.locator("details.sheet[open]").count() == 0


def test_paper_has_every_list_open_each_vehicle_on_its_own_page(opened: Page) -> None:
    opened.emulate_media(media="print")
    pdf = opened.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/Type\s*/Page\b", pdf)

    assert pdf.startswith(b"%PDF")
    assert len(pages) >= 8  # answer, clauses, chart, chain, referrals, and a page for each of three vehicles
    assert opened.locator("details.sheet[open]").count() == 0  # as it was before printing
    assert opened.locator("details.sheet table").first.is_visible()  # the style alone opens them on paper
    assert opened.locator("nav").is_hidden()


def test_paper_is_light_whatever_the_theme(opened: Page) -> None:
    opened.locator("#theme").click()
    opened.locator("#theme").click()
    opened.emulate_media(media="print")

    assert background(opened) == "rgb(255, 255, 255)"


def test_without_a_plan_the_page_works_too(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "none.html"
    file.write_bytes(plan_page(OPERATION, INFEASIBLE, language="ar"))
    page = chromium.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())

    page.locator("#language-en").click()

    assert page.locator("#h-answer").inner_text() == "No: as things stand, no plan exists."
    assert said == []
    page.close()
