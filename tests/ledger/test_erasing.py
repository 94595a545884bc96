"""After a person's keys are destroyed nothing of theirs is readable anywhere, and the record is what it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ledger.devices import recorder
from safepassage.ledger.envelope import decode, digest
from safepassage.ledger.erasing import enforce, erase
from safepassage.ledger.keys import COMPARTMENTS, Compartment, KeyDestroyedError, MemoryKeys
from safepassage.ledger.merkle import MerkleTree
from safepassage.ledger.recording import Recorder
from safepassage.ledger.sealing import seal, unseal
from safepassage.ledger.stores import Store, StoreStoppedError
from safepassage.ledger.stores.key_files import Cost, KeyFile
from safepassage.ledger.stores.memory import MemoryStore
from safepassage.ledger.stores.sqlite import SqliteStore
from safepassage.ledger.upcasting import read_payload
from safepassage.ledger.vocabulary import KeyDestroyed, Registered

PLAIN = ("a name of P001", "insulin twice a day")
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


class World:
    """A server's ledger and its keys, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.ledger, self.vault = folder / "ledger", folder / "vault"
        self.ledger.mkdir()
        self.vault.mkdir()
        self.store = SqliteStore(self.ledger / "events.sqlite")
        self.keys = self.opened()
        self.device = recorder("S")

    def opened(self) -> KeyFile:
        return KeyFile(self.vault / "operation.keys", "a passphrase", cost=CHEAP)

    def register(self, person: str) -> str:
        """Write a person down and return the event's id."""
        fields: dict[Compartment, dict[str, str]] = {"identity": {"name": PLAIN[0]}, "medical": {"notes": PLAIN[1]}}
        data = self.device.record(
            "registered",
            subject=person,
            payload=lambda event: Registered(
                household="H1",
                sealed=seal(self.keys, fields, person=person, event=event),
            ),
        )
        self.store.append([data])
        return decode(data).id

    def on_disk(self) -> bytes:
        """Everything that is stored, of ledger and keys, with what lies beside."""
        return b"".join(path.read_bytes() for path in sorted(self.ledger.parent.rglob("*")) if path.is_file())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()
    made.keys.close()


def export(store: Store) -> bytes:
    """Write what anybody is handed of a ledger: every event's bytes."""
    return b"\n".join(store.read())


def readable(world: World, events: Sequence[bytes], person: str) -> list[str]:
    """Open what can be opened of a person, as somebody with all files would."""
    found: list[str] = []
    for event in map(decode, events):
        if event.subject == person and event.payload.get("sealed"):
            text = event.payload["sealed"]
            for compartment in COMPARTMENTS:
                found += unseal(world.keys, text, compartment, person=person, event=event.id).values()
    return found


def test_nothing_is_readable_anywhere_once_the_keys_are_destroyed(world: World, tmp_path: Path) -> None:
    world.register("P001")
    world.register("P002")
    before = list(world.store.read())
    assert readable(world, before, "P001") == list(PLAIN)
    secret = [world.keys.known_key("P001", "identity"), world.keys.known_key("P001", "medical")]
    world.store.back_up(tmp_path / "ledger" / "backup.sqlite")
    (tmp_path / "ledger" / "export.jsonl").write_bytes(export(world.store))
    root = tree(before).root()

    tombstone = erase("P001", "request", recorder=world.device, store=world.store, keys=world.keys)

    stored = world.on_disk()
    assert not any(text.encode() in stored for text in PLAIN)
    assert not any(key in stored for key in secret)
    after = list(world.store.read())
    assert after == [*before, tombstone]
    assert tree(after).root(len(before)) == root
    with pytest.raises(KeyDestroyedError):
        readable(world, after, "P001")
    assert readable(world, after, "P002") == list(PLAIN)
    said = read_payload(decode(tombstone))
    assert (decode(tombstone).type, decode(tombstone).subject) == ("key-destroyed", "P001")
    assert said == KeyDestroyed(reason="request")


def tree(events: Sequence[bytes]) -> MerkleTree:
    made = MerkleTree()
    made.extend([digest(data) for data in events])
    return made


def test_the_scan_would_find_what_is_not_sealed(world: World) -> None:
    data = world.device.record("registered", subject="P001", payload=Registered(household=PLAIN[0]))
    world.store.append([data])
    assert PLAIN[0].encode() in world.on_disk()


def test_a_restored_file_of_keys_forgets_again_what_the_record_says_is_gone(world: World) -> None:
    world.register("P001")
    world.register("P002")
    copy = (world.vault / "operation.keys").read_bytes()
    erase("P001", "retention", recorder=world.device, store=world.store, keys=world.keys)
    world.keys.close()
    (world.vault / "operation.keys").write_bytes(copy)
    world.keys = world.opened()
    events = [decode(data) for data in world.store.read()]
    # The copy defeats the erasure: that is why it has to be enforced.
    assert readable(world, list(world.store.read()), "P001") == list(PLAIN)
    assert enforce(world.keys, events) == ["P001"]
    assert enforce(world.keys, events) == []
    with pytest.raises(KeyDestroyedError):
        world.keys.key("P001", "identity")
    assert world.keys.known_key("P002", "identity")


class FullStore(MemoryStore):
    """A store whose disk is full."""

    def append(self, events: Sequence[bytes]) -> list[int]:
        """Refuse."""
        raise StoreStoppedError(f"disk full at {len(events)} events")


def test_keys_outlive_an_erasure_that_could_not_be_recorded() -> None:
    keys = MemoryKeys()
    key = keys.key("P001", "identity")
    with pytest.raises(StoreStoppedError):
        erase("P001", "request", recorder=recorder(), store=FullStore(), keys=keys)
    assert keys.known_key("P001", "identity") == key


def test_an_erasure_cut_short_after_its_record_is_finished_later(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, store = MemoryKeys(), MemoryStore()
    keys.key("P001", "identity")
    with monkeypatch.context() as patch:
        patch.setattr(keys, "destroy", lambda person: (_ for _ in ()).throw(OSError(person)))
        with pytest.raises(OSError, match="P001"):
            erase("P001", "request", recorder=Recorder("S"), store=store, keys=keys)
    assert keys.known_key("P001", "identity")
    assert enforce(keys, map(decode, store.read())) == ["P001"]
    assert keys.destroyed() == {"P001"}
