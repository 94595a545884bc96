"""Chains of devices: what is missing, forked, broken, unsigned; whatever the order in which it is learnt."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.histories import SERVER, History, device_key, written
from safepassage.ledger.chains import Chains
from safepassage.ledger.envelope import Event, decode, digest, encode
from safepassage.ledger.findings import Finding
from safepassage.ledger.signing import device_public_key
from safepassage.ledger.vocabulary import Batch


def chains_of(events: list[bytes]) -> Chains:
    chains = Chains()
    for data in events:
        chains.add(decode(data), digest(data))
    return chains


def shown(events: list[bytes]) -> list[str]:
    return [str(one) for one in chains_of(events).findings()]


def changed(data: bytes, **fields: object) -> bytes:
    return encode(replace(decode(data), **fields))


def of(history: History, device: str) -> list[bytes]:
    return [data for data in history.events if decode(data).device == device]


def without(history: History, *left_out: bytes) -> list[bytes]:
    return [data for data in history.events if data not in left_out]


def started(*devices: str) -> History:
    history = History()
    history.open()
    for device in devices:
        history.enrol(device)
    return history


def test_a_ledger_in_order_shows_nothing() -> None:
    history = written()
    chains = chains_of(history.events)
    assert chains.findings() == []
    assert chains.quarantined == set()
    assert chains.devices() == ["D1", "D2", "D3", "D4", SERVER]
    assert chains.servers() == [SERVER]
    assert chains.last("D1") == len(of(history, "D1"))
    assert (chains.last("D9"), chains.gaps("D9"), chains.forks("D9"), chains.broken("D9")) == (0, (), {}, [])


def test_missing_events_are_told_by_their_numbers() -> None:
    history = started("D2")
    history.write("D2", 9)
    history.receive(history.batch("D2"))
    own = of(history, "D2")
    chains = chains_of(without(history, own[2], own[3], own[6]))
    assert chains.gaps("D2") == ((3, 4), (7, 7))
    assert [str(one) for one in chains.findings()] == [
        "D2 number 3 to 4: events are missing [ledger-chain-gap]",
        "D2 number 7: events are missing [ledger-chain-gap]",
    ]
    assert {one.severity for one in chains.findings()} == {"open"}


def test_what_a_server_received_and_no_longer_has_is_missing() -> None:
    history = written()
    own = of(history, "D2")
    chains = chains_of(without(history, *own[-2:]))
    assert chains.gaps("D2") == ((len(own) - 1, len(own)),)
    assert {one.code for one in chains.findings()} >= {"ledger-chain-gap", "ledger-signed-missing"}


def test_all_variants_of_one_number_are_quarantined() -> None:
    history = written()
    own = of(history, "D3")
    fork = changed(own[4], subject="P999", id="0" * 36)
    chains = chains_of([*history.events, fork, fork])
    assert chains.quarantined == {digest(own[4]), digest(fork)}
    assert chains.forks("D3") == {5: sorted([digest(own[4]), digest(fork)])}
    assert {one.code for one in chains.findings()} == {"ledger-chain-forked"}
    assert {one.digest for one in chains.findings()} == {digest(own[4]).hex(), digest(fork).hex()}


def test_one_id_for_two_events_quarantines_both() -> None:
    history = written()
    first, other = of(history, "D1")[-1], of(history, "D2")[-1]
    copy = changed(other, id=decode(first).id)
    chains = chains_of([copy if data == other else data for data in history.events])
    assert {digest(first), digest(copy)} <= chains.quarantined
    assert chains.reused_ids() == {decode(first).id: sorted([digest(first), digest(copy)])}
    assert "ledger-id-reused" in {one.code for one in chains.findings()}


@pytest.mark.parametrize("at", [0, 4])
def test_an_edited_event_breaks_the_chain_after_it(at: int) -> None:
    history = written()
    own = of(history, "D4")
    edited = changed(own[at], subject="P999")
    chains = chains_of([edited if data == own[at] else data for data in history.events])
    assert chains.broken("D4") == [(at + 2, digest(own[at + 1]))]


def test_an_edited_last_event_is_not_the_one_that_was_signed() -> None:
    history = written()
    last = of(history, "D4")[-1]
    edited = changed(last, subject="P999")
    found = chains_of([edited if data == last else data for data in history.events]).findings()
    assert {one.code for one in found} == {"ledger-signed-missing", "ledger-unsigned"}
    assert decode(last).sequence in {one.sequence for one in found}


@pytest.mark.parametrize("previous", ["", "0" * 64])
def test_a_wrong_previous_is_broken(previous: str) -> None:
    history = written()
    own = of(history, "D1")
    edited = changed(own[3], previous=previous)
    assert chains_of([edited if data == own[3] else data for data in history.events]).broken("D1")[0][0] == 4


def test_a_first_event_that_follows_another_is_broken() -> None:
    history = written()
    own = of(history, "D1")
    edited = changed(own[0], previous="0" * 64)
    assert chains_of([edited if data == own[0] else data for data in history.events]).broken("D1")[0][0] == 1


def test_an_event_may_follow_either_variant_of_a_fork() -> None:
    history = written()
    own = of(history, "D1")
    fork = changed(own[3], subject="P999", id="0" * 36)
    after = changed(own[4], previous=digest(fork).hex(), id="1" * 36)
    found = chains_of([*history.events, fork, after])
    assert found.broken("D1") == []
    assert sorted(found.forks("D1")) == [4, 5]


def test_events_after_the_last_signature_are_unsigned() -> None:
    history = started("D1")
    history.write("D1", 3)
    history.receive(history.batch("D1"))
    history.write("D1", 2)
    history.receive(replace(history.batch("D1"), signature=""))
    assert shown(history.events) == [
        "D1 number 4 to 5: no good signature of the device covers these events [ledger-unsigned]"
    ]
    history.write("D1")
    history.receive(history.batch("D1"))
    assert shown(history.events) == [], "a later signature covers what came before"


def test_a_signature_by_another_key_is_wrong() -> None:
    history = started("D1", "D2")
    history.write("D1", 3)
    history.receive(history.batch("D1", device_key("D2")))
    assert [one.code for one in chains_of(history.events).findings()] == ["ledger-signature-wrong", "ledger-unsigned"]


def test_a_signature_over_an_event_that_is_not_here_is_told() -> None:
    history = started("D1")
    history.write("D1", 3)
    batch = Batch(device="D1", sequence=3, digest="0" * 64)
    history.receive(replace(history.batch("D1")))
    assert chains_of(history.events).findings() == []
    history.receive(replace(batch, signature=history.batch("D1").signature))
    assert [one.code for one in chains_of(history.events).findings()] == ["ledger-signature-wrong"]


def test_a_device_that_nobody_let_in_is_told() -> None:
    history = started()
    history.write("D1", 3)
    history.receive(history.batch("D1"))
    assert [one.code for one in chains_of(history.events).findings()] == ["ledger-unsigned"], "a server vouches for it"
    history = started()
    history.write("D1")
    history.keep(history.unreceived["D1"][0])
    assert shown(history.events) == ["D1: no server let this device in [ledger-device-unknown]"]


def test_a_second_server_is_one_that_a_server_let_in_as_one() -> None:
    history = started()
    history.keep(history.event(SERVER, "device-enrolled", "S2", {"public_key": "k", "role": "server"}))
    history.keep(history.event("S2", "device-enrolled", "D1", {"public_key": "x"}))
    assert chains_of(history.events).servers() == [SERVER, "S2"]
    assert [len(chains_of(history.events).admissions(name)) for name in ("D1", "S2")] == [1, 1]
    assert shown(history.events) == []


def test_the_owner_of_a_log_is_a_server() -> None:
    history = History()
    history.keep(history.event("S2", "device-enrolled", "D1", {"public_key": device_public_key(device_key("D1"))}))
    history.write("D1", 2)
    history.keep(history.unreceived["D1"][0])
    assert {one.code for one in chains_of(history.events).findings()} == {"ledger-device-unknown"}
    owned = Chains("S2")
    for data in history.events:
        owned.add(decode(data), digest(data))
    assert owned.servers() == ["S2"]
    assert [one.code for one in owned.findings()] == ["ledger-unsigned"]


def test_a_device_cannot_let_itself_in() -> None:
    history = started()
    enrolment = history.event("D1", "device-enrolled", "D1", {"public_key": "x"})
    history.keep(enrolment)
    assert shown(history.events) == ["D1: no server let this device in [ledger-device-unknown]"]


def test_what_a_device_hands_in_after_it_was_let_out_is_told() -> None:
    history = started("D1")
    history.write("D1", 2)
    history.receive(history.batch("D1"))
    history.revoke("D1")
    assert shown(history.events) == []
    history.write("D1", 2)
    history.receive(history.batch("D1"))
    found = chains_of(history.events).findings()
    assert [(one.code, one.sequence) for one in found] == [("ledger-device-revoked", 4), ("ledger-unsigned", 3)]
    history.enrol("D1")
    history.write("D1")
    history.receive(history.batch("D1"))
    assert [one.code for one in chains_of(history.events).findings()] == ["ledger-device-revoked"]


def test_two_servers_are_put_in_order_by_their_clocks() -> None:
    history = started("D1")
    history.keep(history.event("S2", "opened", "reference", {"operation": "r", "format": "f", "public_key": "k"}))
    history.write("D1")
    history.revoke("D1")
    for data in history.unreceived.pop("D1"):
        history.keep(data)
    batch = msgspec.to_builtins(history.batch("D1"))
    batch.pop("reading")
    history.keep(history.event("S2", "received", "", {"batches": [batch]}))
    assert "ledger-device-revoked" in {one.code for one in chains_of(history.events).findings()}


def test_an_administrative_event_that_is_not_understood_says_nothing() -> None:
    history = started("D1")
    history.keep(history.event(SERVER, "device-revoked", "D1", {"colour": "blue"}))
    history.write("D1")
    history.receive(history.batch("D1"))
    assert shown(history.events) == []


def test_a_clean_chain_taken_in_at_once_is_the_same() -> None:
    history = written()
    one_by_one, at_once = chains_of(history.events), Chains()
    for device in ("D1", "D2", "D3", "D4", SERVER):
        at_once.add_clean(device, b"".join(digest(data) for data in of(history, device)))
    for data in of(history, SERVER):
        at_once.add_administrative(decode(data))
    assert at_once.findings() == one_by_one.findings() == []
    assert at_once.last("D1") == one_by_one.last("D1")


FAULTY = written(3, 3, seed=5)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_the_order_in_which_events_are_learnt_makes_no_difference(seed: int, data: st.DataObject) -> None:
    chosen = random.Random(seed)
    events = list(FAULTY.events)
    for _ in range(data.draw(st.integers(0, 4))):
        at = chosen.randrange(len(events))
        kind = data.draw(st.sampled_from(["drop", "edit", "fork", "twice"]))
        event: Event = decode(events[at])
        if kind == "drop":
            del events[at]
        elif kind == "twice":
            events.append(events[at])
        else:
            edited = changed(
                events[at], subject=f"P9{chosen.randrange(10)}", id=event.id if kind == "edit" else "z" * 36
            )
            events = [*events, edited] if kind == "fork" else [edited if one == events[at] else one for one in events]
    in_order = chains_of(events)
    chosen.shuffle(events)
    shuffled = chains_of(events)
    assert shuffled.findings() == in_order.findings()
    assert shuffled.quarantined == in_order.quarantined


def test_findings_say_where() -> None:
    assert Finding(code="c", what="w").place == ""
    assert str(Finding(code="c", what="w")) == "w [c]"
    assert Finding(code="c", position=3, position_until=5, column="digest", what="w").place == (
        "position 3 to 5, column digest"
    )
    assert Finding(code="c", device="D7", sequence=3, sequence_until=3, what="w").place == "D7 number 3"
