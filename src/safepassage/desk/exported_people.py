"""The list of people as it is handed out: one row a person, in it what the recipient may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from safepassage.account.walks import hospitals
from safepassage.desk.material import Material
from safepassage.exchange.dataset import Column, Dataset, Reference, Row
from safepassage.ledger.people import PersonState
from safepassage.model.people import MOBILITIES, Person
from safepassage.reports.redaction import Redaction, needs_of, shows

_AGES: Final = ("infant", "child", "adult", "older")

_OF_LIST: Final = (
    ("code", Column(name="id", required=True, help="the code, as on the wristband")),
    ("name", Column(name="name", help="as the person gave it")),
    ("household", Column(name="household", help="people of one household travel together")),
    ("site", Column(name="site", help="where the person waited at first")),
    ("destination", Column(name="destination", help="where the person is to end")),
    ("mobility", Column(name="mobility", choices=MOBILITIES, help="how the person is carried")),
    ("needs", Column(name="needs", help="what moving the person takes: wheelchair, stretcher, escort-needed")),
    ("age_band", Column(name="age_band", choices=_AGES, help="infant under 2, child under 18, older from 60")),
    ("carer", Column(name="carer", help="the code of who rides beside the person")),
    ("choice", Column(name="choice", choices=("consented", "declined", "withdrawn"), help="what the person decided")),
    ("fit_to_travel", Column(name="fit_to_travel", kind="boolean", help="a clinician's word")),
    ("treatment", Column(name="treatment_min", kind="integer", help="how long treatment takes, in minutes")),
    ("hospital", Column(name="hospital", help="where the person is treated")),
    ("vehicle", Column(name="vehicle", help="the vehicle that takes the person to the end")),
    ("trip", Column(name="trip", help="the trip of the plan")),
    ("departs", Column(name="departs", kind="datetime", help="when the plan has the person leave")),
    ("arrives", Column(name="arrives", kind="datetime", help="when the plan has the person arrive")),
)  # fmt: skip
"""Field of the table of redactions -> its column; these are known of everybody."""

_OF_LEDGER: Final = (
    ("token", Column(name="token", help="codes of wristbands and cards")),
    ("place", Column(name="place", help="the site or vehicle where the person was last")),
    ("since", Column(name="since", kind="datetime", help="since when")),
    ("status", Column(name="status", help="how it stands with the person")),
    ("registered", Column(name="registered", kind="boolean")),
    ("identity_known", Column(name="identity_known", kind="boolean")),
    ("walked_in", Column(name="walked_in", kind="boolean", help="came unannounced")),
    ("destination_told", Column(name="destination_told", kind="boolean", help="whether the person was told")),
    ("briefed", Column(name="briefed", kind="boolean")),
    ("custody", Column(name="custody", help="the party that took the person over")),
    ("missing", Column(name="missing", kind="boolean")),
    ("died", Column(name="died", kind="boolean")),
    ("removed", Column(name="removed", kind="boolean", help="taken off the list")),
    ("referral", Column(name="referral", help="how it stands with the way to hospital and back")),
    ("referred", Column(name="referred", kind="datetime", help="when the person was sent to hospital")),
    ("key_destroyed", Column(name="key_destroyed", kind="boolean", help="the person's data were erased")),
)  # fmt: skip
"""What only a record of what happened tells."""


def people_dataset(material: Material, redaction: Redaction, only: frozenset[str] | None = None) -> Dataset:
    """Return the list of people as a recipient may see it.

    Of who was erased there is the code, and that they were.

    Parameters
    ----------
    material
        What is known.
    redaction
        For whom.
    only
        Those whom it may hold; None: everybody.
    """
    known = _OF_LIST if material.state is None else (*_OF_LIST, *_OF_LEDGER)
    # a column for what is told of patients alone too: of others it is empty
    shown = tuple((field, column) for field, column in known if shows(redaction, field, patient=True))
    references = tuple(
        Reference(column=column.name, dataset=dataset, key="id")
        for field, column in shown
        for dataset in filter(None, (_REFERS.get(field),))
    )
    return Dataset(
        name="people", title="People", columns=tuple(column for _, column in shown), key=("id",), references=references,
        rows=_Rows(material, redaction, tuple(field for field, _ in shown), only),
    )  # fmt: skip


_REFERS: Final = {"site": "sites", "destination": "sites", "vehicle": "vehicles", "hospital": "sites"}


class _Rows:
    """Rows that are worked out one by one, each time anew."""

    def __init__(
        self, material: Material, redaction: Redaction, fields: tuple[str, ...], only: frozenset[str] | None
    ) -> None:
        self._material, self._fields, self._only = material, fields, only
        self._sees_patients = shows(redaction, "patient", patient=False)
        self._of_patients = frozenset(one for one in fields if not shows(redaction, one, patient=False))

    def __iter__(self) -> Iterator[Row]:
        closed = frozenset[str]() if self._sees_patients else hospitals(self._material.operation)
        for person in people_told(self._material, self._only):
            # who is at a hospital is a patient: only who may know that is told the place
            told = person | {"place": None, "since": None} if person.get("place") in closed else person
            hidden = frozenset[str]() if not self._of_patients or _is_patient(person) else self._of_patients
            yield [None if field in hidden else told.get(field) for field in self._fields]


def _is_patient(person: Mapping[str, Any]) -> bool:
    """Tell whether somebody is treated, was sent to hospital, or is to be; or a clinician found them unfit."""
    return bool(person.get("treatment") or person.get("referral")) or person.get("fit_to_travel") is False


def people_told(material: Material, only: frozenset[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield all that is known of each person, by the fields of the table of redactions; of the erased their code.

    Parameters
    ----------
    material
        What is known.
    only
        Those whom it may be about, by any of their codes; None: everybody.
    """
    if material.state is None:
        for code, listed in material.persons.items():
            if only is None or code in only:
                yield _of_list(material, code, listed)
        return
    for code, state in material.state.people.items():
        if only is not None and only.isdisjoint((code, *state.records)):
            continue
        if state.key_destroyed:
            yield {"code": code, "key_destroyed": True}
            continue
        person = next((material.persons[one] for one in state.records if one in material.persons), None)
        told = _of_list(material, code, person)
        yield told | {field: value for field, value in _of_state(material, state).items() if value not in ("", None)}


