"""From an operation to a plan with a proven bound.

What makes plans is loaded when it is first asked for: its engines take seconds, and who only asks what one of this
room's codes means (a server that starts) needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from safepassage.planner.planning import Limit, plan

__all__ = ["Limit", "plan"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from safepassage.planner import planning  # noqa: PLC0415

    return getattr(planning, name)
