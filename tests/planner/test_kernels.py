"""Kernels are compiled at set-up: nothing is compiled while somebody waits for a plan, and never runs stale."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from safepassage.planner import kernels

ROOT = Path(__file__).parents[2]
PLANS = """
from as_operation import of_busloads, of_households
from busload_instances import city_shuttle, recipe, valparaiso_sized
from household_instances import op16, small_mixed
from safepassage.planner import Limit, kernels, plan

made = [of_busloads(recipe(7, 0)), of_busloads(valparaiso_sized(70, 0)), of_busloads(city_shuttle(300, 8, 0))]
made += [of_households(op16()), of_households(small_mixed(1))]
for operation, travel in made:
    plan(operation, travel, Limit(seconds=60, iterations=20), 0)
print(kernels.compiled_anew())
"""


def test_no_plan_waits_for_a_compiler() -> None:
    if not kernels.is_complete():
        pytest.skip("the kernels are not compiled yet; do: python -m safepassage.planner.preparing")
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "bench")])
    done = subprocess.run(
        [sys.executable, "-c", PLANS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout.split() == ["0"]


def test_what_was_compiled_from_other_sources_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old, new = tmp_path / "kernels-old", tmp_path / "kernels-new"
    old.mkdir()
    monkeypatch.setattr(kernels, "FOLDER", new)
    assert not kernels.is_complete()
    kernels.complete()
    assert kernels.is_complete()
    assert [path.name for path in tmp_path.iterdir()] == ["kernels-new"]


def test_any_change_of_a_source_gives_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("1", encoding="utf-8")
    monkeypatch.setattr(kernels, "_SOURCES", tmp_path)
    before = kernels._folder()
    assert before.parent == tmp_path / "__pycache__"
    (tmp_path / "two.py").write_text("2", encoding="utf-8")
    assert kernels._folder() != before


def test_where_the_sources_cannot_be_written_to_the_cache_is_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "__pycache__").write_text("a file, not a folder", encoding="utf-8")
    monkeypatch.setattr(kernels, "_SOURCES", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kernels._folder().parent == tmp_path / "cache" / "safepassage"


def test_where_nothing_may_be_kept_kernels_are_compiled_for_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "__pycache__").write_text("a file", encoding="utf-8")
    monkeypatch.setattr(kernels, "_SOURCES", tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "__pycache__"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = kernels._folder()
    assert folder.parent.parent == tmp_path
    assert folder.parent.name.startswith("safepassage-")
