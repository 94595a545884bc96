"""What people are called who are on no list: told at the console, sealed in the ledger, opened for who may see it.

The keys lie beside the ledger in a file of their own, under a random passphrase that lies beside them: that protects
nothing from somebody who has the whole folder, in which the people's list lies open too. It makes each person's fields
destroyable for good.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from safepassage.desk.files import PERSON_KEYS, keep_whole
from safepassage.ledger.envelope import decode
from safepassage.ledger.facts import Fact
from safepassage.ledger.keys import Compartment, KeyDestroyedError, KeyStore, NoKeyError
from safepassage.ledger.sealing import NotOpenedError, seal, unseal
from safepassage.ledger.stores.key_files import Cost, KeyFile
from safepassage.ledger.vocabulary import Payload
from safepassage.model.operation import Operation

if TYPE_CHECKING:
    from safepassage.desk.running import Running

SECRET: Final = "persons.secret"  # noqa: S105 - the name of a file
LONGEST_NAME: Final = 120
NAMING: Final = frozenset(("registered", "registered-unknown", "walked-in"))
_CHEAP: Final = Cost(memory_kib=64, passes=1, lanes=1)
"""The passphrase has 256 random bits: nobody guesses it, however cheap a guess is."""


class Guarded:
    """A file of keys that several threads use, one after the other. A `KeyStore`.

    Parameters
    ----------
    keys
        The file.
    """

    def __init__(self, keys: KeyStore) -> None:
        self._keys, self._lock = keys, threading.Lock()

    def key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key, made when it is first asked for."""
        with self._lock:
            return self._keys.key(person, compartment)

    def known_key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key; none is made."""
        with self._lock:
            return self._keys.known_key(person, compartment)

    def destroy(self, person: str) -> None:
        """Destroy all keys of a person."""
        with self._lock:
            self._keys.destroy(person)

    def destroyed(self) -> frozenset[str]:
        """Return the persons whose keys were destroyed."""
        with self._lock:
            return self._keys.destroyed()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._keys.close()


def person_keys(place: Path) -> KeyStore:
    """Open the keys of people's sealed fields in a server's folder, or make the file.

    Parameters
    ----------
    place
        The folder.

    Raises
    ------
    KeysRefusedError
        When the file is damaged, in use, or its passphrase is not there.
    OSError
        When the disk refuses.
    """
    secret = place / SECRET
    if not secret.exists() and not (place / PERSON_KEYS).exists():
        keep_whole(secret, secrets.token_hex(32).encode())
    passphrase = secret.read_text(encoding="ascii") if secret.exists() else ""
    if os.name == "posix":
        secret.parent.chmod(0o700)
    return Guarded(KeyFile(place / PERSON_KEYS, passphrase, cost=_CHEAP))


def sealing(keys: KeyStore, payload: Payload, *, person: str, name: str) -> Callable[[str], Payload]:
    """Return what makes a payload with a name sealed in it, for the event whose id it is given.

    Parameters
    ----------
    keys
        Of people's sealed fields.
    payload
        What else the event says.
    person
        Whose name.
    name
        What they are called.
    """

    def made(event: str) -> Payload:
        return replace(payload, sealed=seal(keys, {"identity": {"name": name}}, person=person, event=event))

    return made


def nameless(operation: Operation, persons: Collection[str]) -> Operation:
    """Return an operation without the names of some people.

    Parameters
    ----------
    operation
        As it was read.
    persons
        Their codes.
    """
    if not persons:
        return operation
    people = tuple(replace(one, name="") if one.id in persons and one.name else one for one in operation.people)
    return replace(operation, people=people)


class Opener:
    """Opens names that events have sealed, each once.

    Parameters
    ----------
    running
        The ledger.
    """

    def __init__(self, running: Running) -> None:
        self._running = running
        self._opened: dict[bytes, str] = {}

    def __call__(self, person: str) -> str:
        """Return what somebody is called by the latest event that says so; empty where none does, or it stays shut.

        Parameters
        ----------
        person
            The first of their records.
        """
        history = self._running.keeper.board.merging.history("person", person)
        for fact in reversed(history.facts):
            if fact.type in NAMING and fact.payload.sealed and (name := self._name(fact)):
                return name
        return ""

    def _name(self, fact: Fact) -> str:
        if fact.subject in self._running.person_keys.destroyed():
            return ""
        if fact.name not in self._opened:
            try:
                fields = unseal(self._running.person_keys, fact.payload.sealed, "identity", person=fact.subject,
                                event=self._event_id(fact))  # fmt: skip
            except (KeyDestroyedError, NoKeyError, NotOpenedError):
                return ""
            self._opened[fact.name] = fields.get("name", "")[:LONGEST_NAME]
        return self._opened[fact.name]

    def _event_id(self, fact: Fact) -> str:
        store = self._running.keeper.store
        (position,) = store.positions([fact.name])
        if position is None:
            return ""
        return next(decode(data).id for data in store.read(position, position + 1))
