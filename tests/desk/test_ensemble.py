"""Ensembles: the same rows whoever plays them, gone on from where they were left, one bad folder aside."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from safepassage.desk import ensemble as desk
from safepassage.desk import plan as planning
from safepassage.desk import rehearse
from safepassage.desk.ensemble import Answered, Problem, Wanted
from safepassage.desk.ensemble_list import variant
from safepassage.desk.hands import Hands, hands, plan_anew
from safepassage.exchange.template import write_template
from safepassage.model.errors import InternalError, UsageError
from safepassage.planner import Limit
from safepassage.rehearsal.cluster import cluster
from safepassage.rehearsal.rehearse import Effort
from safepassage.rehearsal.row import Row
from safepassage.rehearsal.scenario import play_part

WANTED = Wanted(
    variants=(variant("bus+1"), variant("window+1h"), variant("boat+1")), seeds=(0, 5), runs=600, iterations=40
)


def silent(_answer: Row | Problem | None, _done: int, _of: int) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """List two operations that can be played, between them a folder that is not there."""
    home = tmp_path_factory.mktemp("ensemble")
    for name in ("north", "south"):
        write_template(home / name, workbook=False)
        made = planning.plan(home / name, limit=Limit(seconds=60, iterations=60), seed=0, tell=lambda _now: None)
        (home / name / "PLAN.json").write_bytes(made.file())
    (home / "list.csv").write_text("folder,plan,with\nnorth,,\nnowhere,,\nsouth,south/PLAN.json,bus-2\n")
    return home / "list.csv"


@pytest.fixture
def here() -> Iterator[Hands]:
    with ThreadPoolExecutor(1) as pool:
        found = Hands(pool, 1, lambda: None)
        yield found
        found.end()


def played(listed: Path, found: Hands, **how: Any) -> Answered:
    return desk.ensemble(listed, how.pop("wanted", WANTED), found, **{"tell": silent, **how})


@pytest.fixture(scope="module")
def answered(listed: Path) -> Answered:
    with ThreadPoolExecutor(1) as pool:
        return played(listed, Hands(pool, 1, lambda: None))


def test_every_scenario_has_a_row_in_the_order_of_the_list(answered: Answered) -> None:
    assert [(row.folder, row.seed, row.change) for row in answered.rows] == [
        *(("north", seed, change) for seed in (0, 5) for change in ("", "bus+1", "window+1h")),
        *(("south", seed, change) for seed in (0, 5) for change in ("", "bus+1", "window+1h", "bus-2")),
    ]
    assert not answered.stopped
    assert {row.note for row in answered.rows if row.change == "bus-2"} == {"infeasible"}
    assert all(row.gain is not None for row in answered.rows if row.change and not row.note)


def test_what_cannot_be_played_is_told_and_stops_nothing_else(answered: Answered) -> None:
    told = [(one.name.folder, one.name.change, one.scenarios, bool(one.faults)) for one in answered.problems]
    assert told == [
        ("north", "boat+1", 1, False), ("north", "boat+1", 1, False), ("nowhere", "", 8, True),
        ("south", "boat+1", 1, False), ("south", "boat+1", 1, False),
    ]  # fmt: skip
    assert "0 vehicles of this kind" in str(answered.problems[0])
    assert "[no-such-file]" in str(answered.problems[2])
    answer = json.loads(answered.file())
    assert answer["format"] == "safepassage-ensemble/1"
    assert (len(answer["rows"]), len(answer["problems"])) == (14, 5)


def test_a_row_is_what_a_rehearsal_of_that_folder_tells(answered: Answered, listed: Path) -> None:
    folder = listed.parent / "north"
    told = rehearse.rehearse(
        folder, folder / "PLAN.json", Effort(runs=600, seed=5, drivers=0), tell=lambda _what, _done, _of: None
    )
    row = next(one for one in answered.rows if (one.folder, one.seed, one.change) == ("north", 5, ""))
    assert (row.in_time, row.share) == (told.outcome.in_time.count, told.outcome.in_time.share)
    assert row.operation == told.operation.id


@pytest.mark.parametrize(("engine", "workers"), [("local", 1), ("local", 2)])
def test_whoever_plays_gives_the_same_rows(answered: Answered, listed: Path, engine: str, workers: int) -> None:
    with hands(engine, workers=workers) as found:
        again = played(listed, found)
    assert again == answered


@pytest.mark.no_cover
def test_a_worker_that_is_killed_changes_nothing(answered: Answered, listed: Path) -> None:
    with cluster(workers=2) as client, client.get_executor(pure=False, retries=5) as pool:
        victims = list(client.run(os.getpid).values())

        def kill(answer: Row | Problem | None, _done: int, _of: int) -> None:
            if victims and isinstance(answer, Row):
                os.kill(victims.pop(), signal.SIGKILL)
                victims.clear()

        assert played(listed, Hands(pool, 2, lambda: None), tell=kill) == answered
        assert victims == []


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_it_goes_on_from_where_it_was_left(
    answered: Answered, listed: Path, here: Hands, tmp_path: Path, form: str
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    table = tmp_path / f"rows.{form}"
    counted: list[int] = []
    first = played(
        listed, here, output=table, tell=lambda _answer, done, _of: counted.append(done),
        stop=lambda: bool(counted) and counted[-1] > 12,
    )  # fmt: skip
    assert first.stopped
    assert 0 < len(first.rows) < len(answered.rows)
    asked: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        second = played(listed, Counting(pool, asked), output=table)
    assert second == answered
    assert len(asked) > 0
    asked.clear()
    with ThreadPoolExecutor(1) as pool:
        third = played(listed, Counting(pool, asked), output=table)
    assert third == answered
    assert asked == []


class Counting(Hands):
    """Note what is handed out."""

    def __init__(self, pool: ThreadPoolExecutor, asked: list[str]) -> None:
        super().__init__(pool, 1, lambda: None)
        self.asked = asked

    def submit(self, do: Callable[..., Any], *about: object) -> Future[Any]:
        self.asked.append(do.__name__)
        return super().submit(do, *about)


def test_other_inputs_are_played_again(answered: Answered, listed: Path, here: Hands, tmp_path: Path) -> None:
    home = tmp_path / "other"
    shutil.copytree(listed.parent, home)
    table = home / "rows.csv"
    few = Wanted(runs=100)
    played(home / "list.csv", here, wanted=few, output=table)
    with (home / "north" / "people.csv").open("a") as people:
        people.write("\n")
    asked: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        found = played(home / "list.csv", Counting(pool, asked), wanted=few, output=table)
    # the other folder and the other plan of the list are as they were
    assert len(asked) == 1
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["inputs"] for row in rows] == [row.inputs for row in found.rows]


def test_plans_that_cannot_be_rehearsed_are_told(listed: Path, here: Hands, tmp_path: Path) -> None:
    plan = json.loads((listed.parent / "north" / "PLAN.json").read_bytes())
    bent, nobody = tmp_path / "bent.json", tmp_path / "nobody.json"
    nobody.write_text(json.dumps({**plan, "trips": [], "manifests": [], "referrals": [], "convoys": []}))
    for trip in plan["trips"]:
        trip["stops"] = trip["stops"][:1]
    bent.write_text(json.dumps(plan))
    folder = listed.parent / "north"
    (tmp_path / "list.csv").write_text(f"folder,plan,with\n{folder},{bent},anew\n{folder},{nobody},\n")
    found = played(tmp_path / "list.csv", here, wanted=Wanted(runs=50, iterations=20))
    assert found.rows == ()
    assert not found.stopped
    assert [(Path(one.name.plan).name, one.scenarios) for one in found.problems] == [
        ("bent.json", 2),
        ("nobody.json", 1),
    ]
    assert "rides from stop" in found.problems[0].what
    assert "moves nobody" in found.problems[1].what


def test_planned_anew_is_a_variant_without_changes(listed: Path, here: Hands) -> None:
    found = played(listed, here, wanted=Wanted(variants=(variant("anew"),), runs=50, iterations=20))
    assert [row.change for row in found.rows if row.folder == "north"] == ["", "anew"]


def test_a_changed_plan_that_cannot_be_made_or_played_is_told(
    listed: Path, here: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_about: object) -> None:
        raise UsageError("nobody plans this")

    monkeypatch.setattr(desk, "plan_anew", failing)
    found = played(listed, here, wanted=Wanted(variants=(variant("bus+1"),), runs=50))
    assert [one.what for one in found.problems if one.name.change == "bus+1"] == ["nobody plans this"] * 2
    assert [row.change for row in found.rows] == ["", ""]


def test_changed_runs_that_fail_are_told(listed: Path, here: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[str] = []

    def failing(scenario: Any, first: int, count: int) -> Any:
        began.append(scenario.key)
        if len(set(began)) > 1:
            raise ValueError("nobody plays this")
        return play_part(scenario, first, count)

    monkeypatch.setattr(desk, "play_part", failing)
    (listed.parent / "one.csv").write_text("folder\nnorth\n")
    found = played(listed.parent / "one.csv", here, wanted=Wanted(variants=(variant("anew"),), runs=50, iterations=20))
    assert [(one.name.change, one.what) for one in found.problems] == [("anew", "nobody plays this")]


def test_a_pool_that_breaks_keeps_what_is_done(listed: Path, here: Hands, tmp_path: Path) -> None:
    class Breaking(Counting):
        def submit(self, do: Callable[..., Any], *about: object) -> Future[Any]:
            if len(self.asked) > 0:
                broken: Future[Any] = Future()
                broken.set_exception(BrokenProcessPool("a process died"))
                return broken
            return super().submit(do, *about)

    (listed.parent / "both.csv").write_text("folder\nnorth\nsouth\n")
    with ThreadPoolExecutor(1) as pool, pytest.raises(InternalError, match="has died"):
        played(listed.parent / "both.csv", Breaking(pool, []), wanted=Wanted(runs=50), output=tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open() as rows:
        assert len(list(csv.DictReader(rows))) == 1


def test_a_plan_that_was_cut_short_is_not_played(listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1) as pool:
        found = Hands(pool, 1, lambda: None)

        def stopped(*about: Any) -> Any:
            found.over = True
            return plan_anew(*about)

        monkeypatch.setattr(desk, "plan_anew", stopped)
        (listed.parent / "one.csv").write_text("folder\nnorth\n")
        told = played(
            listed.parent / "one.csv", found, wanted=Wanted(variants=(variant("anew"),), runs=50, iterations=20)
        )
    assert told.stopped
    assert [row.change for row in told.rows] == [""]


def test_kernels_that_are_missing_are_compiled_first(
    listed: Path, here: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[tuple[str, ...]] = []
    monkeypatch.setattr(desk, "missing", lambda *rooms: rooms)
    monkeypatch.setattr(desk, "prepare", lambda *rooms: wanted.append(rooms))
    told: list[object] = []
    (listed.parent / "plain.csv").write_text("folder\nnorth\n")
    for variants in ((), (variant("anew"),)):
        played(
            listed.parent / "plain.csv", here, wanted=Wanted(variants=variants, runs=20, iterations=20),
            tell=lambda answer, _done, _of: told.append(answer),
        )  # fmt: skip
    assert wanted == [("rehearsal",), ("rehearsal", "planner")]
    assert told.count(None) == 2
