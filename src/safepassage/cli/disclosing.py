"""What commands have in common that hand something out: where that is recorded, by whom, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from safepassage.cli.showing import spoken

if TYPE_CHECKING:
    from rich.console import Console

record_option = click.option(
    "--ledger", default="", metavar="L",
    help="Where it is recorded that this was handed out: own, none or an address; by default OP's own, if it has one.",
)  # fmt: skip
by_option = click.option(
    "--by", default="command-line", show_default=True, metavar="WHO", help="Who hands it out: stands in the record."
)


def tell_of_record(console: Console, disclosure: str) -> None:
    """Say in a line that it was recorded who got something, or that it was not."""
    from safepassage.reports.words import literal, plain, say

    phrase = say("disclosure.recorded", name=literal(disclosure)) if disclosure else say("disclosure.not-recorded")
    console.print(plain(phrase.of(spoken())), markup=False)
