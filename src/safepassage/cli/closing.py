"""The commands that end an operation: close it with its archive, forget people's names."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from safepassage.cli.showing import FINDINGS, FINE, folder_argument, json_option, show_faults, spoken, words, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from safepassage.desk.closing import Archived
    from safepassage.desk.running import Running
    from safepassage.reports.words import Phrase

OWNER: Final = "laptop"
"""Who acts at a command line: whoever has the laptop has its files and keys."""

store_option = click.option(
    "--store", "address", default="", metavar="ADDRESS", help="Of the ledger; in OP by default."
)


@click.command()
@folder_argument
@click.option("-o", "--output", "archive", required=True, type=click.Path(path_type=Path), metavar="DIR",
              help="The archive's folder: made, never written over.")  # fmt: skip
@click.option("--plan", "plan_file", metavar="PLAN.json", type=click.Path(path_type=Path), help="Who rode on what.")
@click.option("--open-cases", is_flag=True, help="Close though cases are open: somebody goes on following them.")
@click.option("--drop-sheets", is_flag=True, help="Close though sheets from paper are begun: they are dropped.")
@store_option
@json_option
def close(  # noqa: PLR0913 - the command's options are its contract
    folder: Path, archive: Path, plan_file: Path | None, address: str, *,
    open_cases: bool, drop_sheets: bool, as_json: bool,
) -> None:  # fmt: skip
    """Close an operation: everybody's final place or open case, and an archive that proves itself."""
    from rich.console import Console

    from safepassage.account.anonymous import K
    from safepassage.desk import closing as desk
    from safepassage.desk.running import open_running
    from safepassage.reports.closing_terminal import closing_terminal
    from safepassage.reports.words import literal, say

    running, warnings = open_running(folder, plan_file, address=address)
    with closing(running):
        show_faults(words(), warnings)
        found = desk.close(running, archive, cases_stay_open=open_cases, drops_sheets=drop_sheets)
        if as_json:
            write_json(_told(running, found))
        else:
            out = Console(highlight=False, soft_wrap=True)
            closing_terminal(found.closing, running.setting, out, language=spoken())
            if found.archive is None:
                if found.closing.cases and not open_cases:
                    _print(words(), say("closing.not-closed"))
                if found.sheets and not drop_sheets:
                    _print(words(), say("closing.sheets-begun", n=found.sheets))
            else:
                checker = found.archive / desk.CHECKER
                _print(
                    words(), say("closing.closed", archive=literal(str(found.archive)), checker=literal(str(checker)))
                )
                _print(words(), say("closing.rows", n=found.rows, left=found.left_out, k=K))
    sys.exit(FINE if found.archive is not None else FINDINGS)


def _told(running: Running, found: Archived) -> dict[str, object]:
    """Return the answer as JSON: the closing statement, and what became of the archive."""
    import msgspec

    from safepassage.desk.closing import statement

    told = msgspec.json.decode(statement(running, found.closing))
    archive = str(found.archive) if found.archive else None
    return {**told, "sheets": found.sheets, "archive": archive, "rows": found.rows, "left_out": found.left_out}


def _print(console: Console, phrase: Phrase) -> None:
    from safepassage.reports.words import plain

    console.print(plain(phrase.of(spoken())), markup=False)


@click.command()
@folder_argument
@click.argument("people", nargs=-1, metavar="[CODE]...")
@click.option("--due", is_flag=True, help="All whose names need not be kept any more since the operation was closed.")
@click.option("--reason", default="", metavar="WORDS", help="Why: a request, the end of the time names are kept.")
@click.option("--yes", is_flag=True, help="Do not ask: this cannot be taken back.")
@store_option
@json_option
def forget(  # noqa: PLR0913 - the command's options are its contract
    folder: Path, people: tuple[str, ...], reason: str, address: str, *, due: bool, yes: bool, as_json: bool
) -> None:
    """Forget people: destroy what opens their names, and find every file of OP where a name still stands."""
    from safepassage.desk import forgetting
    from safepassage.desk.roles import Who
    from safepassage.desk.running import open_running
    from safepassage.reports.words import literal, say

    if bool(people) == due:
        raise click.UsageError("name the people by their codes, or say --due")
    running, _ = open_running(folder, address=address)
    with closing(running):
        console = words()
        wanted = tuple(one.person for one in forgetting.due_now(running, datetime.now(UTC))) if due else people
        if not wanted:
            _print(console, say("forget.none-due"))
            sys.exit(FINE)
        if not yes:
            click.confirm(f"forget {len(wanted)}: {', '.join(wanted[:8])}{' ...' if len(wanted) > 8 else ''}? "
                          "This cannot be taken back", abort=True, err=True)  # fmt: skip
        who = Who(name=OWNER, role="data-protection")
        listed = forgetting.names_on_list(folder)
        names = forgetting.forget(running, who, wanted, reason or ("retention" if due else ""), listed)
    left = forgetting.traces(folder, names)
    if as_json:
        write_json({
            "format": "safepassage-forgotten/1", "forgotten": sorted(names),
            "traces": [{"file": one.file, "person": one.person} for one in left],
        })  # fmt: skip
    _print(console, say("forget.done", n=len(names)))
    for person in sorted(person for person, called in names.items() if not called):
        _print(console, say("forget.not-known", who=literal(person)))
    for one in left:
        if one.person:
            _print(console, say("forget.trace", file=literal(one.file), who=literal(one.person)))
        else:
            _print(console, say("forget.not-searched", file=literal(one.file)))
    sys.exit(FINDINGS if left else FINE)
