"""Who left when and halted where, from small ledgers with the answer typed beside them."""

from __future__ import annotations

from safepassage.account.milestones import Drive
from safepassage.account.walks import NEVER_S, Halt, Left, Ride, Sighting, Walk, halts, left_at, moves_of

HOSPITALS = frozenset(("clinic",))


def drive(vehicle: str, type_: str, site: str, at_s: int) -> Drive:
    return Drive(vehicle=vehicle, type=type_, site=site, at_s=at_s, event=f"{type_}-{at_s}")  # type: ignore[arg-type]


def walk(*rides: Ride, sightings: tuple[Sighting, ...] = ()) -> Walk:
    return Walk(person="P001", origin="camp", rides=rides, sightings=sightings)


MOVES = moves_of([
    drive("A1", "departed", "camp", 100), drive("A1", "arrived", "clinic", 200), drive("A1", "departed", "clinic", 900),
    drive("B1", "departed", "camp", 2000), drive("B1", "arrived", "hold", 3000), drive("B1", "departed", "hold", 4000),
    drive("B1", "arrived", "town", 5000),
])  # fmt: skip


def test_a_ride_to_hospital_is_not_leaving() -> None:
    away, on = Ride("A1", 50, 210, away=True), Ride("B1", 1900, NEVER_S, away=False)
    assert left_at(walk(away), MOVES, HOSPITALS) is None
    assert left_at(walk(away, on), MOVES, HOSPITALS) == Left(2000, "departed-2000")
    back = Ride("A1", 800, 950, away=False)
    assert left_at(walk(back), MOVES, HOSPITALS) is None


def test_who_was_written_down_while_the_door_closed_was_aboard() -> None:
    assert left_at(walk(Ride("B1", 2120, NEVER_S, away=False)), MOVES, HOSPITALS) == Left(2000, "departed-2000")
    assert left_at(walk(Ride("B1", 2121, 2500, away=False)), MOVES, HOSPITALS) is None


def test_whose_ride_nobody_recorded_left_by_when_they_were_seen() -> None:
    seen = (Sighting("camp", 10, away=False), Sighting("town", 6000, away=False))
    assert left_at(walk(sightings=seen), MOVES, HOSPITALS) == Left(6000, "")
    assert left_at(walk(sightings=seen[:1]), MOVES, HOSPITALS) is None
    assert left_at(walk(sightings=(Sighting("", 50, away=False),)), MOVES, HOSPITALS) is None


def test_a_halt_lasts_from_arrival_to_departure() -> None:
    on = Ride("B1", 1900, NEVER_S, away=False)
    assert list(halts(walk(on), MOVES, "hold")) == [Halt("P001", 3000, 4000, "B1")]
    assert list(halts(walk(on), MOVES, "camp")) == []
    assert list(halts(walk(on), MOVES, "town")) == [Halt("P001", 5000, None, "B1")]
    out = Ride("B1", 1900, 3100, away=False)
    assert list(halts(walk(out, sightings=(Sighting("hold", 3100, away=False),)), MOVES, "hold")) == [
        Halt("P001", 3000, None, "B1")
    ]
    lost = (Sighting("hold", 3100, away=False), Sighting("", 3500, away=False))
    assert list(halts(walk(out, sightings=lost), MOVES, "hold")) == [Halt("P001", 3000, 3500, "B1")]
