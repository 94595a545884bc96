"""What each recipient reads of people, and what nowhere in a file is left of the rest."""

from __future__ import annotations

import pytest

from reports.papers.material import MADE, NAMES, everything, papers, pdf_of, source, told
from safepassage.model.errors import UsageError
from safepassage.reports.papers.kinds import KINDS, papers_of
from safepassage.reports.papers.press import data_of
from safepassage.reports.papers.redaction import LONGEST_RECIPIENT, REDACTIONS, stamp
from safepassage.reports.papers.source import setup_of

PATIENT = "Name005"


def all_of(redaction: str) -> str:
    """Return everything that the template reads of all papers for a recipient: nothing else gets into a file."""
    given = source(redaction)
    return "\n".join(data_of(paper, setup_of(given)) for paper in papers_of(given, tuple(KINDS)))


@pytest.mark.parametrize(("kind", "about"), [("manifest", "A1"), ("boarding-cards", "B1"), ("consent", "camp")])
def test_what_is_held_back_is_nowhere_in_the_file(kind: str, about: str) -> None:
    for redaction in ("code-only", "names"):
        given = source(redaction)
        (paper,) = (one for one in papers(kind, given) if one.about == about)
        said = everything(pdf_of(paper, given))
        assert "SECRET" not in said
        assert any(code in said for code in paper.people)
        assert any(name in said for name in NAMES.values()) == (redaction == "names")


def test_codes_only_means_no_name_anywhere() -> None:
    said = all_of("code-only")
    assert "P001" in said
    for name in NAMES.values():
        assert name not in said


def test_the_medical_role_reads_the_names_of_its_patients_alone() -> None:
    said = all_of("medical")
    assert PATIENT in said
    for name in set(NAMES.values()) - {PATIENT}:
        assert name not in said


def test_names_come_without_who_is_a_patient() -> None:
    given = source("names")
    (ambulance,) = (one for one in papers("manifest", given) if one.about == "A1")
    said = told(pdf_of(ambulance, given))
    assert "Name001" in all_of("names")
    # on the convoy's trip, and on none of the two to the hospital and back
    assert said.count(PATIENT) == 1
    assert said.count("1 person on this trip") == 2
    assert "stretcher, escort needed" in said


def test_the_full_list_tells_everybody_on_every_trip() -> None:
    given = source("full")
    (ambulance,) = (one for one in papers("manifest", given) if one.about == "A1")
    assert told(pdf_of(ambulance, given)).count(PATIENT) == 3


@pytest.mark.parametrize("redaction", REDACTIONS)
def test_a_paper_knows_everybody_who_stands_on_it(redaction: str) -> None:
    given = source(redaction)
    for paper in papers_of(given, [kind for kind in KINDS if kind != "consent"]):
        data = data_of(paper, setup_of(given))
        assert {one for one in NAMES if one in data or NAMES[one] in data} == paper.people, paper.kind


@pytest.mark.parametrize("redaction", REDACTIONS)
def test_what_sides_say_of_people_is_never_printed(redaction: str) -> None:
    assert "SECRET" not in all_of(redaction)


def test_codes_only_hides_what_households_are_called() -> None:
    given = source("code-only")
    (bus,) = (one for one in papers("manifest", given) if one.about == "B1")
    assert "H6" not in told(pdf_of(bus, given))
    named = source("names")
    (bus,) = (one for one in papers("manifest", named) if one.about == "B1")
    assert "H6" in told(pdf_of(bus, named))


def test_every_page_says_for_whom_it_is() -> None:
    given = source("names", recipient="Branch  office\n of Homs")
    for paper in papers("manifest", given):
        said = told(pdf_of(paper, given))
        # at the foot, and across the page
        assert said.count("Branch office of Homs · names, no medical facts · copy 3 · Mon 28 Aug 2017, 09:05") >= 1
        assert said.replace("\n", " ").count("Branch office of Homs") >= 2


@pytest.mark.parametrize(
    ("recipient", "redaction", "match"),
    [
        ("", "names", "say who gets"),
        ("  ", "full", "say who gets"),
        ("somebody", "everything", "a redaction is one of"),
        ("x" * (LONGEST_RECIPIENT + 1), "names", "at most"),
    ],
)
def test_whom_a_copy_is_for_is_asked_for(recipient: str, redaction: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        stamp(recipient, redaction, MADE)


def test_codes_may_go_to_whom_nobody_named() -> None:
    given = source(recipient="")
    assert "no recipient named · codes only" in told(pdf_of(papers("manifest", given)[0], given))
