"""Personal fields under a person's keys: what an event says in `sealed`, and how it is opened.

Each compartment is JSON, filled with spaces to a multiple of 64 bytes and encrypted with AES-256-GCM under the key that
the person has for it. Filled, because a length tells: a name of four letters is not one of forty. Both compartments are
always there, an empty one too, so that nobody sees from outside whose event has medical notes. The person, the event
and the compartment are authenticated with the text: it opens nowhere else.

References
----------
NIST SP 800-38D (GCM; random nonces of 96 bits, section 8.2.2).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safepassage.ledger.keys import COMPARTMENTS, Compartment, KeyStore
from safepassage.ledger.signing import from_base64
from safepassage.model.errors import SafepassageError

CONTEXT: Final = "safepassage-sealed/1"
BLOCK: Final = 64
"""Bytes, of which a sealed compartment's text has a whole multiple."""

NONCE_BYTES: Final = 12
LONGEST: Final = 8_000
"""Characters of `payload.sealed`."""

_fields: Final = msgspec.json.Decoder(dict[str, str])


class NotOpenedError(SafepassageError):
    """What is sealed does not open: changed, damaged, or of another person, event or compartment."""

    code = "sealed-not-opened"
    exit_status = 3
    http_status = 422


class TooLongToSealError(SafepassageError):
    """More text than an event may carry: it is a note, not a file."""

    code = "sealed-too-long"
    exit_status = 3
    http_status = 413


def seal(
    keys: KeyStore,
    fields: Mapping[Compartment, Mapping[str, str]],
    *,
    person: str,
    event: str,
    randomness: Callable[[int], bytes] = os.urandom,
) -> str:
    """Seal a person's fields for one event.

    Parameters
    ----------
    keys
        The person's keys are made when they are not there.
    fields
        Compartment to name to text; a compartment that is not given is empty.
    person, event
        The event's subject and id. What is sealed opens for these alone.
    randomness
        Gives that many random bytes. Real ones, except in a simulated world: a nonce used twice betrays both texts.

    Returns
    -------
    str
        What `sealed` says: base64 of each compartment, in the order of `COMPARTMENTS`, with dots between.

    Raises
    ------
    KeyDestroyedError
        When the person's keys were destroyed.
    TooLongToSealError
        When the result is longer than an event takes.
    """
    parts = []
    for compartment in COMPARTMENTS:
        text = msgspec.json.encode(dict(fields.get(compartment, {})), order="sorted")
        filled = text.ljust(-(-len(text) // BLOCK) * BLOCK)
        nonce = randomness(NONCE_BYTES)
        key = keys.key(person, compartment)
        body = AESGCM(key).encrypt(nonce, filled, _bound(compartment, person, event))
        parts.append(base64.b64encode(nonce + body).decode())
    sealed = ".".join(parts)
    if len(sealed) > LONGEST:
        raise TooLongToSealError(f"{len(sealed)} characters once sealed; an event takes {LONGEST}")
    return sealed


def unseal(keys: KeyStore, sealed: str, compartment: Compartment, *, person: str, event: str) -> dict[str, str]:
    """Open one compartment of what an event says in `sealed`; empty when it says nothing.

    Raises
    ------
    KeyDestroyedError, NoKeyError
        When there is no key of the person for this compartment, any more or here.
    NotOpenedError
        When the text was changed or belongs elsewhere.
    """
    if not sealed:
        return {}
    key = keys.known_key(person, compartment)
    try:
        parts = dict(zip(COMPARTMENTS, sealed.split("."), strict=True))
        whole = from_base64(parts[compartment])
        text = AESGCM(key).decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], _bound(compartment, person, event))
        return _fields.decode(text)
    except (ValueError, msgspec.DecodeError, InvalidTag) as error:
        message = f"{compartment} fields of {person} in event {event} do not open: changed, or of another"
        raise NotOpenedError(message) from error


def _bound(compartment: Compartment, person: str, event: str) -> bytes:
    """Return what is authenticated beside the text; as a list, so that no two cases write the same bytes."""
    return msgspec.json.encode([CONTEXT, compartment, person, event])
