"""Random numbers by name: equal to NumPy's Philox, and a battery that weak mixers fail.

Every check of the battery gives p-values: how likely independent random bits look at least as odd, either way. The
seeds are fixed; a right generator fails a check about once in a million choices of them. The weak mixers show that the
battery can fail: each is found, and each check finds one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numpy.typing import NDArray
from scipy import stats

from safepassage.rehearsal.streams import _product, block, normal, stream_key, uniform

Words: TypeAlias = NDArray[np.uint64]
Numbers: TypeAlias = NDArray[np.float64]
Mixer: TypeAlias = Callable[[Any, Any, Any, Any], Words]
"""(seed, key, run, draw), each one number or an array of n -> words of shape (n, 4)."""
Check: TypeAlias = Callable[[Mixer, str], Numbers]

U = np.uint64
ODD = 1e-6
LENGTH = 60_000
FIRST = (2026, stream_key("drive bus 7"), 0, 0)
NAMES = np.array([stream_key(f"drive bus {number}") for number in range(LENGTH)], U)
AXES = ("seeds", "names", "runs", "draws")
WORD = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1])


@njit()
def _fill(seeds: Words, keys: Words, runs: Words, draws: Words, found: Words) -> None:
    for at in range(len(found)):
        found[at, 0], found[at, 1], found[at, 2], found[at, 3] = block(seeds[at], keys[at], runs[at], draws[at])


@njit()
def _fill_normals(words: Words, found: Numbers) -> None:
    for at in range(len(found)):
        found[at, 0] = normal(words[at, 0], words[at, 1])
        found[at, 1] = normal(words[at, 2], words[at, 3])


def spread_out(*given: Any) -> list[Words]:
    return [
        np.ascontiguousarray(one) for one in np.broadcast_arrays(*(np.atleast_1d(np.asarray(one, U)) for one in given))
    ]


def ours(seed: Any, key: Any, run: Any, draw: Any) -> Words:
    seeds, keys, runs, draws = spread_out(seed, key, run, draw)
    found = np.empty((len(seeds), 4), U)
    _fill(seeds, keys, runs, draws, found)
    return found


def units(words: Words) -> Numbers:
    return np.asarray((words >> U(11)) * 2.0**-53)


def normals(words: Words) -> Numbers:
    found = np.empty((len(words), 2))
    _fill_normals(words, found)
    return found


# The same numbers as NumPy's.


def numpys(seed: int, key: int, run: int, draw: int) -> list[int]:
    """Give NumPy's block; it steps the counter before its first."""
    counter = (run + (draw << 64) - 1) % 2**256
    return [int(word) for word in np.random.Philox(key=np.array([seed, key], U), counter=counter).random_raw(4)]


@given(WORD, WORD, WORD, WORD)
def test_a_block_is_numpys_philox(seed: int, key: int, run: int, draw: int) -> None:
    expected = numpys(seed, key, run, draw)
    assert list(block(U(seed), U(key), U(run), U(draw))) == expected
    with np.errstate(over="ignore"):
        assert list(block.py_func(seed, key, run, draw)) == expected  # type: ignore[attr-defined]


def test_a_block_is_the_authors_known_answer() -> None:
    words = ("16554d9eca36314c", "db20fe9d672d0fdc", "d7e772cee186176b", "7e68b68aec7ba23b")
    assert [f"{word:016x}" for word in block(0, 0, 0, 0)] == list(words)


@given(WORD, WORD)
def test_a_product_has_all_its_digits(one: int, other: int) -> None:
    high, low = _product(U(one), U(other))
    assert (int(high) << 64) + int(low) == one * other


# Names.


def test_a_name_keeps_its_key() -> None:
    assert stream_key("drive bus 7") == 15266862864650178958
    assert stream_key("") != stream_key(" ") != stream_key("محرك")


