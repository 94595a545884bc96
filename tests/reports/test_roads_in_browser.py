"""The page of a look at the roads in a real browser: nothing fetched, readable in both themes, fits a phone, prints."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from desk.town import NEW_BRIDGE, town
from reports.contrast import CONTRAST
from reports.material import HOSTILE
from safepassage.desk.roads import Asked, look
from safepassage.reports.roads_page import roads_page
from safepassage.reports.words import LANGUAGES

pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Look at a town with a way, a detour, weak stretches, a closure and a hostile name."""
    folder = town(tmp_path_factory.mktemp("roads") / "op", consent=True, ferry=True)
    looked = look(folder, Asked(closures=(NEW_BRIDGE,), ends=("market", "mill"), alternatives=2))
    assert looked.laid is not None
    first, *rest = looked.operation.sites
    operation = replace(looked.operation, sites=(replace(first, name=HOSTILE), *rest))
    return roads_page(operation, looked.outlook, looked.laid.network)


def test_hostile_names_stay_text(opened: Page) -> None:
    assert opened.evaluate("window.broken") is None
    assert "window.broken" in opened.locator("#roads-joints").inner_text()


def test_nothing_but_names_is_shown_in_another_language(opened: Page) -> None:
    opened.locator("#language-ar").click()
    assert opened.evaluate("document.documentElement.dir") == "rtl"
    texts = opened.evaluate(
        "[...document.querySelectorAll('h2, h3, p, li, th, td, caption, dt, button, nav a')]"
        ".filter(e => e.checkVisibility() && !e.closest('.remarks, .language')).map(e => { const c = e.cloneNode(true);"
        " c.querySelectorAll('bdi, svg, :is(.en, .fr):not(.ar), [lang=en], [lang=fr]')"
        ".forEach(x => x.remove()); return c.textContent; })"
    )
    assert len(texts) > 80
    foreign = [text for text in texts if re.search(r"[A-Za-z]", text)]
    assert [text for text in foreign if "safepassage" not in text and "SHA-256" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert opened.evaluate(CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_of_the_map_are_told_apart_from_the_ground_by_brightness(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = opened.evaluate(
        "['way', 'detour', 'weak'].map(k => getComputedStyle(document.querySelector('.map .stroke.' + k)).stroke)"
        ".concat(getComputedStyle(document.body).backgroundColor).map(c => c.match(/[0-9.]+/g).map(Number))"
        ".map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)"
    )
    *lines, ground = found
    assert all(abs(line - ground) > 90 for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_tables_and_the_map_not_the_page(opened: Page, language: str, width: int) -> None:
    opened.locator(f"#language-{language}").click()
    opened.set_viewport_size({"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    wide, shown = opened.evaluate("(s => [s.scrollWidth, s.clientWidth])(document.querySelector('.map'))")
    assert wide > shown > 200
    assert opened.evaluate("[...document.querySelectorAll('.wide, .map')].every(e => e.tabIndex === 0)")


def test_labels_and_numbers_stay_inside_the_map(opened: Page) -> None:
    outside = opened.evaluate(
        "(svg => { const f = svg.getBoundingClientRect();"
        " return [...svg.querySelectorAll('text.en, .number, .spot')].map(t => t.getBoundingClientRect())"
        ".filter(b => b.left < f.left - 1 || b.right > f.right + 1 || b.top < f.top - 1 || b.bottom > f.bottom + 1)"
        ".length; })(document.querySelector('.map svg'))"
    )
    assert outside == 0


def test_numbers_on_the_map_are_those_of_the_tables(opened: Page) -> None:
    drawn = opened.locator(".map .number text").all_text_contents()
    listed = opened.locator(".way-text .mark").all_text_contents()
    assert drawn == listed
    assert len(drawn) == len(set(drawn)) > 0


def test_paper_shows_every_leg_on_white(opened: Page) -> None:
    opened.locator("#theme").click()
    opened.locator("#theme").click()
    opened.emulate_media(media="print")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert opened.locator("nav").is_hidden()
    assert opened.evaluate("(t => t.scrollHeight <= t.clientHeight + 1)(document.querySelector('.tall'))")
    assert opened.pdf(prefer_css_page_size=True).startswith(b"%PDF")
