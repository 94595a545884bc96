"""What is known of a table before it is set: never less room than its text takes."""

from __future__ import annotations

import json
from pathlib import Path

import typst
from msgspec.structs import replace

from reports.papers.letter_widths import LIST, listed
from safepassage.reports.papers.blocks import Column, Table
from safepassage.reports.papers.fitting import LEAST_SHARE_MM, PAGE_MM, fitted, wide
from safepassage.reports.papers.press import FOLDER
from safepassage.reports.words import LANGUAGES, named
from safepassage.reports.words.phrases import catalogue

NAMES = ("محمد عبد الرحمن الخطيب", "آمِنة بنت وَهْب", "لا إله", "Jean-Baptiste Koné", "AVAWA To. Ty", "P000135", "fiffle")
COLUMNS = (
    Column(label=named("No.")),
    Column(label=named("Name"), share=3),
    Column(label=named("Needs"), share=1),
    Column(label=named("Aboard"), kind="tick"),
)


def test_the_list_of_widths_is_that_of_the_fonts() -> None:
    assert json.loads(LIST.read_text(encoding="utf-8")) == listed()


def test_no_text_is_wider_than_it_is_taken_for(tmp_path: Path) -> None:
    words = {
        word
        for language in LANGUAGES
        for entry in catalogue(language).values()
        for text in ([entry] if isinstance(entry, str) else entry.values())
        for word in (text, *text.split())
        if len(text) < 80
    }
    texts = [one for one in sorted(words | set(NAMES)) if wide(one) != float("inf")]
    assert len(texts) > 5000
    page = tmp_path / "widths.typ"
    page.write_text(
        '#set text(font: ("Noto Sans", "Noto Sans Arabic"), size: 10pt, fallback: false, number-width: "tabular")\n'
        "#context [#metadata(json(bytes(sys.inputs.texts)).map(one => measure(strong(one)).width.pt())) <widths>]\n",
        encoding="utf-8",
    )
    measured = json.loads(
        typst.query(page, "<widths>", field="value", one=True, font_paths=[FOLDER / "fonts"],
                    ignore_system_fonts=True, sys_inputs={"texts": json.dumps(texts)})
    )  # fmt: skip
    assert [text for text, width in zip(texts, measured, strict=True) if width > 10 * wide(text) + 1e-6] == []
    assert sum(10 * wide(text) for text in texts) < 1.15 * sum(measured)


def test_a_letter_that_is_not_common_leaves_the_row_to_the_typesetter() -> None:
    table = Table(columns=COLUMNS, rows=(("1", "Ann", "", ""), ("2", "李", "", "")))
    assert fitted(table, ("en",)).even == (True, False)
    assert fitted(replace(table, rows=(("李", "Ann", "", ""),)), ("en",)).widths == ()


def test_columns_take_the_page_and_long_texts_more_than_a_line() -> None:
    table = Table(
        columns=COLUMNS, rows=(("1", "Ann", "", ""), ("200", "Name " * 20, "", ""), ("3", "x", "y " * 30, ""))
    )
    made = fitted(table, ("en",))
    assert made.even == (True, False, False)
    assert abs(sum(made.widths) - PAGE_MM) < 0.05
    assert abs(made.widths[1] - 3 * made.widths[2]) < 0.05


def test_where_columns_would_be_crowded_the_typesetter_decides() -> None:
    wide_one = Table(columns=COLUMNS, rows=(("x" * 80, "Ann", "", ""),))
    assert PAGE_MM - wide("x" * 80) * 3.5 < 4 * LEAST_SHARE_MM
    assert fitted(wide_one, ("en",)) == wide_one
    no_share = Table(columns=(Column(label=named("A")), Column(label=named("B"))), rows=(("x", "y"),))
    assert sum(fitted(no_share, ("en",)).widths) < PAGE_MM


def test_blank_and_tall_tables_stay_as_they_are() -> None:
    for table in (Table(columns=COLUMNS, blank=3), Table(columns=COLUMNS, rows=(("1", "", "", ""),), tall=True)):
        assert fitted(table, ("en",)) is table


def test_two_languages_stand_beside_each_other_only_where_both_are_short() -> None:
    short, long = named("adult", ar="بالغ"), named("wheelchair, help", ar="كرسي متحرك")
    table = Table(columns=COLUMNS, rows=(("1", short, "", ""), ("2", long, "", "")))
    assert fitted(table, ("en", "ar")).even == (True, False)
    assert fitted(table, ("en",)).even == (True, True)