def test_names_alike_have_keys_far_apart() -> None:
    other = np.array([stream_key(f"drive bus {number}'") for number in range(LENGTH)], U)
    anagrams = [stream_key("".join(letters)) for letters in ("abc", "acb", "bac", "bca", "cab", "cba")]
    assert len({*NAMES.tolist(), *other.tolist(), *anagrams}) == 2 * LENGTH + 6
    flipped = as_bits((NAMES ^ other)[:, None]).sum(axis=0)
    assert least(of_deviation((flipped - LENGTH / 2) / np.sqrt(LENGTH / 4))) > ODD
    assert least(of_counts(np.bincount((NAMES >> U(56)).astype(np.int64), minlength=256))) > ODD


def test_a_stream_more_shifts_no_other() -> None:
    def drawn(names: list[str], runs: range) -> dict[str, list[list[int]]]:
        return {name: [ours(1, stream_key(name), run, range(3)).ravel().tolist() for run in runs] for name in names}

    alone = drawn(["bus 1", "bus 2", "bus 3"], range(20))
    more = drawn(["bus 0", "bus 3", "bus 2", "ambulance", "bus 1"], range(20))
    assert {name: more[name] for name in alone} == alone
    assert drawn(["bus 2"], range(7, 20))["bus 2"] == alone["bus 2"][7:]
    assert len({word for name in more.values() for run in name for word in run}) == 5 * 20 * 3 * 4


# From words to numbers.


@pytest.mark.parametrize("as_python", [True, False])
def test_a_unit_is_never_at_an_end(*, as_python: bool) -> None:
    made = uniform.py_func if as_python else uniform  # type: ignore[attr-defined]
    assert made(U(0)) == 2.0**-53
    assert made(U(2**64 - 1)) == 1 - 2.0**-53
    assert made(U(2**63)) == 0.5 + 2.0**-53
    for word in ours(*FIRST).ravel():
        assert made(word) == 1 - made(~word)
        assert abs(made(word) - int(word) / 2**64) <= 2.0**-52


@pytest.mark.parametrize("as_python", [True, False])
def test_a_normal_is_box_and_mullers_within_eight(*, as_python: bool) -> None:
    made = normal.py_func if as_python else normal  # type: ignore[attr-defined]
    assert made(U(0), U(0)) == 8
    assert made(U(0), U(2**63)) == -8
    assert made(U(2**64 - 1), U(0)) == pytest.approx(2.0**-26, rel=1e-9)
    for words in ours(*FIRST[:3], range(50)):
        first, second = uniform(words[0]), uniform(words[1])
        assert made(words[0], words[1]) == pytest.approx((-2 * np.log(first)) ** 0.5 * np.cos(2 * np.pi * second))


# What is odd.


def least(odds: Numbers) -> float:
    """Give the smallest p-value, for how many there are."""
    return float(odds.min() * odds.size)


def of_deviation(deviation: Any) -> Numbers:
    """Give the p-values of deviations in units of their standard deviation."""
    return np.atleast_1d(2 * stats.norm.sf(np.abs(deviation)))


def of_squares(total: float, freedom: int) -> Numbers:
    """Give the p-value of a chi-square, too small being as odd as too large."""
    return np.atleast_1d(2 * min(stats.chi2.sf(total, freedom), stats.chi2.cdf(total, freedom)))


def of_counts(counts: NDArray[np.int64], shares: Any = None) -> Numbers:
    expected = counts.sum() * (np.full(counts.size, 1 / counts.size) if shares is None else shares)
    return of_squares(float(((counts.ravel() - expected) ** 2 / expected).sum()), counts.size - 1)


