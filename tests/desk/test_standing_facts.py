"""The record as facts to plan with, and planning with them in a process of its own."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from account.hard_day import CASE, DISCLOSED_S, HELD_S, case, hard_day, hard_day_running
from desk.devices import PATIENCE_S
from desk.live import Live, live
from safepassage.desk import plan_apart
from safepassage.desk.check import readable
from safepassage.desk.plan_apart import JOB, PLAN, Job, Result, main, work
from safepassage.desk.standing_facts import as_it_goes, as_recorded, facts_of, has_begun, reaction_of
from safepassage.exchange.plan_file import read_plan
from safepassage.exchange.template import write_template
from safepassage.ledger.vocabulary import Payload, Reasoned, Referred, Registered
from safepassage.model.ids import PersonId, SiteId
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan
from safepassage.planner.reaction_facts import Facts, Reaction
from safepassage.roads.table import travel
from server.browser.plans import write_a_plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("facts") / "op"
    write_template(found, workbook=False)
    return found


@pytest.fixture(scope="module")
def asked(folder: Path) -> Operation:
    return readable(folder)[0]


@pytest.fixture(scope="module")
def by_hand(folder: Path, asked: Operation) -> Plan:
    return read_plan(asked, write_a_plan(folder).read_bytes())[0]


def begin_with(monkeypatch: pytest.MonkeyPatch, operation: Operation) -> None:
    """Let the clock stand at the operation's start."""
    monkeypatch.setattr("desk.live.START_MS", int(operation.start.timestamp()) * 1000)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch, asked: Operation, by_hand: Plan) -> Iterator[Live]:
    begin_with(monkeypatch, asked)
    with live(monkeypatch, by_hand, asked) as found:
        yield found


def say(
    day: Live, type_: str, person: str, *, vehicle: str = "", site: str = "", payload: Payload | None = None
) -> None:
    day.running.record(
        type_, subject=person, vehicle=vehicle, site=site, payload=payload or Payload(), actor="N1"
    ).result(PATIENCE_S)


def test_nothing_has_begun_before_anything_moved(day: Live) -> None:
    assert not has_begun(day.running)
    say(day, "seen", "P001", site="school")
    assert not has_begun(day.running)
    say(day, "boarded", "P001", vehicle="B1", site="school")
    assert has_begun(day.running)


def test_a_vehicle_on_the_road_has_begun(day: Live) -> None:
    day.at(60).say("departed", "B2", "market")
    assert has_begun(day.running)


def test_who_is_where_and_what_is_lost(day: Live) -> None:
    for person in ("P001", "P002"):
        say(day.at(60), "boarded", person, vehicle="B1", site="school")
    day.at(120).say("departed", "B1", "school")
    say(day, "boarded", "P003", vehicle="B2", site="market")
    day.at(180).say("departed", "B2", "market")
    day.running.record("broke-down", subject="B2", vehicle="B2", payload=Reasoned(), actor="N1").result(PATIENCE_S)
    day.say("arrived", "A1", "hall")
    say(day, "seen", "P030", site="hall")
    say(day, "seen", "P029", site="elsewhere")
    recorded = as_recorded(day.running.operation, day.running.now().state)
    facts = facts_of(day.at(240).running, recorded)
    assert facts.now_s == 240
    assert facts.aboard == {"P001": "B1", "P002": "B1"}
    assert facts.at == {"P003": "market", "P030": "hall"}
    assert facts.lost == {"B2"}
    assert set(facts.vehicles) == {"A1"}
    assert "left:school" in facts.milestones
    previous, plan = reaction_of(day.running, recorded).previous, day.running.plan
    assert plan is not None
    assert [one.id for one in previous.trips] == [one.id for one in plan.trips]


def test_who_travels_as_the_record_has_it(day: Live) -> None:
    say(day, "declined", "P001", payload=Reasoned())
    say(day, "removed", "P002", payload=Reasoned(reason="x"))
    say(day, "found-unfit", "P003", payload=Reasoned())
    say(day, "registered", "P004", site="school", payload=Registered(mobility="stretcher"))
    say(day, "walked-in", "W1", site="school", payload=Registered(household="H01", age_band="child"))
    say(day, "walked-in", "W2", site="nowhere", payload=Registered())
    say(day, "referred", "P005", site="school", payload=Referred(hospital="hall"))
    say(day, "returned", "P005", site="school")
    running = day.running
    people = {str(one.id): one for one in as_recorded(running.operation, running.now().state).people}
    assert [people[one].travels for one in ("P001", "P002", "P003", "P006")] == [False, False, False, True]
    assert people["P004"].mobility == "stretcher"
    assert (people["W1"].household, people["W1"].site, people["W1"].is_child) == ("H01", "school", True)
    assert "W2" not in people
    assert facts_of(running, running.operation).treated == {"P005"}


def test_without_a_plan_there_is_none_before(day: Live) -> None:
    day.running.plan = None
    assert reaction_of(day.running, day.running.operation).previous.trips == ()


@pytest.fixture(scope="module")
def first(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, bytes]:
    place = tmp_path_factory.mktemp("job")
    result = done(place, Job(folder=str(folder), seconds=1.0, seed=0))
    return result, (place / PLAN).read_bytes()


def done(place: Path, job: Job) -> Result:
    (place / JOB).write_bytes(msgspec.json.encode(job))
    return work(place, threading.Event())


