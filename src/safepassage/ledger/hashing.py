"""SHA-256 of many things at once, compiled: for an audit, which hashes every event of a log again.

What `hashlib` costs at each call is as much as the hashing itself, and only one thread at a time can call it. Here
sixteen messages are hashed side by side, one in each lane of the processor's wide registers, whatever their lengths.
Nothing but an audit uses this: all that is recorded, signed and proved is hashed by `hashlib`, so that each compares
with the other.

References
----------
FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safepassage.kernels import kernel

Text: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint32]

LANES: Final = 16
_BLOCK: Final = 64
_ROUNDS: Final = 64
_DIGEST: Final = 32
_PAIR: Final = 2 * _DIGEST
_U1, _U2, _U3, _U4 = map(np.uint64, range(1, 5))

_KINDS: Final = 3
_A, _E, _W = range(_KINDS)
"""What each turn has: the variables a and e as the standard names them, and a word of the message."""
_TURN: Final = _KINDS * LANES
_ROWS: Final = _KINDS * (4 + _ROUNDS)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % one for one in found):
            found.append(number)
        number += 1
    return found


def _root(number: int, power: int) -> int:
    """Return the first 32 bits after the point of a square or cube root."""
    scaled, root = number << (32 * power), 1 << 40
    while root**power > scaled:
        root -= (root**power - scaled) // (power * root ** (power - 1)) + 1
    while (root + 1) ** power <= scaled:
        root += 1
    return root % 2**32


_CONSTANTS = np.array([_root(prime, 3) for prime in _primes(_ROUNDS)], np.uint32)
_FIRST = np.array([_root(prime, 2) for prime in _primes(8)], np.uint32)


def leaves(laid: Text, begins: NDArray[np.int64]) -> Text:
    """Hash events with the zero byte before each: the leaves of a Merkle tree, shape (n, 32).

    Parameters
    ----------
    laid
        Events end to end, a zero byte before each and after the last.
    begins
        Where each begins, and where one more would.
    """
    found = np.empty((len(begins) - 1, _DIGEST), np.uint8)
    _hash_all(laid, begins[:-1] - 1, np.diff(begins), found)
    return found


def hash_pairs(pairs: bytes) -> bytes:
    """Hash each two digests of a level of a Merkle tree into one of the level above."""
    count = len(pairs) // _PAIR
    nodes = np.empty((count, 1 + _PAIR), np.uint8)
    nodes[:, 0] = 1
    nodes[:, 1:] = np.frombuffer(pairs, np.uint8).reshape(count, _PAIR)
    nodes.setflags(write=False)  # as bytes are: it is compiled once
    found = np.empty((count, _DIGEST), np.uint8)
    _hash_all(nodes.reshape(-1), np.arange(count) * (1 + _PAIR), np.full(count, 1 + _PAIR), found)
    return found.tobytes()


@kernel
def _hash_all(data: Text, starts: NDArray[np.int64], lengths: NDArray[np.int64], found: Text) -> None:
    """Hash messages that stand in `data`, as many at once as there are lanes."""
    rows = np.zeros(_ROWS * LANES, np.uint32)
    state = np.zeros(8 * LANES, np.uint32)
    for first in range(0, len(starts), LANES):
        lanes = min(LANES, len(starts) - first)
        most = 0
        for lane in range(lanes):
            most = max(most, _last_block(lengths[first + lane]))
        for word in range(8):
            for lane in range(LANES):
                state[word * LANES + lane] = _FIRST[word]
        for block in range(most + 1):
            for lane in range(lanes):
                start, length = starts[first + lane], lengths[first + lane]
                if _BLOCK * (block + 1) <= length:
                    _load(data, start + _BLOCK * block, rows, lane)
                else:
                    _load_end(data, start, length, block, rows, lane)
            _mix(state, rows)
            for lane in range(lanes):
                if block == _last_block(lengths[first + lane]):
                    _store(state, lane, found[first + lane])


@kernel
def _last_block(length: int) -> int:
    """Count the blocks before the last, which holds the length in its eight last bytes, after one bit more."""
    return (length + 8) // _BLOCK


@kernel
def _load(data: Text, start: int, rows: Words, lane: int) -> None:
    """Put a block into a lane, the first byte of each word the highest; no unsigned place is counted from behind."""
    at = np.uint64(start)
    for word in range(16):
        high = np.uint32(data[at]) << np.uint32(24) | np.uint32(data[at + _U1]) << np.uint32(16)
        low = np.uint32(data[at + _U2]) << np.uint32(8) | np.uint32(data[at + _U3])
        rows[((4 + word) * _KINDS + _W) * LANES + lane] = high | low
        at += _U4


@kernel
def _load_end(data: Text, start: int, length: int, block: int, rows: Words, lane: int) -> None:
    """Put the end of a message into a lane: what is left of it, one bit, and in the last block its length in bits."""
    for word in range(16):
        value = 0
        for byte in range(4):
            place = _BLOCK * block + 4 * word + byte
            value <<= 8
            if place < length:
                value |= int(data[start + place])
            elif place == length:
                value |= 0x80
        rows[((4 + word) * _KINDS + _W) * LANES + lane] = np.uint32(value)
    if block == _last_block(length):
        rows[(18 * _KINDS + _W) * LANES + lane] = np.uint32(length >> 29)
        rows[(19 * _KINDS + _W) * LANES + lane] = np.uint32(length << 3)


@kernel
def _store(state: Words, lane: int, found: Text) -> None:
    for word in range(8):
        value = state[word * LANES + lane]
        for byte in range(4):
            found[4 * word + byte] = value >> (24 - 8 * byte) & 0xFF


@kernel
def _turned(word: np.uint32, bits: int) -> np.uint32:
    """Rotate a word to the right."""
    return np.uint32(np.uint32(word >> np.uint32(bits)) | np.uint32(word << np.uint32(32 - bits)))


@kernel
def _sum(one: np.uint32, other: np.uint32) -> np.uint32:
    """Add modulo 2^32."""
    return np.uint32(one + other)


@kernel
def _mix(state: Words, rows: Words) -> None:
    """Mix a block of each lane into its state (6.2.2).

    The standard moves eight variables on at each turn; six of them are only earlier values of the other two. So all
    values of these two are kept, the state being those of the four turns before the first.
    """
    for word in range(4):
        for lane in range(LANES):
            rows[((3 - word) * _KINDS + _A) * LANES + lane] = state[word * LANES + lane]
            rows[((3 - word) * _KINDS + _E) * LANES + lane] = state[(4 + word) * LANES + lane]
    for turn in range(20, 4 + _ROUNDS):
        for lane in range(LANES):
            at = (turn * _KINDS + _W) * LANES + lane
            early, late = rows[at - 15 * _TURN], rows[at - 2 * _TURN]
            first = _turned(early, 7) ^ _turned(early, 18) ^ np.uint32(early >> np.uint32(3))
            second = _turned(late, 17) ^ _turned(late, 19) ^ np.uint32(late >> np.uint32(10))
            rows[at] = _sum(_sum(rows[at - 16 * _TURN], first), _sum(rows[at - 7 * _TURN], second))
    for turn in range(4, 4 + _ROUNDS):
        constant = _CONSTANTS[turn - 4]
        for lane in range(LANES):
            at = turn * _TURN + lane
            place = at + _E * LANES
            e, f, g = rows[place - _TURN], rows[place - 2 * _TURN], rows[place - 3 * _TURN]
            upper = _sum(_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25), g ^ (e & (f ^ g)))
            first = _sum(upper, _sum(rows[place - 4 * _TURN], _sum(constant, rows[at + _W * LANES])))
            a, b, c = rows[at - _TURN], rows[at - 2 * _TURN], rows[at - 3 * _TURN]
            second = _sum(_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22), (a & b) | (c & (a | b)))
            rows[place] = _sum(rows[at - 4 * _TURN], first)
            rows[at] = _sum(first, second)
    for word in range(4):
        for lane in range(LANES):
            last = (67 - word) * _TURN + lane
            state[word * LANES + lane] = _sum(state[word * LANES + lane], rows[last])
            state[(4 + word) * LANES + lane] = _sum(state[(4 + word) * LANES + lane], rows[last + _E * LANES])
