"""Characters that deceive the eye or a spreadsheet: control, bidi and invisible signs, look-alikes, formulas."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from safepassage.exchange.faults import Bad

# Zero-width joiner and non-joiner are left to names: Persian and some Arabic spelling needs them, an id never does.
_NEVER: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_NEVER_IN_ID: Final = re.compile("[\t\n\u200c\u200d;,]")
_UNDECODED: Final = re.compile("\ufffd|[ÃØÙ][\u0080-\u00bf\u2018-\u201d\u2020-\u2026\u0152-\u0178\u2030-\u203a]")
_FORMULA: Final = ("=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠")
_TELEPHONE: Final = re.compile(r"[+-]?[\d\s().,/-]+")
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")

# Letters of other scripts that look like Latin ones.
_LOOK_ALIKE: Final = str.maketrans(
    "АВЕЗКМНОРСТУХаеорсухіјѕԁһӏԛԝвктмнΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανιρυ",
    "ABE3KMHOPCTYXaeopcyxijsdhlqwbktmhABEZHIKMNOPTYXoavipu",
)


def hidden_sign(text: str, *, in_id: bool = False) -> str:
    """Name the first character that must not be in a text (or an id) by its code point; empty when there is none."""
    if text.isascii() and text.isprintable() and not in_id:
        return ""
    found = _NEVER.search(text) or (_NEVER_IN_ID.search(text) if in_id else None)
    if found is None:
        return ""
    sign = found.group()
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'control character')}"


def wrongly_decoded(text: str) -> bool:
    """Tell whether the text looks like UTF-8 that was read as another encoding (Ã©, Ø§Ù)."""
    return not text.isascii() and _UNDECODED.search(text) is not None


def formula_like(text: str) -> bool:
    """Tell whether a spreadsheet would run this text as a formula when it opens an export of it."""
    return text.startswith(_FORMULA) and _TELEPHONE.fullmatch(text) is None


def mixed_scripts(text: str) -> tuple[str, ...]:
    """Name the scripts of a word that mixes look-alike scripts (Latin, Cyrillic, Greek ...); empty when it does not."""
    if text.isascii():
        return ()
    names = {unicodedata.name(sign, "").split(" ")[0] for sign in text if sign.isalpha()}
    scripts = tuple(script for script in _SCRIPTS if script in names)
    return scripts if len(scripts) > 1 else ()


def skeleton(text: str) -> str:
    """Reduce an id to what it looks like: two ids of one skeleton cannot be told apart on a wristband."""
    if text.isascii():
        return text.casefold()
    return unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE).casefold()


def check_text(text: str, *, most: int, in_id: bool = False) -> Bad | None:
    """Say what is wrong with a text, or None.

    Parameters
    ----------
    text
        The text, trimmed.
    most
        How many characters it may have.
    in_id
        Whether it is an id: stricter.
    """
    if len(text) <= most and text.isalnum() and text.isascii():
        return None  # most ids, in a list of 100,000
    kind = "an id" if in_id else "a text"
    if len(text) > most:
        return Bad(
            code="too-long", expected=f"{kind} of at most {most} characters", remedy=f"it has {len(text)}; shorten it"
        )
    sign = hidden_sign(text, in_id=in_id)
    if sign:
        return Bad(code="hidden-character", expected=f"{kind} without {sign}", remedy="type it again by hand")
    if formula_like(text):
        return Bad(
            code="formula-text",
            expected=f"{kind} that does not begin with = + - or @",
            remedy="a spreadsheet would run it as a formula: remove the sign",
        )
    if wrongly_decoded(text):
        return Bad(
            code="garbled-text",
            expected="text in its own letters",
            remedy="the file was once opened in a wrong encoding: export it again as UTF-8",
        )
    return None
