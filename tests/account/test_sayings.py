"""What sources say, once each, by families, and what of it a reader outside is told."""

from __future__ import annotations

from safepassage.account.sayings import sayings
from safepassage.model.claims import Claim


def buses(name: str, **more: object) -> Claim:
    return Claim(id=name, of=("bus",), least=17, most=17, at="qara", **more)  # type: ignore[arg-type]


def test_families_are_counted_never_articles() -> None:
    claims = (
        buses("C1", report="R1", family="R1", words="17 buses"), buses("C2", report="R2", family="R1"),
        buses("C3", report="R3", family="R3"), buses("C4", source="a radio"), buses("C5", planned=True, report="R3"),
    )  # fmt: skip
    told = sayings(claims, house=True, places=True)
    assert [(one.claim.id, one.families) for one in told] == [("C1", 3), ("C5", 1)]
    assert told[0].claim.words == "17 buses"


def test_outside_nobody_reads_whose_words_or_roles_claimed_of_people() -> None:
    claims = (
        buses("C1", by="one", words="17 buses", source="a radio", family="R1"),
        buses("C2", by="another", family="R2"),
        Claim(id="C3", of=("fighter", "relative"), least=600, most=600),
    )  # fmt: skip
    (told,) = sayings(claims, house=False, places=True)
    assert (told.claim.by, told.claim.words, told.claim.source, told.claim.at, told.families) == ("", "", "", "qara", 2)


def test_without_places_there_are_no_days_and_no_small_numbers_of_people() -> None:
    claims = (
        Claim(id="C1", of=("missing",), least=2, most=2, at="qara", from_day="2017-08-28", until_day="2017-08-28"),
        Claim(id="C2", of=("ambulance",), least=3, most=3), Claim(id="C3", of=("child",), least=50),
        Claim(id="C4", kind="delay", least=2, most=4),
    )  # fmt: skip
    told = [one.claim for one in sayings(claims, house=False, places=False)]
    assert [(one.least, one.most) for one in told] == [(None, None), (3, 3), (50, None), (2, 4)]
    assert (told[0].at, told[0].from_day) == ("", "")
