"""The Merkle tree: against published roots, the RFC's own definitions, and an independent library."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

from ledger import rfc6962
from safepassage.ledger.envelope import Digest, digest
from safepassage.ledger.merkle import EMPTY, MerkleTree, verify_consistency, verify_inclusion

# The eight entries and the roots over the first 0 to 8 of them with which implementations of Certificate Transparency
# are tested (google/certificate-transparency, merkletree/merkle_tree_test.cc; transparency-dev/merkle, testonly).
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

MANY = 70


def leaves(count: int) -> list[Digest]:
    return [digest(b"%d" % number) for number in range(count)]


def library_accepts_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    try:
        InclusionProof(index, size, proof).check(leaf, root)
    except InclusionProofInvalid:
        return False
    return True


def library_accepts_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    try:
        ConsistencyProof(old, new, proof).check(old_root, new_root)
    except ConsistencyProofInvalid:
        return False
    return True


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_published(size: int) -> None:
    tree = MerkleTree(digest(entry) for entry in ENTRIES)
    assert tree.root(size).hex() == ROOTS[size]
    assert MerkleTree(digest(entry) for entry in ENTRIES[:size]).root().hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(MANY))
def test_roots_and_proofs_are_those_of_the_definition(size: int) -> None:
    every = leaves(MANY)
    tree = MerkleTree(every)
    some = every[:size]
    assert tree.root(size) == rfc6962.tree_hash(some)
    for index in range(size):
        assert tree.inclusion_proof(index, size) == rfc6962.path(index, some)
    for old in range(1, size + 1):
        assert tree.consistency_proof(old, size) == rfc6962.proof(old, some)
    assert tree.consistency_proof(0, size) == []


@pytest.mark.parametrize("size", [*range(1, 20), 33, 64, 65])
def test_an_independent_library_accepts_the_proofs(size: int) -> None:
    tree = MerkleTree(leaves(size))
    root = tree.root()
    for index in range(size):
        proof = tree.inclusion_proof(index)
        assert verify_inclusion(tree.leaf(index), index, size, proof, root)
        assert library_accepts_inclusion(tree.leaf(index), index, size, proof, root)
    for old in range(size + 1):
        proof = tree.consistency_proof(old)
        assert verify_consistency(old, tree.root(old), size, root, proof)
        assert library_accepts_consistency(old, tree.root(old), size, root, proof)


@given(st.lists(st.tuples(st.one_of(st.integers(0, 40), st.sampled_from([2, 4, 8, 16])), st.booleans()), max_size=8))
def test_it_makes_no_difference_how_leaves_come(counts: list[tuple[int, bool]]) -> None:
    every = leaves(sum(count for count, _ in counts))
    tree, given_so_far = MerkleTree(), 0
    for count, as_tree in counts:
        new = every[given_so_far : given_so_far + count]
        if as_tree:
            tree.extend_tree(MerkleTree(new))
        elif count == 1:
            tree.append(new[0])
        else:
            tree.extend(new)
        given_so_far += count
        assert tree.root() == rfc6962.tree_hash(every[:given_so_far])
        assert tree.leaves() == b"".join(every[:given_so_far])
    assert tree.consistency_proof(len(every) // 2) == MerkleTree(every).consistency_proof(len(every) // 2)
    assert len(tree) == len(every)
    assert tree.root(0) == EMPTY


@st.composite
def changed_proofs(draw: st.DrawFn) -> tuple[int, int, list[bytes], bytes, bytes]:
    """Draw two sizes, a proof, and roots or a leaf, changed in some way or not at all."""
    new = draw(st.integers(1, 40))
    old = draw(st.integers(0, new))
    tree = MerkleTree(leaves(40))
    proof = tree.consistency_proof(old, new)
    other = draw(st.binary(min_size=32, max_size=32))
    change = draw(st.sampled_from(["none", "drop", "add", "swap", "hash", "old root", "new root", "sizes"]))
    at = draw(st.integers(0, max(0, len(proof) - 1)))
    if change == "drop":
        proof = proof[:at] + proof[at + 1 :]
    elif change == "add":
        proof = [*proof[:at], other, *proof[at:]]
    elif change == "swap":
        proof = proof[::-1]
    elif change == "hash" and proof:
        proof[at] = other
    old_root = other if change == "old root" else tree.root(old)
    new_root = other if change == "new root" else tree.root(new)
    if change == "sizes":
        old, new = draw(st.integers(-1, 41)), draw(st.integers(-1, 41))
    return old, new, proof, old_root, new_root


@settings(max_examples=400)
@given(changed_proofs())
def test_changed_proofs_of_consistency_are_refused_as_the_library_refuses_them(
    drawn: tuple[int, int, list[bytes], bytes, bytes],
) -> None:
    old, new, proof, old_root, new_root = drawn
    ours = verify_consistency(old, old_root, new, new_root, proof)
    if old == 0 or new < 0:
        fits = old == 0 <= new and not proof and old_root == EMPTY
        assert ours == (fits and (new > 0 or new_root == EMPTY)), "an empty log has one root"
    elif old > 0:
        assert ours == library_accepts_consistency(old, old_root, new, new_root, proof)
    else:
        assert not ours


@settings(max_examples=400)
@given(st.data())
def test_changed_proofs_of_inclusion_are_refused_as_the_library_refuses_them(data: st.DataObject) -> None:
    tree = MerkleTree(leaves(40))
    size = data.draw(st.integers(1, 40))
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(index, size)
    claimed = data.draw(st.one_of(st.just(index), st.integers(0, 41)))
    claimed_size = data.draw(st.one_of(st.just(size), st.integers(0, 41)))
    leaf = tree.leaf(data.draw(st.one_of(st.just(index), st.integers(0, 39))))
    if data.draw(st.booleans()):
        proof = proof[: data.draw(st.integers(0, len(proof)))] + data.draw(st.lists(st.just(bytes(32)), max_size=2))
    ours = verify_inclusion(leaf, claimed, claimed_size, proof, tree.root(size))
    assert ours == library_accepts_inclusion(leaf, claimed, claimed_size, proof, tree.root(size))


def test_a_longer_log_than_the_new_one_is_no_beginning() -> None:
    tree = MerkleTree(leaves(9))
    assert not verify_consistency(9, tree.root(9), 5, tree.root(5), tree.consistency_proof(5, 9))
    assert not verify_consistency(0, tree.root(1), 5, tree.root(5), [])
    assert not verify_inclusion(tree.leaf(0), -1, 9, tree.inclusion_proof(0), tree.root())


def test_what_is_not_there_is_refused() -> None:
    tree = MerkleTree(leaves(5))
    with pytest.raises(ValueError, match="6 is not from 0 to 5"):
        tree.root(6)
    with pytest.raises(ValueError, match="5 is not from 0 to 4"):
        tree.inclusion_proof(5)
    with pytest.raises(ValueError, match="0 is not from 1 to 5"):
        tree.inclusion_proof(0, 0)
    with pytest.raises(ValueError, match="5 is not from 0 to 4"):
        tree.consistency_proof(5, 4)
    with pytest.raises(ValueError, match="33 bytes"):
        tree.extend_joined(bytes(33))


def test_leaf_and_node_are_hashed_apart() -> None:
    """An inner node must not pass as an event: its bytes, taken as an event, have another digest."""
    first, second = leaves(2)
    root = bytes(MerkleTree([first, second]).root())
    assert root == sha256(b"\x01" + first + second).digest()
    assert root != bytes(digest(first + second))


def test_a_proof_in_a_long_log_is_short() -> None:
    tree = MerkleTree()
    tree.extend_joined(b"".join(leaves(1000)) * 20)
    assert max(len(tree.inclusion_proof(index)) for index in (0, 9_999, 19_999)) <= 15
    assert len(tree.consistency_proof(12_345)) <= 16
