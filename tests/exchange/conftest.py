"""A small operation folder that each test bends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchange.small import SETTINGS, TABLES, Make, write_csv


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write an operation folder: settings are added to the small ones, tables replace theirs (None: left out)."""

    def _make(more: str = "", *, settings: str = SETTINGS, **tables: list[list[Any]] | None) -> Path:
        (tmp_path / "operation.toml").write_text(settings + more, encoding="utf-8")
        for name, rows in (TABLES | tables).items():
            if rows is not None:
                write_csv(tmp_path / f"{name}.csv", rows)
        return tmp_path

    return _make
