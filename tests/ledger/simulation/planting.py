"""Contradictions put into the day on purpose: what somebody recorded that was not so."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from msgspec import Struct

from ledger.simulation.loop import MINUTE, SECOND
from ledger.simulation.movement import Observation, Ride, Truth
from safepassage.ledger.vocabulary import Reasoned, TokenGiven


class Plant(Struct, kw_only=True):
    """One planted contradiction.

    `kind` is the board's word for it; `name` the observation that is not true, `true` the one that it contradicts.
    `recorded` is set when it came to that: who is told by the program that a person is aboard elsewhere does not board
    them.
    """

    sort: str
    kind: str
    persons: tuple[str, ...]
    name: str
    true: str
    recorded: bool = False
    resolved: str = ""


Sower: TypeAlias = Callable[["Field", str], "tuple[Plant, Observation] | None"]


class Field:
    """Where contradictions are planted: a truth, and who is still without one.

    Parameters
    ----------
    truth
        What happened; planted observations are added to it.
    chance
        Random numbers.
    """

    def __init__(self, truth: Truth, chance: random.Random) -> None:
        self.truth, self.chance = truth, chance
        self.named = {one.name: one for one in truth.observations if one.name}
        self.rides = {person: ride for ride in reversed(truth.rides) for person in ride.persons}

    def sow(self, sorts: list[str]) -> list[Plant]:
        """Plant one of each sort asked for, each with people of its own; what finds nobody is left out."""
        free = sorted(self.truth.ends)
        self.chance.shuffle(free)
        plants: list[Plant] = []
        for sort in sorts:
            for person in free:
                made = SORTS[sort](self, person)
                if made is None or not set(made[0].persons) <= set(free):
                    continue
                plant, observation = made
                self.truth.observations.append(_of_plant(observation, len(plants), plant))
                plants.append(plant)
                free = [one for one in free if one not in plant.persons]
                break
        return plants

    def another(self, places: list[str], *but: str) -> str | None:
        """Return a device of these places that is none of those."""
        devices = [one for place in places for one in self.truth.posts[place] if one not in but]
        return self.chance.choice(devices) if devices else None

    def who_saw(self, one: Observation) -> set[str]:
        """Return the devices that record the same at any time: they know of it."""
        return {
            other.device for other in self.truth.observations
            if (other.subject, other.type, other.vehicle, other.site) == (one.subject, one.type, one.vehicle, one.site)
        }  # fmt: skip

    def first_ride(self, person: str) -> tuple[Ride, Observation] | None:
        """Return the first trip of somebody, where boarding was recorded."""
        ride = self.rides.get(person)
        boarding = self.named.get(f"boards {person} {ride.boards_ms}") if ride else None
        return (ride, boarding) if ride and boarding else None


def _of_plant(observation: Observation, number: int, plant: Plant) -> Observation:
    plant.name = f"plant {number}"
    return Observation(**{name: getattr(observation, name) for name in observation.__struct_fields__}
                       | {"plant": number, "name": plant.name})  # fmt: skip


def _two_vehicles(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a boarding of another vehicle, between the true one and its arrival."""
    found = field.first_ride(person)
    if found is None:
        return None
    ride, boarding = found
    device = field.another([ride.origin], *field.who_saw(boarding))
    others = [one for one in sorted({other.vehicle for other in field.truth.rides}) if one != ride.vehicle]
    if device is None or not others:
        return None
    at_ms = boarding.at_ms + field.chance.randint(0, min(20 * MINUTE, (ride.arrives_ms - boarding.at_ms) // 2))
    wrong = Observation(
        at_ms=at_ms, device=device, type="boarded", subject=person, vehicle=field.chance.choice(others),
        site=ride.origin, unless_known=boarding.name,
    )  # fmt: skip
    return Plant(sort="two-vehicles", kind="journey", persons=(person,), name="", true=boarding.name), wrong


def _too_far(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a meeting at the other end, a minute after the person was registered."""
    first = field.named[f"first {person}"]
    site = field.chance.choice(field.truth.geography.destinations)
    device = field.another([site], first.device)
    if device is None:
        return None
    at_ms = first.at_ms + field.chance.randint(-2, 2) * MINUTE
    wrong = Observation(at_ms=max(0, at_ms), device=device, type="seen", subject=person, site=site)
    return Plant(sort="too-far", kind="journey", persons=(person,), name="", true=first.name), wrong


def _after_death(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a boarding of somebody who has died there."""
    died = field.named.get(f"died {person}")
    if died is None:
        return None
    device = field.another([died.site], died.device)
    if device is None:
        return None
    at_ms = died.at_ms + field.chance.randint(10, 60) * MINUTE
    vehicle = field.chance.choice([one.vehicle for one in field.truth.rides])
    wrong = Observation(at_ms=at_ms, device=device, type="boarded", subject=person, vehicle=vehicle, site=died.site)
    return Plant(sort="after-death", kind="journey", persons=(person,), name="", true=died.name), wrong


def _handed_over_elsewhere(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a boarding where the person came from, minutes after the hand-over at the destination."""
    handed = next(
        (one for one in field.truth.observations
         if one.type == "handed-over" and person in getattr(one.payload, "persons", ())), None,
    )  # fmt: skip
    found = field.first_ride(person)
    if handed is None or found is None:
        return None
    device = field.another([found[0].origin], handed.device)
    if device is None:
        return None
    vehicles = [one for one in sorted({other.vehicle for other in field.truth.rides}) if one != handed.subject]
    at_ms = handed.at_ms + field.chance.randint(1, 8) * MINUTE
    wrong = Observation(
        at_ms=at_ms, device=device, type="boarded", subject=person, vehicle=field.chance.choice(vehicles),
        site=found[0].origin,
    )  # fmt: skip
    return Plant(sort="handed-over-elsewhere", kind="journey", persons=(person,), name="", true=""), wrong


def _two_choices(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a refusal by a device that does not know of the consent."""
    consented = field.named.get(f"yes {person}")
    if consented is None:
        return None
    device = field.another([consented.site], consented.device)
    if device is None:
        return None
    at_ms = consented.at_ms + field.chance.randint(0, 20 * 60) * SECOND
    wrong = Observation(
        at_ms=at_ms, device=device, type="declined", subject=person, site=consented.site,
        payload=Reasoned(reason="slip"), unless_known=consented.name,
    )  # fmt: skip
    return Plant(sort="two-choices", kind="choice", persons=(person,), name="", true=consented.name), wrong


def _one_token(field: Field, person: str) -> tuple[Plant, Observation] | None:
    """Plant a copy of somebody else's wristband."""
    first = field.named[f"first {person}"]
    other = field.chance.choice(sorted(field.truth.ends))
    if other == person:
        return None
    wrong = Observation(
        at_ms=first.at_ms + 5 * MINUTE, device=first.device, type="token-given", subject=person, site=first.site,
        payload=TokenGiven(token=f"W-{other}"),
    )  # fmt: skip
    return Plant(sort="one-token", kind="token", persons=tuple(sorted((person, other))), name="", true=""), wrong


SORTS: Mapping[str, Sower] = MappingProxyType({
    "two-vehicles": _two_vehicles,
    "too-far": _too_far,
    "after-death": _after_death,
    "handed-over-elsewhere": _handed_over_elsewhere,
    "two-choices": _two_choices,
    "one-token": _one_token,
})  # fmt: skip
