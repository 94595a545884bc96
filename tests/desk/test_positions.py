"""Fixes are kept one a half minute, as of their own times, and told as exactly as a role may know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from desk.devices import PATIENCE_S, started
from safepassage.desk import positions
from safepassage.desk.positions import CELL_M, DELAY_MS, KEEP_EVERY_MS, STALE_MS, Fix, Positions, coarse, shown
from safepassage.desk.roles import ROLES, NotPermittedError, Who, may
from safepassage.desk.running import Running
from safepassage.desk.writing import BusyError
from safepassage.ledger.envelope import reference
from safepassage.ledger.vocabulary import Corrected
from safepassage.model.errors import UsageError

CHIEF = Who(name="N1", role="coordinator")
OBSERVER = Who(name="N2", role="observer")
MINUTE_MS = 60_000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = started(tmp_path / "op")
    yield found
    found.close()


def now_ms(running: Running) -> int:
    return running.clocks().wall_ms


def fix(at_ms: int, lon: float = 38.0, lat: float = 34.0) -> Fix:
    return Fix(lon_e7=round(lon * 10**7), lat_e7=round(lat * 10**7), accuracy_m=8, at_ms=at_ms)


def gpx(*at_ms: int) -> bytes:
    points = (
        f'<trkpt lat="34" lon="38"><time>{datetime.fromtimestamp(one / 1000, UTC).isoformat()}</time></trkpt>'
        for one in at_ms
    )
    return f"<gpx><trk><trkseg>{''.join(points)}</trkseg></trk></gpx>".encode()


def take(running: Running, *fixes: Fix, into: Positions | None = None, vehicle: str = "B1") -> tuple[int, int, int]:
    taken = (into or Positions(running)).take(vehicle, "tracker", fixes)
    for kept in taken.kept:
        kept.result(PATIENCE_S)
    return len(taken.kept), taken.close, taken.old


def test_one_fix_a_half_minute_is_kept_in_the_order_of_their_times(running: Running) -> None:
    start, into = now_ms(running) - 3_600_000, Positions(running)
    assert take(running, fix(start), fix(start + KEEP_EVERY_MS - 1), fix(start + KEEP_EVERY_MS), into=into) == (2, 1, 0)
    assert take(running, fix(start - MINUTE_MS), fix(start - 1), into=into) == (1, 1, 0)
    assert [one.at_ms - start for one in Positions(running).track("B1")] == [-MINUTE_MS, 0, KEEP_EVERY_MS]
    # and the same after the server was away
    assert take(running, fix(start), fix(start + 2 * KEEP_EVERY_MS)) == (1, 1, 0)


def test_a_track_is_read_once_until_there_is_something_new(running: Running) -> None:
    start, into, heard = now_ms(running) - 3_600_000, Positions(running), threading.Semaphore(0)
    # after the one that `into` is told by
    running.subscribe(lambda _size, _touched: heard.release())
    take(running, fix(start), into=into)
    assert heard.acquire(timeout=PATIENCE_S)
    first = into.track("B1")
    assert into.track("B1") is first
    take(running, fix(start), into=into, vehicle="B2")
    assert heard.acquire(timeout=PATIENCE_S)
    assert into.track("B1") is first
    take(running, fix(start + MINUTE_MS), into=into)
    assert len(into.track("B1")) == 2
    with running.keeper.lock:
        said = running.keeper.board.merging.track("B1")[0][0]
    wrong = Corrected(corrects=(reference(said.name),))
    running.record("corrected", subject="B1", payload=wrong).result(PATIENCE_S)
    assert [one.at_ms for one in into.track("B1")] == [start + MINUTE_MS]


def test_a_fix_counts_as_of_now_without_a_time_or_from_the_future_and_is_left_out_from_long_ago(
    running: Running,
) -> None:
    before = now_ms(running)
    assert take(running, fix(0), fix(before + 10**9)) == (1, 1, 0)
    # the ledger's time and the clock's part by a millisecond now and then
    assert before - 5 <= Positions(running).track("B1")[0].at_ms <= now_ms(running) + 5
    assert take(running, fix(before - positions.OLDEST_MS - MINUTE_MS), vehicle="B2") == (0, 0, 1)


def test_what_was_not_taken_may_be_sent_again(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    into, at_ms = Positions(running), now_ms(running)

    def busy(*_: object, **__: object) -> None:
        raise BusyError("later")

    with monkeypatch.context() as patch:
        patch.setattr(running, "record", busy)
        with pytest.raises(BusyError):
            take(running, fix(at_ms), into=into)
    assert take(running, fix(at_ms), into=into) == (1, 0, 0)


def test_a_file_is_handed_in_by_who_drives_and_no_longer_than_a_day(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, into = now_ms(running) - 3_600_000, Positions(running)
    focal = Who(name="N3", role="bus-focal-point", serves="B1")
    for kept in into.upload(focal, "B1", gpx(start)).kept:
        kept.result(PATIENCE_S)
    assert Positions(running).track("B1")[0].lon_e7 == 380_000_000
    assert '"actor":"N3"' in running.events(2).events[0]
    with pytest.raises(NotPermittedError):
        into.upload(focal, "B2", gpx(start))
    with pytest.raises(UsageError, match="no such vehicle"):
        into.upload(CHIEF, "B99", gpx(start))
    monkeypatch.setattr(positions, "MOST_AT_ONCE", 2)
    with pytest.raises(UsageError, match="at once"):
        into.upload(CHIEF, "B1", gpx(*(start + minute * MINUTE_MS for minute in range(1, 5))))


def test_who_acts_sees_the_last_fix_others_an_old_one_and_a_square(running: Running) -> None:
    now = now_ms(running)
    old, last = fix(now - DELAY_MS - MINUTE_MS, 38.1, 34.1), fix(now - MINUTE_MS, 39.7, 35.7)
    take(running, last, old)
    [exact] = shown(Positions(running), CHIEF)
    assert (exact.exact, exact.stale, exact.fix) == (True, False, last)
    [late] = shown(Positions(running), OBSERVER)
    assert (late.exact, late.stale, late.fix) == (False, False, coarse(old))
    assert late.age_ms >= DELAY_MS
    assert late.fix.accuracy_m == CELL_M
    assert old.lon_e7 != late.fix.lon_e7
    with pytest.raises(NotPermittedError):
        shown(Positions(running), Who(name="N4", role="stranger"))


@pytest.mark.parametrize("role", ROLES)
def test_no_role_without_the_right_learns_a_live_position(running: Running, role: str) -> None:
    now = now_ms(running)
    take(running, fix(now - MINUTE_MS))
    for serves in ("", "B1", "B2"):
        who = Who(name="N1", role=role, serves=serves)
        assert [one.exact for one in shown(Positions(running), who)] == (
            [True] if may(who, "see-positions", "B1") else []
        )


def test_who_reads_the_log_reads_positions_there_too() -> None:
    for role in ROLES:
        who = Who(name="N1", role=role)
        assert may(who, "see-positions") or not may(who, "see-log")


def test_an_old_fix_is_stale(running: Running) -> None:
    take(running, fix(now_ms(running) - STALE_MS - MINUTE_MS))
    assert shown(Positions(running), CHIEF)[0].stale


@pytest.mark.parametrize("place", [(38.0, 34.0), (-0.001, -0.001), (179.999, 89.99), (-180.0, -90.0), (25.0, 60.2)])
def test_a_square_lies_still_and_its_middle_is_not_far(place: tuple[float, float]) -> None:
    lon, lat = place
    middle = coarse(fix(1, lon, lat))
    assert coarse(middle) == middle
    assert abs(middle.lat_e7 / 10**7 - lat) * positions.M_PER_DEGREE <= CELL_M / 2 + 1
    assert abs(middle.lat_e7) <= 90 * 10**7
    assert abs(middle.lon_e7) <= 180 * 10**7
