"""Erasing a person from the record: the event that says so, the keys, and both again after a restore."""

from __future__ import annotations

from collections.abc import Iterable

from safepassage.ledger.envelope import Event
from safepassage.ledger.keys import KeyStore
from safepassage.ledger.recording import Recorder
from safepassage.ledger.stores import Store
from safepassage.ledger.vocabulary import KeyDestroyed

TYPE = "key-destroyed"


def erase(person: str, reason: str, *, recorder: Recorder, store: Store, keys: KeyStore) -> bytes:
    """Destroy a person's keys and record that; return the event, the tombstone.

    It is on the disk before the keys go: after a power cut in between, `enforce` finishes the work.

    Raises
    ------
    StoreStoppedError
        When the event could not be kept; then the keys are still there.
    """
    data = recorder.record(TYPE, subject=person, payload=KeyDestroyed(reason=reason))
    store.append([data])
    keys.destroy(person)
    return data


def enforce(keys: KeyStore, events: Iterable[Event]) -> list[str]:
    """Destroy again what the record says was destroyed; return the persons whose keys this concerned now.

    To be done whenever a store of keys is opened, for it may have been restored from a copy made before. Give it only
    events whose device was allowed to say so: what this destroys stays destroyed.
    """
    gone = set(keys.destroyed())
    found = []
    for event in events:
        if event.type == TYPE and event.subject not in gone:
            keys.destroy(event.subject)
            gone.add(event.subject)
            found.append(event.subject)
    return found
