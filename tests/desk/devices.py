"""A server in a folder, and devices that hand in to it: for the tests of the desk and of the server."""

from __future__ import annotations

import random
from pathlib import Path

from safepassage.desk.outboxes import Outbox, OutboxParcel
from safepassage.desk.running import Running, open_running
from safepassage.exchange.template import write_template
from safepassage.ledger.keeper import HandedIn
from safepassage.ledger.recording import Recorder
from safepassage.ledger.signing import device_public_key, new_device_key, sign_batch
from safepassage.ledger.vocabulary import Enrolled

PATIENCE_S = 30


def started(folder: Path) -> Running:
    """Start the ledger of the template's operation."""
    if not folder.exists():
        write_template(folder, workbook=False)
    return open_running(folder)[0]


def phone(name: str = "phone-1", seed: int = 0) -> Recorder:
    """Make a device with a key, not yet enrolled."""
    key = new_device_key()
    return Recorder(
        name,
        lambda batch: sign_batch(key, batch),
        randomness=random.Random(f"{name} {seed}").randbytes,
        public_key=device_public_key(key),
    )


def enrolled(running: Running, device: Recorder, role: str = "bus-focal-point") -> Recorder:
    """Enrol a device."""
    payload = Enrolled(public_key=device.public_key, role=role)
    running.record("device-enrolled", subject=device.device, payload=payload).result(PATIENCE_S)
    return device


def handed(device: Recorder) -> HandedIn:
    """Return what a device hands in next."""
    return HandedIn(parcel=next(device.outbox()))


def saved(device: Recorder) -> Outbox:
    """Return the file that a phone with this device saves."""
    return Outbox(
        format="safepassage-outbox/1",
        parcels=tuple(
            OutboxParcel(batch=one.batch, events=tuple(data.decode() for data in one.events)) for one in device.outbox()
        ),
    )
