"""The gate before a departure, and what has come about: one thing each that speaks against leaving."""

# Ids stand as plain strings here, so that clauses read as in an operation folder.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from desk.field import CHIEF, TRAVELLERS, Field, field, ready, shuttled
from reports.material import OPERATION, PLAN
from safepassage.account.flows import Flow
from safepassage.account.milestones import Reached
from safepassage.desk.gate import gate
from safepassage.desk.milestones import is_reached, progress
from safepassage.desk.recording import HeldError
from safepassage.model.clauses import Precedence
from safepassage.reports.words import plain


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        yield one


def held(live: Field, vehicle: str = "B1") -> list[str]:
    return [one.kind for one in gate(live.running, vehicle)]


def words(live: Field, vehicle: str = "B1") -> str:
    return " ".join(plain(one.says.en) for one in gate(live.running, vehicle))


def test_nothing_speaks_against_a_bus_that_is_ready(live: Field) -> None:
    ready(live)
    assert words(live) == ""
    live.say("departed", "B1", vehicle="B1", site="camp")
    assert live.running.now().state.vehicles["B1"].place.kind == "road"


def test_who_is_missing_is_named(live: Field) -> None:
    ready(live)
    live.happen("alighted", "P001", "B1", "camp")
    live.happen("head-counted", "B1", "B1", "camp", count=6)
    assert held(live) == ["manifest"]
    assert "P001" in words(live)
    with pytest.raises(HeldError, match="P001"):
        live.say("departed", "B1", vehicle="B1", site="camp")
    with pytest.raises(HeldError):
        live.say("departed", "B1", vehicle="B1", site="camp", payload={"reason": "  "})
    live.say("departed", "B1", vehicle="B1", site="camp", payload={"reason": "he walked home"})
    data = live.running.events(live.running.size - 1).events[0]
    assert "he walked home" in data


def test_who_is_not_expected_and_who_is_perhaps_aboard(live: Field) -> None:
    ready(live)
    live.board("B1", "camp", "P007")
    live.happen("head-counted", "B1", "B1", "camp", count=8)
    assert held(live) == ["manifest"]
    assert "not expected" in words(live)


def test_somebody_whose_records_contradict_each_other_is_perhaps_aboard(live: Field) -> None:
    ready(live)
    live.contradict("P001", "M1")
    assert "conflict" in held(live)


def test_heads_are_counted_and_agree(live: Field) -> None:
    ready(live)
    live.happen("head-counted", "B1", "B1", "camp", count=6)
    assert held(live) == ["count"]
    assert "6 counted, 7 recorded" in words(live)


def test_nobody_has_counted(live: Field) -> None:
    shuttled(live)
    live.happen("milestone-reached", "disclosed", claimant="faction")
    live.board("B1", "camp", *TRAVELLERS)
    live.at(18000)
    assert held(live) == ["count"]


def test_an_open_way_back_holds_who_waits_for_it(live: Field) -> None:
    ready(live)
    live.happen("referred", "P003", "", "camp", hospital="clinic")
    assert held(live)[0] == "referral"
    assert "milestone" in held(live)
    assert "P003" in words(live)


def test_a_broken_down_bus(live: Field) -> None:
    ready(live)
    live.happen("broke-down", "B1", "B1")
    assert held(live) == ["broken-down"]
    live.happen("repaired", "B1", "B1")
    assert held(live) == []


def test_what_was_agreed_to_come_first_has_not(live: Field) -> None:
    ready(live)
    with field() as other:
        shuttled(other)
        other.board("B1", "camp", *TRAVELLERS)
        other.happen("head-counted", "B1", "B1", "camp", count=7)
        other.happen("arrived", "B1", "B1", "camp")
        other.at(18000)
        assert held(other) == ["milestone"]
        other.happen("milestone-reached", "disclosed", claimant="faction")
        assert held(other) == ["milestone"], "the time between has not passed"
        other.at(18700)
        assert held(other) == []


def test_outside_the_windows(live: Field) -> None:
    ready(live)
    live.at(41000)
    assert held(live) == ["window"]
    until_ms = (int(OPERATION.start.timestamp()) + 42000) * 1000
    live.happen("window-extended", "night", party="army", until_ms=until_ms)
    assert held(live) == []
    live.happen("window-closed", "night", party="army")
    live.happen("window-closed", "camp", party="army")
    assert held(live) == ["window"]


def test_a_closed_window_of_the_clause_holds(live: Field) -> None:
    ready(live)
    live.happen("window-closed", "night", party="army")
    assert held(live) == ["window"]


def test_a_patients_drive_is_not_the_convoys_departure(live: Field) -> None:
    for person in OPERATION.people:
        live.happen("registered", person.id, "", person.site)
    live.happen("arrived", "A1", "A1", "camp")
    live.board("A1", "camp", "P005")
    live.happen("head-counted", "A1", "A1", "camp", count=1)
    assert held(live, "A1") == []
    assert held(live, "unknown") == []


