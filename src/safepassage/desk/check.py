"""Check an operation folder: every fault of form and of sense, each at its cell."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from safepassage.desk.files import PERSON_KEYS, PLACE
from safepassage.exchange.folder import Mapping, Reading
from safepassage.exchange.folder import read as read_folder
from safepassage.model.errors import Fault, InputError
from safepassage.model.operation import Operation
from safepassage.model.travel import Travel
from safepassage.roads.table import travel as routes_of


class Checked(Struct, frozen=True, kw_only=True):
    """An operation with its routes (None when it cannot be read), all faults and how headings were understood.

    `listed` are the rows of the list of people, whether or not they could be read.
    """

    operation: Operation | None
    travel: Travel | None
    faults: tuple[Fault, ...]
    mappings: tuple[Mapping, ...]
    listed: int = 0

    @property
    def worst(self) -> str:
        """The gravest severity found: error, clash, warning or nothing."""
        found = {fault.severity for fault in self.faults}
        return next((grave for grave in ("error", "clash", "warning") if grave in found), "")


def check(folder: Path, *, people_later: bool = False) -> Checked:
    """Read a folder and look for everything that stands in the way of a plan.

    Parameters
    ----------
    folder
        The operation folder, or its operation.toml.
    people_later
        Whether the list of people may be missing or empty: it is brought once the rest is there.

    Raises
    ------
    InputError
        When there is no such folder.
    """
    reading, checked = _read(folder, people_later=people_later)
    if checked.operation is None or checked.travel is None:
        return checked
    # whoever only reads a folder does without
    from safepassage.rules.premises import premises  # noqa: PLC0415

    found = premises(checked.operation, checked.travel)
    return replace(checked, faults=checked.faults + tuple(located(reading, fault) for fault in found))


def _read(folder: Path, *, people_later: bool) -> tuple[Reading, Checked]:
    """Read a folder and lay its operation on its road map, if it has one."""
    reading = read_folder(folder, people_later=people_later)
    listed = reading.tables["people"].size if "people" in reading.tables else 0
    if reading.operation is None:
        faults = reading.faults
        return reading, Checked(operation=None, travel=None, faults=faults, mappings=reading.mappings, listed=listed)
    operation = reading.operation
    met: tuple[Fault, ...] = ()
    if reading.road_map_path is not None:
        from safepassage.roads.laying import on_map  # noqa: PLC0415 - half a second that a table of roads does not need

        try:
            laid, met = on_map(operation, reading.road_map_path)
        except InputError as error:
            faults = reading.faults + error.faults
            return reading, Checked(operation=None, travel=None, faults=faults, mappings=reading.mappings)
        if any(fault.severity == "error" for fault in met):
            # what cannot be applied to the map must not be planned without
            faults = reading.faults + tuple(located(reading, fault) for fault in met)
            return reading, Checked(operation=None, travel=None, faults=faults, mappings=reading.mappings)
        operation = laid.operation
    operation = _as_remembered(operation, folder)
    travel = routes_of(operation)
    faults = reading.faults + tuple(located(reading, fault) for fault in met)
    return reading, Checked(
        operation=operation, travel=travel, faults=faults, mappings=reading.mappings, listed=listed
    )  # fmt: skip


def _as_remembered(operation: Operation, folder: Path) -> Operation:
    """Return an operation without the names of those whom its server has forgotten: the list may still hold them."""
    keys = (folder if folder.is_dir() else folder.parent) / PLACE / PERSON_KEYS
    if not keys.exists():
        return operation
    # heavy, and for folders of servers alone
    from safepassage.desk.personal import nameless  # noqa: PLC0415
    from safepassage.ledger.stores.key_files import destroyed_in  # noqa: PLC0415

    return nameless(operation, destroyed_in(keys))


def located(reading: Reading, fault: Fault) -> Fault:
    """Put a finding about an id at the first cell that it is about.

    Parameters
    ----------
    reading
        The folder, which knows its cells.
    fault
        The finding.
    """
    if not fault.subjects:
        return fault
    table, row, field = [*fault.subjects[0].split("/", 2), "", ""][:3]
    return replace(fault, place=reading.place(table, row, field))


def readable(folder: Path, *, people_later: bool = False) -> tuple[Operation, Travel]:
    """Return the operation and its routes; as `check`, but it is not asked what stands in the way of a plan.

    Raises
    ------
    InputError
        With every error, when the folder cannot be read.
    """
    _, checked = _read(folder, people_later=people_later)
    if checked.operation is None or checked.travel is None:
        raise InputError(tuple(fault for fault in checked.faults if fault.severity == "error"))
    return checked.operation, checked.travel
