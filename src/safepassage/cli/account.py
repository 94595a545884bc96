"""The commands that give an account of a movement: statements, the situation, plan beside what happened."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from safepassage.cli.disclosing import by_option, record_option, tell_of_record
from safepassage.cli.showing import (
    FINDINGS,
    FINE,
    LANGUAGES,
    answers,
    folder_argument,
    json_option,
    spoken,
    words,
    write_file,
    write_json,
)

if TYPE_CHECKING:
    from rich.console import Console

    from safepassage.desk.accounting import Account
    from safepassage.desk.disclosing import Leaving
    from safepassage.reports.words import Language

ENDINGS = (".html", ".pdf")
"""What an account is written as: a page, or a paper."""

store_argument = click.argument("store", metavar="LEDGER")
plan_option = click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path), metavar="PLAN.json", help="The plan that was followed."
)
at_option = click.option(
    "--at", default="", metavar="TIME", help="By what the ledger held then, in local time; by default by all of it."
)
page_option = click.option("--html", "page", type=click.Path(path_type=Path), help="Write it as one page here.")


def _file(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"the file’s ending says what it becomes: one of {', '.join(ENDINGS)}")
    return path


output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), callback=_file, metavar="FILE",
    help="Write it here: a page where the name ends in .html, a paper to print and sign where it ends in .pdf.",
)  # fmt: skip
beside_option = click.option(
    "--beside", type=click.Choice(LANGUAGES), help="A second language on the paper, beside that of --language."
)


@click.group()
def account() -> None:
    """Give an account: what each party kept, what is known and what is not, plan beside what happened."""


def _opened(folder: Path, store: str, plan_file: Path | None, at: str) -> Account:
    from safepassage.desk.accounting import open_account

    return open_account(folder, store, plan_file, at=at)


class _Recorded(NamedTuple):
    """Where it is recorded that files were handed out, by whom, and what leaves with them; None: it stays here."""

    folder: Path
    ledger: str
    by: str
    leaving: Leaving | None


def _show(found: Any, files: Mapping[Path, Callable[[], bytes]], show: Callable[[Console], None],
          *, as_json: bool, recorded: _Recorded | None = None) -> None:  # fmt: skip
    """Write an account where it is wanted: as files, for programs, or for people."""
    from safepassage.desk.accounting import as_told

    made = {path: content() for path, content in files.items()}
    disclosures = _record(made, recorded) if recorded else {}
    for path, content in made.items():
        write_file(path, content)
        words().print(f"wrote {path}", markup=False)
        if recorded and recorded.leaving:
            tell_of_record(words(), disclosures.get(path, ""))
    if as_json:
        write_json(as_told(found))
    else:
        show(answers())


def _record(made: Mapping[Path, bytes], recorded: _Recorded) -> dict[Path, str]:
    """Record that files are handed out; return the name of each disclosure, where there is a ledger."""
    from hashlib import sha256

    from safepassage.desk.disclosing import record_files, recorder

    if recorded.leaving is None or not made:
        return {}
    with recorder(recorded.folder, recorded.ledger) as running:
        if running is None:
            return {}
        sums = {path: sha256(content).hexdigest() for path, content in made.items()}
        # the same page under two names is handed out once
        names = {
            digest: record_files(running, recorded.leaving, {path.name: digest}, recorded.by)
            for digest, path in {digest: path for path, digest in sums.items()}.items()
        }
        return {path: names[digest] for path, digest in sums.items()}


def _files(page: Path | None, output: Path | None, as_page: Callable[[], bytes], as_paper: Callable[[], bytes]
           ) -> dict[Path, Callable[[], bytes]]:  # fmt: skip
    """Return what is to be written where, and how it is made."""
    paths = dict.fromkeys(path for path in (page, output) if path is not None)
    return {path: as_paper if path is not page and path.suffix.lower() == ".pdf" else as_page for path in paths}


def _on_paper(beside: Language | None) -> tuple[Language, ...]:
    """Return the languages of a paper, the leading one first."""
    return tuple(dict.fromkeys((spoken(), beside or spoken())))


@account.command()
@folder_argument
@store_argument
@plan_option
@click.option("--party", required=True, metavar="PARTY", help="Whose statement: the id of a party.")
@at_option
@page_option
@output_option
@beside_option
@record_option
@by_option
@json_option
def statement(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    store: str,
    plan_file: Path | None,
    party: str,
    at: str,
    page: Path | None,
    output: Path | None,
    beside: Language | None,
    ledger: str,
    by: str,
    *,
    as_json: bool,
) -> None:
    """Make the statement of a party: what it owed, what came of it, by whose word and on which events.

    LEDGER is a SQLite file, an export, or postgresql://...
    """
    from safepassage.desk.accounting import leaving_statement
    from safepassage.reports.account_pages import statement_page
    from safepassage.reports.account_terminal import statement_terminal
    from safepassage.reports.papers.accounts import statement_pdf
    from safepassage.reports.statement_brief import statement_brief

    language, opened = spoken(), _opened(folder, store, plan_file, at)
    found = opened.statement(party)
    brief = statement_brief(opened.operation, opened.plan, found)
    files = _files(page, output, lambda: statement_page(opened.operation, opened.plan, found, language=language),
                   lambda: statement_pdf(opened.operation, opened.plan, found, _on_paper(beside)))  # fmt: skip
    _show(found, files, lambda console: statement_terminal(brief, console, language=language), as_json=as_json,
          recorded=_Recorded(folder, ledger, by, leaving_statement(found)))  # fmt: skip
    sys.exit(FINE if brief.good else FINDINGS)


@account.command()
@folder_argument
@store_argument
@plan_option
@click.option(
    "--for",
    "recipient",
    type=click.Choice(["full", "code-only", "partner", "public"]),
    default="code-only",
    show_default=True,
    help="What the reader may see.",
)
@click.option(
    "--claims",
    type=click.Path(path_type=Path),
    metavar="CLAIMS.csv",
    help="What sources say, confirmed: a table; by default the folder's own, else what its server keeps.",
)
@at_option
@page_option
@output_option
@beside_option
@click.option("--recipient", "given_to", default="", metavar="NAME", help="Who gets the paper: stands on every page.")
@record_option
@by_option
@json_option
def sitrep(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    store: str,
    plan_file: Path | None,
    recipient: Any,
    claims: Path | None,
    at: str,
    page: Path | None,
    output: Path | None,
    beside: Language | None,
    given_to: str,
    ledger: str,
    by: str,
    *,
    as_json: bool,
) -> None:
    """Tell the situation at an instant for one kind of reader, with what is not known.

    LEDGER is a SQLite file, an export, or postgresql://...
    """
    from safepassage.desk.accounting import leaving_situation
    from safepassage.desk.claims import confirmed_of
    from safepassage.reports.account_pages import situation_page
    from safepassage.reports.account_terminal import situation_terminal
    from safepassage.reports.papers.accounts import situation_pdf
    from safepassage.reports.situation_brief import situation_brief

    language, opened = spoken(), _opened(folder, store, plan_file, at)
    found = opened.situation(recipient, confirmed_of(folder, claims))
    brief = situation_brief(opened.operation, opened.plan, found)
    files = _files(page, output, lambda: situation_page(opened.operation, opened.plan, found, language=language),
                   lambda: situation_pdf(opened.operation, opened.plan, found, _on_paper(beside),
                                         recipient=given_to))  # fmt: skip
    _show(found, files, lambda console: situation_terminal(brief, console, language=language), as_json=as_json,
          recorded=_Recorded(folder, ledger, by, leaving_situation(found, given_to)))  # fmt: skip
    sys.exit(FINE if brief.good else FINDINGS)


@account.command()
@folder_argument
@store_argument
@click.argument("plan_file", metavar="PLAN.json", type=click.Path(path_type=Path))
@click.option(
    "--rehearsal", type=click.Path(path_type=Path), metavar="FILE.json", help="What `safepassage rehearse -o` wrote."
)
@click.option(
    "--with",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="A comparison of another operation, as --json writes it; may be repeated.",
)
@at_option
@page_option
@json_option
def compare(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    store: str,
    plan_file: Path,
    rehearsal: Path | None,
    others: tuple[Path, ...],
    at: str,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compare the plan, a rehearsal of it and what happened; over several operations: how good rehearsals were.

    LEDGER is a SQLite file, an export, or postgresql://...
    """
    from safepassage.reports.account_pages import comparison_page
    from safepassage.reports.account_terminal import comparison_terminal
    from safepassage.reports.comparison_brief import comparison_brief

    language, opened = spoken(), _opened(folder, store, plan_file, at)
    found = opened.comparison(rehearsal, others)
    brief = comparison_brief(opened.operation, opened.plan, found)
    made = partial(comparison_page, opened.operation, opened.plan, found, language=language)
    _show(found, {page: made} if page else {},
          lambda console: comparison_terminal(brief, console, language=language), as_json=as_json)  # fmt: skip
