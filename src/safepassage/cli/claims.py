"""The commands that read reports and compare what they claim."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from safepassage.cli.showing import FINDINGS, FINE, folder_argument, json_option, spoken, words, write_file, write_json

if TYPE_CHECKING:
    from safepassage.account.claims.tables import ReadLanguage


@click.group()
def claims() -> None:
    """Read what reports claim, and compare it with itself and the record."""


@claims.command()
@folder_argument
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--date", "written", type=click.DateTime(["%Y-%m-%d"]), help="The day the reports were written on.")
@click.option("--in", "language", type=click.Choice(["en", "fr"]), help="Their language; by default as they read.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write a table of claims here.")
@json_option
def read(
    folder: Path,
    files: tuple[Path, ...],
    written: datetime | None,
    language: ReadLanguage | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Propose the claims of reports: how many, of whom, where, when, planned or done, denied or not, by whose word.

    Nothing is confirmed by this: look through the table before you keep it as claims.csv in the operation folder.
    """
    from safepassage.desk.claims import read_as_told, read_files, table_of

    out = read_files(folder, files, written=written.date() if written else None, language=language)
    if output is not None:
        write_file(output, table_of(out.claims))
        words().print(f"wrote {output}", markup=False)
        if waiting := sum(len(report.unclear) for report in out.reports):
            words().print(f"not in it, to be looked at: {waiting}; without -o they are shown", markup=False)
    if as_json:
        write_json(read_as_told(out))
    elif output is None:
        from safepassage.reports.claims_lines import read_lines
        from safepassage.reports.words import called, setting_of

        named = partial(called, setting_of(out.operation, None))
        for line in read_lines(out.reports, out.families, spoken(), named):
            click.echo(line)
    sys.exit(FINE)


@claims.command()
@folder_argument
@click.argument("ledger", metavar="[LEDGER]", default="")
@json_option
def reconcile(folder: Path, ledger: str, *, as_json: bool) -> None:
    """Compare confirmed claims with each other and with a ledger: agree, compatible, contradict, not comparable.

    The claims are those of claims.csv in the operation folder, else what its server keeps. LEDGER is a SQLite file, an
    export, or postgresql://...
    """
    from safepassage.desk.claims import compared_as_told, reconcile_folder

    found = reconcile_folder(folder, ledger)
    if as_json:
        write_json(compared_as_told(found))
    else:
        from safepassage.reports.claims_lines import reconciled_lines

        for line in reconciled_lines(found.claims, found.reconciled, spoken()):
            click.echo(line)
    sys.exit(FINDINGS if found.reconciled.contradicts else FINE)
