"""What a code means and what to do about it."""

from __future__ import annotations

from functools import cache

from rapidfuzz import process

from safepassage.desk.codes import CODES as DESK_CODES
from safepassage.exchange.codes import CODES as EXCHANGE_CODES
from safepassage.ledger.codes import CODES as LEDGER_CODES
from safepassage.model.errors import Code, UsageError
from safepassage.planner.codes import CODES as PLANNER_CODES
from safepassage.reports.words import Language
from safepassage.reports.words.codes import translated
from safepassage.roads.codes import CODES as ROADS_CODES
from safepassage.rules.codes import CODES as RULES_CODES


def codes() -> dict[str, Code]:
    """All codes of faults, clashes and violations, by name."""
    rooms = (EXCHANGE_CODES, ROADS_CODES, RULES_CODES, PLANNER_CODES, LEDGER_CODES, DESK_CODES)
    return dict(sorted((name, code) for room in rooms for name, code in room.items()))


@cache
def told(code: str, language: Language = "en") -> Code:
    """Return what is told of a code in a language; in English where nobody has put it into another.

    Parameters
    ----------
    code
        One of `codes`.
    language
        Which.
    """
    return translated(language).get(code) or _known()[code]


@cache
def _known() -> dict[str, Code]:
    return codes()


def explain(code: str) -> Code:
    """Explain one code.

    Raises
    ------
    UsageError
        When there is no such code; names the nearest ones.
    """
    known = codes()
    wanted = code.strip().lower().strip("[]")
    if wanted in known:
        return known[wanted]
    near = [name for name, _, _ in process.extract(wanted, list(known), limit=3)]
    raise UsageError(f'there is no code "{code}"; did you mean {", ".join(near)}? `safepassage explain` lists all')
