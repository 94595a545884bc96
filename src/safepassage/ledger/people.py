"""What the events about a person amount to: where the person is, and how it stands with choice, health and custody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from safepassage.ledger.clocks import Interval
from safepassage.ledger.envelope import Digest
from safepassage.ledger.journeys import NOWHERE, Where
from safepassage.ledger.merging import History
from safepassage.ledger.vocabulary import Consented, HandedOver, Referred, Registered

ContradictionKind = Literal["journey", "choice", "fitness", "resolution", "token"]
ReferralState = Literal["", "out", "treated", "returned", "retained"]


class Alternative(Struct, frozen=True, kw_only=True):
    """One way to read a contradiction: which events would be wrong, and where the subject would then be."""

    wrong: tuple[Digest, ...]
    place: Where


class Contradiction(Struct, frozen=True, kw_only=True):
    """Events that cannot all be true: `events` are those that a resolution has to settle.

    Without `alternatives` there were too many to list, or the events do not speak of places.
    """

    kind: ContradictionKind
    subjects: tuple[str, ...]
    events: tuple[Digest, ...]
    alternatives: tuple[Alternative, ...] = ()


class PersonState(Struct, frozen=True, kw_only=True):
    """Where a person is and how matters stand, as far as the events tell.

    `place` holds since `since` (milliseconds of the reference's time). `possible` are other places where the person may
    be: because of a contradiction, or because two events cannot be told apart in time. Where two devices that did not
    know of each other recorded different choices or fitness, the protective one counts and the contradiction is shown.
    `unrecorded` counts moves in between that nobody recorded. `rode` are the vehicles that the person has been in, ride
    by ride.
    """

    id: str
    records: tuple[str, ...]
    place: Where = NOWHERE
    since: Interval | None = None
    possible: tuple[Where, ...] = ()
    rode: tuple[str, ...] = ()
    registered: bool = False
    identity_known: bool = True
    walked_in: bool = False
    household: str = ""
    mobility: str = ""
    age_band: str = ""
    choice: Literal["", "consented", "declined", "withdrawn"] = ""
    destination_told: bool = False
    tokens: tuple[str, ...] = ()
    briefed: bool = False
    fitness: Literal["", "fit", "unfit"] = ""
    referral: ReferralState = ""
    hospital: str = ""
    referred_ms: int | None = None
    detained: bool = False
    custody: str = ""
    missing: bool = False
    missing_since: Interval | None = None
    died: bool = False
    removed: bool = False
    key_destroyed: bool = False
    unrecorded: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    heads: tuple[Digest, ...] = ()

    @property
    def aboard(self) -> str:
        """The vehicle that the person is in; empty for none."""
        return self.place.id if self.place.kind == "vehicle" else ""


_Says = dict[str, Any]
"""Fields of a PersonState and what an event makes of them."""


def _registered(payload: Registered, time: Interval) -> _Says:  # noqa: ARG001  the form of all of these
    said = {field: getattr(payload, field) for field in ("household", "mobility", "age_band")}
    return {"registered": True} | {field: value for field, value in said.items() if value}


def _consented(payload: Consented, time: Interval) -> _Says:  # noqa: ARG001
    return {"choice": "consented", "destination_told": payload.destination_told}


def _referred(payload: Referred, time: Interval) -> _Says:
    return {"referral": "out", "hospital": payload.hospital, "referred_ms": time.likely_ms}


def _handed_over(payload: HandedOver, time: Interval) -> _Says:  # noqa: ARG001
    return {"custody": payload.to_party}


_SAYS: Mapping[str, Callable[[Any, Interval], _Says]] = MappingProxyType({
    "registered": _registered, "registered-unknown": _registered, "walked-in": _registered, "consented": _consented,
    "referred": _referred, "handed-over": _handed_over,
})  # fmt: skip

_MEANS: Mapping[str, _Says] = MappingProxyType({
    "registered": {"identity_known": True}, "registered-unknown": {"identity_known": False},
    "walked-in": {"identity_known": True, "walked_in": True}, "declined": {"choice": "declined"},
    "withdrawn": {"choice": "withdrawn"}, "briefed": {"briefed": True}, "found-fit": {"fitness": "fit"},
    "found-unfit": {"fitness": "unfit"}, "treated": {"referral": "treated"}, "returned": {"referral": "returned"},
    "retained": {"referral": "retained"}, "died": {"died": True}, "detained": {"detained": True},
    "released": {"detained": False}, "removed": {"removed": True}, "key-destroyed": {"key_destroyed": True},
})  # fmt: skip
"""What a type of event means whatever its payload says."""

_PROTECTIVE: Mapping[ContradictionKind, tuple[tuple[str, str], ...]] = MappingProxyType({
    "choice": (("withdrawn", "withdrawn"), ("declined", "declined"), ("consented", "consented")),
    "fitness": (("found-unfit", "unfit"), ("found-fit", "fit")),
})  # fmt: skip
"""Types that answer one question, and the answer; the more protective ones first."""

MET = frozenset(("seen", "boarded", "alighted", "transferred", "returned", "treated", "found", "died"))
"""Types whose observer met the person."""


def person_state(person: str, records: tuple[str, ...], history: History) -> PersonState:
    """Work out a person's state from the history of all records of the person."""
    said: _Says = {}
    for fact, time in zip(history.facts, history.times, strict=True):
        said |= _MEANS.get(fact.type, {})
        if fact.type in _SAYS:
            said |= _SAYS[fact.type](fact.payload, time)
    contradictions = journey_contradictions(person, history)
    for kind, answers in _PROTECTIVE.items():
        found = _unreconciled(history, answers)
        if found:
            said[kind] = found[0]
            contradictions.append(Contradiction(kind=kind, subjects=(person,), events=found[1]))
    if history.disputed:
        contradictions.append(Contradiction(kind="resolution", subjects=(person,), events=history.disputed))
    place, since, possible = place_of(history)
    missing_since = _missing_since(history)
    return PersonState(
        id=person,
        records=records,
        place=place,
        since=since,
        possible=possible,
        rode=_rides(history),
        tokens=tuple(dict.fromkeys(fact.payload.token for fact in history.facts if fact.type == "token-given")),
        missing=missing_since is not None,
        missing_since=missing_since,
        unrecorded=history.finding.unrecorded,
        contradictions=tuple(contradictions),
        heads=history.heads,
        **said,
    )


def _rides(history: History) -> tuple[str, ...]:
    """Return the vehicles that a person has been in, in order; what is seen in one until it is left is one ride."""
    rides: list[str] = []
    aboard = ""
    for index in history.finding.journey:
        after = history.after[index]
        if after.kind == "vehicle" and after.id != aboard:
            rides.append(after.id)
        if after.kind:
            aboard = after.id if after.kind == "vehicle" else ""
    return tuple(rides)


def _missing_since(history: History) -> Interval | None:
    """Return when the person was first told missing and has not been met since.

    Somebody met after that is found. So is somebody whom a device met later than all that the one who told them missing
    knew of: they had gone on, and only the news was late.
    """
    met = [index for index, fact in enumerate(history.facts) if fact.type in MET]
    for index, fact in enumerate(history.facts):
        if fact.type != "missing":
            continue
        knew = max((one for one in met if history.known[index] >> one & 1), default=-1)
        if not any(one > knew and not history.known[index] >> one & 1 for one in met):
            return history.times[index]
    return None


def place_of(history: History) -> tuple[Where, Interval | None, tuple[Where, ...]]:
    """Return where the subject is, since when, and where else it may be."""
    finding = history.finding
    ends = [where for _, where in finding.readings] or list(finding.possible)
    if not finding.journey:
        return NOWHERE, None, tuple(sorted(set(ends)))
    last = finding.journey[-1]
    place = _stays(history, finding.journey)
    since = history.times[last]
    return place, since, tuple(sorted({end for end in ends if end[:2] != place[:2]}))


def _stays(history: History, journey: Sequence[int]) -> Where:
    """Return the place after the last sighting of a journey that names one."""
    for index in reversed(journey):
        after = history.after[index]
        if after.kind:
            return after
    return NOWHERE


def journey_contradictions(subject: str, history: History) -> list[Contradiction]:
    """Return the contradiction among the sightings, if there is one, with what a resolution would have to settle."""
    finding = history.finding
    if not finding.contradicted:
        return []
    alternatives = tuple(
        Alternative(wrong=tuple(history.facts[index].name for index in wrong), place=where)
        for wrong, where in finding.readings
    )
    events = {name for one in alternatives for name in one.wrong}
    if finding.open:
        events = {fact.name for index, fact in enumerate(history.facts) if history.after[index].kind}
    return [Contradiction(kind="journey", subjects=(subject,), events=tuple(sorted(events)), alternatives=alternatives)]


def _unreconciled(history: History, answers: tuple[tuple[str, str], ...]) -> tuple[str, tuple[Digest, ...]] | None:
    """Find different answers to one question by devices that did not know of each other's; the protective one first."""
    types = dict(answers)
    asked = [index for index, fact in enumerate(history.facts) if fact.type in types]
    followed = 0
    for index in asked:
        followed |= history.known[index]
    last = [index for index in asked if not followed >> index & 1]
    given = {types[history.facts[index].type] for index in last}
    if len(given) < 2:
        return None
    protective = next(answer for _, answer in answers if answer in given)
    return protective, tuple(sorted(history.facts[index].name for index in last))
