"""The commands, and with which status each ends. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from safepassage import __version__
from safepassage.cli.showing import (
    BAD_INPUT,
    FINDINGS,
    FINE,
    OUR_FAULT,
    STAGES,
    STOPPED,
    USAGE,
    answers,
    counting,
    folder_argument,
    interruptible,
    json_option,
    language_option,
    plan_argument,
    progress,
    show_faults,
    spoken,
    words,
    write_file,
    write_json,
)

if TYPE_CHECKING:
    from safepassage.desk.ensemble import Problem
    from safepassage.desk.plan import Planned
    from safepassage.desk.rehearse import Told
    from safepassage.rehearsal.row import Row
    from safepassage.reports.brief import Odds


_ELSEWHERE: Final = {
    "account": "account.account",
    "claims": "claims.claims",
    "close": "closing.close",
    "export": "exchanging.export",
    "forget": "closing.forget",
    "import": "exchanging.import_",
    "ledger": "ledger.ledger",
    "print": "printing.print_",
    "roads": "roads.roads",
    "serve": "serving.serve",
}
"""The commands that have modules of their own, and where: each is loaded when it is asked for."""


class _Commands(click.Group):
    """The commands of this module, and those elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them all, as they are listed."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command by its name."""
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(".")
        found: click.Command = getattr(import_module(f"safepassage.cli.{module}"), name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="safepassage")
@language_option
def cli() -> None:
    """Plan, rehearse, run and account for evacuation movements."""


@cli.command()
@click.option(
    "--seconds", type=click.FloatRange(min=0.5), default=10.0, show_default=True, help="Plan at most so long."
)
@json_option
def demo(seconds: float, *, as_json: bool) -> None:
    """Plan and rehearse the reference case end to end and say what a coordinator wants first."""
    from safepassage.desk.plan import plan
    from safepassage.desk.rehearse import rehearse as play
    from safepassage.desk.start import reference_case
    from safepassage.planner import Limit
    from safepassage.rehearsal.rehearse import Effort

    console = words()
    case, file, page, played = reference_case(), *(Path(f"demo{end}") for end in (".json", ".html", "-rehearsal.html"))
    with progress(console) as tell, interruptible() as stop:
        planned = plan(case, limit=Limit(seconds=seconds, stop=stop), seed=0, tell=tell)
    if as_json:
        sys.stdout.buffer.write(planned.file())
        sys.exit(_status(planned))
    write_file(file, planned.file())
    with counting() as tell_runs, interruptible("the runs") as stop:
        told = play(case, file, Effort(), tell=tell_runs, stop=stop)
    _summary(planned, told.odds())
    write_file(page, planned.page(spoken(), told.odds()))
    write_file(played, told.page(spoken()))
    _odds(told)
    console.print(
        f"The whole plan, to read and to print: {page}; the rehearsal: {played}; for programs: {file}", markup=False
    )
    sys.exit(_status(planned))


@cli.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--workbook", is_flag=True, help="All tables in one workbook with drop-downs instead of CSV files.")
@json_option
def new(directory: Path, *, workbook: bool, as_json: bool) -> None:
    """Start an operation folder: a filled template that plans as it is."""
    from safepassage.desk.start import new as start

    written = start(directory, workbook=workbook)
    if as_json:
        write_json({"format": "safepassage-new/1", "files": [str(path) for path in written]})
        return
    console = words()
    for path in written:
        console.print(f"wrote {path}", markup=False)
    console.print(f"Change them, then: safepassage check {directory}", markup=False)


@cli.command()
@folder_argument
@json_option
def check(folder: Path, *, as_json: bool) -> None:
    """Find every fault of an operation folder at once."""
    from safepassage.desk.check import check as look

    checked = look(folder)
    if as_json:
        import msgspec

        answer = {
            "format": "safepassage-check/1",
            "operation": checked.operation.id if checked.operation else None,
            "faults": msgspec.to_builtins(checked.faults),
            "mappings": msgspec.to_builtins(checked.mappings),
        }
        write_json(answer)
    else:
        console = words()
        for mapping in checked.mappings:
            heads = ", ".join(f"{heading} = {field}" for heading, field in mapping.columns.items())
            how = f"headings in row {mapping.header_row}: {heads}" if mapping.header_row else "a road map"
            console.print(f"{mapping.table}: {mapping.file}, {how}", markup=False)
        show_faults(console, checked.faults)
        counted = {grave: sum(f.severity == grave for f in checked.faults) for grave in ("error", "clash", "warning")}
        console.print(", ".join(f"{number} {grave}(s)" for grave, number in counted.items()), markup=False)
    sys.exit({"error": BAD_INPUT, "clash": FINDINGS}.get(checked.worst, FINE))


