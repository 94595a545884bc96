"""What codes mean, in the languages besides English, which stands with each code in its room."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from safepassage.model.errors import Code
from safepassage.reports.words.languages import Language


@cache
def translated(language: Language) -> dict[str, Code]:
    """Return what is told of codes in a language, by code; of English nothing: it stands in the rooms.

    Parameters
    ----------
    language
        Which.
    """
    source = Path(__file__).with_name(f"{language}.json")
    return msgspec.json.decode(source.read_bytes(), type=dict[str, Code]) if source.is_file() else {}
