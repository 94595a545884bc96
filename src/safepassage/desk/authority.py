"""A local authority for TLS: it vouches for this laptop on networks of its own, and can vouch for nothing else.

Phones refuse the camera, storage that works offline, and installed pages over plain HTTP. No public authority vouches
for a laptop without the internet, so the laptop makes one, which people install by hand. Its name constraints
(RFC 5280, 4.2.1.10) keep small what a thief could do with its key: names that end in `.local`, `.lan` and the like,
private networks, and nothing of the public internet.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from safepassage.desk.files import keep_whole
from safepassage.desk.server_keys import ServerKeysError
from safepassage.model.errors import UsageError

Key: TypeAlias = EllipticCurvePrivateKey

ENDINGS: Final = ("local", "lan", "home.arpa", "internal", "localhost")
"""Names below these belong to no one on the public internet (RFC 6762, 8375, 6761; `internal` reserved by ICANN)."""

NETWORKS: Final = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
    "fc00::/7", "fe80::/10", "::1/128",
)  # fmt: skip
"""Private and local networks (RFC 1918, 3927, 4193, 4291)."""

AUTHORITY_DAYS: Final = 730
SERVER_DAYS: Final = 397
"""Browsers take no longer one from a public authority; we keep to it."""

EARLIER_DAYS: Final = 7
"""Valid from before now: the clocks of phones are wrong."""

RENEWED_DAYS: Final = 30


class Certificate(Struct, frozen=True, kw_only=True):
    """What a server shows: its certificate and key, and the authority that people install.

    Attributes
    ----------
    file
        The server's key and certificate, PEM, for its owner alone.
    authority
        The authority's certificate, PEM.
    fingerprint
        Of the authority: SHA-256, in groups of four hexadecimal digits.
    names
        What the server may be called in an address.
    """

    file: Path
    authority: bytes
    fingerprint: str
    names: tuple[str, ...]


def own_names(more: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what this machine is called on its networks, and what else is wanted.

    Parameters
    ----------
    more
        Names and addresses that people will type.

    Raises
    ------
    UsageError
        When one of `more` is outside of what the authority may vouch for.
    """
    found = dict.fromkeys(("localhost", "127.0.0.1", "::1"))
    for name in more:
        if not _is_ours(name):
            raise UsageError(f"{name}: expected a private address, or a name that ends in .{', .'.join(ENDINGS[:-1])}")
        found[name] = None
    host = socket.gethostname().lower().partition(".")[0]
    for name in (f"{host}.local", *_addresses(host)):
        if _is_ours(name):
            found[name] = None
    return tuple(found)


def _addresses(host: str) -> list[str]:
    """Return this machine's addresses, as far as it knows them. Nothing is sent."""
    found = []
    # a name that nobody resolves has no address; without a network there is no way out
    with suppress(OSError):
        found += [str(one[4][0]) for one in socket.getaddrinfo(host, None)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address of documentation (RFC 5737): chooses the way out
        found.append(probe.getsockname()[0])
    return found


def _is_ours(name: str) -> bool:
    """Tell whether the authority may vouch for a name or address."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return (
            any(name == ending or name.endswith(f".{ending}") for ending in ENDINGS)
            and _NAME.fullmatch(name) is not None
        )
    return any(address in ipaddress.ip_network(network) for network in NETWORKS)


_NAME: Final = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def certificate_for(
    place: Path, names: tuple[str, ...], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Certificate:
    """Return a certificate for these names, by the authority of this place; both are made where they are missing.

    A certificate that runs out within a month, or lacks a name, is made anew; people need not install anything again.
    An authority that runs out is made anew too, and has to be installed again.

    Parameters
    ----------
    place
        The folder of the server's things.
    names
        From `own_names`.
    now
        Tells the time.

    Raises
    ------
    ServerKeysError
        When a file is damaged, or others on this machine may read a key.
    """
    authority, key = _kept(place / "authority.pem")
    if authority is None or key is None or _runs_out(authority, now()):
        key = generate_private_key(SECP256R1())
        authority = _authority(key, now())
        _write(place / "authority.pem", authority, key)
    server, _ = _kept(place / "server.pem")
    if server is None or _runs_out(server, now()) or not _is_for(server, names, authority):
        own = generate_private_key(SECP256R1())
        server = _server(own, names, authority, key, now())
        _write(place / "server.pem", server, own)
    digits = authority.fingerprint(SHA256()).hex().upper()
    return Certificate(
        file=place / "server.pem",
        authority=authority.public_bytes(Encoding.PEM),
        fingerprint=" ".join(digits[start : start + 4] for start in range(0, len(digits), 4)),
        names=names,
    )


def _kept(path: Path) -> tuple[x509.Certificate | None, Key | None]:
    """Read a certificate and its key, which stand in one file; nothing where there is none."""
    if not path.exists():
        return None, None
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise ServerKeysError(f"{path}: others on this machine may read it; chmod 600 it, if nobody has")
    try:
        content = path.read_bytes()
        found, key = x509.load_pem_x509_certificate(content), load_pem_private_key(content, None)
    except (OSError, ValueError) as error:
        raise ServerKeysError(f"{path}: {error}") from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.public_key() != found.public_key():
        raise ServerKeysError(f"{path}: its key is another one")
    return found, key


def _runs_out(found: x509.Certificate, now: datetime) -> bool:
    return found.not_valid_after_utc - timedelta(days=RENEWED_DAYS) < now


def _is_for(server: x509.Certificate, names: tuple[str, ...], authority: x509.Certificate) -> bool:
    said = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return server.issuer == authority.subject and set(_general(names)) <= set(said)


def _general(names: tuple[str, ...]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _authority(key: Key, now: datetime) -> x509.Certificate:
    """Make an authority that vouches for names and networks of nobody else."""
    # two authorities of one name would be taken for each other: the day and a number tell them apart
    serial = x509.random_serial_number()
    title = f"safepassage, this laptop alone ({now:%Y-%m-%d}, {serial % 0x10000:04x})"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    permitted: list[x509.GeneralName] = [x509.DNSName(ending) for ending in ENDINGS]
    permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in NETWORKS]
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        _builder(name, name, key, now, AUTHORITY_DAYS, serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, SHA256())
    )


def _server(own: Key, names: tuple[str, ...], authority: x509.Certificate, key: Key, now: datetime) -> x509.Certificate:
    """Make the certificate of this server."""
    # without names in the subject: the constraints would be asked of those too
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "safepassage")])
    return (
        _builder(subject, authority.subject, own, now, SERVER_DAYS, x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, days: int, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(days=EARLIER_DAYS))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _write(path: Path, found: x509.Certificate, key: Key) -> None:
    """Keep a certificate and its key in one file, for its owner alone: neither is ever there without the other."""
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    keep_whole(path, written + found.public_bytes(Encoding.PEM))
