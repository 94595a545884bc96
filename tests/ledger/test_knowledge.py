"""What a device knew when it recorded, by names and by its own chain."""

from __future__ import annotations

from itertools import permutations

import pytest

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import NOTHING_SAID, Fact
from safepassage.ledger.knowledge import heads, in_order, known_before


def name(letter: str) -> Digest:
    return Digest(letter.encode() * 32)


def fact(letter: str, device: str = "", sequence: int = 1, basis: str = "") -> Fact:
    """Make a fact named by a letter, by default of a device of its own."""
    return Fact(
        name=name(letter), device=device or f"of {letter}", sequence=sequence, boot="", monotonic_ms=0, wall_ms=0,
        basis=tuple(map(name, basis)), type="seen", subject="P1", vehicle="", site="", actor="", payload=NOTHING_SAID,
    )  # fmt: skip


def known(*facts: Fact, others: tuple[Fact, ...] = ()) -> list[str]:
    """Return the letters that each fact knew."""
    found = known_before(facts, others)
    letters = [one.name[:1].decode() for one in facts]
    return ["".join(letter for at, letter in enumerate(letters) if bits >> at & 1) for bits in found]


def test_nobody_knows_of_others_by_themselves() -> None:
    assert known(fact("a"), fact("b")) == ["", ""]


def test_knowledge_goes_through_names_and_through_the_own_chain() -> None:
    assert known(fact("a", "A", 1), fact("b", "A", 5), fact("c", basis="b"), fact("d", basis="c")) == [
        "", "a", "ab", "abc",
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_the_facts_does_not_matter(order: tuple[int, ...]) -> None:
    facts = [fact("a", "A", 1), fact("b", "A", 5), fact("c", basis="b"), fact("d", "A", 7, basis="c")]
    expected = dict(zip("abcd", ("", "a", "ab", "abc"), strict=True))
    found = known(*(facts[index] for index in order))
    assert ["".join(sorted(one)) for one in found] == [expected["abcd"[index]] for index in order]


def test_what_is_not_here_ends_the_way() -> None:
    assert known(fact("a"), fact("b", basis="z")) == ["", ""]


def test_bug_own_chain_goes_through_corrections() -> None:
    """A device that heard only of the correction knew what the corrector had recorded before."""
    correction = fact("c", "A", 3)
    assert known(fact("a", "A", 1), fact("d", basis="c"), others=(fact("b", "A", 2), correction)) == ["", "a"]


def test_bug_a_fork_in_a_chain_does_not_cut_it() -> None:
    assert known(fact("a", "A", 1), fact("b", "A", 2), fact("c", "A", 2), fact("d", "A", 3)) == ["", "a", "a", "abc"]


def test_bug_a_device_that_lies_about_its_numbers_does_not_stop_the_merge() -> None:
    """The event that was named was there first, whatever its number says."""
    late, early = fact("a", "A", 9), fact("b", "A", 2, basis="a")
    assert known(late, early, fact("c", basis="b")) == ["", "a", "ab"]


def test_bug_only_what_is_tangled_loses_its_own_chain() -> None:
    facts = [fact("a", "A", 9, basis="x"), fact("b", "A", 2, basis="a"), fact("x", "X", 1), fact("y", "X", 2)]
    later = [fact("c", "C", 1, basis="b"), fact("d", "C", 2)]
    assert known(*facts, *later) == ["x", "ax", "", "x", "abx", "abxc"]


def test_a_basis_may_be_thousands_deep() -> None:
    facts = [fact("a")]
    names = [Digest(number.to_bytes(32, "big")) for number in range(5000)]
    for number in range(1, 5000):
        before = facts[-1].name
        one = fact("a", f"D{number}")
        facts.append(
            Fact(**{field: getattr(one, field) for field in one.__struct_fields__}
                 | {"name": names[number], "basis": (before,)})
        )  # fmt: skip
    assert known_before([facts[0], facts[-1]], facts)[1] == 1


def at(likely_ms: int) -> Interval:
    return Interval(likely_ms - 10, likely_ms + 10, likely_ms)


def test_the_order_is_what_was_known_then_the_journey_then_likely_times() -> None:
    names = [name(letter) for letter in "abcd"]
    times = [at(40), at(30), at(20), at(10)]
    assert in_order(names, [0, 0, 0, 0], times, []) == [3, 2, 1, 0]
    assert in_order(names, [0, 0b1, 0, 0], times, []) == [3, 2, 0, 1]
    assert in_order(names, [0, 0, 0, 0], times, [0, 3]) == [2, 1, 0, 3]
    assert in_order(names, [0] * 4, [at(5)] * 4, []) == [0, 1, 2, 3]


def test_heads_are_what_nobody_has_followed() -> None:
    assert heads([0, 0b1, 0b1, 0]) == [1, 2, 3]
    assert heads([]) == []
