"""The keys of persons' sealed fields: one for each person and compartment, kept apart from the ledger.

Whoever has the ledger without the keys has codes, places and times. Destroying a person's keys destroys what was sealed
under them, in every copy of the ledger at once, and changes no byte of it.

References
----------
NIST SP 800-88 Rev. 1, section 2.6, Cryptographic Erase.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, Literal, Protocol, get_args

from safepassage.model.errors import SafepassageError

Compartment = Literal["identity", "medical"]
"""What is opened by whom: who the person is, and what those who care for the person must know."""

COMPARTMENTS: Final[tuple[Compartment, ...]] = get_args(Compartment)

KEY_BYTES: Final = 32


class KeyDestroyedError(SafepassageError):
    """The person's keys were destroyed: nothing can be sealed for them, and nothing of theirs opened, any more."""

    code = "person-key-destroyed"
    exit_status = 3
    http_status = 410


class NoKeyError(SafepassageError):
    """There is no key for this person and compartment here: never made, or kept by somebody else."""

    code = "person-key-absent"
    exit_status = 3
    http_status = 404


class KeysRefusedError(SafepassageError):
    """The file of keys cannot be opened: wrong passphrase, in use, damaged, or no file of keys."""

    code = "keys-refused"
    exit_status = 3
    http_status = 503


class KeyStore(Protocol):
    """Random keys of 256 bits, one for each person and compartment; a destroyed one is never made again."""

    def key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key, made when it is first asked for; when this returns, it survives a power cut.

        Raises
        ------
        KeyDestroyedError
            When the person's keys were destroyed.
        """

    def known_key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key to open something with; none is made.

        Raises
        ------
        KeyDestroyedError
            When the person's keys were destroyed.
        NoKeyError
            When there never was one here.
        """

    def destroy(self, person: str) -> None:
        """Destroy all keys of a person for good, and remember that; a second time does nothing."""

    def destroyed(self) -> frozenset[str]:
        """Return the persons whose keys were destroyed."""

    def close(self) -> None:
        """Let go of what is held."""


class MemoryKeys:
    """Keys in memory, for tests and simulations.

    Parameters
    ----------
    randomness
        Gives that many random bytes.
    """

    def __init__(self, randomness: Callable[[int], bytes] = os.urandom) -> None:
        self._randomness = randomness
        self._keys: dict[tuple[str, Compartment], bytes] = {}
        self._destroyed: set[str] = set()

    def key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key, made when it is first asked for."""
        refuse_destroyed(person, self._destroyed)
        if (person, compartment) not in self._keys:
            self._keys[person, compartment] = self._randomness(KEY_BYTES)
        return self._keys[person, compartment]

    def known_key(self, person: str, compartment: Compartment) -> bytes:
        """Return the key; none is made."""
        refuse_destroyed(person, self._destroyed)
        try:
            return self._keys[person, compartment]
        except KeyError:
            raise NoKeyError(f"no {compartment} key of {person} here") from None

    def destroy(self, person: str) -> None:
        """Destroy all keys of a person."""
        for compartment in COMPARTMENTS:
            self._keys.pop((person, compartment), None)
        self._destroyed.add(person)

    def destroyed(self) -> frozenset[str]:
        """Return the persons whose keys were destroyed."""
        return frozenset(self._destroyed)

    def close(self) -> None:
        """Nothing to let go of."""


def refuse_destroyed(person: str, destroyed: set[str]) -> None:
    """Stop when the keys of a person are gone.

    Raises
    ------
    KeyDestroyedError
        When they are.
    """
    if person in destroyed:
        raise KeyDestroyedError(f"the keys of {person} were destroyed")
