"""The list of an ensemble: folders, plans, variants; what is wrong with it is told with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.desk import ensemble_list
from safepassage.desk.ensemble_list import Variant, read_list, variant
from safepassage.model.errors import UsageError
from safepassage.rehearsal.row import Named


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    return path


def test_every_operation_is_played_as_it_is_and_with_every_variant(tmp_path: Path) -> None:
    path = listed(tmp_path, "folder,plan,with\nnorth,,\nsouth,south/B.json,bus-1; bus+1,window+1h\n")
    with pytest.raises(UsageError, match="row 3: expected 3 cells; found 4"):
        read_list(path)
    path = listed(tmp_path, '\ufeffFolder, plan,with\nnorth,,\n\nsouth,south/B.json,"bus-1; Bus+1,window+1h"\n')
    north, south = read_list(path, [variant("bus+1")])
    assert (north.folder_path, north.plan_path) == (tmp_path / "north", tmp_path / "north" / "PLAN.json")
    assert south.plan_path == tmp_path / "south" / "B.json"
    assert [one.text for one in north.variants] == ["", "bus+1"]
    assert [one.text for one in south.variants] == ["", "bus+1", "bus-1", "bus+1,window+1h"]
    assert north.name(north.variants[1], 7) == Named(folder="north", plan="", change="bus+1", seed=7)


def test_an_operation_that_is_listed_twice_has_the_variants_of_both(tmp_path: Path) -> None:
    (one,) = read_list(listed(tmp_path, "folder,with\nnorth,bus+1\nnorth,bus+1;bus+2\n"))
    assert [variant.text for variant in one.variants] == ["", "bus+1", "bus+2"]


def test_anew_changes_nothing() -> None:
    assert variant(" Anew") == Variant(text="anew")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", 'expected the headings folder, plan, with; found ""'),
        ("folder,colour\nnorth,red\n", "expected the headings"),
        ("folder,folder\nnorth,north\n", "expected the headings"),
        ("folder\n", "lists no operation"),
        ("folder,plan\n,x.json\n", "row 2: expected the path of a folder"),
        ("folder,with\nnorth,camel+1\n", "row 2: a change is a kind of vehicle"),
        ('folder\n"north\n', "no CSV in UTF-8"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_list(listed(tmp_path, text))


def test_a_list_that_is_not_there_or_far_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r'no list "none\.csv"'):
        read_list(tmp_path / "none.csv")
    monkeypatch.setattr(ensemble_list, "MAX_LIST_BYTES", 3)
    with pytest.raises(UsageError, match="larger than 3 bytes"):
        read_list(listed(tmp_path, "folder\nnorth\n"))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"folder\n\xff\xfe\n")
    with pytest.raises(UsageError, match="no CSV in UTF-8"):
        read_list(path)
