"""A passkey in this process: makes what a browser hands in, and whatever else a test wants in its place."""

from __future__ import annotations

import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text

PRESENT, VERIFIED, BACKED_UP_CAN, NEW = 0x01, 0x04, 0x08, 0x40


class Authenticator:
    """A device with one key for one site. What it says can be bent: `origin`, `site`, `flags`, `kind`, `challenge`."""

    def __init__(self, origin: str, site: str) -> None:
        self.origin, self.site, self.kind, self.challenge = origin, site, "", ""
        self.flags = PRESENT | VERIFIED
        self.cross = False
        self.count = 0
        self.id = secrets.token_bytes(16)
        self.handle = ""
        self._key = generate_private_key(SECP256R1())

    def make(self, options: str) -> dict[str, Any]:
        """Answer the question for a new key."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        point = self._key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        data = self._data(NEW) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(key)
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client(asked, "webauthn.create")
        return self._answer(clientDataJSON=text(client), attestationObject=text(attested))

    def show(self, options: str) -> dict[str, Any]:
        """Answer the question who it is."""
        client = self._client(json.loads(options), "webauthn.get")
        data = self._data(0)
        signature = self._key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=text(client), authenticatorData=text(data), signature=text(signature),
            userHandle=self.handle,
        )  # fmt: skip

    def _client(self, asked: dict[str, Any], kind: str) -> bytes:
        said = {"type": self.kind or kind, "challenge": self.challenge or asked["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": self.cross}).encode()

    def _data(self, more: int) -> bytes:
        return sha256(self.site.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _answer(self, **response: str) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
