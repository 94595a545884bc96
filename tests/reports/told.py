"""What a page that carries every language tells in one of them."""

from __future__ import annotations

import re
from collections import Counter

from safepassage.reports.words import LANGUAGES, Language

_ANY = "|".join(LANGUAGES)
_APART = re.compile(rf'<(span|text) class="(?P<classes>[^"]*\b(?:{_ANY})\b[^"]*)"[^>]*>.*?</\1>', re.DOTALL)


def told_in(language: Language, document: str) -> str:
    """Leave out what the page tells in other languages only."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if language in found["classes"].split() else ""

    return _APART.sub(kept, document)


def told_times(document: str) -> Counter[str]:
    """Count the texts of each language, and the attributes that hold one."""
    classes = [name for found in _APART.finditer(document) for name in found["classes"].split() if name in LANGUAGES]
    attributes = re.findall(rf" data-(?:label-)?({_ANY})=", document)
    return Counter([*classes, *attributes])
