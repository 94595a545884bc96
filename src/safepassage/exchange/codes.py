"""What each fault of this room means to a coordinator, and what to do about it."""

from __future__ import annotations

from typing import Final

from safepassage.exchange.codes_of_files import FILE_CODES
from safepassage.exchange.codes_of_values import VALUE_CODES
from safepassage.model.errors import Code

CODES: Final[dict[str, Code]] = {
    code: Code(title=title, meaning=meaning, remedy=remedy)
    for code, (title, meaning, remedy) in (FILE_CODES | VALUE_CODES).items()
}
"""Every code that this room uses."""
