"""Words as they are heard: in Arabic letters or Latin ones, by their consonants.

A word is reduced to its consonants as they are heard: what Arabic writes as one letter and Latin spellings write in
many ways becomes one sign. Where a spelling may be read in two ways (g in Gamal and in Gasim), the word has both
readings. Two words that share a reading sound alike. Vowels are left out, for Arabic does not write the short ones.
What it finds is measured in decisions/0022.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final

from safepassage.exchange.folding import fold

MOST_READINGS: Final = 8

_ARABIC: Final[Mapping[str, str]] = MappingProxyType({
    "ب": "b", "پ": "b", "ت": "t", "ط": "t", "ث": "t/s", "ج": "j", "چ": "x", "ح": "h", "خ": "h", "ه": "h", "د": "d",
    "ذ": "d/z", "ض": "d/z", "ظ": "d/z", "ر": "r", "ز": "z", "ژ": "z/j", "س": "s", "ص": "s", "ش": "x", "غ": "g",
    "ف": "f", "ڤ": "f", "ق": "k", "ك": "k", "گ": "k/j", "ل": "l", "م": "m", "ن": "n",
})  # fmt: skip
_LATIN: Final[Mapping[str, str]] = MappingProxyType({
    "tch": "x", "sch": "x", "dj": "j", "sh": "x/sh", "ch": "x/h", "kh": "h/kh", "gh": "g/k", "th": "t/s/th",
    "dh": "d/z/dh", "ph": "f", "ck": "k", "b": "b", "p": "b", "t": "t", "j": "j", "h": "h", "d": "d", "r": "r",
    "z": "z/d", "s": "s", "f": "f", "v": "f", "k": "k", "q": "k", "c": "k/s", "g": "j/k/g", "l": "l", "m": "m",
    "n": "n", "x": "ks",
})  # fmt: skip
"""Longer ones first: what comes first is taken."""

_SIGNS: Final = re.compile("|".join((*_LATIN, *_ARABIC)))
_STARTS: Final = ((re.compile("^(?:w|ou(?=[aei])|و)"), "w"), (re.compile("^(?:y|ي)"), "y"))
"""W and Y are heard at the beginning of a word; within it they are written or not."""

_TWICE: Final = re.compile(r"(\D)\1+")
_LAST_H: Final = re.compile("h+$|ه$")
_PARTED: Final = (
    (re.compile(r"^abd[aeiou]l$"), "abd"),
    (re.compile(r"^abd[aeiou]?(?:l|([rsntdz])(?=\1))?(\w{3,})$"), r"abd \2"),
    (re.compile(r"^عبد(?:ال)?(\w{2,})$"), r"عبد \1"),
    (re.compile(r"^(\w{2,}?)[aeiou]*(?:d|l)?d(?:i|ee)ne?$"), r"\1 din"),
    (re.compile(r"^(\w{2,}?)الدين$"), r"\1 دين"),
    (re.compile(r"^(\w{3,})allah$"), r"\1 lah"),
    (re.compile(r"^(\w{2,})الله$"), r"\1 له"),
)
"""Names of two words that are written as one, too."""

_ARTICLES: Final = frozenset((
    "al", "el", "ul", "ar", "er", "as", "es", "ash", "ech", "ad", "ed", "an", "en", "at", "et", "az", "ez",
))  # fmt: skip
_JOINED_ARTICLE: Final = re.compile("^[ae]l(?=[^aeiou]\\w{3})")


@lru_cache(maxsize=65536)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared: folded, parted where two are written as one, without articles.

    Parameters
    ----------
    name
        As somebody wrote it.
    """
    found = []
    for word in fold(name).split():
        parted = word
        for pattern, apart in _PARTED:
            if pattern.match(word):
                parted = pattern.sub(apart, word)
                break
        found += parted.split()
    told = [word for word in found if word not in _ARTICLES]
    return tuple(told or found)


@lru_cache(maxsize=65536)
def readings(word: str) -> frozenset[str]:
    """Return how a folded word may be heard: its consonants; of a number itself.

    Parameters
    ----------
    word
        One of `words`.
    """
    if any(sign.isdigit() for sign in word):
        return frozenset((word,))
    bare = _JOINED_ARTICLE.sub("", word)
    return frozenset(reading for form in {word, bare} for reading in _heard(form))


def _heard(word: str) -> set[str]:
    first = next((sign for pattern, sign in _STARTS if pattern.match(word)), "")
    # Twice the same sign is one long one; an h that ends a word is mute or the feminine ending.
    text = _LAST_H.sub("", _TWICE.sub(r"\1", word))
    signs = [(_LATIN.get(sign) or _ARABIC[sign]).split("/") for sign in _SIGNS.findall(text)]
    found = set()
    for number, chosen in enumerate(product(*signs)):
        if number == MOST_READINGS:
            break
        found.add(first + "".join(chosen))
    return found
