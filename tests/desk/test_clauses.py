"""The agreement by the record and by the parties' words, clause by clause."""

# Ids stand as plain strings here, so that clauses read as in an operation folder.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.devices import PATIENCE_S
from desk.field import CHIEF, Field, field, ready
from reports.material import OPERATION
from safepassage.desk.clauses import Line, claim, lines, window_choices, windows
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.model.errors import UsageError
from safepassage.reports.words import plain

LIAISON = Who(name="N3", role="party-liaison")


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        yield one


def line(live: Field, name: str) -> Line:
    return next(one for one in lines(live.running) if one.id == name)


def test_each_clause_and_milestone_has_a_line_with_the_words_of_each_party(live: Field) -> None:
    ready(live)
    live.say("clause-contested", "cameras", LIAISON, payload={"claimant": "army", "reason": "one was seen"})
    live.say("clause-fulfilled", "cameras", LIAISON, payload={"claimant": "faction"})
    found = line(live, "cameras")
    assert [(one.claimant, one.says) for one in found.words] == [("army", "contested"), ("faction", "fulfilled")]
    assert [one.type for one in found.history] == ["clause-fulfilled", "clause-contested"]
    assert "one was seen" in found.history[1].more
    assert found.standing.state == "contested"
    milestone = line(live, "disclosed")
    assert (milestone.kind, milestone.standing.state, milestone.standing.due_s) == ("milestone", "late", 7200)
    assert len(lines(live.running)) == len(OPERATION.clauses) + 1


def test_what_a_party_says_is_recorded_with_whose_word_it_is(live: Field) -> None:
    running = live.running
    given = {"party": "army", "reason": "phoned", "until": ""}
    for type_, subject in (("clause-broken", "noon"), ("milestone-reached", "departed:main")):
        claim(running, LIAISON, type_, subject, given).result(PATIENCE_S)
    assert [one.says for one in line(live, "noon").words] == ["broken"]
    claim(running, LIAISON, "window-opened", "camp", given | {"until": "2017-08-28T18:00"}).result(PATIENCE_S)
    claim(running, LIAISON, "window-extended", "west", given | {"until": "2017-08-28T18:00+00:00"}).result(PATIENCE_S)
    camp, west = windows(running)
    assert (camp[0], camp[1], camp[2], plain(camp[3].en)) == ("camp", True, "army", "Mon 18:00")
    assert plain(west[3].en) == "Mon 21:00"
    live.happen("window-closed", "gate-7")
    assert plain(windows(running)[1][3].en) == "–"
    assert {"night", "camp", "west", "gate-7"} <= {name for name, _ in window_choices(running)}


@pytest.mark.parametrize(
    ("type_", "subject", "given"),
    [
        ("clause-broken", "noon", {}),
        ("clause-broken", "noon", {"party": "nobody"}),
        ("clause-broken", "disclosed", {"party": "army"}),
        ("milestone-reached", "noon", {"party": "army"}),
        ("window-opened", "nowhere", {"party": "army"}),
        ("window-opened", "camp", {"party": "army", "until": "soon"}),
    ],
)
def test_a_word_of_nobody_about_nothing_is_refused(
    live: Field, type_: str, subject: str, given: dict[str, str]
) -> None:
    before = live.running.size
    with pytest.raises(UsageError):
        claim(live.running, LIAISON, type_, subject, given)
    assert live.running.size == before


def test_only_who_speaks_with_the_parties_records_their_words(live: Field) -> None:
    with pytest.raises(NotPermittedError):
        claim(live.running, Who(name="N4", role="observer"), "clause-broken", "noon", {"party": "army"})
    assert claim(live.running, CHIEF, "clause-broken", "noon", {"party": "army"}).result(PATIENCE_S).name
