"""Starting an operation and finding the reference case."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.desk import start
from safepassage.model.errors import SafepassageError, UsageError


def test_a_new_operation_is_written_once(tmp_path: Path) -> None:
    written = start.new(tmp_path / "op", workbook=True)
    assert (tmp_path / "op" / "operation.toml") in written
    with pytest.raises(SafepassageError):
        start.new(tmp_path / "op", workbook=False)


def test_the_reference_case_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (start.reference_case() / "operation.toml").is_file()


def test_without_the_repository_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(start, "REFERENCE", "no-such-case")
    with pytest.raises(UsageError, match="safepassage new DIR"):
        start.reference_case()
