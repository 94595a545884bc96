"""Rehearsing a plan file: what is told, changes compared, what cannot be rehearsed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from safepassage.desk import plan as planning
from safepassage.desk import rehearse as desk
from safepassage.desk.what_if import read
from safepassage.exchange.template import write_template
from safepassage.model.errors import InputError, UsageError
from safepassage.planner import Limit
from safepassage.rehearsal.rehearse import Effort

FEW = Effort(runs=300, drivers=50)


def silent(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rehearse") / "op"
    write_template(path, workbook=False)
    return path


@pytest.fixture(scope="module")
def plan_file(folder: Path) -> Path:
    made = planning.plan(folder, limit=Limit(seconds=60, iterations=200), seed=0, tell=lambda _now: None)
    path = folder.parent / "PLAN.json"
    path.write_bytes(made.file())
    return path


@pytest.fixture(scope="module")
def told(folder: Path, plan_file: Path) -> desk.Told:
    said: list[tuple[str, int, int]] = []
    changes = [read("bus+1"), read("window+1h")]
    found = desk.rehearse(folder, plan_file, FEW, changes=changes, tell=lambda *what: said.append(what))
    assert ("runs", 300, 300) in said
    assert {what for what, _, _ in said} >= {"plan bus+1", "runs bus+1", "plan window+1h"}
    return found


def test_the_outcome_is_that_of_the_plan(told: desk.Told) -> None:
    assert (told.outcome.runs, told.outcome.seed) == (300, 0)
    assert told.violations == ()
    assert told.warnings == ()
    assert [change.change for change in told.outcome.changes] == ["bus+1", "window+1h"]
    assert all(change.makespan_s for change in told.outcome.changes)


def test_what_is_written_holds_everything(told: desk.Told) -> None:
    answer = json.loads(told.file())
    assert answer["format"] == "safepassage-rehearsal/1"
    assert answer["start"].endswith("+02:00") or "T" in answer["start"]
    assert answer["in_time"]["runs"] == 300
    rows = list(csv.reader(told.runs().decode().splitlines()))
    assert len(rows) == 301
    assert rows[0][:3] == ["run", "in_time", "last_s"]
    assert sum(int(row[1]) for row in rows[1:]) == answer["in_time"]["count"]


def test_the_page_speaks_every_language(told: desk.Told) -> None:
    english, *others = told.page().decode(), told.page("fr").decode(), told.page("ar").decode()
    assert english.lower().startswith("<!doctype html>")
    assert [page.count(f'<html lang="{code}"') for page, code in zip(others, ("fr", "ar"), strict=True)] == [1, 1]


def test_the_same_seed_gives_the_same_bytes(folder: Path, plan_file: Path) -> None:
    one, other = (desk.rehearse(folder, plan_file, FEW, tell=silent) for _ in range(2))
    assert one.file() == other.file()
    assert one.runs() == other.runs()


def test_a_stop_ends_with_what_was_found(folder: Path, plan_file: Path) -> None:
    effort = Effort(runs=5_000, drivers=0)
    found = desk.rehearse(folder, plan_file, effort, changes=[read("bus+1")], tell=silent, stop=lambda: True)
    assert found.outcome.runs < 5_000
    assert found.outcome.changes == ()


def test_a_change_that_cannot_be_planned_is_told_as_such(folder: Path, plan_file: Path) -> None:
    buses = sum(vehicle.kind == "bus" for vehicle in planning.show(folder, plan_file).operation.vehicles)
    found = desk.rehearse(folder, plan_file, FEW, changes=[read(f"bus-{buses}")], tell=silent)
    (change,) = found.outcome.changes
    assert (change.makespan_s, change.note) == (None, "infeasible")


def test_what_cannot_be_rehearsed_says_why(folder: Path, plan_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        desk.rehearse(folder, tmp_path / "none.json", FEW, tell=silent)
    plan = json.loads(plan_file.read_bytes())
    nobody = tmp_path / "nobody.json"
    nobody.write_text(json.dumps({**plan, "trips": [], "manifests": [], "referrals": [], "convoys": []}))
    with pytest.raises(UsageError, match="moves nobody"):
        desk.rehearse(folder, nobody, FEW, tell=silent)
    with pytest.raises(UsageError, match="0 vehicles of this kind"):
        desk.rehearse(folder, plan_file, FEW, changes=[read("boat+1")], tell=silent)


def test_a_plan_that_contradicts_itself_is_not_rehearsed(folder: Path, plan_file: Path, tmp_path: Path) -> None:
    plan = json.loads(plan_file.read_bytes())
    for trip in plan["trips"]:
        for stop in trip["stops"]:
            stop["route"] = list(reversed(stop["route"])) + stop["route"] if stop["route"] else []
    bent = tmp_path / "bent.json"
    bent.write_text(json.dumps(plan))
    with pytest.raises(UsageError, match="cannot be rehearsed"):
        desk.rehearse(folder, bent, FEW, tell=silent)


def test_kernels_that_are_missing_are_compiled_first(
    folder: Path, plan_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(desk, "missing", lambda room: (room,) if room not in compiled else ())
    monkeypatch.setattr(desk, "prepare", compiled.append)
    said: list[str] = []
    changes = [read("window+1h")]
    desk.rehearse(folder, plan_file, FEW, changes=changes, tell=lambda what, _done, _of: said.append(what))
    assert compiled == ["rehearsal", "planner"]
    assert said.count("kernels") == 2


def test_engines_play_the_same(folder: Path, plan_file: Path) -> None:
    with desk.playing("local", workers=1) as one, desk.playing("local", workers=3) as three:
        found = [
            desk.rehearse(folder, plan_file, Effort(runs=600, drivers=0, engine=engine), tell=silent).file()
            for engine in (one, three)
        ]
    assert found[0] == found[1]


def test_a_ride_to_a_stop_that_is_not_there_is_not_rehearsed(folder: Path, plan_file: Path, tmp_path: Path) -> None:
    plan = json.loads(plan_file.read_bytes())
    for trip in plan["trips"]:
        trip["stops"] = trip["stops"][:1]
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps(plan))
    with pytest.raises(UsageError, match="rides from stop"):
        desk.rehearse(folder, cut, FEW, tell=silent)
