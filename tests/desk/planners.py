"""A planner that hands out a plan written by hand, when it is told to: for tests of who asks it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

SCRIPT: Final = """
import shutil, sys
from pathlib import Path
place, plan, how = Path(sys.argv[2]), Path(sys.argv[1].split("|")[0]), sys.argv[1].split("|")[1]
print('{"stage": "search"}', flush=True)
print('{"stage": "search", "makespan_s": 5000, "bound_s": 4000}', flush=True)
print("no line of ours", flush=True)
if how == "waits" and not sys.stdin.readline():
    raise SystemExit(3)
if how == "breaks":
    raise SystemExit(1)
if how == "fails":
    (place / "result.json").write_text('{"code": "facts", "trouble": "they contradict each other"}')
    raise SystemExit(0)
shutil.copy(plan, place / "PLAN.json")
violations = '[{"rule": "seats", "subjects": ["vehicles/B1"], "detail": "9 of 5"}]' if how == "broken" else "[]"
(place / "result.json").write_text('{"violations": ' + violations + '}')
"""


def stand_in(plan: Path, how: str = "at-once") -> tuple[str, ...]:
    """Return the command of a planner that finds this plan: at once, when it is stopped (`waits`), or not at all."""
    return (sys.executable, "-c", SCRIPT, f"{plan}|{how}")
