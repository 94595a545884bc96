"""What a board answers in words: whether everyone is accounted for, what does not fit, the counts."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from ledger.devices import recorder
from safepassage.ledger.board import BoardState, board_of
from safepassage.ledger.recording import Recorder
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vocabulary import Claimed, HeadCounted, Reasoned, Referred, Registered, TokenGiven
from safepassage.reports.board_brief import BoardBrief, board_brief, board_setting
from safepassage.reports.board_terminal import MOST_EXCEPTIONS, board_terminal
from safepassage.reports.words import Language, plain


def said(*events: tuple[str, str, dict[str, object]], device: Recorder | None = None) -> list[bytes]:
    """Record events (type, subject, the rest) on one device."""
    own = device or recorder()
    return [own.record(kind, subject=subject, **more) for kind, subject, more in events]  # type: ignore[arg-type]


def brief(events: list[bytes], roll: Roll | None = None) -> BoardBrief:
    return board_brief(board_of(events, roll), board_setting(None, None))


def exceptions(found: BoardBrief) -> list[str]:
    return [plain(sentence.en) for sentence in found.exceptions]


def printed(found: BoardBrief, language: Language = "en") -> str:
    stream = StringIO()
    board_terminal(found, Console(file=stream, width=150), language=language)
    return stream.getvalue()


def two_devices_contradict() -> list[bytes]:
    here = said(("boarded", "P001", {"site": "qara", "vehicle": "B1"}))
    there = said(("boarded", "P001", {"site": "qara", "vehicle": "B2"}), device=recorder("D2"))
    return here + there


def test_everyone_accounted_for_is_said_first() -> None:
    found = brief(said(("registered", "P001", {"site": "qara", "payload": Registered(household="H1")})))

    assert found.good
    assert plain(found.answer.en) == "Everyone is accounted for: 1 person."
    assert found.figures == (("site", 1),)
    assert not found.exceptions


def test_a_contradiction_names_the_places_it_leaves() -> None:
    found = brief(two_devices_contradict())

    assert not found.good
    assert plain(found.answer.en) == "Not accounted for with certainty: 1 of 1 person."
    (sentence,) = exceptions(found)
    assert sentence.startswith("P001: the records contradict each other; by one reading each: aboard B1, aboard B2.")
    assert [(row.sure, row.possible, row.differs) for row in found.vehicles] == [(0, 1, True), (0, 1, True)]


def test_contradictions_without_places_say_of_what() -> None:
    one = said(("found-fit", "P001", {"site": "qara"}))
    other = said(("found-unfit", "P001", {"site": "qara", "payload": Reasoned()}), device=recorder("D2"))
    given = {"site": "qara", "payload": TokenGiven(token="T1")}  # noqa: S106 - a wristband's code
    token = said(("token-given", "P001", given), ("token-given", "P002", given), device=recorder("D3"))

    told = exceptions(brief(one + other + token))

    assert any("unfit counts" in sentence for sentence in told)
    assert any("carry the same token" in sentence for sentence in told)


def test_those_nobody_met_and_the_missing_are_named() -> None:
    events = said(("missing", "P001", {"payload": Reasoned()}), ("boarded", "P003", {"site": "qara", "vehicle": "B1"}))
    roll = Roll(households={"P001": "H1", "P002": "H1", "P003": "H2"})

    told = exceptions(brief(events, roll))

    assert any(sentence.startswith("P001 is missing, reported ") for sentence in told)
    assert "Nobody has recorded where they are: 1 person (P002)." in told
    assert not any(sentence.startswith("P003") for sentence in told)


def test_counts_stand_beside_manifest_and_head_count() -> None:
    events = said(
        ("boarded", "P001", {"site": "qara", "vehicle": "B1"}),
        ("boarded", "P009", {"site": "qara", "vehicle": "B1"}),
        ("head-counted", "B1", {"vehicle": "B1", "payload": HeadCounted(count=3)}),
        ("departed", "B1", {"vehicle": "B1", "site": "qara"}),
        ("broke-down", "B2", {"vehicle": "B2", "payload": Reasoned()}),
    )
    roll = Roll(
        households={"P001": "H1", "P002": "H1"},
        manifests=(Expected(trip="T1", vehicle="B1", persons=frozenset(("P001", "P002"))),),
    )

    found = brief(events, roll)
    first, second = found.vehicles

    assert (first.sure, plain(first.counted.en), plain(first.expected.en)) == (2, "3", "2")
    assert (plain(first.missing.en), plain(first.extra.en)) == ("P002", "P009")
    assert plain(first.where.en) == "on the road from qara"
    assert plain(second.where.en) == "broken down"
    assert any("3 counted at" in sentence and "2 recorded aboard" in sentence for sentence in exceptions(found))


def test_referrals_and_households_apart_are_told() -> None:
    household = Registered(household="H1")
    events = said(
        ("registered", "P001", {"site": "qara", "payload": household}),
        ("registered", "P002", {"site": "arsal", "payload": household}),
        ("referred", "P003", {"site": "qara", "payload": Referred(hospital="H")}),
    )

    told = exceptions(brief(events))

    assert "Referrals open: 1 person (P003)." in told
    assert "Household H1 is not together: P002 at arsal, P001 at qara." in told


def test_what_is_lacking_of_a_device_is_told() -> None:
    seen: dict[str, object] = {"site": "qara"}
    first, _, third = said(("seen", "P001", seen), ("seen", "P001", seen), ("seen", "P001", seen))
    clone = said(("seen", "P002", {"site": "qara"}))

    told = exceptions(brief([third, first, *clone]))

    assert "D1: missing 2 to 2; they exist and have not come." in told
    assert "D1: event 1 exists in 2 forms; none counts until somebody settles it." in told


def test_parties_words_stand_beside_each_other() -> None:
    events = said(
        ("clause-fulfilled", "C1", {"payload": Claimed(claimant="one")}),
        ("clause-contested", "C1", {"payload": Claimed(claimant="two")}),
        ("milestone-reached", "M1", {"payload": Claimed(claimant="one")}),
    )

    words = [[plain(cell.en) for cell in row[:3]] for row in brief(events).words]

    assert words == [["C1", "one", "fulfilled"], ["C1", "two", "contested"], ["M1", "one", "reached"]]


def test_the_terminal_shows_it_in_every_language() -> None:
    found = brief(
        two_devices_contradict()
        + said(("clause-broken", "C1", {"payload": Claimed(claimant="one")}), device=recorder("D3"))
    )

    assert "in contradiction: 1" in printed(found)
    assert "! P001: the records contradict" in printed(found)
    assert "! P001\u00a0: les enregistrements se contredisent" in printed(found, "fr")
    assert "تتناقض التسجيلات عنهم: 1" in printed(found, "ar")
    assert "أُخلّ به" in printed(found, "ar")


def test_the_terminal_stops_where_nobody_reads_on() -> None:
    why: dict[str, object] = {"payload": Reasoned()}
    lost = said(*[("missing", f"P{number:03}", why) for number in range(MOST_EXCEPTIONS + 5)])

    assert "and 5 more" in printed(brief(lost))


def test_an_event_nobody_understands_is_told_as_kept() -> None:
    state: BoardState = board_of([unknown_event()])

    assert exceptions(board_brief(state, board_setting(None, None))) == [
        "Events that this version of the program does not understand, kept as they are: 1."
    ]


def unknown_event() -> bytes:
    return said(("seen", "P001", {"site": "qara"}))[0].replace(b'"seen"', b'"later"')
