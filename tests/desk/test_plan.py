"""Planning a folder, judging a plan file, showing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.desk import plan as desk
from safepassage.desk import plan_files
from safepassage.exchange.template import write_template
from safepassage.model.errors import InputError
from safepassage.planner import Limit
from safepassage.planner.progress import Progress


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("desk") / "op"
    write_template(path, workbook=False)
    return path


@pytest.fixture(scope="module")
def planned(folder: Path) -> desk.Planned:
    told: list[Progress] = []
    made = desk.plan(folder, limit=Limit(seconds=60, iterations=200), seed=3, tell=told.append)
    assert told[0].stage == "premises"
    assert told[-1].stage == "levers"
    return made


def test_the_template_is_planned_and_no_rule_is_broken(planned: desk.Planned) -> None:
    assert planned.plan.status in {"optimal", "feasible"}
    assert planned.plan.violations == ()
    assert planned.plan.seed == 3


def test_what_is_written_is_read_back_and_refereed(folder: Path, planned: desk.Planned, tmp_path: Path) -> None:
    path = tmp_path / "PLAN.json"
    path.write_bytes(planned.file())
    assert desk.referee(folder, path) == ((), ())
    assert desk.show(folder, path).plan == planned.plan


def test_a_plan_for_another_state_of_the_folder_is_told(planned: desk.Planned, tmp_path: Path) -> None:
    write_template(tmp_path / "op", workbook=False)
    people = tmp_path / "op" / "people.csv"
    people.write_text(people.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    path = tmp_path / "PLAN.json"
    path.write_bytes(planned.file())
    _, warnings = desk.referee(tmp_path / "op", path)
    assert [fault.severity for fault in warnings] == ["warning"]


def test_the_page_and_the_remarks_speak_every_language(planned: desk.Planned) -> None:
    page = planned.page().decode()
    assert page.lower().startswith("<!doctype html>")
    told = [planned.remarks(language) for language in ("en", "fr", "ar")]
    assert all(len(set(remark)) == 3 for remark in zip(*told, strict=True))
    assert [len(remarks) for remarks in told] == [len(planned.seats)] * 3


def test_no_plan_file_is_an_input_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fault"):
        desk.referee(folder, tmp_path / "none.json")


def test_a_plan_file_that_is_too_large_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "PLAN.json"
    path.write_bytes(b"{}   ")
    monkeypatch.setattr(plan_files, "MAX_PLAN_BYTES", 4)
    with pytest.raises(InputError) as caught:
        desk.show(folder, path)
    assert "larger than 4" in caught.value.faults[0].what
