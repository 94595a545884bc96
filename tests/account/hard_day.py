"""The reference case on a hard day, recorded by seven phones and a server, for whatever has to account for it.

The disclosure comes three hours late and the convoy leaves late; one wounded person stays in hospital; two people are
not aboard any more when their bus is checked at `qara-road`; the desert road is cut, so that the convoy holds for three
hours and a half at a hold point where two are allowed, and comes in after noon. One phone falls silent in Palmyra,
another lost three events, one person is recorded aboard two buses, and two parties contradict each other.

>>> day = hard_day()
>>> len(day.operation.people), day.board.person(RETAINED).referral
(700, 'retained')
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from safepassage.desk.running import Running
from safepassage.desk.server_keys import ServerKeys
from safepassage.exchange.folder import read
from safepassage.exchange.plan_file import read_plan
from safepassage.ledger.board import Board
from safepassage.ledger.keeper import HandedIn, Keeper
from safepassage.ledger.recording import Recorder
from safepassage.ledger.roll import Roll, roll_of
from safepassage.ledger.signing import device_public_key, log_public_key, sign_batch
from safepassage.ledger.stores import Store
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.vocabulary import TYPES, Enrolled, Reading
from safepassage.model.operation import Operation
from safepassage.model.plan import Plan, Trip
from safepassage.model.travel import Travel
from safepassage.roads.table import travel

CASE: Final = Path(__file__).resolve().parents[2] / "examples" / "qalamoun-2017"
PLAN: Final = Path(__file__).with_name("hard_day_plan.json.gz")

AGREED_S: Final = 3900
DISCLOSED_S: Final = 26_400
"""13:20 by the word of the side that owed it; planned for 10:00."""

CONFIRMED_S: Final = 34_800
"""15:40."""

LATE_S: Final = 2700
"""By so much later than planned the convoy leaves, at 21:06."""

HELD_S: Final = 12_600
"""So long it waits at the hold point; two hours are allowed."""

END_S: Final = 111_600
"""13:00 of the second day: an hour after everybody should have arrived."""

RETAINED: Final = "P0001"
MISSING: Final = ("P0385", "P0386")
TWICE: Final = "P0300"
SILENT: Final = "phone-A7"
LOSSY: Final = "phone-B03"
CHECKPOINT: Final = "qara-road"
HOLD: Final = "desert-hold"
CUT: Final = "hold-junction"

PHONES: Final = {
    "assembly": "phone-assembly", "arsal": "phone-arsal", "qara-hospital": "phone-hospital",
    "nabk-hospital": "phone-hospital", "al-bukamal": "phone-bukamal",
}  # fmt: skip
ON_THE_WAY: Final = "phone-convoy"
AHEAD_MS: Final = {"phone-arsal": -2 * 3_600_000, "phone-bukamal": 780_000}
"""How far phones' own clocks are wrong."""

HAND_IN_EVERY_S: Final = 5400


class Act(NamedTuple):
    """Something that somebody records, with what a payload says."""

    at_s: int
    device: str
    type: str
    subject: str
    vehicle: str = ""
    site: str = ""
    said: dict[str, Any] = {}  # noqa: RUF012  never changed


class HardDay(Struct, frozen=True, kw_only=True):
    """The day as its server holds it; `events` in the order of its log, `note` is the signed state of that."""

    operation: Operation
    travel: Travel
    plan: Plan
    roll: Roll
    events: tuple[bytes, ...]
    board: Board
    note: bytes
    public_key: str
    end_s: int

    @property
    def end_ms(self) -> int:
        """The instant at which the account is given."""
        return int(self.operation.start.timestamp() + self.end_s) * 1000


class Clock:
    """A device's clocks: its own may be wrong, its monotonic one counts from an hour before the start."""

    def __init__(self, day: _Day, name: str) -> None:
        self.day, self.boot = day, f"{name}-1"
        self.ahead_ms = AHEAD_MS.get(name, 0)

    def wall_ms(self) -> int:
        """Return what the device believes."""
        return self.day.start_ms + self.day.at_s * 1000 + self.ahead_ms

    def monotonic_ms(self) -> int:
        """Return time since it was switched on."""
        return (self.day.at_s + 3600) * 1000


class _Keys(ServerKeys, frozen=True, kw_only=True):
    """The same keys every day, and the day's clock."""

    clock: Clock

    def recorder(self) -> Recorder:
        """Return the server's own device."""
        return Recorder(
            self.device, lambda batch: sign_batch(self.device_key, batch), self.clock,
            random.Random(17).randbytes, public_key=device_public_key(self.device_key),
        )  # fmt: skip


