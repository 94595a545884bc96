"""Bundles of referrals are valid FHIR R4, hold people by code alone, and name the same resources again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from fhir.resources.R4B.bundle import Bundle
from msgspec.structs import replace

from safepassage.exchange.fhir import Hospital, Referral, State, bundle_pieces

AT = datetime(2017, 8, 28, 6, tzinfo=UTC)
HOSPITALS = [Hospital(id="yabroud", name="Yabroud مستشفى"), Hospital(id="an nabk", name="")]


def referral(**said: Any) -> Referral:
    return replace(Referral(person="P 001/ا", hospital="yabroud", state="planned", asked=AT), **said)


def told(*referrals: Referral) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(b"".join(bundle_pieces("qara", AT, HOSPITALS, referrals)))
    return found


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_is_valid(state: State) -> None:
    bundle = Bundle.model_validate(
        told(referral(state=state), referral(person="P002", begins=AT, ends=AT, needs=("stretcher",), with_escort=True))
    )
    kinds = [entry["resource"]["resourceType"] for entry in json.loads(bundle.model_dump_json())["entry"]]
    assert kinds == ["Location"] * 2 + ["Patient", "ServiceRequest", "Encounter"] * 2


def test_references_lead_to_entries() -> None:
    bundle = told(referral())
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    text = json.dumps(bundle)
    assert all(part.split('"')[0] in known for part in text.split('"reference": "')[1:])
    assert len(known) == len(bundle["entry"]) == 5


def test_a_patient_is_a_code_and_nothing_else() -> None:
    patient = next(one["resource"] for one in told(referral())["entry"] if one["resource"]["resourceType"] == "Patient")
    assert patient.keys() == {"resourceType", "id", "identifier"}
    assert patient["identifier"] == [{"system": "urn:safepassage:qara", "value": "P 001/ا"}]


def test_the_next_bundle_is_about_the_same_resources() -> None:
    first, second = told(referral()), told(referral(state="treated"))
    assert [one["fullUrl"] for one in first["entry"]] == [one["fullUrl"] for one in second["entry"]]
    states = [one["resource"].get("status") for one in second["entry"]]
    assert states[-2:] == ["completed", "finished"]


def test_an_empty_bundle_is_one() -> None:
    found = json.loads(b"".join(bundle_pieces("qara", AT, [], [])))
    assert "entry" not in found
    assert Bundle.model_validate(found)
