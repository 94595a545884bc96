"""Sheets in the ledger: entered once, as intervals, whatever came before or after; taken back whole."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from desk.devices import PATIENCE_S, enrolled, handed, phone
from desk.field import CHIEF, SECOND, START_MS, Clock, Field, field
from desk.paper import entered, read
from safepassage.desk.closed import ClosedError, Closing, Closings
from safepassage.desk.enrolment import devices
from safepassage.desk.paper_entry import SheetEnteredError, enter, foresee, take_back_sheet
from safepassage.desk.paper_entry import entered as sheets_of
from safepassage.desk.personal import Opener
from safepassage.desk.recording import Said, entered_by, record
from safepassage.desk.roles import NotPermittedError, Who
from safepassage.ledger.board import Board, board_of
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import device_public_key, new_device_key, sign_batch
from safepassage.ledger.stores.rows import StoreRows
from safepassage.ledger.timing import Timing
from safepassage.ledger.verifying import verify
from safepassage.ledger.vocabulary import Reading
from safepassage.model.errors import UsageError

MINUTE_MS = 60_000
NINE_HOURS_S = 32_400
BOARDED = {"who": "P001", "time": "14:05"}
CLERK = Who(name="N4", role="registration-clerk", serves="camp")


@pytest.fixture
def live() -> Iterator[Field]:
    with field() as one:
        for person in ("P001", "P002", "P003"):
            one.happen("registered", person, "", "camp")
        one.at(NINE_HOURS_S)
        yield one


def place(live: Field, person: str) -> tuple[str, str]:
    return live.running.now().state.people[person].place[:2]


def test_a_written_time_is_an_interval_as_wide_as_the_watch_is_wrong(live: Field) -> None:
    entered(live, BOARDED, {"who": "P002", "time": "14:00-15:00"}, {"who": "P003", "time": "14:30"}, within="5")
    state = live.running.now().state
    for person, likely_min, within_min in (("P001", 125, 5), ("P002", 150, 30.5), ("P003", 150, 5)):
        since = state.people[person].since
        assert since is not None
        # a day's drift of the watch comes on top
        assert since.likely_ms - START_MS == pytest.approx(likely_min * MINUTE_MS, abs=31_000)
        assert since.latest_ms - since.likely_ms == pytest.approx(within_min * MINUTE_MS, abs=40_000)
        assert since.likely_ms - since.earliest_ms == pytest.approx(within_min * MINUTE_MS, abs=40_000)


def test_a_server_whose_clock_is_known_to_be_ahead_takes_written_times_for_true(
    live: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour ahead of the first server's, it read the watch an hour earlier than it says."""
    monkeypatch.setattr(Timing, "wall_error_ms", lambda *_: 60 * MINUTE_MS)
    entered(live, BOARDED)
    since = live.running.now().state.people["P001"].since
    assert since is not None
    assert since.likely_ms - START_MS == 185 * MINUTE_MS


def test_who_wrote_and_who_entered_are_told_apart(live: Field) -> None:
    sheet = entered(live, BOARDED, {"who": "Somebody", "choice": "walked-in"})
    (found,) = sheets_of(live.running, CHIEF)
    assert (found.device, found.wrote, found.by, found.counting) == (sheet.device, "R. clerk", "N1", 3)
    assert [one.type for one in found.events] == ["boarded", "walked-in", "boarded"]
    assert entered_by(live.running, sheet.device) == "N1"
    assert entered_by(live.running, "phone-1") == ""
    assert Opener(live.running)("W001") == "Somebody"
    assert b"Somebody" not in b"".join(live.running.keeper.store.read(0, live.running.size))
    assert sheet.device not in {one.id for one in devices(live.running)}


def test_the_record_of_a_sheet_verifies(live: Field) -> None:
    entered(live, BOARDED, {"who": "P002", "time": "14:00-15:00"})
    verdict = verify(StoreRows(live.running.keeper.store))
    assert verdict.sound
    assert verdict.findings == ()


def test_a_sheet_counts_once(live: Field) -> None:
    sheet = entered(live, BOARDED)
    size = live.running.size
    with pytest.raises(SheetEnteredError, match="entered by N1"):
        enter(live.running, SECOND, sheet).result(PATIENCE_S)
    assert live.running.size == size
    entered(live, BOARDED, number="2")


def test_two_who_enter_it_at_once_enter_it_once(live: Field) -> None:
    sheet = read(live, BOARDED)
    answers = [enter(live.running, who, sheet) for who in (CHIEF, SECOND)]
    assert sorted(type(one.exception(PATIENCE_S)).__name__ for one in answers) == ["NoneType", "SheetEnteredError"]


