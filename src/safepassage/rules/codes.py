"""What each rule and premise means to a coordinator, and what to do when it is broken."""

from __future__ import annotations

from safepassage.model.errors import Code
from safepassage.rules.codes_of_plans import PLAN_CODES
from safepassage.rules.codes_of_premises import PREMISE_CODES

CODES: dict[str, Code] = PLAN_CODES | PREMISE_CODES
