"""Add an event of each type and version that the golden ledger lacks; what is there is never touched.

Run it after adding a type: `PYTHONPATH=src:tests python -m ledger.golden.make`. A line of events.jsonl is the exact
bytes of one event; digests.txt names the same events in the same order. A format that upcasters cannot read gets a
folder of its own beside this one.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Final

from ledger.devices import recorder
from safepassage.ledger import vocabulary as words
from safepassage.ledger.envelope import decode, digest, reference
from safepassage.ledger.keys import COMPARTMENTS, MemoryKeys
from safepassage.ledger.sealing import seal
from safepassage.ledger.vocabulary import TYPES, Payload

FOLDER: Final = Path(__file__).parent / "1"
ONE, OTHER = "1" * 64, "ab" * 32
KEY: Final = "BExampleOfAPublicKey+/="

SUBJECTS: Final[dict[str, str]] = {
    "person": "P001", "vehicle": "B1", "site": "S1", "convoy": "C1", "window": "W1", "clause": "CL1", "milestone": "M1",
    "incident": "I1", "disclosure": "X1", "party": "A", "device": "D1", "ledger": "L1", "any": "P001",
}  # fmt: skip

READING: Final = words.Reading(
    boot="boot-7", asked_ms=1_000, answered_ms=1_080, server_ms=5_000_000, wall_ms=-1_503_900_000_000
)

EXAMPLES: Final[dict[type[Payload], Payload]] = {
    example.__class__: example
    for example in (
        Payload(),
        words.Registered(household="H1", mobility="stretcher", age_band="older"),
        words.Consented(manner="proxy", by="P002", destination_told=True),
        words.Reasoned(reason="سبب"),
        words.TokenGiven(token="T-0007"),  # noqa: S106 - the code of a wristband
        words.Transferred(from_vehicle="B2"),
        words.Referred(hospital="S9", accompanied_by=("P002", "P003")),
        words.Merged(other="P002"),
        words.Undone(undoes=ONE, reason="twins"),
        words.HandedOver(
            to_party="B",
            count=2,
            persons=("P001", "P002"),
            signatures=(words.Signature(party="A", by="N1"), words.Signature(party="B", by="N2", paper="folder 3")),
        ),
        words.Positioned(lon_e7=368_000_000, lat_e7=-1, accuracy_m=12, fixed_ms=1_503_899_990_000),
        words.HeadCounted(count=44, children=0),
        words.ConvoyOf(vehicles=("B1", "B2"), others=("C2",), reason="fuel"),
        words.WindowSet(party="A", until_ms=1_503_990_000_000),
        words.Claimed(claimant="A", reason="not all", share="1/2"),
        words.Happened(kind="shots", persons=("P001",)),
        words.Disclosed(recipient="B", what="manifest", persons=("P001",)),
        words.Notified(what="route"),
        words.Corrected(corrects=(ONE, OTHER), reason="wrong bus"),
        words.Resolved(settles=(ONE, OTHER), upholds=(ONE,), reason="asked the person"),
        words.Approved(approves=ONE),
        words.Opened(operation="O1", operation_sha256=OTHER, format="safepassage-ledger/1", public_key=KEY),
        words.Closed(finals=2, cases=1, statement=OTHER),
        words.Enrolled(public_key=KEY, role="boarding", serves="S1"),
        words.Received(
            batches=(
                words.Batch(device="D1", sequence=9, digest=ONE, signature="c2ln", reading=READING),
                words.Batch(device="D2", sequence=0, digest=OTHER),
            )
        ),
        words.KeyDestroyed(reason="retention"),
    )
}
"""One payload of each struct, with everything in it that it can say."""

SEALED: Final = "walked-in"
"""Of this type the example also has something sealed."""


def keys() -> MemoryKeys:
    """Give the keys under which the example is sealed."""
    return MemoryKeys(random.Random(6).randbytes)


def example(name: str, event: str) -> Payload:
    """Give the payload of a type."""
    if name != SEALED:
        return EXAMPLES[TYPES[name].payload]
    fields = {"identity": {"name": "اسم"}, "medical": {"notes": "insulin"}}
    drawn = random.Random(7).randbytes
    return words.Registered(sealed=seal(keys(), fields, person="P001", event=event, randomness=drawn))  # type: ignore[arg-type]


def stored() -> list[bytes]:
    """Read the events that are there."""
    path = FOLDER / "events.jsonl"
    return path.read_bytes().splitlines() if path.exists() else []


def complete(events: list[bytes]) -> list[bytes]:
    """Return them, and after them one of each type and version that is not among them."""
    there = {(event.type, event.version) for event in map(decode, events)}
    device = recorder("golden")
    device.resume(events)
    added = [
        device.record(name, subject=SUBJECTS[kind.subject], vehicle="B1", site="S1", actor="N1",
                      payload=lambda event, name=name: example(name, event))  # type: ignore[misc]
        for name, kind in TYPES.items()
        if (name, kind.version) not in there
    ]  # fmt: skip
    return events + added


def main() -> int:
    """Write what is missing."""
    events = complete(stored())
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "events.jsonl").write_bytes(b"".join(data + b"\n" for data in events))
    lines = [f"{reference(digest(data))} {decode(data).type}\n" for data in events]
    (FOLDER / "digests.txt").write_bytes("".join(lines).encode())
    used = keys()
    text = {compartment: used.key("P001", compartment).hex() for compartment in COMPARTMENTS}
    if not (FOLDER / "keys.json").exists():
        (FOLDER / "keys.json").write_text(json.dumps({"P001": text}, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(events)} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