def test_two_servers_that_entered_one_sheet_are_seen(live: Field) -> None:
    sheet = entered(live, BOARDED)
    with field() as other:
        other.at(NINE_HOURS_S)
        enter(other.running, SECOND, sheet).result(PATIENCE_S)
        size = live.running.size
        board = Board()
        for data in (*live.running.keeper.store.read(0, size), *other.running.keeper.store.read(0, other.running.size)):
            board.apply(data)
    assert sheet.device in {one.device for one in board.state().quarantined}


def test_the_whole_sheet_is_taken_back_and_can_be_entered_anew(live: Field) -> None:
    sheet = entered(live, BOARDED, {"who": "P002"}, {"who": "P001", "act": "missing"}, {"who": "?"})
    assert place(live, "P001") == ("vehicle", "B1")
    take_back_sheet(live.running, CHIEF, sheet.device).result(PATIENCE_S)
    assert place(live, "P001") == ("site", "camp")
    assert "W001" not in live.running.now().state.people
    assert sheets_of(live.running, CHIEF)[0].counting == 0
    with pytest.raises(UsageError, match="nothing of this sheet"):
        take_back_sheet(live.running, CHIEF, sheet.device).result(PATIENCE_S)
    entered(live, {"who": "P002", "time": "14:05"}, {"who": "?"})
    assert [place(live, one)[0] for one in ("P001", "P002", "W001")] == ["site", "vehicle", "vehicle"]
    assert verify(StoreRows(live.running.keeper.store)).findings == ()


def test_only_who_entered_it_or_may_settle_takes_it_back(live: Field) -> None:
    theirs = entered(live, {"who": "P001", "time": "14:05"}, who=CLERK)
    ours = entered(live, BOARDED, number="2")
    for sheet, who in ((ours, CLERK), (ours, Who(name="N9", role="observer"))):
        with pytest.raises(NotPermittedError):
            take_back_sheet(live.running, who, sheet.device)
    with pytest.raises(UsageError):
        take_back_sheet(live.running, CHIEF, "server-1")
    take_back_sheet(live.running, CLERK, theirs.device).result(PATIENCE_S)
    take_back_sheet(live.running, SECOND, ours.device).result(PATIENCE_S)
    for refused in (lambda: enter(live.running, Who(name="N9", role="observer"), ours),
                    lambda: sheets_of(live.running, Who(name="N9", role="observer"))):  # fmt: skip
        with pytest.raises(NotPermittedError):
            refused()


def test_a_code_that_somebody_got_meanwhile_is_given_to_nobody_else(live: Field) -> None:
    sheet = read(live, {"who": "?", "time": "14:05"})
    live.happen("walked-in", "W001", "", "camp")
    size = live.running.size
    with pytest.raises(UsageError, match="W001"):
        enter(live.running, CHIEF, sheet).result(PATIENCE_S)
    assert live.running.size == size


def test_the_preview_says_what_the_record_then_says(live: Field) -> None:
    live.happen("boarded", "P002", "M1", "camp")
    rows = (BOARDED, {"who": "P002", "time": "20:55", "where": "B1"}, {"who": "Somebody", "choice": "walked-in"},
            {"who": "P003", "act": "missing"}, {"act": "departed", "who": ""})  # fmt: skip
    sheet = read(live, *rows)
    before = live.running.now().state
    found = foresee(live.running, sheet)
    assert live.running.now().state is before
    assert (found.events, found.new, found.known, found.conflicts) == (6, 1, 0, 1)
    assert [one.row for one in found.remarks] == [1, 2, 3]
    assert found.remarks[0].says.en.endswith("aboard \u2068B1\u2069")
    enter(live.running, CHIEF, sheet).result(PATIENCE_S)
    after = live.running.now().state
    assert len(after.contradictions) == len(before.contradictions) + 1
    assert place(live, "P001") == place(live, "W001") == ("vehicle", "B1")
    again = foresee(live.running, replace(sheet, device="paper-manifest/B1/2017-08-28/2"))
    assert again.known == 5
    assert "R. clerk" in again.remarks[0].says.en


def test_a_paper_is_no_device_of_the_network(live: Field) -> None:
    """Its role may record nothing: a phone that calls itself a sheet hands in nothing."""
    rogue = enrolled(live.running, phone("paper-manifest/B1/2017-08-28/9"), "paper")
    rogue.record("boarded", subject="P001", vehicle="B1", site="camp", actor="N9")
    with pytest.raises(NotPermittedError):
        live.running.hand_in(handed(rogue)).result(PATIENCE_S)


