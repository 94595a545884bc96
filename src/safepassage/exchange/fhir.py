"""Referrals for hospitals' own programs: FHIR R4 resources in one bundle, people by their codes alone.

A patient is a code, a hospital a name; a request says what moving somebody takes and not why: whoever treats them
examines them. Names of resources follow from the operation and the code, so the next bundle is about the same ones.

References
----------
HL7 FHIR R4 (4.0.1): Bundle, Patient, Location, ServiceRequest, Encounter.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

State: TypeAlias = Literal["planned", "out", "treated", "returned", "retained", "died"]

_REQUEST: Final[dict[State, str]] = {
    "planned": "active", "out": "active", "treated": "completed", "returned": "completed", "retained": "active",
    "died": "completed",
}  # fmt: skip
_ENCOUNTER: Final[dict[State, str]] = {
    "planned": "planned", "out": "in-progress", "treated": "finished", "returned": "finished",
    "retained": "in-progress", "died": "finished",
}  # fmt: skip
_SPACE: Final = uuid.UUID("6f0d9b1e-6c3b-5f63-9a43-2f2f0f6a7f11")
"""Of our names; any number would do."""

_EMERGENCY: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER", "display": "emergency",
}  # fmt: skip


class Hospital(Struct, frozen=True, kw_only=True):
    """Where somebody is treated."""

    id: str
    name: str


class Referral(Struct, frozen=True, kw_only=True):
    """One patient: to which hospital, in which state, from when until when (None: not known), and what moving takes."""

    person: str
    hospital: str
    state: State
    asked: datetime
    begins: datetime | None = None
    ends: datetime | None = None
    needs: tuple[str, ...] = ()
    with_escort: bool = False


def bundle_pieces(
    operation: str, made: datetime, hospitals: Iterable[Hospital], referrals: Iterable[Referral]
) -> Iterator[bytes]:
    """Yield a bundle of all referrals, in pieces.

    Parameters
    ----------
    operation
        Its id: the system in which the codes of people are unique.
    made
        When.
    hospitals, referrals
        Each hospital once.
    """
    yield (
        f'{{"resourceType":"Bundle","type":"collection","timestamp":{_json(made.isoformat(timespec="seconds"))}'
    ).encode()
    before, after = ',"entry":[', ""  # FHIR has no empty lists
    for entry in _entries(operation, hospitals, referrals):
        yield (before + _json(entry)).encode()
        before, after = ",\n", "]"
    yield f"{after}}}\n".encode()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _entries(operation: str, hospitals: Iterable[Hospital], referrals: Iterable[Referral]) -> Iterator[dict[str, Any]]:
    for hospital in hospitals:
        yield _entry(operation, "Location", hospital.id, name=hospital.name or hospital.id, mode="instance")
    for one in referrals:
        yield _entry(
            operation,
            "Patient",
            one.person,
            identifier=[{"system": f"urn:safepassage:{operation}", "value": one.person}],
        )
        yield _entry(operation, "ServiceRequest", one.person, **_request(operation, one))
        yield _entry(operation, "Encounter", one.person, **_encounter(operation, one))


def _uuid(operation: str, kind: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{operation}\n{kind}\n{name}"))


def _entry(operation: str, kind: str, of: str, **said: Any) -> dict[str, Any]:
    own = _uuid(operation, kind, of)
    return {"fullUrl": f"urn:uuid:{own}", "resource": {"resourceType": kind, "id": own, **said}}


def _reference(operation: str, kind: str, name: str) -> dict[str, str]:
    return {"reference": f"urn:uuid:{_uuid(operation, kind, name)}", "type": kind}


def _period(one: Referral) -> dict[str, Any]:
    period = {"start": one.begins, "end": one.ends}
    return {name: at.isoformat(timespec="seconds") for name, at in period.items() if at is not None}


def _request(operation: str, one: Referral) -> dict[str, Any]:
    said: dict[str, Any] = {
        "status": _REQUEST[one.state],
        "intent": "order",
        "priority": "urgent",
        "code": {"text": "medical referral"},
        "subject": _reference(operation, "Patient", one.person),
        "authoredOn": one.asked.isoformat(timespec="seconds"),
        "locationReference": [_reference(operation, "Location", one.hospital)],
    }
    notes = [*one.needs, *(("comes with an escort",) if one.with_escort else ())]
    if notes:
        said["note"] = [{"text": note} for note in notes]
    if period := _period(one):
        said["occurrencePeriod"] = period
    return said


def _encounter(operation: str, one: Referral) -> dict[str, Any]:
    said: dict[str, Any] = {
        "status": _ENCOUNTER[one.state],
        "class": _EMERGENCY,
        "subject": _reference(operation, "Patient", one.person),
        "basedOn": [_reference(operation, "ServiceRequest", one.person)],
        "location": [{"location": _reference(operation, "Location", one.hospital)}],
    }
    if period := _period(one):
        said["period"] = period
    return said
