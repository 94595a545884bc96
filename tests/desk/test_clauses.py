"""The agreement by the record and by the parties' words, clause by clause."""

# Ids stand as plain strings here, so that clauses read as in an operation folder.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desk.devices import PATIENCE_S
from desk.field import CHIEF, START_MS, TRAVELLERS, Field, field, ready, shuttled
from reports.material import OPERATION
from safepassage.desk.clauses import Due, Line, claim, lines, standing, window_choices, windows
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.model.clauses import BothOrNeither, Cap, Deadline, Precedence, Ratio, TimeWindow
from safepassage.model.errors import UsageError
from safepassage.model.time import Window
from safepassage.reports.words import plain

LIAISON = Who(name="N3", role="party-liaison")


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        yield one


def line(live: Field, name: str) -> Line:
    return next(one for one in lines(live.running) if one.id == name)


def state(live: Field, clause: object) -> Due:
    return standing(live.running, clause)


def balance(due: Due) -> str:
    return plain(due.balance.en) if due.balance else ""


def test_a_deadline_comes_soon_is_overdue_kept_or_broken(live: Field) -> None:
    clause = Deadline(id="d", milestone="disclosed", due_s=10_000)
    for at_s, expected in ((0, "open"), (6400, "soon"), (10_000, "soon"), (10_001, "overdue")):
        live.at(at_s)
        assert state(live, clause) == Due(state=expected, due_s=10_000)
    live.happen("milestone-reached", "disclosed", claimant="faction")
    assert state(live, clause).state == "broken"
    assert state(live, Deadline(id="e", milestone="disclosed", due_s=10_002)).state == "kept"


def test_an_order_is_kept_broken_or_waits(live: Field) -> None:
    clause = Precedence(id="p", first="disclosed", then="departed:main", gap_s=600)
    for at_s, expected in ((0, "open"), (14_400, "soon"), (18_001, "overdue")):
        live.at(at_s)
        assert state(live, clause) == Due(state=expected, due_s=18_000)
    live.happen("milestone-reached", "disclosed", claimant="faction")
    assert state(live, clause).state == "open"
    live.happen("departed", "B1", "B1", "camp")
    assert state(live, clause).state == "broken"
    assert state(live, replace(clause, gap_s=0)).state == "kept"
    assert state(live, replace(clause, first="never")).state == "broken"
    assert state(live, replace(clause, then="never", first="no")).due_s is None


def test_windows_may_be_extended(live: Field) -> None:
    clause = TimeWindow(id="night", milestone="departed:main", windows=(
        Window(from_s=100, until_s=200), Window(from_s=14_000, until_s=40_000)))  # fmt: skip
    assert state(live, clause) == Due(state="soon", due_s=200)
    live.at(20_000)
    assert state(live, clause) == Due(state="open", due_s=40_000)
    live.at(41_000)
    assert state(live, clause) == Due(state="overdue", due_s=40_000)
    live.happen("window-extended", "night", party="army", until_ms=START_MS + 42_000_000)
    assert state(live, clause) == Due(state="soon", due_s=42_000)
    live.happen("departed", "B1", "B1", "camp")
    assert state(live, clause).state == "kept"
    assert state(live, replace(clause, id="another")).state == "broken"


def test_both_or_neither_says_which_has_come(live: Field) -> None:
    clause = BothOrNeither(id="b", milestones=("departed:main", "disclosed"), within_s=3000)
    assert state(live, clause).state == "open"
    assert "0 of 2" in balance(state(live, clause))
    live.happen("milestone-reached", "disclosed", claimant="faction")
    assert state(live, clause).state == "soon"
    assert "1 of 2 have come: The fate is disclosed" in balance(state(live, clause))
    live.at(9000)
    assert state(live, clause).state == "overdue"
    live.happen("departed", "B1", "B1", "camp")
    assert state(live, clause).state == "broken"
    assert state(live, replace(clause, within_s=12_000)).state == "kept"
    assert state(live, replace(clause, within_s=0)).state == "kept"
    assert state(live, replace(clause, within_s=0, milestones=("disclosed", "never"))).state == "open"


def test_a_ratio_says_how_many_have_left_of_either_group() -> None:
    grouped = tuple(replace(one, group="x" if one.site == "village" else "y") for one in OPERATION.people)
    clause = Ratio(id="r", group="x", against="y", tolerance=2)
    with field(replace(OPERATION, people=grouped)) as live:
        for person in OPERATION.people:
            live.happen("registered", person.id, "", person.site)
        assert balance(state(live, clause)) == "x: 0 of 3 have left; y: 0 of 5. Allowed now: 2."
        live.board("M1", "village", "P008", "P009", "P010")
        live.happen("departed", "M1", "M1", "village")
        assert state(live, clause).state == "broken"
        live.board("B1", "camp", *TRAVELLERS[:4])
        live.happen("departed", "B1", "B1", "camp")
        assert "y: 4 of 5. Allowed now: 6" in balance(state(live, clause))
        assert state(live, clause).state == "open"
        assert state(live, Ratio(id="r", group="x", against="x")).state == "kept"


def test_a_cap_counts_those_in_vehicles_too(live: Field) -> None:
    shuttled(live)
    live.happen("arrived", "B1", "B1", "camp")
    live.board("B1", "camp", "P001")
    cap = Cap(id="c", site="camp", max_people=10)
    assert balance(state(live, cap)) == "here now: 10 people; at most 10"
    assert state(live, cap).state == "open"
    assert state(live, replace(cap, max_people=9)).state == "broken"
    assert state(live, replace(cap, max_people=0)).state == "watched"


def test_each_clause_and_milestone_has_a_line_with_the_words_of_each_party(live: Field) -> None:
    ready(live)
    live.say("clause-contested", "cameras", LIAISON, payload={"claimant": "army", "reason": "one was seen"})
    live.say("clause-fulfilled", "cameras", LIAISON, payload={"claimant": "faction"})
    found = line(live, "cameras")
    assert [(one.claimant, one.says) for one in found.words] == [("army", "contested"), ("faction", "fulfilled")]
    assert [one.type for one in found.history] == ["clause-fulfilled", "clause-contested"]
    assert "one was seen" in found.history[1].more
    assert found.standing.state == "watched"
    milestone = line(live, "disclosed")
    assert (milestone.kind, milestone.standing.state, milestone.standing.due_s) == ("milestone", "kept", 7200)
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
