"""Planning from the console: one run at a time, told as it is, and put in force by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.planners import stand_in
from safepassage.desk.kept_plans import Plans
from safepassage.desk.plan_comparison import Instant, beside
from safepassage.desk.planning import Planning
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.desk.running import Running, open_running
from safepassage.exchange.template import write_template
from safepassage.model.errors import InputError, UsageError
from server.browser.plans import write_a_plan

CHIEF = Who(name="N1", role="coordinator")


class Place:
    """A folder, its server, its planning, and a plan that is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan = write_a_plan(folder).rename(folder.parent / "hand.json")
        self.running: Running = open_running(folder)[0]
        self.planning = Planning(self.running)

    def again(self, plan: Path | None = None) -> None:
        self.running.close()
        self.running = open_running(self.folder, plan)[0]
        self.planning = Planning(self.running)

    def start(self, how: str = "at-once", *, from_now: bool = False) -> None:
        self.planning.command = stand_in(self.plan, how)
        self.planning.start(CHIEF, 10, from_now=from_now)

    def finish(self) -> str:
        reader = self.planning._reader
        assert reader is not None
        reader.join(30)
        assert self.planning.run is not None
        return self.planning.run.state

    def manifests(self) -> tuple[frozenset[str], ...]:
        return tuple(one.persons for one in self.running.keeper.board.roll.manifests)

    def adopt(self) -> None:
        assert self.planning.run is not None
        self.planning.adopt(CHIEF, self.planning.run.plan_sha256)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "op"
    write_template(folder, workbook=False)
    one = Place(folder)
    yield one
    one.running.close()


def test_a_plan_is_found_and_put_in_force(place: Place) -> None:
    assert place.planning.hindrance() == "none"
    place.start()
    assert place.finish() == "done"
    run = place.planning.run
    assert run is not None
    assert (run.progress.makespan_s, run.progress.bound_s, run.by) == (5000, 4000, "N1")
    assert place.manifests() == ()
    with pytest.raises(UsageError, match="another plan"):
        place.planning.adopt(CHIEF, "0" * 64)
    place.adopt()
    assert sum(map(len, place.manifests())) == 30
    assert place.planning.hindrance() == "in-force"
    place.again()
    assert sum(map(len, place.manifests())) == 30
    assert place.planning.run == run
    assert place.planning.hindrance() == "in-force"


def test_only_one_plan_is_made_at_a_time_and_it_can_be_stopped(place: Place) -> None:
    with pytest.raises(UsageError, match="nothing"):
        place.planning.stop(CHIEF)
    place.start("waits")
    with pytest.raises(UsageError, match="plans already"):
        place.start()
    assert place.planning.plan() is None
    place.planning.stop(CHIEF)
    place.planning.stop(CHIEF)
    assert place.finish() == "done"
    assert place.planning.run is not None
    assert place.planning.run.ended_early


def test_a_run_that_was_cut_off_is_told_so(place: Place) -> None:
    place.start("waits")
    place.again()
    assert place.planning.run is not None
    assert place.planning.run.state == "cut"
    assert place.planning.hindrance() == "none"
    place.start()
    assert place.finish() == "done"
    assert place.planning.run.number == 2


@pytest.mark.parametrize(("how", "code"), [("breaks", "internal"), ("fails", "facts")])
def test_a_run_that_fails_says_why(place: Place, how: str, code: str) -> None:
    place.start(how)
    assert place.finish() == "failed"
    assert place.planning.run is not None
    assert place.planning.run.result.code == code
    assert place.planning.plan() is None


def test_planning_from_now_hands_over_what_is_recorded_and_no_names(place: Place) -> None:
    people = place.folder / "people.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("P001,,", "P001,Rami,"), encoding="utf-8")
    place.again()
    place.running.record("boarded", subject="P001", vehicle="B1", site="school", actor="N1").result(30)
    assert place.planning.begun()
    place.start(from_now=True)
    job = (place.folder / ".safepassage" / "server" / "planning" / "job.json").read_text(encoding="utf-8")
    assert '"now_s"' in job
    assert "P001" in job
    assert "Rami" not in job
    place.finish()
    run = place.planning.run
    assert run is not None
    assert run.from_now
    assert run.facts_s > 0


