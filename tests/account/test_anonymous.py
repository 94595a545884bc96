"""A table to learn from, of which no row points at anybody."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from safepassage.account.anonymous import ANY, LONGEST_MS, Told, anonymous

phase = st.none() | st.integers(0, 2 * LONGEST_MS)
told = st.builds(
    Told, age_band=st.sampled_from(("infant", "child", "adult", "elder", "")),
    mobility=st.sampled_from(("walking", "wheelchair", "stretcher")), household=st.integers(1, 9), waited=phase,
    rode=phase, in_hospital=phase, ending=st.sampled_from(("arrived", "died", "stayed")),
)  # fmt: skip


def like(**said: Any) -> Told:
    """Return an adult who walked, waited seven minutes and rode an hour."""
    usual: dict[str, Any] = {
        "age_band": "adult", "mobility": "walking", "household": 1, "waited": 420_000, "rode": 3_600_000,
        "in_hospital": None, "ending": "arrived",
    }  # fmt: skip
    return Told(**(usual | said))


@given(st.lists(told, max_size=60), st.integers(1, 6))
def test_at_least_k_share_the_features_of_each_row(people: list[Told], k: int) -> None:
    rows, left_out = anonymous(people, k)
    assert len(rows) + left_out == len(people)
    shared = Counter((row.age_band, row.mobility, row.household, row.ending) for row in rows)
    assert all(count >= k for count in shared.values())
    for row in rows:
        for minutes in (row.waited, row.rode, row.in_hospital):
            assert minutes is None or (minutes % 5 == 0 and 0 <= minutes <= LONGEST_MS // 60_000)
    assert anonymous(list(reversed(people)), k) == (rows, left_out), "the order of people tells nothing"


def test_what_few_share_is_made_coarser_and_nobody_is_lost_for_it() -> None:
    rows, left_out = anonymous([*(like() for _ in range(5)), *(like(household=3) for _ in range(4))], 5)
    assert left_out == 4
    assert {row.household for row in rows} == {"1"}
    rows, left_out = anonymous([like(household=size) for size in (1, 2, 3, 5, 6, 7)], 5)
    assert ({row.household for row in rows}, left_out) == ({ANY}, 0)
    assert (rows[0].waited, rows[0].rode, rows[0].in_hospital) == (5, 60, None)


def test_who_is_alone_of_a_kind_is_left_out_or_of_any_kind() -> None:
    rows, left_out = anonymous([*(like() for _ in range(9)), like(mobility="stretcher", age_band="infant")], 5)
    assert (len(rows), left_out) == (9, 1)
    assert all("stretcher" not in (row.mobility, row.age_band) for row in rows)
    assert anonymous([]) == ((), 0)
