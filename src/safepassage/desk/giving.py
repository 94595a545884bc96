"""The command line's way to hand data out and to look at what others hand in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from safepassage.desk.alerts import Proposal, closures_of
from safepassage.desk.disclosing import ANSWER_S, OWN, own_ledger
from safepassage.desk.exported_records import read_consents
from safepassage.desk.exporting import Asked, check, concerned, write
from safepassage.desk.handing_out import record
from safepassage.desk.material import Material, of_folder, of_running
from safepassage.desk.positions import Positions
from safepassage.desk.roles import Who
from safepassage.desk.running import Running, open_running
from safepassage.exchange.cap import read_alert
from safepassage.exchange.dataset import Column, Dataset
from safepassage.exchange.pfif import Record, read_pfif
from safepassage.model.errors import UsageError
from safepassage.reports.redaction import Redaction, redaction_named, usual_for


class Given(Struct, frozen=True, kw_only=True):
    """What was written, how many people are in it, in which redaction, and whether that was recorded."""

    files: tuple[Path, ...]
    people: int
    redaction: Redaction
    recorded: bool


class Wanted(Struct, frozen=True, kw_only=True):
    """What the command line asks for: texts as they were typed; `by` is who hands out."""

    format: str
    ledger: str = ""
    redaction: str = ""
    recipient: str = ""
    about: str = ""
    domain: str = ""
    consents: Path | None = None
    by: str = "command-line"
    exact: bool = False
    exercise: bool = False


def give(folder: Path, plan_file: Path | None, wanted: Wanted, target: Path) -> Given:
    """Write an export; a list of people from a folder's own ledger is recorded as a disclosure first.

    Parameters
    ----------
    folder, plan_file
        The operation, and its plan.
    wanted
        What, and for whom. `ledger` is an address, or `own` for the one in the folder.
    target
        The file or folder.

    Raises
    ------
    UsageError
        When something is missing without which it is not handed out.
    InputError
        When the operation or the plan cannot be read.
    StoreRefusedError, ExportError
        When the ledger cannot be read; one that a server holds is handed out by its console.
    OSError
        When the disk refuses.
    """
    own = own_ledger(folder)
    if wanted.ledger == OWN or (wanted.ledger and Path(wanted.ledger).resolve() == own.resolve()):
        if not own.exists():
            raise UsageError(f"{own}: this operation has no ledger yet; leave --ledger out")
        with _opened(folder, plan_file) as running:
            # who reads the folder reads the positions in it
            who = Who(name=wanted.by, role="coordinator" if wanted.exact else "observer")
            material = of_running(running, Positions(running), who)
            asked = _asked(material, wanted)
            people = _checked(material, asked)
            if people:
                record(running, material, asked, wanted.by).result(ANSWER_S)
            return Given(files=write(material, asked, target), people=people, redaction=asked.redaction, recorded=True)
    material = of_folder(folder, plan_file, wanted.ledger, exact=wanted.exact)
    asked = _asked(material, wanted)
    people = _checked(material, asked)
    return Given(files=write(material, asked, target), people=people, redaction=asked.redaction, recorded=not people)


@contextmanager
def _opened(folder: Path, plan_file: Path | None) -> Iterator[Running]:
    running, _ = open_running(folder, plan_file)
    try:
        yield running
    finally:
        running.close()


def _checked(material: Material, asked: Asked) -> int:
    check(asked)
    return concerned(material, asked)


def _asked(material: Material, wanted: Wanted) -> Asked:
    roles = {str(party.id): party.role for party in material.operation.parties}
    redaction = redaction_named(wanted.redaction) if wanted.redaction else usual_for(roles.get(wanted.recipient))
    consents = read_consents(wanted.consents.read_bytes(), material) if wanted.consents else {}
    return Asked(
        format=wanted.format, redaction=redaction, recipient=wanted.recipient, about=wanted.about,
        domain=wanted.domain, consents=consents, exercise=wanted.exercise,
    )  # fmt: skip


def proposed_closures(folder: Path, alert_path: Path) -> Proposal:
    """Read an alert and propose what it would close in an operation.

    Parameters
    ----------
    folder
        The operation.
    alert_path
        The CAP file.

    Raises
    ------
    InputError
        When the operation or the alert cannot be read.
    UsageError
        When the alert closes nothing.
    """
    return closures_of(read_alert(alert_path.read_bytes(), alert_path.name), of_folder(folder))


def found_records(path: Path) -> tuple[Record, ...]:
    """Read records of persons that others look for or have found.

    Raises
    ------
    InputError
        When it is no such file.
    """
    return read_pfif(path.read_bytes(), datetime.now(UTC), path.name)


def records_table(records: tuple[Record, ...]) -> Dataset:
    """Return records as a table to look through; those that have expired say only that copies must be deleted.

    Parameters
    ----------
    records
        As they were read.
    """
    columns = (
        Column(name="record", required=True), Column(name="name"), Column(name="age"), Column(name="status"),
        Column(name="expires", kind="datetime"), Column(name="source"), Column(name="note"),
    )  # fmt: skip
    rows = [
        (one.record, one.full_name, one.age,
         "expired: delete copies" if one.is_tombstone else next((note.status for note in one.notes[::-1]
                                                                 if note.status), ""),
         one.expires, one.source, "; ".join(note.text for note in one.notes if note.text))
        for one in records
    ]  # fmt: skip
    return Dataset(name="records", title="Records of persons", columns=columns, rows=rows, key=("record",))