def test_a_plan_that_breaks_rules_is_not_put_in_force(place: Place) -> None:
    place.start("broken")
    place.finish()
    assert place.planning.hindrance() == "violations"
    with pytest.raises(UsageError, match="violations"):
        place.adopt()


def test_a_plan_for_what_has_changed_is_not_put_in_force(place: Place) -> None:
    place.start()
    place.finish()
    other = place.folder.parent / "other.json"
    other.write_bytes(place.plan.read_bytes().replace(b'"feasible"', b'"optimal"'))
    place.again(other)
    assert place.planning.hindrance() == "other-plan"
    with (place.folder / "people.csv").open("a", encoding="utf-8") as people:
        people.write("P777,,H777,school,,walking,adult,consented,yes,,,,,,assumption: example\n")
    place.again()
    assert place.planning.hindrance() == "other-list"
    place.planning.run = None
    assert place.planning.hindrance() == "none"


def test_former_plans_are_put_back(place: Place) -> None:
    other = place.folder.parent / "other.json"
    other.write_bytes(place.plan.read_bytes().replace(b'"feasible"', b'"optimal"'))
    place.again(other)
    place.start()
    place.finish()
    place.adopt()
    plans = place.running.plans
    assert plans is not None
    assert [one.how for one in plans.plans] == ["given", "planned"]
    with pytest.raises(UsageError, match="in force"):
        place.planning.put_back(CHIEF, 2)
    with pytest.raises(UsageError, match="no plan"):
        place.planning.put_back(CHIEF, 9)
    place.planning.put_back(CHIEF, 1)
    place.planning.put_back(CHIEF, 2)
    place.planning.put_back(CHIEF, 3)
    assert [(one.how, one.of) for one in plans.plans[2:]] == [("put-back", 1), ("put-back", 2), ("put-back", 1)]
    # the same old command line does not take back what was decided since
    place.again(place.plan)
    assert place.running.plan is not None
    assert place.running.plan.status == "optimal"


def test_who_may_not_plan_is_refused(place: Place) -> None:
    for work in (
        lambda who: place.planning.start(who, 10, from_now=False), place.planning.stop,
        lambda who: place.planning.adopt(who, ""), lambda who: place.planning.put_back(who, 1),
    ):  # fmt: skip
        with pytest.raises(NotPermittedError):
            work(Who(name="N2", role="registration-clerk"))


def test_what_cannot_be_planned_is_not_begun(place: Place) -> None:
    with pytest.raises(UsageError, match="how long"):
        place.planning.start(CHIEF, 11, from_now=False)
    (place.folder / "people.csv").unlink()
    place.again()
    with pytest.raises(UsageError, match="nobody"):
        place.start()
    place.running.place = None
    with pytest.raises(UsageError, match="no operation folder"):
        Planning(place.running).start(CHIEF, 10, from_now=False)


def test_damaged_files_are_told_or_begun_anew(place: Place) -> None:
    place.start()
    place.finish()
    server = place.folder / ".safepassage" / "server"
    (server / "planning" / "run.json").write_text("{")
    assert Planning(place.running).run is None
    (server / "planning" / "PLAN.json").write_text("{")
    assert place.planning.plan() is None
    (server / "plans").mkdir(exist_ok=True)
    (server / "plans" / "plans.json").write_text("{")
    with pytest.raises(InputError):
        Plans(server, "OP")


def test_plans_beside_each_other(place: Place) -> None:
    place.start()
    place.finish()
    plan = place.planning.plan()
    assert plan is not None
    assert beside(plan, plan).same
    new = beside(None, plan)
    assert (new.vehicles_in, len(new.taken_on), new.left_off) == (("B1", "B2"), 30, ())
    assert new.instants[-1] == Instant(what="last", id="", before_s=None, after_s=3600)
    assert new.instants[0] == Instant(what="site", id="school", before_s=None, after_s=0)
    gone = beside(plan, type(plan)(operation="", sha256="", status="infeasible", seed=0, solver=plan.solver))
    assert (gone.vehicles_out, len(gone.left_off), gone.same) == (("B1", "B2"), 30, False)