class _Day:
    """Plays acts in order of time; phones hand in every hour and a half, the silent one never again after Palmyra."""

    def __init__(self, operation: Operation, roll: Roll, store: Store) -> None:
        self.start_ms, self.at_s = int(operation.start.timestamp()) * 1000, -3600
        self.keys = _keys(Clock(self, "server-1"))
        self.keeper = Keeper(store, self.keys.recorder(), self.keys.log_key, operation.id, roll=roll)
        if not len(store):
            self.keeper.begin(operation_sha256=operation.sha256)
        self.phones: dict[str, Recorder] = {}
        self.told: dict[str, list[bytes]] = {}

    def play(self, acts: list[Act], until_s: int) -> None:
        """Record all until an instant, and let the phones hand in at the end."""
        due_s = HAND_IN_EVERY_S
        for act in sorted(acts, key=lambda one: one.at_s):
            if act.at_s > until_s:
                break
            while act.at_s >= due_s:
                self.at_s, due_s = due_s, due_s + HAND_IN_EVERY_S
                self.hand_in()
            self.at_s = act.at_s
            self.record(act)
        self.at_s = until_s
        self.hand_in()

    def record(self, act: Act) -> None:
        """Record an act on its device."""
        said = msgspec.convert(act.said, TYPES[act.type].payload)
        what: dict[str, Any] = {"subject": act.subject, "vehicle": act.vehicle, "site": act.site, "payload": said}
        if act.device == "server-1":
            self.keeper.record(act.type, actor="N1", **what)
            return
        phone = self.phone(act.device)
        if act.type == "missing":
            # the convoy leader's phone has the list of who boarded
            for data in self.told[act.subject]:
                phone.learn(data)
        self.told.setdefault(act.subject, []).append(phone.record(act.type, actor=f"N-{act.device}", **what))

    def phone(self, name: str) -> Recorder:
        """Return a phone, enrolled when it is first used."""
        if name not in self.phones:
            key = _device_key(len(self.phones) + 2)
            self.phones[name] = Recorder(
                name, lambda batch: sign_batch(key, batch), Clock(self, name), random.Random(name).randbytes,
                public_key=device_public_key(key),
            )  # fmt: skip
            enrolled = Enrolled(public_key=self.phones[name].public_key, role="bus-focal-point")
            self.keeper.record("device-enrolled", subject=name, actor="N1", payload=enrolled)
        return self.phones[name]

    def hand_in(self) -> None:
        """Let every phone hand in what it has, its clock read beside the server's."""
        for name, phone in self.phones.items():
            for parcel in phone.outbox():
                kept = parcel
                if name == LOSSY:
                    kept = msgspec.structs.replace(parcel, events=_but_lost(parcel.events))
                now_ms, clock = (self.at_s + 3600) * 1000, phone.clock
                reading = Reading(boot=clock.boot, asked_ms=now_ms, answered_ms=now_ms, server_ms=now_ms,
                                  wall_ms=clock.wall_ms())  # fmt: skip
                self.keeper.receive([HandedIn(parcel=kept, reading=reading)])
                phone.acknowledged(parcel.batch.sequence)


