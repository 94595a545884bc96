"""What was read is kept, and read anew when anything changed; what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from roads.extracts import write
from safepassage.desk.explain import codes
from safepassage.model.errors import Fault, InputError
from safepassage.roads import codes as table
from safepassage.roads import network as network_module
from safepassage.roads.codes import CODES
from safepassage.roads.network import Floats, Int32s, Network, Roads, metres
from safepassage.roads.reading import FOLDER, read_roads, recalled
from safepassage.roads.remarks import islands, off_road, remarks
from safepassage.roads.snapping import Candidate

ROAD = {"highway": "primary", "name": "Rue de l'Église"}
TURN = ([("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to")], {"restriction": "no_left_turn"})


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep nothing in the cache of who runs the tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "safepassage" / "roads"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """Write an extract in a folder of its own."""
    (tmp_path / "op").mkdir()
    return write(tmp_path / "op" / "a.osm.pbf", [(1, (1, 2), ROAD), (2, (2, 3), {"highway": "service"})], [TURN])


def backwards(tail: Int32s, head: Int32s, lon: Floats, lat: Floats) -> Int32s | None:
    return np.arange(len(lon), dtype=np.int32)[::-1]


def same(one: Roads, other: Roads) -> bool:
    arrays = all(np.array_equal(getattr(one.network, name), getattr(other.network, name)) for name in Network._fields)
    return arrays and one.counts == other.counts and np.array_equal(one.order, other.order)


def kept(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*"))


def stages(path: Path, *, tracks: bool = False) -> tuple[Roads, list[str]]:
    told: list[str] = []
    return read_roads(path, tracks=tracks, order_of=backwards, tell=lambda stage, _: told.append(stage)), told


def test_what_is_kept_is_what_was_read(extract: Path) -> None:
    fresh, first = stages(extract)
    again, second = stages(extract)
    assert "ordering junctions" in first
    assert second == ["roads read before"]
    assert same(fresh, again)
    assert same(fresh, read_roads(extract, keep=False, order_of=backwards))
    assert fresh.order.tolist() == [2, 1, 0]
    assert len(kept(extract.parent)) == 1


def test_options_and_content_are_told_apart(extract: Path) -> None:
    plain = read_roads(extract)
    assert plain.order.tolist() == []
    assert len(read_roads(extract, order_of=lambda *_: None).order) == 0
    assert "reading roads" in stages(extract, tracks=True)[1]
    write(extract, [(1, (1, 2), ROAD)])
    assert len(read_roads(extract).network.length_m) == 1
    assert len(kept(extract.parent)) == 1


@pytest.mark.parametrize("harm", ["cut", "empty", "text", "flipped"])
def test_a_broken_memory_is_made_anew(extract: Path, harm: str) -> None:
    fresh, _ = stages(extract)
    (path,) = kept(extract.parent)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "cut": data[:middle],
            "empty": b"",
            "text": b"no",
            "flipped": data[:middle] + b"\xff" * 300 + data[middle + 300 :],
        }[harm]
    )
    again, told = stages(extract)
    assert same(fresh, again)
    assert "reading roads" in told
    assert stages(extract)[1] == ["roads read before"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tail", np.array([9], dtype=np.int32)),
        ("head", np.full(4, 77, dtype=np.int32)),
        ("edge", np.full(4, -1, dtype=np.int32)),
        ("name", np.zeros(2, dtype=np.int64)),
        ("shape_at", np.array([0, 1, 4])),
        ("shape_at", np.array([0, 2])),
        ("shape_at", np.array([0, 2, 90])),
        ("shape_lat", np.zeros(3)),
        ("no_turns", np.zeros(3, dtype=np.int32)),
        ("no_turns", np.full((1, 2), 9, dtype=np.int32)),
        ("order", np.zeros(3, dtype=np.int32)),
        ("names", np.frombuffer(b"\xff", dtype=np.uint8)),
        ("counts", np.frombuffer(b"[]", dtype=np.uint8)),
        ("counts", None),
    ],
)
def test_a_memory_that_does_not_fit_together_is_not_used(extract: Path, field: str, value: object) -> None:
    stages(extract)
    (path,) = kept(extract.parent)
    with np.load(path) as whole:
        arrays = {name: whole[name] for name in whole}
    assert recalled(path) is not None
    if value is None:
        del arrays[field]
    else:
        arrays[field] = np.asarray(value)
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    assert recalled(path) is None


def test_where_the_folder_cannot_be_written_the_users_cache_serves(extract: Path, own_cache: Path) -> None:
    (extract.parent / FOLDER).write_text("in the way", encoding="utf-8")
    fresh, _ = stages(extract)
    assert len(list(own_cache.glob("*.npz"))) == 1
    again, told = stages(extract)
    assert told == ["roads read before"]
    assert same(fresh, again)


def test_links_are_never_followed(extract: Path, own_cache: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (extract.parent / FOLDER).symlink_to(tmp_path / "elsewhere")
    stages(extract)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert len(list(own_cache.glob("*.npz"))) == 1


def test_where_nothing_can_be_written_it_works_all_the_same(extract: Path, tmp_path: Path, own_cache: Path) -> None:
    (extract.parent / FOLDER).write_text("in the way", encoding="utf-8")
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    assert len(stages(extract)[0].network.length_m) == 2


def test_drawn_roads_are_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "LineString", "coordinates": [[10, 30], [10.01, 30]]}), encoding="utf-8")
    assert same(read_roads(path), read_roads(path))
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(("name", "code"), [("roads.txt", "roads-unknown-type"), ("x.osm.pbf", "roads-unreadable")])
def test_files_that_are_no_roads(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_roads(tmp_path / name)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_what_is_left_out_and_not_understood_is_told() -> None:
    counts = {"left out tracks": 12, "restrictions via ways": 2, "ways": 3} | {f"unread x={n}": n for n in range(1, 8)}
    left, unread = remarks(counts, "a.osm.pbf")
    assert left.found == "12 field and forest tracks (not asked for); 2 turns forbidden over a stretch (allowed here)"
    assert unread.found == "x=7 (7), x=6 (6), x=5 (5), x=4 (4), x=3 (3), and 2 more"
    assert [fault.severity for fault in (left, unread)] == ["warning"] * 2
    assert remarks({"ways": 3, "unread y=1": 1}, "a")[0].found == "y=1 (1)"
    assert remarks({"ways": 3}, "a") == ()


def test_islands_are_told() -> None:
    (fault,) = islands({"car stretches": 0, "car km": 0, "bus stretches": 3, "bus km": 7}, "a")
    assert fault.found == "bus 3 stretches, 7 km"
    assert islands({"car stretches": 0}, "a") == ()


def told(*candidates: Candidate, profiles: int) -> list[tuple[str, str, str]]:
    def short(fault: Fault) -> tuple[str, str, str]:
        return fault.code, fault.severity, fault.found

    return [short(fault) for fault in off_road(["S"], [candidates], profiles, file="sites")]


def test_sites_far_from_roads_are_told() -> None:
    near, far = Candidate(0, 0.5, 20, 0, 0, 2), Candidate(1, 0.5, 300.4, 0, 0, 13)
    assert told(near, profiles=2) == []
    assert told(near, profiles=3) == [("site-off-road", "warning", "none")]
    assert told(profiles=5) == [("site-off-road", "error", "none")]
    assert told(near, far, profiles=7) == [("site-far-from-road", "warning", "car 300 m, bus 300 m")]


def test_codes_are_those_that_are_used() -> None:
    room = Path(table.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(room.glob("*.py")) if path.name != "codes.py")
    assert {code for code in CODES if f'"{code}"' not in text} == set()
    assert CODES.items() <= codes().items()


def test_distances_are_those_of_the_ellipsoid_within_half_a_percent() -> None:
    # one degree of longitude and of latitude on WGS 84 at 60 degrees north
    east = metres(np.array([10.0]), np.array([60.0]), np.array([10.01]), np.array([60.0]))
    north = metres(np.array([10.0]), np.array([60.0]), np.array([10.0]), np.array([60.01]))
    assert east[0] == pytest.approx(558.00, rel=0.005)
    assert north[0] == pytest.approx(1114.12, rel=0.005)
    assert network_module.ragged(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)).tolist() == []
    assert Network._fields[0] == "lon"