def count(material: Material) -> int:
    """Return how many people an export is about."""
    return len(material.persons if material.state is None else material.state.people)


def _of_list(material: Material, code: str, person: Person | None) -> dict[str, Any]:
    told: dict[str, Any] = {"code": code}
    ride = material.travelled.get(code if person is None else person.id)
    if ride is not None:
        told |= {
            "vehicle": ride.trip.vehicle, "trip": ride.trip.id, "departs": material.at(ride.boards.depart_s),
            "arrives": material.at(ride.alights.arrive_s), "destination": ride.alights.site,
        }  # fmt: skip
    if person is not None:
        told |= {
            "name": person.name, "household": person.household, "site": person.site,
            "mobility": person.mobility, "age_band": person.age_band, "carer": person.carer, "choice": person.choice,
            "fit_to_travel": person.fit_to_travel, "treatment": -(-person.treatment_s // 60) or None,
            "hospital": person.hospital, "needs": needs_of(person.mobility, escorted=_escorted(person)),
            "destination": person.destination or told.get("destination"),
        }  # fmt: skip
    return told


def _escorted(person: Person) -> bool:
    """Tell whether somebody rides beside them; that somebody was treated is no reason: it would mark the wounded."""
    return bool(person.carer) or person.is_child


def _of_state(material: Material, state: PersonState) -> dict[str, Any]:
    """Return what the record tells of somebody; it wins over the list, where it says anything."""
    told: dict[str, Any] = {
        "token": state.tokens, "place": state.place.id, "status": _status(state), "household": state.household,
        "since": material.told_at_ms(state.since.likely_ms) if state.since else None,
        "mobility": state.mobility, "age_band": state.age_band, "choice": state.choice, "hospital": state.hospital,
        "registered": state.registered, "identity_known": state.identity_known, "walked_in": state.walked_in,
        "destination_told": state.destination_told, "briefed": state.briefed, "custody": state.custody,
        "missing": state.missing, "died": state.died, "removed": state.removed, "referral": state.referral,
        "referred": material.told_at_ms(state.referred_ms),
        "fit_to_travel": {"fit": True, "unfit": False}.get(state.fitness), "key_destroyed": False,
    }  # fmt: skip
    if state.heads:
        told["name"] = material.name_of(state.id)
    if state.mobility:
        person = next((material.persons[one] for one in state.records if one in material.persons), None)
        told["needs"] = needs_of(state.mobility, escorted=person is not None and _escorted(person))
    return told


def _status(state: PersonState) -> str:
    """Say in a word how it stands with somebody; who is in doubt is so before anything else."""
    first = (
        (state.died, "died"), (state.removed, "removed"), (state.missing, "missing"),
        (bool(state.possible), "uncertain"), (state.referral in ("out", "treated", "retained"), "away"),
    )  # fmt: skip
    for holds, word in first:
        if holds:
            return word
    return {"vehicle": "aboard", "site": "at-site", "foot": "at-site"}.get(state.place.kind, "not-seen")