def as_bits(words: Words) -> NDArray[np.uint8]:
    """Give the bits of words of shape (n, m), in shape (n, 64 m)."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1)


# The battery.


@cache
def series(mixer: Mixer, axis: str) -> Words:
    """Give the blocks along an axis: seeds, names, runs or draws one after the other, all else alike."""
    inputs: list[Any] = list(FIRST)
    inputs[AXES.index(axis)] = NAMES if axis == "names" else np.arange(LENGTH, dtype=U)
    return mixer(*inputs)


def evenness(mixer: Mixer, axis: str) -> Numbers:
    """Count the first and the last byte of each word, and compare the units with a straight line (Kolmogorov)."""
    words = series(mixer, axis)
    counted = [
        of_counts(np.bincount((words[:, word] >> U(shift) & U(255)).astype(np.int64), minlength=256))
        for word in range(4)
        for shift in (56, 0)
    ]
    straight = [stats.kstest(units(words[:, word]), "uniform").pvalue for word in range(4)]
    return np.array([*np.concatenate(counted), *straight])


def serial(mixer: Mixer, axis: str) -> Numbers:
    """Correlate each word's units with those 1, 2, 3 and 64 places on, and count pairs of neighbours."""
    found = []
    for column in units(series(mixer, axis)).T:
        centred = (column - 0.5) * 12**0.5
        found += [of_deviation((centred[lag:] * centred[:-lag]).sum() / (LENGTH - lag) ** 0.5) for lag in (1, 2, 3, 64)]
        cells = (column * 16).astype(np.int64)
        found.append(of_counts(np.bincount(cells[0::2] * 16 + cells[1::2], minlength=256)))
    return np.concatenate(found)


def bits(mixer: Mixer, axis: str) -> Numbers:
    """Count how often each of the 256 bits is set, and how many runs of like bits it makes."""
    found = as_bits(series(mixer, axis))
    changes = np.count_nonzero(found[1:] != found[:-1], axis=0)
    ones = np.count_nonzero(found, axis=0)
    return np.concatenate(
        [
            of_deviation((ones - LENGTH / 2) / (LENGTH / 4) ** 0.5),
            of_deviation((changes - (LENGTH - 1) / 2) / ((LENGTH - 1) / 4) ** 0.5),
        ]
    )


def bit_pairs(mixer: Mixer, axis: str) -> Numbers:
    """Correlate every two of the 256 bits of a block."""
    signs = 1 - 2 * as_bits(series(mixer, axis)[:12_000]).astype(np.float32)
    together = (signs.T @ signs) / len(signs) ** 0.5
    return of_deviation(together[np.triu_indices(256, 1)])


def birthdays(mixer: Mixer, axis: str) -> Numbers:
    """Count equal spacings among 4,096 birthdays in a year of 2^32 days (Marsaglia 1985), and equal words."""
    words = series(mixer, axis)
    found = [np.array([1.0 if len(np.unique(words)) == words.size else 0.0])]
    for days in (words >> U(32), words & U(2**32 - 1)):
        years = np.sort(days.T.ravel()[: 58 * 4096].reshape(58, 4096), axis=1)
        spacings = np.sort(np.diff(years, axis=1), axis=1)
        equal = np.count_nonzero(spacings[:, 1:] == spacings[:, :-1])
        expected = 58 * 4096**3 / 2**34
        found.append(np.array([2 * min(stats.poisson.sf(equal - 1, expected), stats.poisson.cdf(equal, expected))]))
    return np.concatenate(found)


def gaps(mixer: Mixer, axis: str) -> Numbers:
    """Count how long each word's units stay out of the first tenth (Knuth's gap test)."""
    shares = np.append(0.1 * 0.9 ** np.arange(40), 0.9**40)
    hits = [np.flatnonzero(column < 0.1) for column in units(series(mixer, axis)).T]
    if min(map(len, hits)) < LENGTH / 20:
        return np.zeros(1)  # the tenth is as good as empty
    return np.concatenate(
        [of_counts(np.bincount(np.minimum(np.diff(hit) - 1, 40), minlength=41), shares) for hit in hits]
    )


def bell(mixer: Mixer, axis: str) -> Numbers:
    """Compare the normals' moments, tails and distribution with a normal's, and the two of a block with each other."""
    found = normals(series(mixer, axis))
    odds = [of_deviation((found[:, 0] * found[:, 1]).sum() / LENGTH**0.5)]
    for column in found.T:
        # the variance of z^k is E z^2k - (E z^k)^2: 1, 3 - 1, 15, 105 - 9
        moments = [(column**power).mean() - expected for power, expected in ((1, 0), (2, 1), (3, 0), (4, 3))]
        odds.append(of_deviation(np.array(moments) / np.sqrt(np.array([1, 2, 15, 96]) / LENGTH)))
        tails = [stats.binomtest(int((column > far).sum()), LENGTH, stats.norm.sf(far)).pvalue for far in (2, 3, 4)]
        tails += [stats.binomtest(int((column < -far).sum()), LENGTH, stats.norm.sf(far)).pvalue for far in (2, 3, 4)]
        odds.append(np.array([*tails, stats.kstest(column, "norm").pvalue]))
    return np.concatenate(odds)


