"""Every hard rule once: the independent referee of plans, and the premises that an operation must meet first.

Rules recompute everything from the operation, the table of links and the plan's sequences. They trust no solver and
share no code with one.
"""

from safepassage.rules.codes import CODES
from safepassage.rules.referee import check

__all__ = ["CODES", "check"]