def test_a_plan_is_made_judged_and_rehearsed(first: tuple[Result, bytes], asked: Operation) -> None:
    result, content = first
    plan, warnings = read_plan(asked, content)
    assert (plan.status, warnings, result.violations) in (("feasible", (), ()), ("optimal", (), ()))
    assert result.in_time is not None
    assert result.in_time.runs == 2000


def test_planning_again_keeps_what_has_begun(
    first: tuple[Result, bytes], folder: Path, asked: Operation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_plan(asked, first[1])[0]
    trip = next(one for one in plan.trips if one.vehicle == "B1")
    riders = [ride.person for one in plan.manifests if one.trip == trip.id for ride in one.rides if ride.board == 0]
    begin_with(monkeypatch, asked)
    with live(monkeypatch, plan, asked) as day:
        day.at(trip.stops[0].start_s)
        for person in riders:
            say(day, "boarded", person, vehicle="B1", site=trip.stops[0].site)
        day.at(trip.stops[0].depart_s).say("departed", "B1", trip.stops[0].site)
        recorded = as_recorded(asked, day.running.now().state)
        job = Job(folder=str(folder), seconds=1.0, seed=0, people=recorded.people,
                  reaction=reaction_of(day.running, recorded))  # fmt: skip
    result = done(tmp_path, job)
    assert result.violations == ()
    again = read_plan(asked, (tmp_path / PLAN).read_bytes())[0]
    assert again.status != "infeasible"
    rides = {one.trip: {ride.person for ride in one.rides} for one in again.manifests}
    begun = [one.id for one in again.trips if one.vehicle == "B1" and rides.get(one.id, set()) >= set(riders)]
    assert len(begun) == 1
    assert all(one.id in begun or one.stops[0].start_s >= trip.stops[0].depart_s for one in again.trips)
    assert set().union(*rides.values()) == {one.id for one in asked.people if one.travels}


def test_who_plans_listens_for_the_word_to_stop_and_for_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[int] = []
    monkeypatch.setattr("os._exit", ends.append)
    for said, stopped in (("", False), ("stop\nand more\n", True)):
        stop = threading.Event()
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        plan_apart._listen(stop)
        assert stop.is_set() == stopped
    assert ends == [3, 3]


def test_without_trips_there_is_nothing_to_rehearse(asked: Operation, by_hand: Plan) -> None:
    assert plan_apart._played(asked, travel(asked), replace(by_hand, trips=())) is None


class GoneError(Exception):
    """The process would end here."""


@pytest.mark.parametrize("wrong", ["folder", "facts"])
def test_what_cannot_be_planned_is_written_down(
    wrong: str, folder: Path, by_hand: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_status: int) -> None:
        raise GoneError

    monkeypatch.setattr("os._exit", gone)
    monkeypatch.setattr("os.nice", lambda _by: 0)
    monkeypatch.setattr("sys.stdin", None)
    monkeypatch.setattr(threading.Thread, "start", lambda _thread: None)
    where = folder if wrong == "facts" else tmp_path / "nowhere"
    facts = Facts(now_s=10, at={PersonId("P001"): SiteId("nowhere")})
    reaction = Reaction(facts=facts, previous=by_hand)
    (tmp_path / JOB).write_bytes(msgspec.json.encode(Job(folder=str(where), seconds=1.0, seed=0, reaction=reaction)))
    with pytest.raises(GoneError):
        main(tmp_path)
    result = msgspec.json.decode((tmp_path / "result.json").read_bytes(), type=Result)
    assert result.code
    assert result.trouble


@pytest.mark.parametrize(
    ("at_s", "within_s"),
    [
        # the convoy in Palmyra, an hour before the road is cut; under way again after the hold
        (72_000, HELD_S + 600),
        (97_000, 600),
    ],
)
def test_planning_in_mid_convoy_tells_when_it_will_be_there(at_s: int, within_s: int, tmp_path: Path) -> None:
    with hard_day_running(at_s) as running:
        recorded = as_recorded(running.operation, running.now().state)
        reaction = reaction_of(running, recorded)
    job = Job(folder=str(CASE), seconds=1.0, seed=0, people=recorded.people, reaction=reaction)
    assert done(tmp_path, job).violations == ()
    again = read_plan(recorded, (tmp_path / PLAN).read_bytes())[0]
    assert again.objective is not None
    assert again.gap == 0
    assert again.objective.unserved == 0
    settled = [since for one in recorded.people if (since := hard_day().board.person(one.id).since)]
    alighted_s = max(since.likely_ms for since in settled) // 1000 - int(recorded.start.timestamp())
    late_s = alighted_s - again.objective.makespan_s
    assert abs(late_s) <= within_s
    assert {trip.id for trip in again.trips} == {trip.id for trip in case()[2].trips}
    reached = {str(one.milestone): one.at_s for one in again.milestones}
    assert reached["all-arrived"] == again.objective.makespan_s
    assert reached["departed:main"] == again.convoys[0].departs_s
    assert reached["fate-disclosed"] == DISCLOSED_S


def test_a_convoy_that_was_parted_by_hand_keeps_the_times_of_its_plan() -> None:
    with hard_day_running(56_000) as running:
        plan = case()[2]
        march = next(one for one in plan.trips if one.kind == "convoy")
        shorter = replace(march, stops=(march.stops[0], march.stops[-1]))
        parted = replace(plan, trips=tuple(shorter if one is march else one for one in plan.trips))
        assert as_it_goes(running, parted, 56_000) is parted
