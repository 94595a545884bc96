"""Sets of events of which nothing can be relied on: what honest, confused and lying devices may have written.

They are built one after another, for an event can only name one that was there before it. Numbers are small, so that
ties, forks and clocks that run backwards come up at once.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec

from safepassage.ledger.envelope import Event, digest, encode, event_id, reference
from safepassage.ledger.roll import Expected, Roll
from safepassage.ledger.vocabulary import (
    TYPES,
    Batch,
    Claimed,
    Consented,
    ConvoyOf,
    Corrected,
    HandedOver,
    HeadCounted,
    Merged,
    Notified,
    Opened,
    Payload,
    Positioned,
    Reading,
    Reasoned,
    Received,
    Referred,
    Registered,
    Resolved,
    TokenGiven,
    Transferred,
    Undone,
    WindowSet,
)  # fmt: skip

DEVICES = ("F", "S", "A", "B")
PERSONS = ("P1", "P2", "P3")
VEHICLES = ("B1", "B2")
SITES = ("qara", "palmyra", "")
BOOTS = ("1", "2")
MOVES = ("seen", "boarded", "alighted", "transferred", "arrived-late", "returned", "died", "missing", "found")

WRISTBAND = "W7"

ROLL = Roll(
    households={"P1": "H1", "P2": "H1", "P9": "H2"},
    final_sites=frozenset({"palmyra"}),
    manifests=(
        Expected(trip="T1", vehicle="B1", persons=frozenset({"P1", "P2"}), ends_at="palmyra"),
        Expected(trip="T2", vehicle="B1", persons=frozenset({"P3", "P8"})),
    ),
    least_s={("qara", "palmyra"): 10},
)


class Wild:
    """Writes events that need not make sense together.

    Parameters
    ----------
    chance
        Decides everything.
    """

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.events: list[Event] = []
        self.data: list[bytes] = []

    def names(self, most: int, subject: str = "") -> tuple[str, ...]:
        """Pick references to earlier events, those about a subject if there are any."""
        there = [one for event, one in zip(self.events, self.data, strict=True) if subject in ("", event.subject)]
        count = min(self.chance.randint(0, most), len(there))
        return tuple(reference(digest(one)) for one in self.chance.sample(there, count))

    def write(self) -> None:
        """Add an event; now and then one that is there already but for a detail."""
        if self.events and self.chance.random() < 0.08:
            event = self._again(self.chance.choice(self.events))
        else:
            event = self._new()
        self.events.append(event)
        self.data.append(encode(event))

    def _again(self, event: Event) -> Event:
        detail = self.chance.choice(("id", "sequence", "site", "monotonic_ms"))
        if detail == "id":
            return msgspec.structs.replace(event, id=event_id(1, self.chance.randbytes(10)))
        if detail == "site":
            return msgspec.structs.replace(event, site=self.chance.choice(SITES))
        return msgspec.structs.replace(event, **{detail: self.chance.randint(1, 9)})

    def _new(self) -> Event:
        kind, subject, payload = self._content()
        device = self.chance.choice(DEVICES if kind != "received" else DEVICES[:2])
        chain = [event.sequence for event in self.events if event.device == device]
        honest = self.chance.random() < 0.8
        return Event(
            id=event_id(self.chance.randint(0, 100), self.chance.randbytes(10)),
            device=device,
            sequence=max(chain, default=0) + 1 if honest else self.chance.randint(1, 9),
            previous="",
            basis=self.names(2, subject),
            type=kind,
            version=1,
            wall_ms=self.chance.randint(0, 60_000),
            monotonic_ms=len(self.events) * 1000 if honest else self.chance.randint(0, 6) * 1000,
            boot=self.chance.choice(BOOTS),
            subject=subject,
            vehicle=self.chance.choice(VEHICLES),
            site=self.chance.choice(SITES),
            actor="",
            payload=payload if isinstance(payload, dict) else msgspec.to_builtins(payload),
        )

    def _content(self) -> tuple[str, str, Payload | dict[str, Any]]:
        """Choose a type, its subject and its payload."""
        person = self.chance.choice(PERSONS)
        draw = self.chance.random()
        if draw < 0.35:
            return self.chance.choice(("seen", "boarded", "alighted", "died", "missing", "found", "consented",
                                       "withdrawn", "found-fit", "found-unfit")), person, {}  # fmt: skip
        if draw < 0.5:
            return ("received", "F", self._received())
        if draw < 0.65:
            return self._about_the_record(person)
        if draw < 0.7:
            return ("opened", "op", Opened(operation="op", format="x", public_key=""))
        if draw < 0.75:
            return self.chance.choice((("later-type", person, {}), ("seen", person, {"unheard": 1}),
                                       ("device-enrolled", "A", {"public_key": "x"})))  # fmt: skip
        return self._about_other_things(person)

    def _received(self) -> Received:
        batches = []
        for _ in range(self.chance.randint(1, 2)):
            asked = self.chance.randint(0, 6) * 1000
            reading = Reading(
                boot=self.chance.choice(BOOTS),
                asked_ms=asked,
                answered_ms=asked + self.chance.choice((0, 1000)),
                server_ms=self.chance.randint(0, 20) * 1000,
                wall_ms=self.chance.randint(0, 60_000),
            )
            batches.append(
                Batch(
                    device=self.chance.choice(DEVICES),
                    sequence=self.chance.randint(0, 9),
                    digest="0" * 64,
                    reading=reading if self.chance.random() < 0.8 else None,
                )
            )
        return Received(batches=tuple(batches))

    def _about_the_record(self, person: str) -> tuple[str, str, Payload]:
        subject = self.chance.choice((person, person, "op"))
        choice = self.chance.randrange(4)
        if choice == 0:
            return "corrected", subject, Corrected(corrects=self.names(2))
        if choice == 1:
            settles = self.names(3)
            return "resolved", subject, Resolved(settles=settles, upholds=settles[: self.chance.randint(0, 2)])
        if choice == 2 or not self.events:
            return "merged", person, Merged(other=self.chance.choice(PERSONS))
        merges = [one for event, one in zip(self.events, self.data, strict=True) if event.type == "merged"]
        return "unmerged", person, Undone(undoes=reference(digest(self.chance.choice(merges or self.data))))

    def _about_other_things(self, person: str) -> tuple[str, str, Payload]:
        vehicle = self.chance.choice(VEHICLES)
        return self.chance.choice((
            ("registered", person, Registered(household="H1")), ("walked-in", person, Registered()),
            ("registered-unknown", person, Registered()), ("consented", person, Consented(destination_told=True)),
            ("declined", person, Reasoned()), ("token-given", person, TokenGiven(token=WRISTBAND)),
            ("transferred", person, Transferred(from_vehicle=vehicle)), ("referred", person, Referred(hospital="h")),
            ("treated", person, Payload()), ("returned", person, Payload()), ("removed", person, Reasoned()),
            ("departed", vehicle, Reasoned()), ("arrived", vehicle, Payload()), ("departed", vehicle, Reasoned()),
            ("arrived", vehicle, Payload()), ("broke-down", vehicle, Reasoned()), ("repaired", vehicle, Payload()),
            ("positioned", vehicle, Positioned(lon_e7=self.chance.randint(0, 9), lat_e7=0)),
            ("head-counted", vehicle, HeadCounted(count=2)), ("head-counted-at-site", "qara", HeadCounted(count=3)),
            ("handed-over", vehicle, HandedOver(to_party="X", count=1, persons=(person,))),
            ("convoy-formed", "C1", ConvoyOf(vehicles=VEHICLES)), ("convoy-held", "C1", ConvoyOf(reason="road")),
            ("convoy-resumed", "C1", ConvoyOf()), ("window-opened", "W1", WindowSet(party="X", until_ms=9)),
            ("window-extended", "W1", WindowSet(until_ms=19)), ("window-closed", "W1", WindowSet()),
            ("clause-broken", "K1", Claimed(claimant="X")), ("clause-fulfilled", "K1", Claimed(claimant="Y")),
            ("notified", "X", Notified(what="N1")), ("objected", "X", Notified(what="N1")),
        ))  # fmt: skip


def wild_set(chance: random.Random, count: int) -> list[bytes]:
    """Return a set of events by so many strokes of a pen, the first of them an opening more often than not."""
    wild = Wild(chance)
    for _ in range(count):
        wild.write()
    assert {event.type for event in wild.events} <= {*TYPES, "later-type"}
    return wild.data
