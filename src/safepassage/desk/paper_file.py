"""A sheet of paper from a table: the same lines, checks and entry as on the page, without a server."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from safepassage.desk.paper_desk import Look, look
from safepassage.desk.paper_entry import enter
from safepassage.desk.paper_rows import NEW, Cells, Head
from safepassage.desk.people import People
from safepassage.desk.personal import Opener
from safepassage.desk.roles import Who
from safepassage.desk.running import Running
from safepassage.exchange.folding import fold
from safepassage.exchange.paper_table import read_paper
from safepassage.reports.words import LANGUAGES, say
from safepassage.reports.words.phrases import plain


class FromFile(Struct, frozen=True, kw_only=True):
    """What became of a table: how it was read, in which row its first line stands, and whether it was entered."""

    look: Look
    first_row: int
    entered: bool


def enter_file(running: Running, by: str, head: Head, path: Path, *, dry_run: bool = False) -> FromFile:
    """Enter a sheet from a table, if nothing is wrong with it.

    Parameters
    ----------
    running
        The ledger.
    by
        Who enters it: whoever has the laptop may enter anything.
    head
        What stands at the top of the sheet.
    path
        The table.
    dry_run
        Only look.

    Raises
    ------
    InputError
        When it is no table of lines.
    OSError
        When the file cannot be read.
    SheetEnteredError, StoreStoppedError
        When it was entered meanwhile, or the disk refuses.
    """
    first, lines = read_paper(path.name, path.read_bytes())
    rows = [Cells(**(line | {"choice": _choice(line.get("choice", ""))})) for line in lines]
    who = Who(name=by, role="coordinator")
    found = look(People(running, Opener(running)), who, head, rows)
    if found.reading.sheet is None or dry_run:
        return FromFile(look=found, first_row=first, entered=False)
    enter(running, who, found.reading.sheet).result()
    return FromFile(look=found, first_row=first, entered=True)


def _choice(text: str) -> str:
    """Read whom a table makes known: the kind of event, its words in any language, or a person's code as it is."""
    for one in NEW:
        told = say(f"console.paper-choice.{one}")
        if fold(text) in {fold(one), *(fold(plain(told.of(language))) for language in LANGUAGES)}:
            return one
    return text.strip()
