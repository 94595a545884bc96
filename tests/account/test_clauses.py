"""How clauses stand by small ledgers, each answer typed from the clause's definition."""

# Ids stand as plain strings here, so that clauses read as in an operation folder.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desk.field import START_MS, TRAVELLERS, Field, field, ready, shuttled
from reports.material import OPERATION
from safepassage.account.clauses import Standing, milestone_standing, standing, standings
from safepassage.account.record import Record, record_of
from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Clause,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.operation import Operation
from safepassage.model.time import Window
from safepassage.reports.standing_words import balance_words
from safepassage.reports.words import plain


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        yield one


def record(live: Field, clause: Clause | None = None, operation: Operation = OPERATION) -> Record:
    """Read the ledger for an operation of one clause."""
    running = live.running
    asked = replace(operation, clauses=(clause,)) if clause else operation
    with running.keeper.lock:
        return record_of(asked, running.plan, running.keeper.board, running.clocks().wall_ms)


def state(live: Field, clause: Clause, operation: Operation = OPERATION) -> Standing:
    return standing(record(live, clause, operation), clause)


def seen(live: Field, clause: Clause) -> tuple[str, int | None]:
    found = state(live, clause)
    return found.standing, found.due_s


def balance(live: Field, clause: Clause, operation: Operation = OPERATION) -> str:
    found = balance_words(replace(operation, clauses=(clause,)), live.running.setting, state(live, clause, operation))
    return plain(found.en) if found else ""


def test_a_deadline_is_open_due_late_or_kept(live: Field) -> None:
    clause = Deadline(id="d", milestone="disclosed", due_s=10_000)
    for at_s, expected in ((0, "open"), (6399, "open"), (6400, "due"), (10_000, "due"), (10_001, "late")):
        live.at(at_s)
        assert seen(live, clause) == (expected, 10_000)
    assert state(live, clause).late_s == 1
    name = live.happen("milestone-reached", "disclosed", claimant="faction")
    late = state(live, clause)
    assert (late.standing, late.late_s, late.events, late.parties, late.ground) == (
        "late", 2, (name,), ("faction",), "word")  # fmt: skip
    assert late.reached is not None
    assert late.reached.time is not None
    assert late.reached.time.likely_ms == START_MS + 10_002_000
    assert not late.own_word
    owed = state(live, replace(clause, parties=("faction",), due_s=10_002))
    assert (owed.standing, owed.own_word) == ("kept", True)


def test_an_order_is_kept_broken_or_waits(live: Field) -> None:
    clause = Precedence(id="p", first="disclosed", then="departed:main", gap_s=600)
    for at_s, expected in ((0, "open"), (13_800, "due"), (17_401, "late")):
        live.at(at_s)
        assert seen(live, clause) == (expected, 17_400)
    live.happen("milestone-reached", "disclosed", claimant="faction")
    assert state(live, clause).standing == "open"
    live.happen("departed", "B1", "B1", "camp")
    assert state(live, clause).standing == "broken"
    kept = state(live, replace(clause, gap_s=0))
    assert (kept.standing, kept.ground, len(kept.events)) == ("kept", "word", 2)
    assert state(live, replace(clause, first="never")).standing == "broken"
    assert seen(live, replace(clause, then="never", first="no")) == ("open", None)


def test_windows_may_be_extended(live: Field) -> None:
    clause = TimeWindow(id="night", milestone="departed:main", windows=(
        Window(from_s=100, until_s=200), Window(from_s=14_000, until_s=40_000)))  # fmt: skip
    assert seen(live, clause) == ("due", 200)
    live.at(20_000)
    assert seen(live, clause) == ("open", 40_000)
    live.at(41_000)
    assert seen(live, clause) == ("late", 40_000)
    live.happen("window-extended", "night", party="army", until_ms=START_MS + 42_000_000)
    assert seen(live, clause) == ("due", 42_000)
    live.happen("departed", "B1", "B1", "camp")
    assert state(live, clause).standing == "kept"
    assert state(live, replace(clause, id="another")).standing == "late"
    later = replace(clause, id="another", windows=(Window(from_s=50_000, until_s=60_000),))
    assert state(live, later).standing == "broken"


def test_both_or_neither_says_which_has_come(live: Field) -> None:
    clause = BothOrNeither(id="b", milestones=("departed:main", "disclosed"), within_s=3000)
    assert state(live, clause).standing == "open"
    assert "0 of 2" in balance(live, clause)
    live.happen("milestone-reached", "disclosed", claimant="faction")
    assert state(live, clause).standing == "due"
    assert "1 of 2 have come: The fate is disclosed" in balance(live, clause)
    live.at(9000)
    assert state(live, clause).standing == "broken"
    live.happen("departed", "B1", "B1", "camp")
    late = state(live, clause)
    assert (late.standing, late.late_s) == ("late", 6000)
    assert state(live, replace(clause, within_s=12_000)).standing == "kept"
    assert state(live, replace(clause, within_s=0)).standing == "kept"
    assert state(live, replace(clause, within_s=0, milestones=("disclosed", "never"))).standing == "open"