def test_a_closed_operation_takes_no_paper(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet, entered_before = read(live, BOARDED), entered(live, BOARDED, number="2")
    now = Closing(at="2017-08-29T10:00:00+00:00", by=("N1", "N2"), archive="archive", finals=0, cases=0)
    monkeypatch.setattr(Closings, "now", now)
    with pytest.raises(ClosedError):
        enter(live.running, CHIEF, sheet)
    with pytest.raises(ClosedError):
        take_back_sheet(live.running, CHIEF, entered_before.device)


def test_who_entered_a_handover_does_not_approve_it(live: Field) -> None:
    entered(live, {"act": "handed-over", "who": "12", "where": "army", "time": "14:05"})
    name = sheets_of(live.running, CHIEF)[0].events[0].name
    said = Said(type="approved", subject="B1", payload={"approves": name})
    with pytest.raises(NotPermittedError, match="second person"):
        record(live.running, CHIEF, said)
    record(live.running, SECOND, said).result(PATIENCE_S)


def test_when_the_disk_refuses_nothing_of_a_sheet_is_there(live: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet, before = read(live, BOARDED, {"who": "P002", "time": "14:00-15:00"}), live.running.size

    def refuse(_events: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(live.running.keeper.store, "append", refuse)
    with pytest.raises(Exception, match="no space"):
        enter(live.running, CHIEF, sheet).result(PATIENCE_S)
    assert live.running.size == before


ROWS = st.lists(
    st.tuples(
        st.sampled_from(("P001", "P002", "P003")),
        st.sampled_from(("boarded", "alighted", "seen", "missing", "found")),
        st.sampled_from(("14:05", "14:20", "15:00-16:00", "")),
        st.sampled_from(("", "M1", "village")),
    ),
    min_size=1,
    max_size=6,
)
FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
BOARDED_AT_S = 2 * 3600 + 600


def typed_rows(rows: Sequence[tuple[str, str, str, str]]) -> list[dict[str, str]]:
    found = [dict(zip(("who", "act", "time", "where"), row, strict=True)) for row in rows]
    return [found[0] | {"time": found[0]["time"] or "14:00"}, *found[1:]]


def hand_in_phone(live: Field, device: Recorder) -> None:
    """Hand in what a phone recorded, its clock read beside the server's now."""
    clock, now_ms = device.clock, live.clock.monotonic_ms()
    reading = Reading(boot=clock.boot, asked_ms=now_ms, answered_ms=now_ms, server_ms=now_ms, wall_ms=clock.wall_ms())
    live.running.hand_in(HandedIn(parcel=next(device.outbox()), reading=reading)).result(PATIENCE_S)


def played(rows: Sequence[tuple[str, str, str, str]], *, paper_first: bool) -> tuple[object, list[bytes]]:
    """Let a phone and a sheet tell of the same afternoon; return what the board says of each, and the log."""
    with field() as live:
        clock, key = Clock(), new_device_key()
        device = Recorder("phone-1", lambda batch: sign_batch(key, batch), clock, random.Random(1).randbytes,
                          public_key=device_public_key(key))  # fmt: skip
        enrolled(live.running, device, "coordinator")
        for person in ("P001", "P002", "P003"):
            live.happen("registered", person, "", "camp")
        clock.at_s = BOARDED_AT_S
        device.record("boarded", subject="P001", vehicle="B1", site="camp", actor="N8")
        clock.at_s += 1800
        device.record("seen", subject="P002", site="village", actor="N8")
        live.at(NINE_HOURS_S)
        sheet = read(live, *typed_rows(rows))
        if not paper_first:
            hand_in_phone(live, device)
        enter(live.running, CHIEF, sheet).result(PATIENCE_S)
        if paper_first:
            hand_in_phone(live, device)
        state = live.running.now().state
        # of two places that contradict each other at one instant either may be the likely one
        said = {one: (frozenset({found.place, *found.possible}), found.missing, len(found.contradictions))
                for one, found in state.people.items()}  # fmt: skip
        return said, list(live.running.keeper.store.read(0, live.running.size))


@FEW
@given(rows=ROWS, chance=st.randoms(use_true_random=False))
def test_paper_and_phones_in_any_order_give_one_board(
    rows: list[tuple[str, str, str, str]], chance: random.Random
) -> None:  # fmt: skip
    first, log = played(rows, paper_first=True)
    then, _ = played(rows, paper_first=False)
    assert first == then
    mixed = chance.sample(log, len(log)) + chance.choices(log, k=3)
    assert board_of(mixed).sha256() == board_of(log).sha256()