def _but_lost(events: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Lose the second to the fourth of six or more."""
    return events if len(events) < 6 else (events[0], *events[4:])


def _device_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ec.SECP256R1())


def _keys(clock: Clock) -> _Keys:
    log_key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return _Keys(device="server-1", device_key=_device_key(1), log_key=log_key, clock=clock)


@cache
def case() -> tuple[Operation, Travel, Plan]:
    """Read the reference case and a plan of it."""
    operation = read(CASE).operation
    assert operation is not None
    plan = read_plan(operation, gzip.decompress(PLAN.read_bytes()), file=PLAN.name)[0]
    return operation, travel(operation), plan


@cache
def hard_day(until_s: int = END_S) -> HardDay:
    """Play the day up to an instant (seconds since the operation's start); the same every time but for signatures."""
    operation, ways, plan = case()
    store, roll = MemoryStore(), roll_of(operation, ways, plan)
    day = _Day(operation, roll, store)
    day.play([*_people(operation), *_referrals(plan), *_trips(plan), *_parties()], until_s)
    return HardDay(
        operation=operation, travel=ways, plan=plan, roll=roll, events=tuple(store.read()), board=day.keeper.board,
        note=day.keeper.checkpoint(), public_key=log_public_key(day.keys.log_key), end_s=until_s,
    )  # fmt: skip


@contextmanager
def hard_day_running(until_s: int = END_S, place: Path | None = None) -> Iterator[Running]:
    """Lend the day's ledger as a server has it, its clock standing at the end; what is recorded is not kept."""
    day = hard_day(until_s)
    store = MemoryStore()
    store.append(day.events)
    played = _Day(day.operation, day.roll, store)
    played.at_s = until_s
    running = Running(store, played.keys, day.operation, roll=day.roll, plan=day.plan, place=place)
    running.travel = day.travel
    try:
        yield running
    finally:
        running.close()


def write_ledger(store: Store, until_s: int = END_S) -> None:
    """Put the day's events into another store: a file for the command line, say."""
    store.append(hard_day(until_s).events)


def _people(operation: Operation) -> Iterator[Act]:
    """Everybody is registered where they wait, agrees, and gets a wristband."""
    for number, person in enumerate(operation.people):
        device, site = PHONES[person.site], str(person.site)
        said = {"household": person.household, "mobility": person.mobility, "age_band": person.age_band}
        yield Act(number * 12, device, "registered", person.id, site=site, said=said)
        yield Act(
            number * 12 + 4, device, "consented", person.id, site=site, said={"destination_told": number % 7 != 0}
        )
        yield Act(number * 12 + 8, device, "token-given", person.id, site=site, said={"token": f"W-{person.id}"})


def _referrals(plan: Plan) -> Iterator[Act]:
    for one in plan.referrals:
        person, hospital = str(one.person), str(one.hospital)
        said = {"hospital": hospital, "accompanied_by": list(one.accompanied_by)}
        yield Act(41_000, "phone-assembly", "referred", person, site="assembly", said=said)
        if person == RETAINED:
            reason = {"reason": "surgery"}
            yield Act(one.treated_until_s, "phone-hospital", "retained", person, site=hospital, said=reason)
            continue
        yield Act(one.treated_until_s, "phone-hospital", "treated", person, site=hospital)
        yield Act(one.returned_s + 60, "phone-assembly", "returned", person, site="assembly")


def _trips(plan: Plan) -> Iterator[Act]:
    backs = {one.back_trip for one in plan.referrals if one.person == RETAINED}
    rides = {one.trip: one.rides for one in plan.manifests}
    for trip in plan.trips:
        gone = {RETAINED} if trip.id in backs or trip.kind == "convoy" else set()
        riders = {str(one.person): (one.board, one.alight) for one in rides.get(trip.id, ()) if one.person not in gone}
        yield from _convoy(trip, riders) if trip.kind == "convoy" else _shuttle(trip, riders)


def _shuttle(trip: Trip, riders: dict[str, tuple[int, int]]) -> Iterator[Act]:
    """Ride as planned, there and back."""
    vehicle = str(trip.vehicle)
    for number, stop in enumerate(trip.stops):
        site, device = str(stop.site), PHONES[stop.site]
        if number and trip.stops[number - 1].site != site:
            yield Act(stop.arrive_s, device, "arrived", vehicle, vehicle, site)
        yield from _alight(riders, number, stop.arrive_s + 20, (device, vehicle, site))
        yield from _board(riders, number, stop.depart_s - 20, (device, vehicle, site))
        if number + 1 < len(trip.stops) and trip.stops[number + 1].site != site:
            yield Act(stop.depart_s, device, "departed", vehicle, vehicle, site)


def _board(riders: dict[str, tuple[int, int]], number: int, at_s: int, at: tuple[str, str, str]) -> Iterator[Act]:
    device, vehicle, site = at
    for person, ride in riders.items():
        if ride[0] == number:
            yield Act(at_s, device, "boarded", person, vehicle, site)


def _alight(riders: dict[str, tuple[int, int]], number: int, at_s: int, at: tuple[str, str, str]) -> Iterator[Act]:
    device, vehicle, site = at
    for person, ride in riders.items():
        if ride[1] == number:
            yield Act(at_s, device, "alighted", person, vehicle, site)


def _convoy(trip: Trip, riders: dict[str, tuple[int, int]]) -> Iterator[Act]:
    """Leave late, be checked, rest, hold, and come in."""
    vehicle = str(trip.vehicle)
    first = max((one for one in trip.stops if one.site == "assembly"), key=lambda one: one.depart_s)
    rest = next(one for one in trip.stops if one.site == "palmyra")
    last = next(one for one in trip.stops if one.site == "al-bukamal")
    leaves_s, check_s = first.depart_s + LATE_S, first.depart_s + LATE_S + 1800
    aboard = len(riders)
    lost = [person for person in MISSING if person in riders]
    for person in riders:
        yield Act(leaves_s - 900, "phone-assembly", "boarded", person, vehicle, "assembly")
    if riders:
        counted = {"count": aboard}
        yield Act(leaves_s - 300, "phone-assembly", "head-counted", vehicle, vehicle, "assembly", counted)
    yield Act(leaves_s, "phone-assembly", "departed", vehicle, vehicle, "assembly")
    if lost:
        counted = {"count": aboard - len(lost)}
        yield Act(check_s, ON_THE_WAY, "arrived", vehicle, vehicle, CHECKPOINT)
        yield Act(check_s + 120, ON_THE_WAY, "head-counted", vehicle, vehicle, CHECKPOINT, counted)
        for person in lost:
            yield Act(check_s + 240, ON_THE_WAY, "missing", person, "", CHECKPOINT, {"reason": "not-aboard"})
        yield Act(check_s + 600, ON_THE_WAY, "departed", vehicle, vehicle, CHECKPOINT)
    if TWICE in riders:
        yield Act(leaves_s - 880, LOSSY, "boarded", TWICE, "B03", "assembly")
    onward_s, held_s = rest.depart_s + LATE_S, rest.depart_s + LATE_S + 11_520
    yield Act(rest.arrive_s + LATE_S, ON_THE_WAY, "arrived", vehicle, vehicle, "palmyra")
    yield Act(onward_s, ON_THE_WAY, "departed", vehicle, vehicle, "palmyra")
    yield Act(held_s, ON_THE_WAY, "arrived", vehicle, vehicle, HOLD)
    yield Act(held_s + HELD_S, ON_THE_WAY, "departed", vehicle, vehicle, HOLD)
    ends_s = last.arrive_s + LATE_S + HELD_S
    yield Act(ends_s, "phone-bukamal", "arrived", vehicle, vehicle, "al-bukamal")
    for person in riders:
        if person not in MISSING:
            yield Act(ends_s + 200, "phone-bukamal", "alighted", person, vehicle, "al-bukamal")
    yield from _own_phone(vehicle, aboard, rest.arrive_s + LATE_S)
    if riders:
        persons = [person for person in riders if person not in (*lost, TWICE)]
        signed = [{"party": "sarc", "by": "S1"}, {"party": "islamic-state", "by": "S2"}]
        said = {"to_party": "islamic-state", "count": len(persons), "persons": persons, "signatures": signed}
        yield Act(ends_s + 100, "phone-bukamal", "handed-over", vehicle, vehicle, "al-bukamal", said)
        yield Act(ends_s + 500, "phone-bukamal", "head-counted", vehicle, vehicle, "al-bukamal", {"count": 0})


def _own_phone(vehicle: str, aboard: int, rests_s: int) -> Iterator[Act]:
    """Two vehicles have phones of their own: one falls silent at the rest, one loses what it recorded there."""
    if vehicle == "A7":
        yield Act(rests_s + 300, SILENT, "head-counted", "A7", "A7", "palmyra", {"count": aboard})
    if vehicle == "B03":
        for number in range(7):
            said = {"count": aboard}
            yield Act(rests_s + 300 + 60 * number, LOSSY, "head-counted", "B03", "B03", "palmyra", said)


def _word(at_s: int, type_: str, subject: str, party: str, reason: str = "") -> Act:
    return Act(at_s, "server-1", type_, subject, said={"claimant": party, "reason": reason})


def _parties() -> Iterator[Act]:
    """Tell what parties said and did, heard at the coordinator's desk."""
    yield Act(1200, "server-1", "notified", "air-force", said={"what": "movement"})
    yield _word(AGREED_S, "milestone-reached", "army-agreed", "syrian-army")
    yield _word(DISCLOSED_S, "milestone-reached", "fate-disclosed", "islamic-state")
    yield _word(DISCLOSED_S + 60, "clause-fulfilled", "fate-first", "islamic-state")
    yield _word(28_800, "clause-contested", "fate-first", "hezbollah", "not complete")
    yield _word(CONFIRMED_S, "milestone-reached", "confirmation-received", "hezbollah")
    yield _word(52_300, "clause-fulfilled", "wounded-back", "sarc")
    yield _word(54_000, "clause-fulfilled", "no-arms-aboard", "sarc")
    yield Act(56_400, "server-1", "incident", "incident-1", site=CHECKPOINT, said={"kind": "cameras"})
    yield _word(56_700, "clause-broken", "no-cameras", "syrian-army", "one was seen")
    yield _word(57_600, "clause-fulfilled", "no-cameras", "hezbollah")
    yield Act(82_800, "server-1", "incident", "incident-2", site=HOLD, said={"kind": "road-cut"})
    yield Act(83_100, "server-1", "window-closed", CUT, said={"party": "syrian-army"})
    yield Act(83_400, "server-1", "convoy-held", "main", site=HOLD, said={"reason": "road-cut"})
    yield Act(95_400, "server-1", "window-opened", CUT, said={"party": "syrian-army"})
    yield Act(95_700, "server-1", "convoy-resumed", "main", site=HOLD)
    yield _word(109_800, "clause-broken", "arrive-by-noon", "hezbollah", "after noon")