def apart(mixer: Mixer, axis: str) -> Numbers:
    """Correlate the normals of 48 neighbours along an axis over 2,000 runs, also shifted by up to two runs."""
    inputs: list[Any] = list(FIRST)
    inputs[AXES.index(axis)] = np.repeat(NAMES[:48] if axis == "names" else np.arange(48, dtype=U), 2_000)
    inputs[AXES.index("runs")] = np.tile(np.arange(2_000, dtype=U), 48)
    columns = normals(mixer(*inputs))[:, 0].reshape(48, 2_000)
    pairs = (columns @ columns.T)[np.triu_indices(48, 1)] / 2_000**0.5
    odds = [of_deviation(pairs), of_squares(float((pairs**2).sum()), pairs.size)]
    for lag in (1, 2):
        for one, other in ((columns[1:], columns[:-1]), (columns[:-1], columns[1:])):
            odds.append(of_deviation((one[:, lag:] * other[:, :-lag]).sum(axis=1) / (2_000 - lag) ** 0.5))
    return np.concatenate(odds)


def avalanche(mixer: Mixer, axis: str) -> Numbers:
    """Flip each of the 64 bits of an input of 500 blocks: each of the 256 bits flips in half of them."""
    state = np.random.default_rng(11)
    inputs = [np.repeat(state.integers(0, 2**63, 500, dtype=U), 64) for _ in AXES]
    before = mixer(*inputs)
    inputs[AXES.index(axis)] = inputs[AXES.index(axis)] ^ np.tile(U(1) << np.arange(64, dtype=U), 500)
    flips = as_bits(before ^ mixer(*inputs)).reshape(500, 64, 256).sum(axis=0, dtype=np.int64)
    # few enough for the exact tail: a normal's is too thin that far out
    tails = np.minimum(stats.binom.cdf(flips, 500, 0.5), stats.binom.sf(flips - 1, 500, 0.5))
    return np.append(2 * tails.ravel(), of_deviation((flips.sum(axis=1) - 250 * 256) / (500 * 64) ** 0.5))


def grid(mixer: Mixer, axis: str) -> Numbers:
    """Take the first of every input together with each other: no two words are equal."""
    counts = [10] * 4
    counts[AXES.index(axis)] = 40
    words = mixer(*(one.ravel() for one in np.indices(counts).astype(U)))
    return np.array([1.0 if len(np.unique(words)) == words.size else 0.0])


CHECKS: tuple[Check, ...] = (evenness, serial, bits, bit_pairs, birthdays, gaps, bell, apart, avalanche, grid)


# runs are what `apart` correlates over
@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("check", "axis"), [(check, axis) for check in CHECKS for axis in AXES if (check, axis) != (apart, "runs")]
)
def test_nothing_is_odd(check: Check, axis: str) -> None:
    assert least(check(ours, axis)) > ODD


# Mixers that are too weak.


def _times(factor: int, words: Words) -> tuple[Words, Words]:
    factor_high, factor_low, low = U(factor >> 32), U(factor & 2**32 - 1), U(2**32 - 1)
    middle = factor_high * (words & low) + (factor_low * (words & low) >> U(32))
    other = factor_low * (words >> U(32)) + (middle & low)
    return factor_high * (words >> U(32)) + (middle >> U(32)) + (other >> U(32)), U(factor) * words


