"""Every paper in three languages, looked at by a library that had no part in making it.

What is looked for are rules of PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1) that can be told from the objects of a
file. It is no validator: it does not say that a file conforms, only that none of these rules is broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject, NameObject

from account.hard_day import hard_day
from reports.papers.material import papers, pdf_of, reader, source, told
from safepassage.account.evidence import seal_of
from safepassage.account.record import record_of
from safepassage.account.situation import situation
from safepassage.account.statement import statement
from safepassage.reports.papers.accounts import situation_pdf, statement_pdf
from safepassage.reports.papers.kinds import KINDS
from safepassage.reports.words import LANGUAGES, Language

STRING = re.compile(rb"\((?:\\.|[^\\()])*\)", re.DOTALL)
OPERATOR = re.compile(rb"BDC|BMC|EMC|Tj|TJ|'|\"")
SHOWS_TEXT = (b"Tj", b"TJ", b"'", b'"')
FORBIDDEN = {"/JS", "/JavaScript", "/AA", "/OpenAction", "/Launch", "/URI", "/GoToR", "/SubmitForm", "/EF",
             "/EmbeddedFiles", "/XFA", "/AcroForm", "/Movie", "/Sound", "/RichMedia"}  # fmt: skip
HEADINGS = {f"/H{level}": level for level in range(1, 7)}


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, Language], bytes]:
    """Make every paper, a statement and a situation in each language, and the blank forms."""
    day = hard_day()
    record = record_of(day.operation, day.plan, day.board, day.end_ms)
    seal = seal_of(day.note)
    said = statement(record, day.board, "islamic-state", seal=seal)
    seen = situation(record, day.board, "full", seal=seal)
    found: dict[tuple[str, Language], bytes] = {}
    for language in LANGUAGES:
        given = source("full", (language,))
        for kind, maker in KINDS.items():
            found[kind, language] = pdf_of(papers(kind, given)[-1], given)
            if language == "ar":  # the blank ones of one language are enough: their blocks are the same
                found[f"blank {kind}", language] = pdf_of(maker.blank(given), given)
        found["statement", language] = statement_pdf(day.operation, day.plan, said, languages=(language,))
        found["situation", language] = situation_pdf(day.operation, day.plan, seen, languages=(language,))
    return found


def objects(read: PdfReader) -> Iterator[Any]:
    """Yield every object of a file."""
    size: Any = read.trailer["/Size"]
    for number in range(1, size):
        yield read.get_object(IndirectObject(number, 0, read))


def elements(root: Any) -> Iterator[Any]:
    """Yield the elements of the structure in the order in which they are read."""
    kids = root.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        one = kid.get_object() if isinstance(kid, IndirectObject) else kid
        if isinstance(one, dict) and "/S" in one:
            yield one
            yield from elements(one)


def attributes(element: Any) -> dict[str, Any]:
    """Return the attributes of an element of the structure, of all owners."""
    given = element.get("/A", [])
    several = given if isinstance(given, list) else [given]
    return {key: value for one in several for key, value in one.get_object().items()}


def says_what_it_is(read: PdfReader, language: Language) -> None:
    """Look for what names the standards, language and title (19005-2: 6.6.4, 6.1.3; 14289-1: 5, 7)."""
    root: Any = read.root_object
    about = bytes(read.xmp_metadata.stream.get_data()).decode() if read.xmp_metadata else ""
    for part in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<", "<dc:title>"):
        assert part in about
    assert read.metadata is not None
    assert read.metadata.title
    assert read.metadata.title in about
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert not read.is_encrypted
    assert "/ID" in read.trailer


def stands_alone(read: PdfReader, _language: Language) -> None:
    """Look that nothing acts, nothing is outside of the file, colours are defined (19005-2: 6.2, 6.5, 6.8)."""
    intents: Any = read.root_object["/OutputIntents"]
    assert [one["/S"] for one in intents] == ["/GTS_PDFA1"]
    assert intents[0]["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    fonts = 0
    for one in objects(read):
        if not isinstance(one, dict):
            continue
        assert not FORBIDDEN & set(one)
        assert "/F" not in one or one.get("/Type") == "/Annot"
        assert "/LZWDecode" not in str(one.get("/Filter"))
        if one.get("/Type") == "/Font" and one.get("/Subtype") == "/Type0":
            fonts += 1
            assert b"beginbf" in one["/ToUnicode"].get_object().get_data()
            described: Any = one["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(described)
        elif one.get("/Type") == "/Font":
            assert str(one["/Subtype"]).startswith("/CIDFont")
    assert fonts


def is_tagged(read: PdfReader, _language: Language) -> None:
    """Look that all text is tagged or an artefact; tables, headings and figures tell (14289-1: 7.1 to 7.5)."""
    page: Any
    for page in read.pages:
        assert page["/Tabs"] == "/S"
        assert "/StructParents" in page
        marked = 0
        for operator in OPERATOR.findall(STRING.sub(b"", page["/Contents"].get_object().get_data())):
            marked += {b"BDC": 1, b"BMC": 1, b"EMC": -1}.get(operator, 0)
            assert marked or operator not in SHOWS_TEXT
        assert marked == 0
    tree = list(elements(read.root_object["/StructTreeRoot"]))
    levels = [HEADINGS[str(one["/S"])] for one in tree if one["/S"] in HEADINGS]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for one in tree:
        if one["/S"] == "/Figure":
            assert one["/Alt"]
        if one["/S"] == "/Table":
            is_a_table(one)


def is_a_table(table: Any) -> None:
    """Look that every cell of a table knows its heads, and every row has as many cells."""
    inside = list(elements(table))
    heads = {str(one["/ID"]) for one in inside if one["/S"] == "/TH"}
    rows = [[cell for cell in elements(row) if cell["/S"] in ("/TH", "/TD")] for row in inside if row["/S"] == "/TR"]
    assert heads
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        known = attributes(cell)
        if cell["/S"] == "/TH":
            assert known["/Scope"] == "/Column"
        else:
            assert {str(one) for one in known["/Headers"]} <= heads
            assert known["/Headers"]


@pytest.mark.parametrize("looked_at", [says_what_it_is, stands_alone, is_tagged])
def test_no_rule_is_broken_by_any_paper(
    made: dict[tuple[str, Language], bytes], looked_at: Callable[[PdfReader, Language], None]
) -> None:
    assert len(made) == len(LANGUAGES) * (len(KINDS) + 2) + len(KINDS)
    for (_kind, language), pdf in made.items():
        looked_at(reader(pdf), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_comes_out_in_the_order_in_which_it_is_read(
    made: dict[tuple[str, Language], bytes], language: Language
) -> None:
    given = source("full", (language,))
    paper = papers("manifest", given)[-1]
    text = re.sub(r"\s+", " ", told(made["manifest", language]))
    codes = re.findall(r"P\d{3}", text)
    assert codes == sorted(codes)
    assert len(codes) == len(paper.people)
    # the library gives the words of a line from left to right, whatever their script
    first = paper.title.of(language).split()[0]
    found = [text.find(one) for one in (first, "P008", "Name008", "P010", "Name010")]
    assert -1 not in found
    assert found == sorted(found)


def test_a_broken_rule_is_seen(made: dict[tuple[str, Language], bytes]) -> None:
    read = reader(made["manifest", "ar"])
    root: Any = read.root_object
    del root[NameObject("/Lang")]
    with pytest.raises(KeyError):
        says_what_it_is(read, "ar")
    table = next(one for one in elements(root["/StructTreeRoot"]) if one["/S"] == "/Table")
    head = next(one for one in elements(table) if one["/S"] == "/TH")
    head[NameObject("/S")] = NameObject("/TD")
    with pytest.raises((AssertionError, KeyError)):
        is_tagged(read, "ar")
