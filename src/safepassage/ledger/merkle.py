"""The Merkle tree over the events of a log: one root for all of them, short proofs about any of them.

Whoever holds a root of an earlier size can be shown that it is a beginning of today's log, and that an event is in it,
with some dozens of hashes in place of the log.

References
----------
RFC 6962, section 2.1; RFC 9162, sections 2.1.1 to 2.1.5 (the tree, its proofs, how they are checked).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final, NewType

from safepassage.ledger.envelope import Digest

Root = NewType("Root", bytes)
"""The hash of a whole tree, 32 bytes."""

EMPTY: Final = Root(sha256(b"").digest())
"""The root of a tree without leaves."""

HASH_BYTES: Final = 32


def join(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return sha256(b"\x01" + left + right).digest()


def hash_pairs(pairs: bytes) -> bytes:
    """Hash each two digests of a level into one of the level above."""
    step = 2 * HASH_BYTES
    return b"".join([sha256(b"\x01" + pairs[at : at + step]).digest() for at in range(0, len(pairs), step)])


class MerkleTree:
    """The tree of a log that grows: leaves are the digests of its events, in order.

    Kept are the hashes of all complete subtrees, level by level (64 bytes a leaf), so that roots of any earlier size
    and proofs need no hashing beyond the rightmost ones.

    Parameters
    ----------
    leaves
        Those that are there already.
    hashing
        What hashes the pairs of a level; another way to the same hashes may be faster.
    """

    def __init__(self, leaves: Iterable[Digest] = (), *, hashing: Callable[[bytes], bytes] = hash_pairs) -> None:
        self._hashing = hashing
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaves)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, leaf: Digest) -> None:
        """Add the next event; on average one hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[Digest]) -> None:
        """Add the next events at once."""
        self.extend_joined(b"".join(leaves))

    def extend_joined(self, leaves: bytes) -> None:
        """Add the next events at once, their digests laid end to end.

        Raises
        ------
        ValueError
            When that is no whole number of digests.
        """
        if len(leaves) % HASH_BYTES:
            message = f"{len(leaves)} bytes are no whole number of digests of {HASH_BYTES} bytes"
            raise ValueError(message)
        self._levels[0] += leaves
        self._grow(0)

    def extend_tree(self, tree: MerkleTree) -> None:
        """Add the events of another tree at once; what it has hashed is not hashed again where it fits in whole."""
        size = len(tree)
        if not size or size & (size - 1) or len(self) % size:
            self.extend_joined(tree.leaves())
            return
        top = size.bit_length() - 1
        self._levels += [bytearray() for _ in range(top + 1 - len(self._levels))]
        for level, hashes in enumerate(tree._levels):
            self._levels[level] += hashes
        self._grow(top)

    def _grow(self, level: int) -> None:
        """Hash what is new on a level into the ones above."""
        while len(self._levels[level]) >= 2 * HASH_BYTES:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            below, above = self._levels[level], self._levels[level + 1]
            first = 2 * len(above)
            above += self._hashing(bytes(below[first : len(below) - len(below) % (2 * HASH_BYTES)]))
            level += 1

    def leaves(self) -> bytes:
        """Return the digests of all events, end to end."""
        return bytes(self._levels[0])

    def leaf(self, index: int) -> Digest:
        """Return the digest at an index."""
        return Digest(self._node(0, index))

    def root(self, size: int | None = None) -> Root:
        """Return the root now, or what it was at an earlier size.

        Raises
        ------
        ValueError
            When the log was never of this size.
        """
        size = len(self) if size is None else size
        self._check(0, size, len(self))
        return Root(self._hash(0, size)) if size else EMPTY

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the hashes that lead from a leaf to the root of a size, from below (RFC 9162, 2.1.3).

        Raises
        ------
        ValueError
            When the log was never of this size, or the leaf is not in it.
        """
        size = len(self) if size is None else size
        self._check(1, size, len(self))
        self._check(0, index, size - 1)
        start, stop, path = 0, size, []
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                path.append(self._hash(middle, stop))
                stop = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        return path[::-1]

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the hashes that make the roots of two sizes, so that the older is seen to be a beginning (2.1.4).

        Empty where there is nothing to show: from an empty log, or between equal sizes.

        Raises
        ------
        ValueError
            When the log was never of these sizes, or the old one is above the new.
        """
        new = len(self) if new is None else new
        self._check(0, new, len(self))
        self._check(0, old, new)
        if old in {0, new}:
            return []
        start, stop, path = 0, new, []
        while old != stop:
            middle = start + _split(stop - start)
            if old <= middle:
                path.append(self._hash(middle, stop))
                stop = middle
            else:
                path.append(self._hash(start, middle))
                start = middle
        if start:
            path.append(self._hash(start, stop))
        return path[::-1]

    @staticmethod
    def _check(least: int, number: int, most: int) -> None:
        if not least <= number <= most:
            message = f"{number} is not from {least} to {most}"
            raise ValueError(message)

    def _node(self, level: int, index: int) -> bytes:
        return bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def _hash(self, start: int, stop: int) -> bytes:
        """Hash a range whose start is a multiple of a power of two not below its length: the only ones there are."""
        nodes = []
        while start < stop:
            level = (stop - start).bit_length() - 1
            nodes.append(self._node(level, start >> level))
            start += 1 << level
        found = nodes.pop()
        while nodes:
            found = join(nodes.pop(), found)
        return found


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows that a leaf stands at an index of the log of a size and root.

    References
    ----------
    RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = join(other, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = join(found, other)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the log of an old size and root is a beginning of that of a new size and root.

    References
    ----------
    RFC 9162, section 2.1.4.2; an empty log is a beginning of any, and a log of itself.
    """
    if old == 0:
        return new >= 0 and not proof and old_root == EMPTY and (new > 0 or new_root == EMPTY)
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    found_old = found_new = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            found_old, found_new = join(other, found_old), join(other, found_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found_new = join(found_new, other)
        node, last = node >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root
