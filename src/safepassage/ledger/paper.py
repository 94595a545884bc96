"""Sheets of paper as devices: the id of each tells what it is, and its clock is a wristwatch.

What somebody wrote by hand comes into the ledger as the chain of a device of its own, one a sheet: so a sheet that two
servers enter is seen as a fork, and what comes from paper is told from what a phone saw. Its times are those of a
watch that was read beside the server's clock to within minutes (`watch_read`), so each is an interval.
"""

from __future__ import annotations

from typing import Final

from safepassage.ledger.vocabulary import Reading

PREFIX: Final = "paper-"
"""How the ids of such devices begin."""

ROLE: Final = "paper"
"""As what they are enrolled: a role that may record nothing over the network."""


def is_paper(device: str) -> bool:
    """Tell whether a device is a sheet of paper."""
    return device.startswith(PREFIX)


def watch_read(boot: str, began_ms: int, within_ms: int, server_ms: int, wall_ms: int) -> Reading:
    """Return the reading that places what a watch showed to within so much, before and after.

    Parameters
    ----------
    boot
        Of the sheet's events whose times are as exact as this.
    began_ms
        The time at which the sheet's monotonic clock stands at 0, at least `within_ms` before now; since 1970.
    within_ms
        How far a written time may be wrong, either way.
    server_ms, wall_ms
        The server's monotonic clock and the time now.
    """
    shown = wall_ms - began_ms
    return Reading(boot=boot, asked_ms=shown - within_ms, answered_ms=shown + within_ms, server_ms=server_ms,
                   wall_ms=wall_ms)  # fmt: skip
