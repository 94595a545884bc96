"""Hashtags say what columns hold where headings do not, and are never read as data."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.small import TABLES, Make
from safepassage.exchange import folder
from safepassage.exchange.columns import TABLES as SPECS
from safepassage.exchange.hxl import TAGS, field_of_tag, is_tag_row, tag_of


def test_each_field_has_a_tag_of_its_own_that_is_read_back() -> None:
    for table, fields in TAGS.items():
        for field, text in fields.items():
            found = field_of_tag(table, text)
            assert found is not None, (table, field)
            assert found[0] == field, (table, field)


def test_tables_of_a_folder_are_tagged_by_their_own_fields() -> None:
    exported_only = {
        "people": {"token", "needs", "vehicle", "trip", "departs", "arrives", "place", "since", "status", "briefed",
                   "destination_told", "custody", "walked_in", "missing", "died", "removed", "registered",
                   "identity_known", "key_destroyed", "referral", "referred", "accompanied_by"},
    }  # fmt: skip
    for table in ("people", "sites", "vehicles", "roads", "closures"):
        assert set(TAGS[table]) - exported_only.get(table, set()) <= {field.name for field in SPECS[table].fields}


@pytest.mark.parametrize(
    ("table", "tag", "field"),
    [
        ("people", "#affected +name", "name"), ("people", "#AFFECTED+Name", "name"), ("sites", "#loc", "id"),
        ("sites", "#adm3+code", "pcode"), ("sites", "#adm2 +pcode", "pcode"), ("sites", "#loc+name+ar", "name"),
        ("roads", "#indicator+length+km", "length"), ("sites", "#geo+lat", "lat"),
    ],
)  # fmt: skip
def test_tags_of_others_are_known_too(table: str, tag: str, field: str) -> None:
    found = field_of_tag(table, tag)
    assert found is not None
    assert found[0] == field
    assert found[1] == ("km" if "km" in tag else "")


@pytest.mark.parametrize(
    ("table", "cell"),
    [
        ("people", "#sector"), ("people", "affected"), ("people", 7), ("people", "#"), ("people", "#1st"),
        ("nothing", "#loc"), ("sites", "#adm2+name"),
    ],
)  # fmt: skip
def test_other_cells_mean_nothing(table: str, cell: Any) -> None:
    assert field_of_tag(table, cell) is None


@pytest.mark.parametrize(
    ("row", "tags"),
    [
        (["#a", "", None], True), (["#affected+code", "#loc", "note"], True), (["#affected", "x", "y", "z"], False),
        (["P1", "school"], False), ([], False), (["#1", "#2"], False),
    ],
)  # fmt: skip
def test_what_a_row_of_tags_is(row: list[Any], tags: bool) -> None:  # noqa: FBT001
    assert is_tag_row(row) is tags


def test_a_tag_is_a_hashtag_and_its_attributes() -> None:
    tag = tag_of(" #Loc +Code+ v_pcode ")
    assert tag is not None
    assert (tag.name, set(tag.attributes)) == ("loc", {"code", "v_pcode"})


def test_headings_that_nobody_knows_are_read_by_their_tags(make: Make) -> None:
    rows = [
        ["Kennzeichen", "Wartet bei", "Wie", "Anmerkung"],
        ["#affected+code", "#loc+origin+code", "#affected+mobility", ""],
        ["P001", "school", "wheelchair", "x"],
        ["P002", "school", "walking", ""],
    ]
    reading = folder.read(make(people=rows))
    assert reading.operation is not None
    assert [(one.id, one.mobility) for one in reading.operation.people] == [("P001", "wheelchair"), ("P002", "walking")]
    assert {fault.code for fault in reading.faults} == {"unknown-column"}


def test_tags_alone_are_headings_enough_and_p_codes_are_kept(make: Make) -> None:
    sites = [["#loc+code", "#loc+type", "#geo+lon", "#geo+lat", "#adm3+pcode"], *(
        [*row, "SY0101"] for row in TABLES["sites"][1:]
    )]  # fmt: skip
    reading = folder.read(make(sites=sites))
    assert reading.operation is not None
    assert {site.pcode for site in reading.operation.sites} == {"SY0101"}


def test_a_heading_that_is_known_wins_over_its_tag(make: Make) -> None:
    rows = [["id", "site"], ["#affected+name", "#loc+origin"], *TABLES["people"][1:]]
    reading = folder.read(make(people=rows))
    assert reading.operation is not None
    assert [one.id for one in reading.operation.people] == ["P001", "P002"]


def test_a_text_that_was_marked_for_spreadsheets_is_read_as_it_was(make: Make) -> None:
    rows = [["id", "site", "name"], ["P001", "school", "'+963 11 555"], ["P002", "school", "'Amer"]]
    reading = folder.read(make(people=rows))
    assert reading.operation is not None
    assert [one.name for one in reading.operation.people] == ["+963 11 555", "'Amer"]
