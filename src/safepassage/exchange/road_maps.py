"""Find the file of the road map, hash it without holding it, and say whether it looks like one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from msgspec import Struct

from safepassage.exchange.bounds import MAX_EXTRACT_BYTES, MAX_GEOJSON_BYTES
from safepassage.exchange.columns import ROADS
from safepassage.exchange.draft import NAME, Draft
from safepassage.exchange.faults import Bad, Faults
from safepassage.exchange.fields import TableSpec
from safepassage.exchange.files import inside, regular
from safepassage.exchange.folding import fold_once
from safepassage.model.errors import Place

EXTRACT: Final = ".osm.pbf"
DRAWN: Final = ".geojson"
_FIRST_BLOCK: Final = b"OSMHeader"
"""The type of the first block of every extract, which stands a few bytes after its beginning."""
_LINE: Final = b"LineString"
_CHUNK: Final = 2**20


class FoundMap(Struct, frozen=True, kw_only=True):
    """A road map: where it lies, how operation.toml would name it, and the sha256 of its content."""

    path: Path
    file: str
    sha256: str


class _Content(Struct, frozen=True):
    """What streaming a file tells: its hash, its first bytes, and whether it names a line."""

    sha256: str
    head: bytes
    lines: bool


def is_road_map(name: str) -> bool:
    """Tell whether a file is a road map by its name."""
    return name.lower().endswith((EXTRACT, DRAWN))


def names_of(spec: TableSpec) -> frozenset[str]:
    """Give the names, in any language, that the file or sheet of a table may have."""
    return frozenset(fold_once(name) for name in (spec.name, *spec.en, *spec.fr, *spec.ar))


def lying_maps(folder: Path) -> list[str]:
    """List the files of a folder that may be its road map: its extracts, else the GeoJSON that is named as the roads.

    Parameters
    ----------
    folder
        An operation folder.
    """
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "~$")))
    extracts = [name for name in names if name.lower().endswith(EXTRACT)]
    drawn = [name for name in names if name.lower().endswith(DRAWN)]
    plain = [name for name in drawn if fold_once(name[: -len(DRAWN)]) == ROADS.name]
    return extracts or plain or [name for name in drawn if fold_once(name[: -len(DRAWN)]) in names_of(ROADS)]


def named_map(draft: Draft, faults: Faults) -> FoundMap | None:
    """Look at the road map that operation.toml names, in the folder of the file that names it.

    Parameters
    ----------
    draft
        What operation.toml says, with `file` in its [roads]; the hash of the map is added to it.
    faults
        Where faults are kept.
    """
    given = draft.roads["file"]
    if not isinstance(given.value, str) or not given.value:
        return None  # told where [roads] is read
    folder, prefix = next((one for one in draft.folders if one[1] + NAME == given.file), draft.folders[0])
    if not is_road_map(given.value):
        bad = Bad(
            code="unknown-file-type",
            expected=f"a file that ends in {EXTRACT} or {DRAWN}",
            remedy=f"download the area as {EXTRACT}; a table of roads is named in [tables] roads",
        )
        faults.bad(Place(file=given.file, cell="roads.file"), "the road map", bad, given.value)
        return None
    return look_at(draft, (folder, prefix), given.value, faults)


def only_map(draft: Draft, where: tuple[Path, str], names: list[str], faults: Faults) -> FoundMap | None:
    """Look at the one road map that lies in a folder; which of several is meant, nobody can tell.

    Parameters
    ----------
    draft
        What operation.toml says; the hash of the map is added to it.
    where
        The folder and the prefix of its files.
    names
        The files that may be it.
    faults
        Where faults are kept.
    """
    if len(names) > 1:
        bad = Bad(code="several-road-maps", expected="one road map", remedy="name it in [roads] file")
        faults.bad(Place(file=where[1] + names[1]), f"{names[0]} may be the road map too", bad, "")
        return None
    return look_at(draft, where, names[0], faults)


def look_at(draft: Draft, where: tuple[Path, str], name: str, faults: Faults) -> FoundMap | None:
    """Hash a road map and judge it by its beginning; what is inside is for the roads room to read."""
    folder, prefix = where
    judged = _judged(folder, name)
    if isinstance(judged, Bad):
        faults.bad(Place(file=prefix + name), "the road map cannot be used", judged, "")
        return None
    path, draft.hashed[prefix + name] = judged
    return FoundMap(path=path, file=prefix + name, sha256=judged[1])


def _judged(folder: Path, name: str) -> tuple[Path, str] | Bad:
    """Give the path of a road map and its sha256, or say why it is none."""
    drawn = name.lower().endswith(DRAWN)
    path = inside(folder, name)
    if isinstance(path, Bad):
        return path
    content = regular(path) or _streamed(path, drawn=drawn)
    if isinstance(content, Bad):
        return content
    like = content.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and content.lines
    if like if drawn else _FIRST_BLOCK in content.head[:32]:
        return path, content.sha256
    return Bad(
        code="not-a-road-map",
        expected="GeoJSON with lines" if drawn else "an extract of OpenStreetMap in the PBF format",
        remedy="download or export it again",
    )


def _streamed(path: Path, *, drawn: bool) -> _Content | Bad:
    """Read a file piece by piece; a GeoJSON to its end, to see whether there is a line in it."""
    most = MAX_GEOJSON_BYTES if drawn else MAX_EXTRACT_BYTES
    digest = hashlib.sha256()
    head = tail = b""
    size, lines = 0, False
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    return _too_large(most, drawn=drawn)
                digest.update(chunk)
                head = head or chunk[:256]
                lines = lines or (drawn and _LINE in tail + chunk)
                tail = chunk[-len(_LINE) :]
    except OSError as error:
        return Bad(code="unreadable-file", expected="a file that may be read", remedy=f"{error.strerror}")
    return _Content(digest.hexdigest(), head, lines)


def _too_large(most: int, *, drawn: bool) -> Bad:
    remedy = f"take an extract ({EXTRACT}) instead" if drawn else "cut the extract to the area of the operation"
    return Bad(code="too-large", expected=f"at most {most // 2**20} MiB", remedy=remedy)