@cli.command()
@folder_argument
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write PLAN.json here.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.5), default=10.0, show_default=True, help="Plan at most so long."
)
@click.option(
    "--iterations", type=click.IntRange(min=1), help="Search so much, however long it takes: repeats itself exactly."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all random choices.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write the plan as one page here.")
@json_option
def plan(  # noqa: PLR0913 - the command's options are its contract
    folder: Path,
    output: Path | None,
    seconds: float,
    iterations: int | None,
    seed: int,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    """Plan an operation: who leaves, on which vehicle, by which road, when."""
    from safepassage.desk.plan import plan as make
    from safepassage.planner import Limit

    console = words()
    with progress(console) as tell, interruptible() as stop:
        limit = Limit(seconds=seconds if iterations is None else float("inf"), iterations=iterations, stop=stop)
        planned = make(folder, limit=limit, seed=seed, tell=tell)
    if output is not None:
        write_file(output, planned.file())
    if page is not None:
        write_file(page, planned.page(spoken()))
    if as_json:
        sys.stdout.buffer.write(planned.file())
    else:
        _summary(planned)
    sys.exit(_status(planned))


def _summary(planned: Planned, odds: Odds | None = None) -> None:
    """Write the headline answers to stdout; `odds` are what a rehearsal found."""
    from safepassage.reports.brief import brief, terminal

    language = spoken()
    answer = brief(planned.operation, planned.plan, language=language, remarks=planned.remarks(language), odds=odds)
    terminal(answer, answers())


def _odds(told: Told) -> None:
    """Write what a rehearsal found to stdout."""
    from safepassage.reports.rehearsal_brief import rehearsal_brief
    from safepassage.reports.rehearsal_terminal import rehearsal_terminal

    answer = rehearsal_brief(told.operation, told.plan, told.outcome)
    rehearsal_terminal(answer, answers(), language=spoken())


def _status(planned: Planned) -> int:
    return FINDINGS if planned.plan.status == "infeasible" or planned.plan.violations else FINE


@cli.command()
@folder_argument
@plan_argument
@json_option
def referee(folder: Path, plan_file: Path, *, as_json: bool) -> None:
    """Check any plan independently, also one edited by hand."""
    from safepassage.desk.plan import referee as judge
    from safepassage.reports.words import plain, say, violation_detail

    violations, warnings = judge(folder, plan_file)
    if as_json:
        import msgspec

        answer = {
            "format": "safepassage-referee/1",
            "violations": msgspec.to_builtins(violations),
            "warnings": msgspec.to_builtins(warnings),
        }
        write_json(answer)
    else:
        console = words()
        show_faults(console, warnings)
        for violation in violations:
            detail = plain(violation_detail(violation).of(spoken()))
            console.print(f"{violation.rule}: {detail} ({', '.join(violation.subjects)})", markup=False)
        result = say("referee.broken", n=len(violations)) if violations else say("referee.holds")
        console.print(plain(result.of(spoken())), markup=False)
    sys.exit(FINDINGS if violations else FINE)


@cli.command()
@folder_argument
@plan_argument
@click.option(
    "--runs", type=click.IntRange(min=1, max=1_000_000), default=10_000, show_default=True, help="Play so many."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all random numbers.")
@click.option(
    "--until",
    type=click.FloatRange(min=0.0005, max=0.5),
    help="Go on until the chance is known so well: half its interval.",
)
@click.option(
    "--drivers",
    type=click.IntRange(min=0),
    default=1_000,
    show_default=True,
    help="Play so many again for each group of causes, to tell what drives the risk.",
)
@click.option("--with", "changes", multiple=True, metavar="CHANGE", help="Compare: bus+1, ambulance-1, window+40min.")
@click.option("--engine", type=click.Choice(["local", "cluster"]), default="local", show_default=True)
@click.option(
    "--cluster", "address", default="", metavar="ADDRESS", help="Of a Dask scheduler; without it one is started."
)
@click.option("--workers", type=click.IntRange(min=0), default=0, help="How many; 0: as many as there are cores.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write everything found here, as JSON.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write it as one page here.")
@click.option("--table", type=click.Path(path_type=Path), help="Write a table of all runs here: .csv, .parquet.")
@json_option
def rehearse(  # noqa: PLR0913, PLR0917 - the command's options are its contract
    folder: Path,
    plan_file: Path,
    runs: int,
    seed: int,
    until: float | None,
    drivers: int,
    changes: tuple[str, ...],
    engine: str,
    address: str,
    workers: int,
    output: Path | None,
    page: Path | None,
    table: Path | None,
    *,
    as_json: bool,
) -> None:
    """Play a plan thousands of times: will everyone be out in time, and what drives the risk."""
    from safepassage.desk.rehearse import playing
    from safepassage.desk.rehearse import rehearse as play
    from safepassage.desk.tables import CSV, PARQUET, ending
    from safepassage.desk.what_if import read
    from safepassage.rehearsal.rehearse import Effort

    form = CSV if table is None else ending(table, CSV, PARQUET)
    # a thread that comes for its next runs need not wait long for what else is loaded meanwhile
    sys.setswitchinterval(0.001)
    wanted = [read(change) for change in changes]
    with playing(engine, address=address, workers=workers) as player, counting() as tell:
        effort = Effort(runs=runs, seed=seed, until=until, drivers=drivers, engine=player)

        def tell_and_load(what: str, done: int, of: int) -> None:
            tell(what, done, of)
            if not as_json:
                # the runs are played meanwhile
                import_module("safepassage.reports.rehearsal_brief")
                import_module("safepassage.reports.rehearsal_terminal")

        with interruptible("the runs") as stop:
            told = play(folder, plan_file, effort, changes=wanted, tell=tell_and_load, stop=stop)
    for path, content in ((output, told.file), (page, told.page), (table, lambda: told.runs(form))):
        if path is not None:
            write_file(path, content())
    if as_json:
        sys.stdout.buffer.write(told.file())
    else:
        show_faults(words(), told.warnings)
        if told.violations:
            words().print(f"this plan breaks {len(told.violations)} rule(s) as it stands; see safepassage referee")
        _odds(told)
    sys.exit(FINDINGS if told.violations else FINE)


@cli.command()
@click.argument("list_file", metavar="LIST.csv", type=click.Path(path_type=Path))
@click.option("--with", "changes", multiple=True, metavar="CHANGE", help="Also with this: bus+1, or bus+1,window+1h.")
@click.option("--runs", type=click.IntRange(min=1, max=1_000_000), default=2_000, show_default=True)
@click.option("--seed", "seeds", type=int, multiple=True, default=(0,), show_default=True, help="May be repeated.")
@click.option("--iterations", type=click.IntRange(min=1), default=1_000, show_default=True, help="To plan a change.")
@click.option("--engine", type=click.Choice(["local", "cluster"]), default="local", show_default=True)
@click.option("--cluster", "address", default="", metavar="ADDRESS", help="Of a Dask scheduler, else one is started.")
@click.option("--workers", type=click.IntRange(min=0), default=0, help="How many; 0: as many as there are cores.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Keep rows here: .csv, .json or .parquet.")
@json_option
def ensemble(list_file: Path, output: Path | None, *, changes: tuple[str, ...], as_json: bool, **how: Any) -> None:
    """Play many operations, each as it is and changed in many ways: a row of figures for each."""
    from safepassage.desk.ensemble import Wanted
    from safepassage.desk.ensemble import ensemble as play
    from safepassage.desk.ensemble_list import variant
    from safepassage.desk.hands import hands
    from safepassage.reports.ensemble_terminal import ensemble_terminal

    console = words()
    engine = hands(how.pop("engine"), address=how.pop("address"), workers=how.pop("workers"))
    wanted = Wanted(variants=tuple(map(variant, changes)), **how)

    def tell(answer: Row | Problem | None, done: int, of: int) -> None:
        said = f"safepassage: {STAGES['kernels']} ..." if answer is None else f"{done:,} of {of:,}: {answer}"
        console.print(said, markup=False)

    with engine as all_hands, interruptible("the scenarios") as stop:
        answered = play(list_file, wanted, all_hands, output=output, tell=tell, stop=stop)
    if as_json:
        sys.stdout.buffer.write(answered.file())
    else:
        ensemble_terminal(answered.rows, answers(), language=spoken())
        for problem in answered.problems:
            console.print(str(problem), markup=False)
    sys.exit(STOPPED if answered.stopped else BAD_INPUT if answered.problems else FINE)


@cli.command()
@click.argument("code", required=False)
@json_option
def explain(code: str | None, *, as_json: bool) -> None:
    """Say what an error or violation code means and what to do; without CODE, list all."""
    from safepassage.desk.explain import codes
    from safepassage.desk.explain import explain as look_up

    wanted = codes() if code is None else {code.strip().lower().strip("[]"): look_up(code)}
    if as_json:
        import msgspec

        write_json({"format": "safepassage-codes/1", "codes": msgspec.to_builtins(wanted)})
        return
    for name, found in wanted.items():
        click.echo(f"{name}: {found.title}" if code is None else f"{name}\n  {found.meaning}\n  To do: {found.remedy}")


def run() -> None:
    """Run the command line; every end has its exit status."""
    from safepassage.model.errors import InputError, SafepassageError

    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(STOPPED)
    except InputError as error:
        show_faults(words(), error.faults)
        sys.exit(error.exit_status)
    except SafepassageError as error:
        click.echo(f"safepassage: {error} [{error.code}]", err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
    except OSError as error:
        click.echo(f"safepassage: {error.strerror or error}: {error.filename or ''} [os]", err=True)
        sys.exit(BAD_INPUT)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a bug is ours, and says so
        import traceback

        traceback.print_exc()
        click.echo(
            f"safepassage: our fault: {type(error).__name__}: {error}; please report it with the lines above", err=True
        )
        sys.exit(OUR_FAULT)
