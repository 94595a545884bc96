"""Setting papers: standards, letters, direction, and that what people write stays text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from msgspec.structs import replace

from reports.papers.material import MADE, NAMED, lines, papers, pdf_of, reader, source, told
from safepassage.model.errors import InternalError
from safepassage.reports.papers.blocks import Column, Fields, Paper, Table, Text
from safepassage.reports.papers.many import printed
from safepassage.reports.papers.press import FOLDER, LONGEST_WORD, data_of, drawn, lettered, pressed
from safepassage.reports.papers.redaction import isolated
from safepassage.reports.papers.source import Source, setup_of
from safepassage.reports.words import named


def page_of(text: str, given: Source) -> Paper:
    """Make a paper of one cell and one field that hold a text."""
    return Paper(
        kind="test",
        about="B1",
        title=named("Test", ar="اختبار"),
        blocks=(
            Table(columns=(Column(label=named("Head"), share=1), Column(label=named("Other"))), rows=((text, "."),)),
            Fields(rows=((named("Label"), text),)),
        ),
    )


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_paper_is_an_archive_tagged_and_says_what_it_is() -> None:
    given = source(languages=("ar", "en"))
    read = reader(pdf_of(papers("manifest", given)[1], given))
    root: Any = read.root_object
    about = bytes(read.xmp_metadata.stream.get_data()) if read.xmp_metadata else b""

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "ar"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfaid:part>2</pdfaid:part>" in about
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in about
    assert b"<pdfuaid:part>1</pdfuaid:part>" in about
    assert read.metadata is not None
    assert read.metadata.title == "كشف الركاب B1"
    assert str(read.metadata.creation_date).startswith("2017-08-28 09:05:09")
    assert not list(read.attachments)


def test_the_same_paper_is_the_same_bytes() -> None:
    given = source()
    paper = papers("manifest", given)[0]
    assert pdf_of(paper, given) == pdf_of(paper, given)


def test_only_the_fonts_that_come_along_are_used() -> None:
    given = source(languages=("ar",))
    (page, *_) = reader(pdf_of(papers("manifest", given)[0], given)).pages
    resources: Any = page["/Resources"]
    fonts = {str(one.get_object()["/BaseFont"]).partition("+")[2] for one in resources["/Font"].values()}

    assert fonts <= {"NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular", "NotoSansArabic-Bold"}
    assert "NotoSansArabic-Regular" in fonts


def test_the_list_of_letters_is_that_of_the_fonts() -> None:
    listed = {
        one
        for first, last in json.loads((FOLDER / "fonts" / "letters.json").read_text(encoding="utf-8"))
        for one in range(first, last + 1)
    }
    for style in ("Regular", "Bold"):
        known = {one for name in ("NotoSans", "NotoSansArabic")
                 for one in TTFont(FOLDER / "fonts" / f"{name}-{style}.ttf").getBestCmap()}  # fmt: skip
        assert listed <= known


HOSTILE = {
    "code": '#read("/etc/passwd") #sys.version #{1+1}',
    "mathematics": "$a^2$ $ sum_(i=0)^n $",
    "escapes": "\\u{41} \\\\ \\n \\#",
    "emphasis": "*strong* _so_ `raw` == heading - list + enum / term: x",
    "references": "@ref <label> [content] ~ -- --- ... // comment /* more */",
    "json": '"}], "blocks": [{"type": "text"}',
    "markup": "<b>&amp;</b>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_people_write_is_never_markup(text: str) -> None:
    given = source()
    assert squeezed(told(pdf_of(page_of(isolated(text), given), given))).count(squeezed(text)) == 2


@pytest.mark.parametrize("script", ["en", "ar"])
def test_what_reorders_or_hides_text_is_shown(script: str) -> None:
    given = source(languages=("ar",) if script == "ar" else ("en",))
    text = told(pdf_of(page_of(isolated("a\u202eb\u2066c\nd\u0000e\u200ff"), given), given))
    for code in ("202E", "2066", "000A", "0000", "200F"):
        assert f"[U+27E8]U+{code}[U+27E9]" in squeezed(text) or f"⟨U+{code}⟩" in squeezed(text)


def test_letters_that_the_fonts_lack_are_shown_as_code_points() -> None:
    given = source()
    text = squeezed(told(pdf_of(page_of(isolated("Zoë 李 🙂👩‍👩‍👧"), given), given)))
    assert text.count("Zoë[U+674E][U+1F642][U+1F469]") == 2


def test_letters_are_composed_before_they_are_looked_up() -> None:
    assert lettered("e\u0301") == "é"


def test_a_name_of_500_letters_stays_on_the_page() -> None:
    given = source(languages=("ar",))
    read = reader(pdf_of(page_of(isolated("x" * 500), given), given))
    places: list[float] = []

    def note(text: str, page: list[float], at: list[float], *_: object) -> None:
        if "x" in text:
            places.append(at[4] * page[0] + page[4])

    text = "".join(page.extract_text(visitor_text=note) for page in read.pages)
    assert text.count("x") == 1000
    assert places
    assert all(0 < x < float(read.pages[0].mediabox.width) - 20 for x in places)


def test_words_are_broken_only_where_they_are_too_long() -> None:
    word = "x" * LONGEST_WORD
    assert lettered(word) == word
    assert lettered(word + "y") == word + "\u200by"
    assert lettered(f'"{drawn("code")}"') == f'"{drawn("code")}"'


@pytest.mark.parametrize("text", ["16 / 1", "14:05", "B-07/2", "2017-08-28 09:05", "+963 11 123", "12.5 km"])
def test_nothing_turns_round_in_an_arabic_line(text: str) -> None:
    given = source(languages=("ar",))
    line = f"المركبات {isolated(text)}، {isolated('B02')} (قبل {isolated(text)})"
    paper = Paper(kind="test", about="", title=named("x"), blocks=(Text(text=named(line)),))
    assert sum(one.count(text) for one in lines(pdf_of(paper, given))) == 2


def test_without_isolates_a_count_would_turn_round() -> None:
    given = source(languages=("ar",))
    paper = Paper(kind="test", about="", title=named("x"), blocks=(Text(text=named("عند 16 / 1 ثم")),))
    assert any("1 / 16" in one for one in lines(pdf_of(paper, given)))


def test_a_template_that_does_not_fit_is_our_fault() -> None:
    with pytest.raises(InternalError, match="could not be set"):
        pressed("{}")


def test_many_papers_come_in_order_and_end_when_they_are_stopped() -> None:
    given = source()
    setup = setup_of(given)
    all_papers = papers("manifest", given) * 4
    made = list(printed(all_papers, setup, workers=2))
    assert [paper.about for paper, _ in made] == [paper.about for paper in all_papers]
    assert made[0][1] == pressed(data_of(all_papers[0], setup))

    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert len(list(printed(all_papers, setup, workers=1, stop=stop))) == 3


def test_a_reader_who_has_enough_leaves_nothing_behind() -> None:
    given = source()
    some = printed(papers("manifest", given) * 4, setup_of(given), workers=1)
    assert next(some)[0].about == "A1"
    some.close()


def test_times_are_those_of_the_operations_zone() -> None:
    given = replace(source(), stamp=replace(source().stamp, made=MADE))
    assert setup_of(given).made == (2017, 8, 28, 9, 5, 9)
    assert NAMED.time_zone == "Asia/Damascus"
