"""What is said of a broken rule, in the languages besides English, which stands with the rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from safepassage.reports.words.languages import LANGUAGES, Language
from safepassage.rules.details import DETAILS


@cache
def forms(language: Language) -> dict[str, str]:
    """Return the forms of words of a language, by code.

    Parameters
    ----------
    language
        Which.
    """
    if language == LANGUAGES[0]:
        return DETAILS
    return msgspec.json.decode(Path(__file__).with_name(f"{language}.json").read_bytes(), type=dict[str, str])
