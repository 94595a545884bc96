"""What cannot be applied to a road map stops the reading, as every error does."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.town import town
from safepassage.desk.check import check, readable
from safepassage.model.errors import InputError

NOWHERE = 'id,action,line,author,reason\nC1,remove,"LINESTRING (25 61, 25.1 61)",city,washed away\n'


def test_a_folder_on_a_map_is_read(tmp_path: Path) -> None:
    operation, _ = readable(town(tmp_path / "op"))
    assert {link.name for link in operation.links} >= {"Quay", "New bridge"}


def test_nothing_is_planned_without_a_correction_that_hits_nothing(tmp_path: Path) -> None:
    folder = town(tmp_path / "op")
    (folder / "corrections.csv").write_text(NOWHERE, encoding="utf-8")
    found = check(folder)
    assert found.worst == "error"
    (fault,) = (one for one in found.faults if one.code == "correction-hits-nothing")
    assert (fault.place.file, fault.place.cell) == ("corrections.csv", "B2")
    with pytest.raises(InputError):
        readable(folder)


def test_nothing_is_planned_with_a_site_off_the_map(tmp_path: Path) -> None:
    folder = town(tmp_path / "op", ferry=True)
    codes = {(one.code, one.severity) for one in check(folder).faults}
    assert ("site-off-road", "error") in codes
    with pytest.raises(InputError):
        readable(folder)
