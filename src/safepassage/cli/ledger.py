"""The commands that audit a ledger: verify it, write it out, read it again; and one that enters paper into it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safepassage.cli.showing import (
    FINDINGS,
    FINE,
    MOST_FAULTS,
    answers,
    folder_argument,
    json_option,
    spoken,
    words,
    write_json,
)

if TYPE_CHECKING:
    from rich.console import Console

    from safepassage.desk.paper_file import FromFile
    from safepassage.ledger.findings import Verdict
    from safepassage.reports.board_brief import BoardBrief
    from safepassage.reports.words import Phrase

store_argument = click.argument("store", metavar="STORE")


@click.group()
def ledger() -> None:
    """Verify the record of what happened, write it out, read it again."""


@ledger.command()
@store_argument
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A checkpoint that somebody holds; may be repeated.",
)
@click.option("--key", default="", metavar="KEY", help="The log's public key, as whoever set it up told it.")
@json_option
def verify(store: str, checkpoints: tuple[Path, ...], key: str, *, as_json: bool) -> None:
    """Find and locate every change of a ledger.

    STORE is a SQLite file, an export, or postgresql://...
    """
    from safepassage.desk.ledger import as_told, verify_ledger

    console = words()
    with _counting(console) as tell:
        verdict = verify_ledger(store, checkpoints, trusted_key=key, tell=tell)
    if as_json:
        write_json(as_told(verdict))
    else:
        _show(console, verdict)
    sys.exit(_status(verdict))


@ledger.command()
@store_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="By default to stdout.")
def export(store: str, output: Path | None) -> None:
    """Write a ledger as JSON lines that anybody can check with SHA-256 alone."""
    from safepassage.desk.files import write_lines
    from safepassage.desk.ledger import export_ledger

    if output is not None:
        write_lines(output, export_ledger(store))
        words().print(f"wrote {output}", markup=False)
        return
    for line in export_ledger(store):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


@ledger.command()
@click.argument("source", metavar="FILE_OR_STORE")
@click.option(
    "--operation", "folder", type=click.Path(path_type=Path), metavar="OP", help="Compare with whom it expects."
)
@click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), metavar="PLAN.json", help="And with its manifests."
)
@json_option
def replay(source: str, folder: Path | None, plan_file: Path | None, *, as_json: bool) -> None:
    """Read a ledger again from its beginning: whether it is as it was written, and where everybody is."""
    from safepassage.desk.ledger import as_told, board_as_told, replay_ledger

    console = words()
    with _counting(console) as tell:
        replayed = replay_ledger(source, folder=folder, plan_file=plan_file, tell=tell)
    brief = replayed.brief()
    if as_json:
        write_json(
            {
                "format": "safepassage-ledger-replay/1",
                "types": replayed.types,
                "devices": replayed.devices,
                "verdict": as_told(replayed.verdict),
                "board": board_as_told(replayed.board),
                "board_sha256": replayed.board.sha256(),
            }
        )
    else:
        for name, count in replayed.types.items():
            click.echo(f"{count:>9,}  {name}")
        for name, count in replayed.devices.items():
            click.echo(f"{count:>9,}  by {name}")
        _show(console, replayed.verdict)
        _board(brief)
    sys.exit(_status(replayed.verdict) if brief.good else FINDINGS)


@ledger.command()
@folder_argument
@click.argument("table", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--form", required=True, metavar="CODE", help="At the form's foot: manifest/B1, blank/handover.")
@click.option("--number", required=True, metavar="N", help="Of the sheet, as written on it.")
@click.option("--day", required=True, metavar="YYYY-MM-DD", help="The date on the sheet.")
@click.option("--wrote", required=True, metavar="WHO", help="Who wrote it.")
@click.option("--by", required=True, metavar="WHO", help="Who enters it.")
@click.option("--vehicle", default="", metavar="ID", help="That stands on it, where the code has none.")
@click.option("--site", default="", metavar="ID", help="That stands on it.")
@click.option("--within", default="10", metavar="MINUTES", show_default=True, help="How far the watch may be wrong.")
@click.option("--total", default="", metavar="N", help="The total that was written on the sheet.")
@click.option("--dry-run", is_flag=True, help="Only tell what is wrong, and what the record would say.")
@json_option
def paper(folder: Path, table: Path, by: str, *, dry_run: bool, as_json: bool, **head: str) -> None:
    """Enter a sheet of paper from a table with the columns who, act, time, where and note; once, all of it or nothing.

    The server of OP must not be running: with a server, use the page Enter paper.
    """
    from contextlib import closing

    from safepassage.desk.paper_file import enter_file
    from safepassage.desk.paper_rows import Head
    from safepassage.desk.running import open_running

    running, _warnings = open_running(folder)
    with closing(running):
        found = enter_file(running, by, Head(**head), table, dry_run=dry_run)
    reading, foresight = found.look.reading, found.look.foresight
    remarks = (*reading.faults, *reading.doubts, *(foresight.remarks if foresight else ()))
    if as_json:
        told = [{"row": one.row and one.row + found.first_row - 1, "cell": one.cell, "says": _spoken(one.says)}
                for one in remarks]  # fmt: skip
        answer = {"format": "safepassage-paper/1", "entered": found.entered, "faults": len(reading.faults),
                  "sheet": reading.sheet.device if reading.sheet else "", "remarks": told}  # fmt: skip
        write_json(answer)
    else:
        for one in remarks:
            where = f"{table.name} row {one.row + found.first_row - 1}" if one.row else "the sheet"
            click.echo(f"{where}, {one.cell}: {_spoken(one.says)}", err=one in reading.faults)
        _tell_paper(found)
    sys.exit(FINDINGS if reading.faults else FINE)


def _tell_paper(found: FromFile) -> None:
    """Tell how many things are wrong, or what entering the sheet does."""
    from safepassage.reports.words import say

    foresight = found.look.foresight
    if foresight is None:
        click.echo(_spoken(say("console.paper-wrong", n=len(found.look.reading.faults))), err=True)
        return
    click.echo(_spoken(say("console.paper-foreseen", events=foresight.events, known=foresight.known,
                           new=foresight.new, conflicts=foresight.conflicts)))  # fmt: skip
    if found.entered:
        click.echo(_spoken(say("console.paper-done")))


def _spoken(phrase: Phrase) -> str:
    from safepassage.reports.words.phrases import plain

    return plain(phrase.of(spoken()))


def _board(brief: BoardBrief) -> None:
    """Write a board to stdout."""
    from safepassage.reports.board_terminal import board_terminal

    board_terminal(brief, answers(), language=spoken())


def _status(verdict: Verdict) -> int:
    return FINDINGS if verdict.findings or verdict.unsaid else FINE


def _show(console: Console, verdict: Verdict) -> None:
    """Write a verdict: what is certain to stdout, findings to stderr."""
    for finding in verdict.findings[:MOST_FAULTS]:
        console.print("[red]fault[/red] " if finding.severity == "fault" else "[yellow]open[/yellow] ", end="")
        console.print(str(finding), markup=False)
    rest = max(0, len(verdict.findings) - MOST_FAULTS) + verdict.unsaid
    if rest:
        console.print(f"... and {rest:,} more")
    click.echo(f"{verdict.origin or 'no ledger'}: {verdict.size:,} events of {verdict.devices} devices")
    click.echo(f"root {verdict.root}")
    click.echo(f"key {verdict.public_key or 'not named'}; let in by {', '.join(verdict.servers) or 'nobody'}")
    click.echo(f"checkpoints compared: {verdict.kept} kept, {verdict.known} held by others")
    click.echo(_judgement(verdict))


def _judgement(verdict: Verdict) -> str:
    if not verdict.sound:
        return "CHANGED: the record is not as it was written; see above"
    if verdict.findings:
        return "no change found; some things are still open, see above"
    return "no change found"


@contextmanager
def _counting(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Show how many events are read, where somebody watches."""
    if not console.is_terminal:
        yield lambda _done, _of: None
        return
    with console.status("reading the ledger") as status:
        yield lambda done, of: status.update(f"{done:,} of {of:,} events")
