"""What is recorded about a person at the console: seen, missing, found, referred, back, walked in, merged."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from safepassage.desk.calls import Kept
from safepassage.desk.people import People, Row
from safepassage.desk.personal import LONGEST_NAME
from safepassage.desk.recording import Said, record
from safepassage.desk.roles import CORRECTING, Who, may, may_record
from safepassage.ledger.envelope import Digest
from safepassage.ledger.facts import Fact
from safepassage.model.errors import UsageError

ACTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "seen": ("place",), "missing": ("maybe-place", "reason"), "found": ("place",),
    "referred": ("hospital", "site"), "returned": ("site",),
})  # fmt: skip
"""Types of events that a person's page records, and what its form asks for."""

CODE: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,40}")
_PROPOSED: Final = "W{:03d}"


class Place(Struct, frozen=True, kw_only=True):
    """A site or a vehicle that a form offers: `site/S1`, `vehicle/B1`."""

    kind: str
    id: str

    @property
    def value(self) -> str:
        """As a form hands it in."""
        return f"{self.kind}/{self.id}"


def places_of(people: People, who: Who) -> tuple[Place, ...]:
    """Return where somebody may record: of who serves one place, that one alone.

    Parameters
    ----------
    people
        Everybody, and the operation.
    who
        Who records.
    """
    operation = people.running.operation
    sites = [Place(kind="site", id=site.id) for site in operation.sites if site.kind != "junction"]
    vehicles = [Place(kind="vehicle", id=vehicle.id) for vehicle in operation.vehicles]
    every = (*sites, *vehicles)
    if not who.serves or may(who, "settle"):
        return every
    own = tuple(place for place in every if place.id == who.serves)
    return own or (Place(kind="site", id=who.serves),)


def acts_of(who: Who, row: Row) -> dict[str, tuple[str, ...]]:
    """Return what somebody may record of a person as things stand, and what each form asks for.

    Parameters
    ----------
    who
        Who records.
    row
        The person.
    """
    state = row.state
    if state.died or state.removed:
        return {}
    out = state.referral in ("out", "treated")
    fits = {"seen": True, "missing": not state.missing, "found": state.missing, "referred": not out, "returned": out}
    return {act: asked for act, asked in ACTS.items() if fits[act] and may_record(who, act, who.serves, row.id)}


def record_act(people: People, who: Who, code: str, given: Mapping[str, str]) -> Future[Kept]:
    """Record one of `ACTS` about a person.

    Parameters
    ----------
    people
        Everybody.
    who
        Who records.
    code
        Of the person.
    given
        The form: `act`, and what that asks for.

    Raises
    ------
    NoSuchPersonError
        When nobody has the code.
    NotPermittedError
        When it is not theirs to record, or not there.
    UsageError
        When something is missing, or no place of this operation.
    """
    people.refresh()
    row, act = people.row(code), given.get("act", "")
    asked = ACTS.get(act)
    if asked is None:
        raise UsageError("there is no such entry for a person")
    vehicle, site = _place(people, who, given, asked)
    payload: dict[str, Any] = {}
    if "reason" in asked and given.get("reason", "").strip():
        payload["reason"] = given["reason"].strip()[:64]
    if "hospital" in asked:
        payload["hospital"] = _known_site(people, given.get("hospital", ""))
    return record(people.running, who, Said(type=act, subject=row.id, vehicle=vehicle, site=site, payload=payload))


def _place(people: People, who: Who, given: Mapping[str, str], asked: tuple[str, ...]) -> tuple[str, str]:
    """Return vehicle and site of a form."""
    text = given.get("place", "")
    if not text and "maybe-place" in asked:
        # Who serves one place records for that place.
        own = places_of(people, who) if who.serves else ()
        text = own[0].value if len(own) == 1 else ""
        if not text:
            return "", ""
    kind, _, name = text.partition("/")
    if kind == "vehicle" and "site" not in asked:
        if name not in {vehicle.id for vehicle in people.running.operation.vehicles}:
            raise UsageError("choose a vehicle of this operation")
        return name, ""
    return "", _known_site(people, name if kind == "site" else "")


def _known_site(people: People, site: str) -> str:
    if site not in {one.id for one in people.running.operation.sites}:
        raise UsageError("choose a site of this operation")
    return site


