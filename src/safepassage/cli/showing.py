"""What all commands have in common: consoles, exit status, what is shown while something lasts, files."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from safepassage.model.errors import Fault
    from safepassage.planner.progress import Progress
    from safepassage.reports.words import Language

LANGUAGES: tuple[Language, ...] = ("en", "fr", "ar")
"""Those of the reports, told here so that `--help` answers at once."""
_SPOKEN = "safepassage.language"
FINE, FINDINGS, USAGE, BAD_INPUT, OUR_FAULT, STOPPED = 0, 1, 2, 3, 4, 130
MOST_FAULTS = 50
STAGES = {
    "kernels": "compiling for this machine: once, about a minute",
    "premises": "looking for what cannot hold together",
    "search": "planning referrals, shuttles, seats and the march",
    "explanation": "looking for what would resolve it",
    "levers": "trying what would bring it forward",
}

folder_argument = click.argument("folder", metavar="OP", type=click.Path(path_type=Path))
plan_argument = click.argument("plan_file", metavar="PLAN.json", type=click.Path(path_type=Path))
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    envvar="SAFEPASSAGE_LANGUAGE",
    show_envvar=True,
    expose_value=False,
    callback=lambda context, _, chosen: context.meta.update({_SPOKEN: chosen}),
    help="Answer in this language, and show pages in it first.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write the answer to stdout as JSON.")


def spoken() -> Language:
    """Return the language that answers are in."""
    language: Language = click.get_current_context().meta.get(_SPOKEN, LANGUAGES[0])
    return language


def words() -> Console:
    """Return the console for people: stderr, plain when it is no terminal or NO_COLOR is set."""
    from rich.console import Console

    # what people have written is shown as they wrote it, and a table of 3,600 pictures need not be loaded
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def answers() -> Console:
    """Return the console for answers to be read: stdout."""
    from rich.console import Console

    return Console(highlight=False, emoji=False)


def write_json(answer: dict[str, Any]) -> None:
    """Write an answer to stdout."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def progress(console: Console) -> Iterator[Callable[[Progress], None]]:
    """Show what is being done while it lasts, the best plan so far and its bound; on a plain stream, a line a stage."""
    if console.is_terminal:
        with console.status("reading the folder") as status:
            yield lambda now: status.update(_so_far(now))
        return
    told: set[str] = set()

    def tell(now: Progress) -> None:
        if now.stage not in told:
            told.add(now.stage)
            console.print(f"safepassage: {STAGES.get(now.stage, now.stage)} ...", style=None, markup=False)

    yield tell


@contextmanager
def counting() -> Iterator[Callable[[str, int, int], None]]:
    """Show how many runs are played; on a plain stream, a line for each thing that is done.

    What shows it there is loaded when there is something to tell: the runs are being played by then.
    """
    if sys.stderr.isatty():
        with words().status("reading the folder") as status:
            yield lambda what, done, of: status.update(f"{_doing(what)}: {done:,} of {of:,}" if of else _doing(what))
        return
    told: set[str] = set()

    def tell(what: str, _done: int, _of: int) -> None:
        if what not in told:
            told.add(what)
            words().print(f"safepassage: {_doing(what)} ...", style=None, markup=False)

    yield tell


@contextmanager
def reading(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show how far the reading of a road map is; on a plain stream, a line for each thing that is done."""
    if console.is_terminal:
        with console.status("reading the folder") as status:
            yield lambda what, done: status.update(f"{what}: {100 * done:.0f} %")
        return
    told: set[str] = set()

    def tell(what: str, _done: float) -> None:
        if what not in told:
            told.add(what)
            console.print(f"safepassage: {what} ...", style=None, markup=False)

    yield tell


def _doing(what: str) -> str:
    kind, _, change = what.partition(" ")
    doing = {"kernels": STAGES["kernels"], "plan": "planning", "runs": "playing runs"}[kind]
    return f"{doing} with {change}" if change else doing


def _so_far(now: Progress) -> str:
    """Say in a line how far planning has got."""
    said = [STAGES.get(now.stage, now.stage)]
    if now.makespan_s is not None:
        said.append(f"last arrival after {_clock(now.makespan_s)}")
    if now.bound_s:
        said.append(f"none before {_clock(now.bound_s)}")
    if now.gap is not None:
        said.append(f"gap {100 * now.gap:.2f} %")
    return "; ".join(said)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@contextmanager
def interruptible(ends_with: str = "the best plan") -> Iterator[Callable[[], bool]]:
    """Let the first interrupt (Ctrl-C) end the work with what there is so far, the second one everything."""
    asked = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        words().print(f"safepassage: ending with {ends_with} so far; interrupt again to give up", markup=False)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def show_faults(console: Console, faults: tuple[Fault, ...]) -> None:
    """Write faults for people, the gravest first."""
    grave = ("error", "clash", "warning")
    ordered = sorted(faults, key=lambda fault: grave.index(fault.severity))
    for fault in ordered[:MOST_FAULTS]:
        colour = {"error": "red", "clash": "red", "warning": "yellow"}[fault.severity]
        console.print(f"[{colour}]{fault.severity}[/{colour}] ", end="")
        console.print(str(fault), markup=False)
    if len(ordered) > MOST_FAULTS:
        console.print(f"... and {len(ordered) - MOST_FAULTS} more; all of them with --json")


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all."""
    from safepassage.desk.files import write_whole

    write_whole(path, content)
