"""Find people by name as it is spelled by others: in Arabic letters or Latin ones, by ear, and with slips of the hand.

Words that share a reading sound alike (`exchange.hearing`); within one script a slip of the hand is found besides.

References
----------
Winkler (1990), String comparator metrics; by RapidFuzz. What it finds is measured in decisions/0022.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from safepassage.exchange.hearing import readings, words

NEAR: Final = 0.9
"""Jaro-Winkler similarity from which two words may be one with a slip."""

ENOUGH: Final = 0.55
"""Of the words asked for, how much must be found: with two words both, of three one may be missing."""

MOST_WORDS: Final = 6


class Names:
    """Names, found by what sounds or looks like them.

    Parameters
    ----------
    names
        All of them; a hit is a position in this. Empty ones are never found.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.count = len(names)
        places: defaultdict[str, list[int]] = defaultdict(list)
        for position, name in enumerate(names):
            for word in dict.fromkeys(words(name)):
                places[word].append(position)
        self._words = list(places)
        self._places = [np.array(found, dtype=np.int32) for found in places.values()]
        self._known = {word: number for number, word in enumerate(self._words)}
        self._sounds: defaultdict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for reading in readings(word):
                self._sounds[reading].append(number)

    def find(self, asked: str) -> list[tuple[float, int]]:
        """Find names like one; how alike, 0 to 1, and the position, the best first.

        Parameters
        ----------
        asked
            A name or a part of one, in any order of its words.
        """
        wanted = words(asked)[:MOST_WORDS]
        if not wanted or not self._words:
            return []
        total = np.zeros(self.count, dtype=np.float32)
        for word in wanted:
            total += self._best(word)
        total /= len(wanted)
        hits = np.flatnonzero(total >= ENOUGH)
        order = hits[np.lexsort((hits, -total[hits]))]
        return [(float(total[position]), int(position)) for position in order]

    def _best(self, word: str) -> npt.NDArray[np.float32]:
        """Return for each name how well the best of its words fits one word."""
        best = np.zeros(self.count, dtype=np.float32)
        for score, number in sorted(self._alike(word)):
            best[self._places[number]] = score
        return best

    def _alike(self, word: str) -> Iterable[tuple[float, int]]:
        """Return the words that are alike, and how much: the same, one that goes on, one that sounds or looks so."""
        scores: dict[int, float] = {}
        if not word.isdigit():
            looks = process.cdist([word], self._words, scorer=JaroWinkler.similarity, dtype=np.float32)[0]
            heard = readings(word)
            for reading in heard:
                weight = 0.95 if len(reading) > 1 else 0.75
                for number in self._sounds.get(reading, ()):
                    # In two scripts nothing but the sound can be compared.
                    same = word.isascii() == self._words[number].isascii()
                    sound = weight * (0.75 + 0.25 * float(looks[number]) if same else 0.9)
                    scores[number] = max(scores.get(number, 0.0), sound)
            for near in np.flatnonzero(looks >= NEAR).tolist():
                scores[near] = max(scores.get(near, 0.0), 0.85 * float(looks[near]))
        if len(word) > 1:
            for number, other in enumerate(self._words):
                if other.startswith(word):
                    scores[number] = max(scores.get(number, 0.0), 0.95)
        if word in self._known:
            scores[self._known[word]] = 1.0
        return [(score, number) for number, score in scores.items()]


def alike(one: str, other: str) -> float:
    """Return how alike two names are, 0 to 1, whichever has more words.

    Parameters
    ----------
    one, other
        As they were written.
    """
    shorter, longer = sorted((one, other), key=lambda name: len(words(name)))
    found = Names([longer]).find(shorter)
    return found[0][0] if found else 0.0
