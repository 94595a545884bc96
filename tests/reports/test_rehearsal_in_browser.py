"""The page of a rehearsal in a real browser: nothing fetched, readable in both themes, fits a phone, prints."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page

from reports.contrast import CONTRAST
from reports.material import OPERATION, PLAN
from reports.rehearsed import OUTCOME
from safepassage.reports.rehearsal_page import rehearsal_page
from safepassage.reports.words import LANGUAGES

pytestmark = pytest.mark.no_cover

OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.fixture(scope="module")
def content() -> bytes:
    """Write the page once for all tests."""
    return rehearsal_page(OPERATION, PLAN, OUTCOME)


def test_hostile_names_stay_text(opened: Page) -> None:
    assert opened.evaluate("window.broken") is None
    assert "window.broken" in opened.locator("#changes").inner_text()


def test_nothing_but_names_is_shown_in_another_language(opened: Page) -> None:
    opened.locator("#language-ar").click()
    texts = opened.evaluate(
        "[...document.querySelectorAll('h2, h3, p, li, th[scope=col], caption, summary, dt, button, nav a')]"
        ".filter(e => e.checkVisibility() && !e.matches('.language')).map(e => { const c = e.cloneNode(true);"
        " c.querySelectorAll('bdi, svg, :is(.en, .fr):not(.ar), [lang=en], [lang=fr]')"
        ".forEach(x => x.remove()); return c.textContent; })"
    )

    assert len(texts) > 80
    # The program's own name, and the name of the hash, are the same in every language.
    foreign = [text for text in texts if re.search(r"[A-Za-z]", text)]
    assert [text for text in foreign if "safepassage" not in text and "SHA-256" not in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    opened.evaluate(OPEN_ALL)

    assert opened.evaluate(CONTRAST) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_tables_and_pictures_not_the_page(opened: Page, language: str, width: int) -> None:
    opened.locator(f"#language-{language}").click()
    opened.set_viewport_size({"width": width, "height": 800})
    opened.evaluate(OPEN_ALL)

    assert opened.evaluate("document.documentElement.scrollWidth") == width
    wide, shown = opened.evaluate("(s => [s.scrollWidth, s.clientWidth])(document.querySelector('.picture'))")
    assert wide > shown > 200
    assert opened.evaluate("[...document.querySelectorAll('.wide, .picture, .scroll')].every(e => e.tabIndex === 0)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_step_of_the_scale_is_brighter_or_darker_than_the_last_and_told_apart(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    levels = opened.evaluate(
        "[...document.querySelectorAll('#critical .legend rect')].map(r => getComputedStyle(r).fill"
        ".match(/[0-9.]+/g).map(Number)).map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b)"
    )
    steps = [later - sooner for sooner, later in pairwise(levels)]

    assert len(levels) == 6
    assert all(step < -12 for step in steps) or all(step > 12 for step in steps)


def test_labels_in_the_fan_stay_inside_the_picture(opened: Page) -> None:
    opened.locator("#language-ar").click()
    outside = opened.evaluate(
        "[...document.querySelectorAll('.picture svg')].flatMap(svg => { const f = svg.getBoundingClientRect();"
        " return [...svg.querySelectorAll('text.ar')].map(t => t.getBoundingClientRect())"
        ".filter(b => b.width && (b.left < f.left - 1 || b.right > f.right + 1)).map(b => b.width); })"
    )

    assert outside == []


def test_paper_has_the_tables_open_and_is_light(opened: Page) -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    pdf = opened.pdf(prefer_css_page_size=True)

    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 3
    assert opened.locator("#fan details table").is_visible()
    assert opened.locator("nav").is_hidden()
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
