"""What positions suggest, as several pages show it."""

from __future__ import annotations

from functools import partial
from typing import Any

from safepassage.desk.accounts import Session
from safepassage.desk.roles import may_record
from safepassage.desk.running import Running
from safepassage.reports.words import Phrase, called, clock
from safepassage.server.console import Console


def suggested(console: Console, session: Session) -> dict[str, Any]:
    """Return what a page needs to show what positions suggest.

    Parameters
    ----------
    console
        Of the page.
    session
        Who looks.
    """
    running = console.running
    return {
        "suggested": console.fences.suggestions(session.who),
        "may_record": may_record,
        "clock": partial(_clock, running),
        "called": partial(called, running.setting),
    }


def _clock(running: Running, at_ms: int) -> Phrase:
    return clock(running.setting, at_ms // 1000 - int(running.setting.start.timestamp()))
