"""Random numbers by name: the same name, seed and run give the same number, whatever else is drawn and by whom.

A stream is a name (`drive B07 K-T`), and what is drawn from it is a function of the seed, the name, the run and the
number of the draw, without any state. So a stream more shifts no other one, two plans are compared under common random
numbers, and any worker may take any run.

The function is Philox4x64-10, bit for bit that of NumPy. The words are the same on every machine; a normal variable
goes through the machine's logarithm and cosine, which may differ in the last bit between libraries.

References
----------
J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011): Parallel random numbers: as easy as 1, 2, 3. SC11.
G. E. P. Box, M. E. Muller (1958): A note on the generation of random normal deviates. Annals of Mathematical
Statistics 29 (2), 610-611.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

from safepassage.kernels import kernel, lesson

Whole: TypeAlias = int | np.integer[Any]
Block: TypeAlias = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

FARTHEST = 8.0
"""No normal variable is farther from 0; beyond lie 1.2e-15 of all."""

_ROUNDS = 10
_FACTORS = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
_STEPS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B))
_UNIT = 2.0**-53


def stream_key(name: str) -> int:
    """Turn the name of a stream into 64 bits: BLAKE2b of its UTF-8 bytes, the first byte the lowest.

    Two of n names have the same key with probability n² / 2^65: for a million names, 3e-8.

    Raises
    ------
    UnicodeEncodeError
        The name holds half of a surrogate pair and is no text.
    """
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def _product(one: np.uint64, other: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Multiply to 128 bits: the upper and the lower 64."""
    whole = int(one) * int(other)
    return np.uint64(whole >> 64), np.uint64(whole & (2**64 - 1))


@lesson
def _teach_product() -> None:
    """Tell the compiler of the upper 64 bits of a product, one instruction of the processor: it has no word for it.

    From halves of 32 bits it would do without, and a block would take twice as long.
    """
    # only the compiler needs them
    from llvmlite import ir  # noqa: PLC0415
    from numba import types  # noqa: PLC0415
    from numba.extending import intrinsic, overload  # noqa: PLC0415

    def upper_types(_typing: Any, _one: Any, _other: Any) -> tuple[Any, Any]:
        def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            wide = ir.IntType(128)
            whole = builder.mul(*[builder.zext(argument, wide) for argument in arguments])
            return builder.trunc(builder.lshr(whole, ir.Constant(wide, 64)), ir.IntType(64))

        return types.uint64(types.uint64, types.uint64), build

    upper: Any = intrinsic(upper_types)

    def compiled_product(one: Any, other: Any) -> Callable[..., Any]:  # noqa: ARG001 - Numba gives the types by name
        def product(one: Any, other: Any) -> Any:
            return upper(one, other), one * other

        return product

    overload(_product)(compiled_product)


@kernel
def block(seed: Whole, key: Whole, run: Whole, draw: Whole) -> Block:
    """Give four words, 64 random bits each, of a stream: Philox with the key (seed, key) and the counter (run, draw).

    Each of the four is a whole number from 0 to 2^64 - 1.
    """
    lower, upper = np.uint64(seed), np.uint64(key)
    first, second, third, fourth = np.uint64(run), np.uint64(draw), np.uint64(0), np.uint64(0)
    for _ in range(_ROUNDS):
        high, low = _product(_FACTORS[0], first)
        third_high, third_low = _product(_FACTORS[1], third)
        first, second, third, fourth = third_high ^ second ^ lower, third_low, high ^ fourth ^ upper, low
        lower, upper = lower + _STEPS[0], upper + _STEPS[1]
    return first, second, third, fourth


@kernel
def uniform(word: np.uint64) -> float:
    """Give a number above 0 and below 1 from the upper bits of a word: an odd multiple of 2^-53.

    That is the upper 53 bits with the last of them set: neither end can come, one half is the exact mean, and a
    number and its complement to 1 are equally likely.
    """
    return np.int64((word >> np.uint64(11)) | np.uint64(1)) * _UNIT


@kernel
def normal(word1: np.uint64, word2: np.uint64) -> float:
    """Give a normal variable from two words (Box and Muller 1958, the cosine), within `FARTHEST` of 0."""
    return normal_of(uniform(word1), uniform(word2))


@kernel
def normal_of(one: float, other: float) -> float:
    """Give a normal variable from two uniform ones, as `normal` does."""
    found = math.sqrt(-2.0 * math.log(one)) * math.cos(2.0 * math.pi * other)
    return min(max(found, -FARTHEST), FARTHEST)