def proposed_code(people: People, taken: Collection[str] = ()) -> str:
    """Return a code that nobody has yet, for somebody who walks in.

    Parameters
    ----------
    people
        Everybody.
    taken
        Codes that are given away already.
    """
    people.refresh()
    number = 1
    while people.has(_PROPOSED.format(number)) or _PROPOSED.format(number) in taken:
        number += 1
    return _PROPOSED.format(number)


def walk_in(people: People, who: Who, given: Mapping[str, str]) -> Future[Kept]:
    """Register somebody who is on no list.

    Parameters
    ----------
    people
        Everybody.
    who
        Who records.
    given
        The form: `code`, `identity` (known or unknown), `name`, `household`, `age_band`, `mobility`, `place`.

    Raises
    ------
    NotPermittedError
        When it is not theirs to record, or not there.
    UsageError
        When the code is none or somebody's, or the place none of this operation.
    NotRecordedError
        When age or mobility are not what the vocabulary has.
    """
    people.refresh()
    code = given.get("code", "").strip()
    if not CODE.fullmatch(code) or "/" in code:
        raise UsageError("a person's code: up to 40 signs, without spaces and slashes")
    if people.has(code):
        raise UsageError("somebody has this code already; look them up, or choose another")
    name = " ".join(given.get("name", "").split())
    if len(name) > LONGEST_NAME:
        raise UsageError(f"a name of up to {LONGEST_NAME} signs")
    _, site = _place(people, who, given, ("site",))
    payload = {key: given[key].strip() for key in ("household", "age_band", "mobility") if given.get(key, "").strip()}
    kind = "registered-unknown" if given.get("identity") == "unknown" else "walked-in"
    said = Said(type=kind, subject=code, site=site, payload=payload, name=name)
    return record(people.running, who, said)


def take_back(people: People, who: Who, name: str, reason: str = "") -> Future[Kept]:
    """Say of an event that it was wrong; what holds instead is recorded by an event of its own.

    Parameters
    ----------
    people
        Everybody.
    who
        Who corrects: what they recorded themselves, or anything, for who may settle.
    name
        The event's digest.
    reason
        A word or two.

    Raises
    ------
    NotPermittedError
        When it is not theirs to correct.
    UsageError
        When there is no such event.
    """
    fact = _event(people, name)
    payload = {"corrects": [name]} | ({"reason": reason.strip()[:64]} if reason.strip() else {})
    said = Said(type=CORRECTING, subject=fact.subject, vehicle=fact.vehicle, site=fact.site, payload=payload)
    return record(people.running, who, said)


def merge(people: People, who: Who, code: str, other: str) -> Future[Kept]:
    """Say that two records are of one person.

    Parameters
    ----------
    people
        Everybody.
    who
        Who says so.
    code, other
        The records.

    Raises
    ------
    NoSuchPersonError
        When nobody has one of the codes.
    NotPermittedError
        When it is not theirs to say.
    UsageError
        When both are of one person already.
    """
    people.refresh()
    one, two = people.row(code), people.row(other)
    if one.id == two.id:
        raise UsageError("both codes are of one person already")
    said = Said(type="merged", subject=one.id, site=_own_site(people, who), payload={"other": two.id})
    return record(people.running, who, said)


def unmerge(people: People, who: Who, name: str, reason: str = "") -> Future[Kept]:
    """Take a merge back: the records are of two people again.

    Parameters
    ----------
    people
        Everybody.
    who
        Who says so.
    name
        The digest of the event that merged them.
    reason
        A word or two.

    Raises
    ------
    NotPermittedError
        When it is not theirs to say.
    UsageError
        When there is no such merge.
    """
    fact = _event(people, name)
    if fact.type != "merged":
        raise UsageError("this event merged nobody")
    payload = {"undoes": name} | ({"reason": reason.strip()[:64]} if reason.strip() else {})
    said = Said(type="unmerged", subject=fact.subject, site=_own_site(people, who) or fact.site, payload=payload)
    return record(people.running, who, said)


def _own_site(people: People, who: Who) -> str:
    own = [place for place in places_of(people, who) if place.kind == "site" and place.id == who.serves]
    return own[0].id if own else ""


def _event(people: People, name: str) -> Fact:
    try:
        found = Digest(bytes.fromhex(name))
    except ValueError:
        found = Digest(b"")
    with people.running.keeper.lock:
        fact = people.running.keeper.board.merging.standing.find(found)
    if fact is None:
        raise UsageError("there is no such event")
    return fact
