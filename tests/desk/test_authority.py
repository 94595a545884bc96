"""The laptop's own authority vouches for its own names, and for nothing else."""

from __future__ import annotations

import ipaddress
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from safepassage.desk import authority
from safepassage.desk.authority import Certificate, certificate_for, own_names
from safepassage.desk.server_keys import ServerKeysError
from safepassage.model.errors import UsageError

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
NAMES = ("localhost", "127.0.0.1", "laptop.local", "192.168.4.7")


def made(place: Path, names: tuple[str, ...] = NAMES, now: datetime = NOW) -> Certificate:
    return certificate_for(place, names, now=lambda: now)


def shown(found: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(found.file.read_bytes())


def trusts(root: bytes, leaf: x509.Certificate, name: str, now: datetime = NOW) -> None:
    """Verify as a browser does, by a library that we did not write."""
    try:
        subject: x509.DNSName | x509.IPAddress = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        subject = x509.DNSName(name)
    store = Store([x509.load_pem_x509_certificate(root)])
    PolicyBuilder().store(store).time(now).build_server_verifier(subject).verify(leaf, [])


@pytest.mark.parametrize("name", NAMES)
def test_who_trusts_the_authority_trusts_the_server_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    found = made(tmp_path)
    trusts(found.authority, shown(found), name)
    with pytest.raises(VerificationError):
        trusts(found.authority, shown(found), "other.local")


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8", "local.example"])
def test_a_thief_of_the_key_vouches_for_nothing_of_the_internet(tmp_path: Path, name: str) -> None:
    found = made(tmp_path)
    content = (tmp_path / "authority.pem").read_bytes()
    key = load_pem_private_key(content, None)
    own = generate_private_key(SECP256R1())
    stolen = authority._server(own, (name,), x509.load_pem_x509_certificate(content), key, NOW)  # type: ignore[arg-type]
    with pytest.raises(VerificationError):
        trusts(found.authority, stolen, name)


def test_what_is_there_is_kept_and_renewed_in_time(tmp_path: Path) -> None:
    first = made(tmp_path)
    assert made(tmp_path, now=NOW + timedelta(days=300)) == first
    leaf = shown(first)
    assert shown(made(tmp_path, now=NOW + timedelta(days=300))) == leaf
    # a new name, or the end coming near: a new certificate by the same authority, which nobody installs again
    more = made(tmp_path, (*NAMES, "10.0.0.5"))
    assert shown(more) != leaf
    assert more.authority == first.authority
    later = made(tmp_path, now=NOW + timedelta(days=380))
    assert later.authority == first.authority
    assert shown(later).not_valid_after_utc > NOW + timedelta(days=700)
    # fewer names need no new one
    kept = shown(made(tmp_path, NAMES[:1], NOW + timedelta(days=380)))
    assert kept == shown(later)
    # at last the authority itself
    last = made(tmp_path, now=NOW + timedelta(days=720))
    assert last.authority != first.authority
    assert last.fingerprint != first.fingerprint
    trusts(last.authority, shown(last), "laptop.local", NOW + timedelta(days=720))


def test_keys_are_for_their_owner_alone_and_damage_is_told(tmp_path: Path) -> None:
    made(tmp_path)
    file = tmp_path / "authority.pem"
    assert file.stat().st_mode & 0o077 == 0
    content = file.read_bytes()
    file.chmod(0o644)
    with pytest.raises(ServerKeysError, match="others on this machine"):
        made(tmp_path)
    file.chmod(0o600)
    file.write_bytes(content[:100])
    with pytest.raises(ServerKeysError, match=r"authority\.pem"):
        made(tmp_path)
    other = (tmp_path / "server.pem").read_bytes()
    certificate = content[content.index(b"-----BEGIN CERT") :]
    file.write_bytes(other[: other.index(b"-----BEGIN CERT")] + certificate)
    with pytest.raises(ServerKeysError, match="another one"):
        made(tmp_path)


def test_names_are_this_machine_s_and_those_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authority, "_addresses", lambda _host: ["192.168.4.7", "203.0.113.9"])
    monkeypatch.setattr(socket, "gethostname", lambda: "Field-1.example.org")
    assert own_names(["bus.lan"]) == (
        "localhost", "127.0.0.1", "::1", "bus.lan", "field-1.local", "192.168.4.7",
    )  # fmt: skip
    for wrong in ("bank.example", "203.0.113.9", "a b.local", "-x.local", "..local", ""):
        with pytest.raises(UsageError, match="expected a private address"):
            own_names([wrong])


def test_a_machine_without_a_network_has_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert authority._addresses("laptop") == []
    monkeypatch.undo()
    assert all(ipaddress.ip_address(one.partition("%")[0]) for one in authority._addresses("localhost"))
