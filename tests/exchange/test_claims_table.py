"""The table of claims: what is written is read again, and every fault has its cell."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.exchange.claims_table import COLUMNS, MOST_BYTES, read_claims, write_claims
from safepassage.exchange.plain_text import guarded, unguarded
from safepassage.model.claims import Claim
from safepassage.model.errors import InputError

FULL = Claim(
    id="C1", of=("fighter", "relative"), least=650, most=750, hedge="about", deed="left", origin="assembly",
    towards="al-bukamal", at="Qara", from_day="2017-08-28", until_day="2017-08-28", planned=True, negated=True,
    by="an official", parties=("army", "council"), report="R1", source="Wire", family="R1", words="Around 700",
    start=3, end=13, derived="650–750 − 112",
)  # fmt: skip
WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=12)


def codes(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_claims("claims.csv", text.encode())
    return [(fault.code, fault.place.cell) for fault in caught.value.faults]


def test_a_round_trip() -> None:
    claims = (FULL, Claim(id="C2", kind="delay", least=5), Claim(id="C3"))
    assert read_claims("claims.csv", write_claims(claims)) == claims


@given(by=WORDS, words=WORDS, source=WORDS)
def test_no_cell_begins_a_formula_and_words_come_back(by: str, words: str, source: str) -> None:
    data = write_claims((Claim(id="C1", by=by, words=words, source=source),))
    (found,) = read_claims("claims.csv", data)
    assert found.words == words.removeprefix("“").removesuffix("”") or "“" in words or "”" in words
    line = data.decode("utf-8-sig").splitlines()[1]
    assert not any(cell.lstrip('"').startswith(("=", "+", "-", "@")) for cell in line.split(","))


@pytest.mark.parametrize("said", ["=1+1", "＝1+1", "\u200b=1", "a;=1", '"=1', "'=1", "-5", "a;-5"])
def test_what_a_source_writes_comes_back_and_is_no_formula(said: str) -> None:
    one = Claim(id="C1", by=said, at=said, origin=said, source=said, words=said, parties=tuple(said.split(";")))
    data = write_claims((one,))
    assert read_claims("claims.csv", data) == (one,)
    for cell in next(csv.reader([data.decode("utf-8-sig").splitlines()[1]])):
        assert guarded(unguarded(cell)) == cell


def test_a_workbook_and_headings_in_other_languages() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["قائمة"])
    sheet.append(["رقم", "من", "على الأقل", "المصدر", "autre"])
    sheet.append(["C1", "bus", 16, "إذاعة", "x"])
    sheet.append([None, None, None, None, None])
    data = io.BytesIO()
    book.save(data)
    assert read_claims("claims.xlsx", data.getvalue()) == (Claim(id="C1", of=("bus",), least=16, source="إذاعة"),)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("no-headings", "A1")]),
        ("a,b\n1,2\n", [("no-headings", "A1")]),
        ("id,of\nC1,dragons\n", [("unknown-word", "B2")]),
        ("id,kind\nC1,rumour\n", [("unknown-word", "B2")]),
        ("id,least\nC1,many\n", [("not-a-number", "B2")]),
        ("id,planned\nC1,perhaps\n", [("unknown-word", "B2")]),
        ("id,from_day\nC1,Monday\n", [("not-an-instant", "B2")]),
        ("id,by\nC1," + "x" * 5000 + "\n", [("too-long", "B2")]),
        ("id,least,most\nC1,5,4\n", [("out-of-range", "B2")]),
        ("id,by\nC1,a\nC1,b\n", [("duplicate-id", "A3")]),
    ],
)
def test_every_fault_has_its_cell(text: str, found: list[tuple[str, str]]) -> None:
    assert codes(text) == found


def test_more_than_anybody_needs_is_refused() -> None:
    with pytest.raises(InputError, match="1 fault"):
        read_claims("claims.csv", b"x" * (MOST_BYTES + 1))


def test_an_id_may_be_left_out_and_rows_may_be_short() -> None:
    found = read_claims("claims.csv", b"id,of,source,by\n,bus\nC7,bus,Wire,a\n")
    assert [one.id for one in found] == ["1", "C7"]


def test_every_field_of_a_claim_has_a_column() -> None:
    assert tuple(COLUMNS) == tuple(Claim.__struct_fields__) or set(COLUMNS) == set(Claim.__struct_fields__)
