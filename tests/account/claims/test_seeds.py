"""The two press reports that the reference case comes from, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.account.claims.families import families, likeness
from safepassage.account.claims.reconciling import reconcile
from safepassage.desk.claims import ReadOut, read_files

ROOT = Path(__file__).parents[3]
SHARED = next((place / "shared" / "seeds" for place in ROOT.parents if (place / "shared" / "seeds").exists()), ROOT)
FILES = sorted(SHARED.glob("0*.txt")) if SHARED != ROOT else []


@pytest.fixture(scope="module")
def out() -> ReadOut:
    if len(FILES) != 2:
        pytest.skip("the two press reports are not here")
    return read_files(ROOT / "examples" / "qalamoun-2017", FILES)


def test_claims_with_their_words(out: ReadOut) -> None:
    said = {("+".join(one.of), one.least, one.most) for one in out.reports[0].claims if one.kind == "count"}
    assert said == {
        ("fighter+relative", 650, 750), ("fighter", 250, 350), ("relative", 300, 500), ("bus", 16, 16),
        ("relative", 112, 112), ("wounded", 25, 25),
    }  # fmt: skip
    for report in out.reports:
        assert all(report.text[one.start : one.end] == one.words for one in report.claims)
    joined = next(one for one in out.reports[0].claims if one.least == 112)
    assert (joined.origin, joined.towards) == ("arsal", "al-bukamal")


def test_the_kinds_without_a_number_of_people(out: ReadOut) -> None:
    first, second = ({one.kind for one in report.claims} for report in out.reports)
    assert first == {"count", "cameras", "escort", "fate-disclosed", "agreement", "not-consenting"}
    assert second == {"count", "cameras", "delay", "ambulances-ahead", "fate-disclosed", "agreement"}
    escort = next(one for one in out.reports[0].claims if one.kind == "escort")
    assert (escort.planned, escort.parties) == (True, ("hezbollah",))


def test_one_family_by_shared_sentences_and_by_name(out: ReadOut) -> None:
    (members,) = out.families.members.values()
    (link,) = out.families.links
    assert len(members) == 2
    assert len(link.shared) >= 4
    assert link.named == "Xinhua"
    assert likeness(*(report.text for report in out.reports)) < 0.1
    assert families(out.reports) == out.families


def test_monday_is_the_28th_of_august_in_both(out: ReadOut) -> None:
    assert [report.written for report in out.reports] == ["2017-08-29", "2017-08-29"]
    assert {report.claims[index].from_day for report, index in ((out.reports[0], 0), (out.reports[1], 3))} == {
        "2017-08-28"
    }


def test_both_readings_of_the_112(out: ReadOut) -> None:
    found = reconcile(out.claims)
    assert found.families == 1
    assert [(one.reading, one.each) for one in found.readings] == [("inside", (41, 47)), ("on-top", (48, 54))]