def test_without_a_plan_a_bus_of_the_convoy_is_bound_by_its_clauses_and_an_ambulance_not() -> None:
    with field(plan=None) as live:
        live.happen("arrived", "B1", "B1", "camp")
        live.happen("arrived", "A1", "A1", "camp")
        live.at(18000)
        assert held(live) == ["milestone", "milestone"]
        assert held(live, "A1") == []


def test_milestones_of_the_movement(live: Field) -> None:
    def found(name: str) -> Reached | None:
        return is_reached(live.running, name)

    assert found("start") is not None
    assert all(found(name) is None for name in ("referrals-closed", "departed:main", "left:village", "joined:village"))
    ready(live)
    assert found("left:village") == found("cleared:village")
    assert found("joined:village") is not None
    assert found("referrals-closed") is not None
    assert progress(live.running).sites["village"] == Flow(total=3, left=3, joined=3)
    for vehicle in ("A1", "B1", "E1"):
        live.happen("departed", vehicle, vehicle, "camp")
    reached = found("departed:main")
    assert reached is not None
    assert reached.at_s == 18002, "an ambulance may leave for many reasons"
    assert found("arrived:main") is None
    assert progress(live.running).sites["camp"].left == 5
    live.at(48000)
    for vehicle in ("A1", "B1", "E1"):
        live.happen("arrived", vehicle, vehicle, "town")
    assert found("arrived:main") is not None
    assert found("all-arrived") is None
    for person in TRAVELLERS:
        live.happen("alighted", person, "B1", "town")
    assert found("all-arrived") is None
    live.happen("withdrawn", "P005", "", "camp")
    assert found("all-arrived") is not None, "nobody waits for who chose not to go"
    live.happen("consented", "P005", "", "camp")
    assert found("all-arrived") is None
    live.happen("alighted", "P005", "A1", "town")
    reached = found("all-arrived")
    assert reached is not None
    assert reached.at_s is not None
    assert reached.at_s > 48000
    live.at(-10)
    assert found("start") is None


def test_who_withdrew_died_or_was_merged_counts_once_or_not(live: Field) -> None:
    shuttled(live)
    live.happen("withdrawn", "P008")
    live.happen("died", "P009", "", "camp")
    live.happen("merged", "P010", other="A010")
    live.happen("seen", "A010", "", "camp")
    assert progress(live.running).sites["village"] == Flow(total=1, left=1, joined=1)


def test_departure_from_a_site_may_be_bound_too() -> None:
    bound = replace(OPERATION, clauses=(Precedence(id="c", first="disclosed", then="left:village"),))
    with field(bound) as live:
        live.happen("arrived", "M1", "M1", "village")
        assert held(live, "M1") == ["manifest", "milestone"]


def test_everybody_may_ask_at_once(live: Field) -> None:
    ready(live)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: gate(live.running, "B1"), range(8)))
    assert found == [()] * 8
    assert CHIEF.name == "N1"
    assert PLAN.trips


def test_who_boards_later_or_alights_before_is_not_expected_here() -> None:
    changes = {"P001": {"alight": 1}, "P008": {"board": 1}}
    manifests = tuple(
        replace(one, rides=tuple(replace(ride, **changes.get(ride.person, {})) for ride in one.rides))
        if one.trip == "C-B1" else one
        for one in PLAN.manifests
    )  # fmt: skip
    with field(plan=replace(PLAN, manifests=manifests)) as live:
        ready(live)
        live.happen("alighted", "P008", "B1", "camp")
        live.happen("head-counted", "B1", "B1", "camp", count=6)
        assert held(live) == []
        live.happen("departed", "B1", "B1", "camp")
        live.happen("arrived", "B1", "B1", "oasis")
        live.happen("alighted", "P001", "B1", "oasis")
        live.happen("head-counted", "B1", "B1", "oasis", count=5)
        assert "P008" in words(live)
        assert "P001" not in words(live)


def test_any_vehicle_may_take_patients_before_the_convoy_leaves() -> None:
    vehicles = tuple(replace(one, kind="minibus") if one.id == "A1" else one for one in OPERATION.vehicles)
    with field(replace(OPERATION, vehicles=vehicles)) as live:
        live.happen("registered", "P005", "", "camp")
        live.board("A1", "camp", "P005")
        live.happen("head-counted", "A1", "A1", "camp", count=1)
        assert held(live, "A1") == []


def test_a_patient_on_the_way_to_hospital_has_not_left(live: Field) -> None:
    live.happen("registered", "P005", "", "camp")
    live.happen("referred", "P005", "", "camp", hospital="clinic")
    live.board("A1", "camp", "P005")
    live.happen("departed", "A1", "A1", "camp")
    assert progress(live.running).sites["camp"].left == 0
    assert is_reached(live.running, "left:camp") is None


def test_who_is_in_a_vehicle_of_which_nothing_is_told_is_where_they_boarded(live: Field) -> None:
    live.board("B1", "camp", "P008")
    assert progress(live.running).sites["village"] == Flow(total=3, left=1, joined=1)
