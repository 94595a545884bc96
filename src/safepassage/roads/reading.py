"""Read roads from whatever file holds them, and keep what was read beside the folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import msgspec
import numpy as np

from safepassage.model.errors import Fault, InputError, Place
from safepassage.roads.drawn import read_drawn
from safepassage.roads.extract import read_extract
from safepassage.roads.network import Floats, Int32s, Network, Roads, Tell

FOLDER: Final = ".safepassage"
DRAWN_ENDINGS: Final = (".geojson", ".json")
EXTRACT_ENDINGS: Final = (".pbf", ".osm", ".osm.bz2", ".osm.gz")

OrderOf: TypeAlias = Callable[[Int32s, Int32s, Floats, Floats], Int32s | None]
"""Works out a contraction order from tails, heads, lon and lat; None where nothing contracts."""

_ARRAYS: Final = tuple(name for name in Network._fields if name != "names")


def read_roads(
    path: Path,
    *,
    tracks: bool = False,
    keep: bool = True,
    order_of: OrderOf | None = None,
    tell: Tell = lambda _stage, _done: None,
) -> Roads:
    """Read an extract or a GeoJSON file of roads, or what was kept of it when it was read before.

    What is kept is named after the file's content, this program's reader and the options: whatever changes, it is read
    again. It lies in `.safepassage` beside the file, or in the user's cache where that cannot be written.

    Parameters
    ----------
    path
        The file; its ending tells what it is.
    tracks
        Whether field and forest tracks are read.
    keep
        Whether to use and write what is kept.
    order_of
        Works out the contraction order, which is kept too.
    tell
        Is told how far the reading is.

    Raises
    ------
    InputError
        When the file cannot be read, or holds no road.
    """
    name = path.name.lower()
    if not name.endswith(DRAWN_ENDINGS + EXTRACT_ENDINGS):
        raise InputError((_no_file(path, "roads-unknown-type", f"{path.suffix or 'no ending'}"),))
    try:
        kept_as = _name(path, tracks=tracks, ordered=order_of is not None)
    except OSError as error:
        raise InputError((_no_file(path, "roads-unreadable", str(error.strerror)),)) from error
    if keep:
        for place in _places(path):
            roads = recalled(place / kept_as)
            if roads is not None:
                tell("roads read before", 1.0)
                return roads
    read = read_drawn if name.endswith(DRAWN_ENDINGS) else read_extract
    roads = read(path, tracks=tracks, tell=tell)
    if order_of is not None:
        tell("ordering junctions", 0.0)
        net = roads.network
        order = order_of(net.tail, net.head, net.lon, net.lat)
        roads = roads._replace(order=np.zeros(0, dtype=np.int32) if order is None else order.astype(np.int32))
        tell("ordering junctions", 1.0)
    if keep:
        _keep(path, kept_as, roads)
    return roads


def _no_file(path: Path, code: str, found: str) -> Fault:
    return Fault(
        code=code,
        severity="error",
        place=Place(file=path.name),
        what="the file of roads cannot be used",
        expected="an OpenStreetMap extract (.osm.pbf) or GeoJSON (.geojson)",
        found=found,
        remedy="check the name of the file, and that it may be read",
    )


def _name(path: Path, *, tracks: bool, ordered: bool) -> str:
    """Name what is kept of a file after its content, the options, and the sources of the reader."""
    found = hashlib.sha256(f"tracks={tracks} ordered={ordered} numpy={np.__version__}".encode())
    with path.open("rb") as file:
        found.update(hashlib.file_digest(file, "sha256").digest())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.name.encode() + source.read_bytes())
    return f"{_stem(path)}{found.hexdigest()[:32]}.npz"


def _stem(path: Path) -> str:
    return f"roads-{re.sub(r'[^A-Za-z0-9]+', '-', path.name)[:40]}-"


def _places(path: Path) -> Iterator[Path]:
    """Give the folders where what was read may lie: beside the file, else the user's own."""
    yield path.parent / FOLDER
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safepassage" / "roads"


def recalled(path: Path) -> Roads | None:
    """Read what was kept; None where there is nothing, or nothing whole."""
    try:
        if path.is_symlink() or path.parent.is_symlink():
            return None
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            words = kept["names"].tobytes().decode()
            arrays = {name: kept[name] for name in _ARRAYS}
            network = Network(names=tuple(words.split("\n")), **arrays)
            counts = msgspec.json.decode(kept["counts"].tobytes(), type=dict[str, int])
            roads = Roads(network, counts, kept["order"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError, NotImplementedError):
        return None
    return roads if is_sound(roads) else None


def is_sound(roads: Roads) -> bool:
    """Tell whether what was kept fits together: lengths, types and numbers of arrays."""
    net, order = roads.network, roads.order
    nodes, arcs, edges, corners = len(net.node), len(net.tail), len(net.length_m), len(net.shape_lon)
    sizes = (
        (nodes, (net.lon, net.lat, net.node)),
        (arcs, (net.tail, net.head, net.edge, net.forward, net.light_ms, net.heavy_ms, net.allowed)),
        (edges, (net.way, net.name, net.road_class, net.marks)),
        (edges, (net.max_weight_kg, net.max_height_cm, net.max_width_cm)),
    )
    if any(values.shape != (size,) for size, group in sizes for values in group):
        return False
    if net.no_turns.shape != (len(net.turn_bits), 2) or net.shape_at.shape != (edges + 1,):
        return False
    if net.shape_lat.shape != (corners,) or (len(order) and not np.array_equal(np.sort(order), np.arange(nodes))):
        return False
    return (
        all(_numbers(values, below) for values, below in _references(net))
        and bool((np.diff(net.shape_at) >= 2).all())
        and (int(net.shape_at[0]), int(net.shape_at[-1])) == (0, corners)
    )


def _references(net: Network) -> Iterator[tuple[Int32s, int]]:
    yield net.tail, len(net.node)
    yield net.head, len(net.node)
    yield net.edge, len(net.length_m)
    yield net.name, len(net.names)
    yield net.no_turns, len(net.tail)


def _numbers(values: Int32s, below: int) -> bool:
    return values.dtype == np.int32 and bool(((values >= 0) & (values < below)).all())


def _keep(path: Path, name: str, roads: Roads) -> None:
    """Write what was read where it may be written, in one step, and remove what was kept of the same file before."""
    for place in _places(path):
        draft = place / f".{name}.{os.getpid()}"
        try:
            if place.is_symlink():
                continue
            place.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                _write(file, roads)
            draft.replace(place / name)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            continue
        for other in place.glob(f"{_stem(path)}*.npz"):
            if other.name != name:
                other.unlink(missing_ok=True)
        return


def _write(file: BinaryIO, roads: Roads) -> None:
    arrays: dict[str, Any] = {name: getattr(roads.network, name) for name in _ARRAYS}
    arrays["names"] = np.frombuffer("\n".join(roads.network.names).encode(), dtype=np.uint8)
    arrays["counts"] = np.frombuffer(msgspec.json.encode(roads.counts), dtype=np.uint8)
    arrays["order"] = roads.order
    np.savez(file, allow_pickle=False, **arrays)
