"""What needs somebody now: each kind once, the gravest first, and nothing that needs nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desk.devices import PATIENCE_S, enrolled, handed, phone
from desk.field import TRAVELLERS, Field, field, ready
from safepassage.desk.exceptions import KINDS, Row, groups, rows, summed_up
from safepassage.reports.words import plain


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        yield one


def found(live: Field, kind: str) -> list[Row]:
    return [row for row in rows(live.running) if row.kind == kind]


def says(live: Field, kind: str) -> list[str]:
    return [plain(row.says.en) for row in found(live, kind)]


def test_a_vehicle_is_overdue_a_quarter_of_an_hour_after_its_time(live: Field) -> None:
    live.at(150 + 900)
    assert says(live, "overdue") == []
    live.at(150 + 901)
    (said,) = says(live, "overdue")
    assert said.startswith("M1 has not departed from")
    assert said.endswith("15\xa0min after its time.")
    live.happen("departed", "M1", "M1", "village")
    assert says(live, "overdue") == []
    live.at(1950 + 960)
    assert [one[:18] for one in says(live, "overdue")] == ["M1 has not arrived"]
    live.happen("arrived", "M1", "M1", "camp")
    assert says(live, "overdue") == []
    assert found(live, "overdue") == []


def test_without_a_plan_nothing_is_overdue() -> None:
    with field(plan=None) as live:
        live.at(10**6)
        assert found(live, "overdue") == []


def test_all_kinds_in_their_order(live: Field) -> None:
    ready(live)
    live.happen("missing", "P001", reason="roll call")
    live.contradict("P002", "M1")
    live.happen("referred", "P003", "", "camp", hospital="clinic")
    live.happen("handed-over", "B1", "B1", "camp", to_party="army", count=3)
    live.running.requests.ask("N5", "removed", "P004", ("", ""), {"reason": "twice"})
    live.at(48_000)
    found = groups(live.running, 20)
    grave = [group.kind for group in found if group.grave]
    assert grave == ["overdue", "unaccounted", "conflict", "clause"]
    assert [group.kind for group in found] == [*grave, *(kind for kind in KINDS if kind not in grave)]
    summed = plain(summed_up(found).en)
    assert summed.startswith("Needs somebody now: Overdue (")
    assert summed.count("(") == len(KINDS)
    keys = [row.key for row in rows(live.running)]
    assert len(keys) == len(set(keys))
    assert keys == [row.key for row in rows(live.running)]


def test_who_may_be_in_two_places_is_named_though_nothing_contradicts(live: Field) -> None:
    ready(live)
    device = enrolled(live.running, phone(), "coordinator")
    device.record("seen", subject="P002", site="oasis")
    # without a reading of its clock that may have been at any time before
    live.running.hand_in(handed(device)).result(PATIENCE_S)
    (row,) = found(live, "conflict")
    assert (row.subjects, row.found) == (("P002",), None)
    assert "what came last is not known" in plain(row.says.en)
    assert "record that they were seen" in plain(row.next.en)


def test_a_head_count_that_differs_leads_to_the_vehicle(live: Field) -> None:
    ready(live)
    live.happen("head-counted", "B1", "B1", "camp", count=6)
    (row,) = found(live, "count")
    assert row.link == "/acts/B1"


def test_clauses_about_to_fall_due(live: Field) -> None:
    ready(live)
    assert found(live, "clause") == []
    live.at(39_000)
    assert "“Leave in the dark” falls due soon." in says(live, "clause")
    assert [group.grave for group in groups(live.running, 20, kind="clause")] == [False]


def test_a_silent_device_is_told_of_until_it_is_revoked(live: Field) -> None:
    enrolled(live.running, phone())
    live.at(7000)
    assert found(live, "device") == []
    live.at(8000)
    (row,) = found(live, "device")
    assert "phone-1: nothing since" in plain(row.says.en)
    live.happen("device-revoked", "phone-1", reason="lost")
    assert found(live, "device") == []


def test_one_kind_from_a_row_on(live: Field) -> None:
    for person in TRAVELLERS:
        live.happen("seen", person, "", "camp")
        live.happen("missing", person)
    (group,) = groups(live.running, 3, kind="unaccounted", first=2)
    assert (group.first, len(group.rows), group.total) == (2, 3, len(TRAVELLERS) + 1)
    assert groups(live.running, 3, kind="nothing", first=9)[0].first == 0
    assert groups(live.running, 3, kind="approval") == ()
