"""What the servers made of the day, held against what truly happened."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ledger.simulation.loop import MINUTE
from ledger.simulation.movement import Place
from ledger.simulation.operation import World
from safepassage.ledger.board import BoardState, board_of
from safepassage.ledger.envelope import Digest, decode, digest
from safepassage.ledger.merging import Merging
from safepassage.ledger.sightings import PERSON

WIDE_MS = 5 * MINUTE
"""Events placed less exactly than this prove nothing by their time."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of one operation.

    `faults` are broken promises. `missed` are planted contradictions that are not shown although the clocks of all who
    saw the person were read; `unprovable` those not shown where some were not. `false_alarms` are people shown in a
    contradiction that nobody planted, `misplaced` those without contradiction whom the board has in a wrong place, and
    `unsure` those for whom it gives other places beside the right one. `touched` are people about whom a device with a
    double recorded anything, `touched_plants` the contradictions planted with them: part of that record is in
    quarantine.
    """

    sha256: str
    trace_sha256: str
    people: int
    events: int
    cuts: int
    faults: tuple[str, ...]
    planted: int
    missed: tuple[str, ...]
    unprovable: tuple[str, ...]
    false_alarms: tuple[str, ...]
    misplaced: tuple[str, ...]
    unsure: tuple[str, ...]
    touched: int
    touched_plants: int
    quarantined: int

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.faults or self.missed or self.misplaced)


def judge(world: World) -> Verdict:
    """Compare the end with the truth."""
    kept = [list(server.keeper.store.read()) for server in world.servers if server.keeper]
    events = kept[0]
    state = board_of(_shuffled(world, events), world.roll)
    touched = _touched(world)
    planted = [plant for plant in world.plants if plant.recorded]
    shown = {(one.kind, one.subjects) for one in state.contradictions}
    expected = {(plant.kind, plant.persons) for plant in planted} | {
        ("resolution", plant.persons) for plant in planted if plant.resolved == "twice"
    }
    lost = {plant.persons for plant in planted if set(plant.persons) & touched or plant.resolved == "once"}
    merging = _merged(events)
    placed = _well_placed(world, merging)
    absent = [(kind, who) for kind, who in sorted(expected - shown) if who not in lost]
    unprovable = [(kind, who) for kind, who in absent if kind == "journey" and not placed.issuperset(who)]
    concerned = {person for plant in planted if plant.resolved != "once" for person in plant.persons}
    world.loop.note("board", state.sha256())
    return Verdict(
        sha256=state.sha256(),
        trace_sha256=world.loop.trace_sha256(),
        people=len(world.truth.ends),
        events=len(events),
        cuts=sum(server.cuts for server in world.servers),
        faults=tuple(_faults(world, kept, state, merging)),
        planted=len(planted),
        missed=tuple(f"{kind} {' '.join(who)}" for kind, who in absent if (kind, who) not in unprovable),
        unprovable=tuple(f"{kind} {' '.join(who)}" for kind, who in unprovable),
        false_alarms=tuple(
            f"{kind} {' '.join(who)}" for kind, who in sorted(shown - expected) if not set(who) & touched
        ),
        misplaced=tuple(_misplaced(world, state, concerned | touched)),
        unsure=tuple(
            person
            for person, one in state.people.items()
            if one.possible and not one.contradictions and person not in concerned | touched
        ),
        touched=len(touched),
        touched_plants=sum(bool(set(plant.persons) & touched) for plant in planted),
        quarantined=len(state.quarantined),
    )


def _shuffled(world: World, events: Sequence[bytes]) -> list[bytes]:
    """Return the events in another order, a third of them twice."""
    chance = world.loop.chance("shuffle")
    mixed = [*events, *chance.sample(list(events), len(events) // 3)]
    chance.shuffle(mixed)
    return mixed


def _faults(world: World, kept: Sequence[Sequence[bytes]], state: BoardState, merging: Merging) -> list[str]:
    """Return the promises that were broken."""
    found = [] if world.quiet else ["not quiet: something never came to its end"]
    names = [frozenset(map(digest, events)) for events in kept]
    for server, own in zip(world.servers, names, strict=False):
        board = server.board()
        if board is None or board.sha256() != state.sha256():
            found.append(f"{server.name} has another board")
        if server.keeper and len(own) != len(server.keeper.store):
            found.append(f"{server.name} has an event twice")
        lost = [data for data in world.accepted() if digest(data) not in own]
        if lost:
            found.append(f"{server.name} lost {len(lost)} acknowledged events")
    found += [f"gap of {name}" for name, device in state.devices.items() if device.gaps]
    found += _quarantine_faults(world, kept[0], state)
    found += _times_wrong(world, merging)
    return found


def _quarantine_faults(world: World, events: Sequence[bytes], state: BoardState) -> list[str]:
    """Compare what is in quarantine with what stands twice at one place of a chain."""
    forms: dict[tuple[str, int], set[Digest]] = {}
    for data in events:
        event = decode(data)
        forms.setdefault((event.device, event.sequence), set()).add(digest(data))
    expected = sorted((*place, tuple(sorted(names))) for place, names in forms.items() if len(names) > 1)
    found = []
    if expected != [tuple(one) for one in state.quarantined]:
        found.append("the quarantine is not what was forked")
    strangers = {device for device, _, _ in expected} - set(world.forked)
    return found + [f"{device} is in quarantine without a double" for device in sorted(strangers)]


def _merged(events: Sequence[bytes]) -> Merging:
    merging = Merging()
    for data in events:
        merging.add(data)
    return merging


def _times_wrong(world: World, merging: Merging) -> list[str]:
    """Find events that the ledger is sure happened at another time than they did."""
    wrong = 0
    for name, recorded in world.recorded.items():
        if name not in merging.standing.facts or recorded.device in world.forked:
            continue
        interval = merging.timing.interval(merging.standing.facts[name])
        true_ms = world.field.clock.wall_at(recorded.at_ms)
        if not interval.earliest_ms - 1 <= true_ms <= interval.latest_ms + 1:
            wrong += 1
    return [f"{wrong} events are placed where they were not"] if wrong else []


def _well_placed(world: World, merging: Merging) -> set[str]:
    """Return the people all of whose sightings are placed closely in time."""
    people = set(world.truth.ends)
    for fact in merging.standing.facts.values():
        if fact.type not in PERSON:
            continue
        interval = merging.timing.interval(fact)
        if interval.latest_ms - interval.earliest_ms > WIDE_MS:
            people.discard(fact.subject)
    return people


def _touched(world: World) -> set[str]:
    """Return the people about whom a device with a double recorded, or would have, what is lost or in quarantine."""
    forked = set(world.forked)
    found = set()
    for one in world.truth.observations:
        if one.device in forked:
            found |= {one.subject, *getattr(one.payload, "persons", ())}
    return found & set(world.truth.ends)


def innocent(world: World) -> list[str]:
    """Return the people with whom nothing was planted, and of whose record nothing is in quarantine."""
    touched = _touched(world) | {person for plant in world.plants if plant.recorded for person in plant.persons}
    return [person for person in world.truth.ends if person not in touched]


def _misplaced(world: World, state: BoardState, left_out: set[str]) -> list[str]:
    found = []
    for person, end in world.truth.ends.items():
        if person in left_out:
            continue
        if any(one.kind == "journey" for one in state.people[person].contradictions):
            continue  # counted as a false alarm
        place: Place = state.people[person].place[:2]
        if place != end:
            found.append(f"{person} is at {'/'.join(end)}, the board says {'/'.join(place) or 'nowhere'}")
    return found