def test_a_ratio_that_was_exceeded_stays_broken() -> None:
    grouped = tuple(replace(one, group="x" if one.site == "village" else "y") for one in OPERATION.people)
    clause = Ratio(id="r", group="x", against="y", tolerance=2)
    asked = replace(OPERATION, people=grouped, clauses=(clause,))
    with field(asked) as live:
        for person in OPERATION.people:
            live.happen("registered", person.id, "", person.site)
        assert balance(live, clause, asked) == "x: 0 of 3 have left; y: 0 of 5. Allowed now: 2."
        assert state(live, clause, asked).standing == "open"
        live.board("M1", "village", "P008", "P009", "P010")
        name = live.happen("departed", "M1", "M1", "village")
        broken = state(live, clause, asked)
        assert (broken.standing, broken.events) == ("broken", (name,))
        assert state(live, replace(clause, tolerance=3), asked).standing == "open"
        live.board("B1", "camp", *TRAVELLERS[:4])
        live.happen("departed", "B1", "B1", "camp")
        assert "y: 4 of 5. Allowed now: 6" in balance(live, clause, asked)
        assert state(live, clause, asked).standing == "broken"
        assert state(live, Ratio(id="r", group="x", against="x"), asked).standing == "kept"


def test_a_cap_counts_who_came_and_has_not_left(live: Field) -> None:
    shuttled(live)
    cap = Cap(id="c", site="camp", max_people=3)
    assert balance(live, cap) == "here now: 3 people; at most 3"
    assert state(live, cap).standing == "open"
    broken = state(live, replace(cap, max_people=2))
    assert broken.standing == "broken"
    assert broken.events
    assert state(live, replace(cap, max_people=0)).standing == "watched"
    assert balance(live, replace(cap, max_people=0)) == "here now: 3 people"
    live.board("B1", "camp", "P008")
    live.happen("departed", "B1", "B1", "camp")
    assert balance(live, cap) == "here now: 2 people; at most 3"
    assert state(live, replace(cap, max_people=0, max_dwell_s=3600)).standing == "broken"
    assert state(live, replace(cap, site="town")).standing == "open"


def test_a_word_contests_what_the_record_has_as_kept(live: Field) -> None:
    clause = Deadline(id="noon", milestone="disclosed", due_s=10_000)
    live.happen("clause-contested", "noon", claimant="army", reason="not complete")
    assert state(live, clause).standing == "contested"
    live.happen("milestone-reached", "disclosed", claimant="faction")
    found = state(live, clause)
    assert (found.standing, found.record) == ("contested", "kept")
    assert [(one.claimant, one.says, one.reason) for one in found.words] == [("army", "contested", "not complete")]
    live.happen("clause-fulfilled", "noon", claimant="army")
    assert state(live, clause).standing == "kept"
    live.happen("clause-broken", "noon", claimant="army")
    late = replace(clause, due_s=1)
    assert state(live, late).standing == "late"


def test_a_partys_own_word_never_keeps_its_clause(live: Field) -> None:
    clause = Exclusion(id="cameras", what="cameras near", where=("camp",), parties=("army",), watched_by="army")
    assert state(live, clause).standing == "watched"
    live.happen("clause-fulfilled", "cameras", claimant="army")
    assert state(live, clause).standing == "watched"
    found = state(live, replace(clause, parties=("faction",)))
    assert (found.standing, found.ground, found.parties) == ("kept", "word", ("army",))
    live.happen("clause-broken", "cameras", claimant="faction")
    assert state(live, clause).standing == "contested"


def test_what_people_watch_is_broken_by_an_incident_or_a_word(live: Field) -> None:
    clause = Exclusion(id="lens", what="cameras near", where=("camp",), parties=("army",))
    live.happen("incident", "i1", "", "town", kind="cameras")
    live.happen("incident", "i2", "", "camp", kind="fire")
    assert state(live, clause).standing == "watched"
    name = live.happen("incident", "i3", "", "camp", kind="Cameras")
    found = state(live, clause)
    assert (found.standing, found.ground, found.events, found.incidents) == ("broken", "incident", (name,), ("i3",))
    assert state(live, replace(clause, where=())).incidents == ("i1", "i3")
    assert state(live, replace(clause, where=("B1",))).standing == "watched"
    live.happen("clause-fulfilled", "lens", claimant="army")
    assert state(live, clause).standing == "contested"
    area = Area(id="front", party="army")
    live.happen("clause-contested", "front", claimant="army")
    assert state(live, area).standing == "contested"
    live.happen("clause-broken", "front", claimant="army")
    denied = state(live, area)
    assert (denied.standing, denied.ground, denied.parties) == ("broken", "word", ("army",))
    consent = Consent(id="road", party="army")
    live.happen("incident", "i4", "", "town", kind="road")
    assert state(live, consent).standing == "broken"


def test_milestones_of_parties_are_due_as_planned(live: Field) -> None:
    mine = Milestone(id="disclosed", party="faction")
    assert milestone_standing(record(live), mine).due_s == 7200
    assert milestone_standing(record(live), Milestone(id="other")).owed_by == ()
    ready(live)
    found = standings(record(live))
    assert len(found) == len(OPERATION.clauses) + len(OPERATION.milestones)
    last = found[-1]
    assert (last.kind, last.standing, last.own_word) == ("milestone", "late", True)


def test_the_start_is_reached_when_it_is_time(live: Field) -> None:
    clause = Deadline(id="d", milestone="start", due_s=5)
    live.at(-10)
    assert state(live, clause).standing == "due"
    live.at(0)
    assert state(live, clause).standing == "kept"