def rounds(number: int) -> Mixer:
    """Make Philox, by NumPy, with so many rounds."""

    def mix(seed: Any, key: Any, run: Any, draw: Any) -> Words:
        seeds, keys, first, second = spread_out(seed, key, run, draw)
        third, fourth = np.zeros_like(first), np.zeros_like(first)
        for _ in range(number):
            high, low = _times(0xD2E7470EE14C6C93, first)
            other_high, other_low = _times(0xCA5A826395121157, third)
            first, second, third, fourth = other_high ^ second ^ seeds, other_low, high ^ fourth ^ keys, low
            seeds, keys = seeds + U(0x9E3779B97F4A7C15), keys + U(0xBB67AE8584CAA73B)
        return np.stack([first, second, third, fourth], axis=1)

    return mix


def with_words(change: Callable[[Words], Words]) -> Mixer:
    return lambda seed, key, run, draw: change(ours(seed, key, run, draw))


def with_inputs(change: Callable[..., tuple[Any, ...]]) -> Mixer:
    return lambda *inputs: ours(*change(*spread_out(*inputs)))


def _congruential(seed: Any, key: Any, run: Any, draw: Any) -> Words:
    """Step a congruential generator: the lower a bit, the shorter its period."""
    state = sum(spread_out(seed, key, run, draw), start=np.zeros(1, U))
    words = []
    for _ in range(4):
        state = state * U(6364136223846793005) + U(1442695040888963407)
        words.append(state)
    return np.stack(words, axis=1)


def without(axis: str) -> Mixer:
    """Leave an input out."""
    return with_inputs(lambda *inputs: tuple(one & U(AXES[at] != axis) * ~U(0) for at, one in enumerate(inputs)))


WEAK: dict[str, tuple[Mixer, tuple[tuple[Check, str], ...]]] = {
    "one round": (rounds(1), ((evenness, "runs"), (bell, "runs"))),
    "four rounds": (rounds(4), ((gaps, "runs"), (bits, "seeds"))),
    "five rounds": (rounds(5), ((serial, "runs"), (avalanche, "draws"))),
    "six rounds": (rounds(6), ((bits, "draws"),)),
    "no seed": (without("seeds"), ((evenness, "seeds"), (apart, "seeds"))),
    "no name": (without("names"), ((serial, "names"), (apart, "names"))),
    "no run": (without("runs"), ((gaps, "runs"), (apart, "draws"))),
    "no draw": (without("draws"), ((bell, "draws"), (avalanche, "draws"))),
    "seed plus name": (with_inputs(lambda seed, key, run, draw: (seed + key, 0, run, draw)), ((grid, "seeds"),)),
    "seed plus run": (with_inputs(lambda seed, key, run, draw: (0, key, seed + run, draw)), ((apart, "seeds"),)),
    "run plus draw": (
        with_inputs(lambda seed, key, run, draw: (seed, key, run + draw, 0)),
        ((grid, "runs"), (apart, "draws")),
    ),
    "a short period": (
        with_inputs(lambda *inputs: tuple(one & U(1023) for one in inputs)),
        ((birthdays, "runs"), (birthdays, "names")),
    ),
    "half of each input": (
        with_inputs(lambda *inputs: tuple(one & U(2**32 - 1) for one in inputs)),
        ((avalanche, "seeds"), (avalanche, "names"), (avalanche, "runs")),
    ),
    "four times a word": (with_words(lambda words: words[:, [0, 0, 0, 0]]), ((bit_pairs, "runs"), (bell, "runs"))),
    "a bit always set": (with_words(lambda words: words | U(2**17)), ((bits, "runs"), (avalanche, "runs"))),
    "sixteen bits": (with_words(lambda words: words >> U(48) << U(48)), ((evenness, "runs"), (birthdays, "names"))),
    "a congruential generator": (_congruential, ((serial, "runs"), (bit_pairs, "seeds"))),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("name", WEAK)
def test_a_weak_mixer_is_found(name: str) -> None:
    mixer, finding = WEAK[name]
    for check, axis in finding:
        assert least(check(mixer, axis)) <= ODD, (check.__name__, axis)


def test_every_check_finds_a_weak_mixer() -> None:
    assert {check for _, finding in WEAK.values() for check, _ in finding} == set(CHECKS)


def test_the_weakened_mixer_is_ours_when_whole() -> None:
    assert (series(rounds(10), "runs") == series(ours, "runs")).all()
