"""From an operation to a plan with a proven bound."""

from safepassage.planner.planning import Limit, plan

__all__ = ["Limit", "plan"]
