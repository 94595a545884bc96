"""Hand data out: which formats there are, what each holds of people, and files or streams of them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from safepassage.desk.alerts import alert
from safepassage.desk.exported_people import count, people_dataset
from safepassage.desk.exported_records import Consented, hospitals, records, referrals
from safepassage.desk.exported_shapes import features, gpx_parts, vehicle_positions
from safepassage.desk.exported_tables import source_titles, tables
from safepassage.desk.files import write_lines
from safepassage.desk.material import Material
from safepassage.exchange.cap import alert_file
from safepassage.exchange.datapackage import FILE, Origin, Package, describe
from safepassage.exchange.dataset import Dataset
from safepassage.exchange.fhir import bundle_pieces
from safepassage.exchange.gtfs_realtime import feed_pieces
from safepassage.exchange.pfif import pfif_pieces
from safepassage.exchange.shapes_out import geojson_pieces, gpx_pieces
from safepassage.exchange.tabular import csv_pieces, write_xlsx
from safepassage.model.errors import UsageError
from safepassage.reports.redaction import Redaction

Name: TypeAlias = Literal["csv", "xlsx", "datapackage", "geojson", "gpx", "gtfs-realtime", "cap", "pfif", "fhir"]


class Format(Struct, frozen=True, kw_only=True):
    """A format: how its file ends (a folder where it is empty), its media type, and whether it holds rows of people."""

    ending: str
    media: str
    of_people: bool


FORMATS: Final[Mapping[str, Format]] = MappingProxyType({
    "csv": Format(ending="", media="text/csv", of_people=True),
    "xlsx": Format(
        ending=".xlsx", media="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", of_people=True
    ),
    "datapackage": Format(ending="", media="application/json", of_people=True),
    "geojson": Format(ending=".geojson", media="application/geo+json", of_people=False),
    "gpx": Format(ending=".gpx", media="application/gpx+xml", of_people=False),
    "gtfs-realtime": Format(ending=".pb", media="application/x-protobuf", of_people=False),
    "cap": Format(ending=".xml", media="application/cap+xml", of_people=False),
    "pfif": Format(ending=".xml", media="application/xml", of_people=True),
    "fhir": Format(ending=".json", media="application/fhir+json", of_people=True),
})  # fmt: skip


class Asked(Struct, frozen=True, kw_only=True):
    """What is wanted, and for whom.

    `about` is what an alert is made of. `consents` are of those who want to be found, `domain` is that of who answers
    for such records and for alerts. With `exercise`, an alert says that nothing of it is real. `only` are those whom a
    list may hold, by any of their codes; None: everybody.
    """

    format: str
    redaction: Redaction = "code-only"
    recipient: str = ""
    about: str = ""
    domain: str = ""
    consents: Mapping[str, Consented] = {}
    exercise: bool = False
    only: frozenset[str] | None = None

    @property
    def what(self) -> str:
        """What is written into the record of a disclosure."""
        return f"{self.format} {self.redaction}"


def check(asked: Asked) -> Format:
    """Return the format that is asked for.

    Raises
    ------
    UsageError
        When there is none of this name, or something is missing without which it is not handed out.
    """
    found = FORMATS.get(asked.format)
    if found is None:
        raise UsageError(f"no format is called {asked.format[:40]!r}; there are {', '.join(FORMATS)}")
    if found.of_people and not asked.recipient:
        raise UsageError("this holds rows of people: name the recipient, so that it is known who has it")
    if asked.format == "pfif" and (asked.redaction != "full" or not asked.consents or not asked.domain):
        raise UsageError(
            "records for finding people hold names: they need --redaction full, a list of consents and a domain"
        )
    if asked.format == "fhir" and asked.redaction != "medical":
        raise UsageError("referrals are medical data: they need --redaction medical")
    return found


def concerned(material: Material, asked: Asked) -> int:
    """Return of how many people something is handed out."""
    if not FORMATS[asked.format].of_people:
        return 0
    return len(asked.consents) if asked.format == "pfif" else count(material)


def pieces(material: Material, asked: Asked) -> Iterator[bytes]:
    """Yield an export that is one file, in pieces.

    Parameters
    ----------
    material
        What it is made from.
    asked
        What is wanted.

    Raises
    ------
    UsageError
        As `check`; when the format is a folder; when an alert or a record cannot be made.
    """
    if not check(asked).ending:
        raise UsageError(f"{asked.format} is a folder of files")
    operation, made = material.operation, material.made
    name = asked.format
    if name == "xlsx":
        stream = io.BytesIO()
        write_xlsx(stream, _sheets(material, asked), title=operation.title, above=_for_whom(asked))
        yield stream.getvalue()
    elif name == "geojson":
        yield from geojson_pieces(features(material), title=operation.title, made=made.isoformat())
    elif name == "gpx":
        yield from gpx_pieces(operation.title, made, **gpx_parts(material))
    elif name == "gtfs-realtime":
        yield from feed_pieces(vehicle_positions(material), int(made.timestamp()))
    elif name == "cap":
        told = alert(material, asked.about, asked.recipient, sender=asked.domain, exercise=asked.exercise)
        yield alert_file(told)
    elif name == "pfif":
        yield from pfif_pieces(records(material, asked.consents, asked.domain), made)
    else:
        found = list(referrals(material, asked.only))
        yield from bundle_pieces(operation.id, made, hospitals(material, {one.hospital for one in found}), found)


def tables_book(material: Material) -> bytes:
    """Return the tables about no person as one workbook.

    Parameters
    ----------
    material
        What is known.
    """
    stream = io.BytesIO()
    write_xlsx(stream, tables(material), title=material.operation.title)
    return stream.getvalue()


def _sheets(material: Material, asked: Asked) -> list[Dataset]:
    return [people_dataset(material, asked.redaction, asked.only), *tables(material)]


def _for_whom(asked: Asked) -> str:
    return f"for: {asked.recipient} ({asked.redaction})"


def write(material: Material, asked: Asked, target: Path) -> tuple[Path, ...]:
    """Write an export to a file, or to files in a folder; each whole or not at all, for its owner alone.

    Parameters
    ----------
    material
        What it is made from.
    asked
        What is wanted.
    target
        The file or folder.

    Raises
    ------
    UsageError
        As `pieces`; when a folder is asked for where a file lies.
    OSError
        When the disk refuses.
    """
    if check(asked).ending:
        if asked.format == "xlsx":
            _write_book(material, asked, target)
        else:
            write_lines(target, pieces(material, asked))
        return (target,)
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target.name}: {asked.format} is a folder of files; a file lies there")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    datasets = _sheets(material, asked)
    packaged = asked.format == "datapackage"
    paths = [target / f"{one.name}.csv" for one in datasets]
    for dataset, path in zip(datasets, paths, strict=True):
        write_lines(path, csv_pieces(dataset, tags=not packaged, mark=not packaged))
    if packaged:
        paths.append(target / FILE)
        write_lines(paths[-1], (_description(material, asked, datasets),))
    return tuple(paths)


def _write_book(material: Material, asked: Asked, target: Path) -> None:
    """Write a workbook beside its place first: it is larger than what should be held in memory."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        write_xlsx(Path(name), _sheets(material, asked), title=material.operation.title, above=_for_whom(asked))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _description(material: Material, asked: Asked, datasets: Sequence[Dataset]) -> bytes:
    package = Package(
        name=material.operation.id, title=material.operation.title, made=material.made, recipient=asked.recipient,
        redaction=asked.redaction, sources=tuple(Origin(title=title) for title in source_titles(material)),
        description="What an evacuation movement knows, as its recipient may see it.",
    )  # fmt: skip
    return describe(package, datasets)
