"""Compare words as people write them: any case, accents, Arabic vowel signs and variants, spaces or underscores."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ى": "ي", "ة": "ه", "ـ": "", "ٱ": "ا", "ß": "ss", "œ": "oe", "æ": "ae", "ک": "ك", "ی": "ي"}
)
_BREAKS: Final = re.compile(r"[\W_]+")
_ARTICLE: Final = re.compile(r"\bال(?=\w{2})")
_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")


def plain_digits(text: str) -> str:
    """Write Arabic-Indic and Persian digits, and the Arabic decimal sign, as ASCII."""
    return text if text.isascii() else text.translate(_DIGITS)


def fold(text: str) -> str:
    """Reduce a word to what is compared: no case, accents, vowel signs, article, punctuation or double spaces."""
    if text.isascii():
        return _BREAKS.sub(" ", text.casefold()).strip()
    parted = unicodedata.normalize("NFKD", plain_digits(text).casefold())
    bare = "".join(sign for sign in parted if unicodedata.category(sign) not in ("Mn", "Cf"))
    return _ARTICLE.sub("", _BREAKS.sub(" ", bare.translate(_LETTERS)).strip())


@lru_cache(maxsize=8192)
def fold_once(text: str) -> str:
    """Fold a word that comes up again and again (a heading, an enumerated value)."""
    return fold(text)


def trim(text: str) -> str:
    """Bring an id to the one form that is compared: NFC without spaces at its ends."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()
