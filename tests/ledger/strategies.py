"""Hypothesis strategies of the ledger: events of any type, read off the vocabulary, and what several devices record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from ledger.devices import recorder
from safepassage.ledger.envelope import Event, event_id
from safepassage.ledger.recording import Recorder
from safepassage.ledger.vocabulary import TYPES, Kind, Payload

REFERENCES = st.binary(min_size=32, max_size=32).map(bytes.hex)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FULL_WORDS = WORDS.filter(bool)
VERSIONS = st.integers(1, 1_000_000)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
NAMES = st.text(st.characters(max_codepoint=127), max_size=8)

ANY_PAYLOAD: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    NAMES,
    st.recursive(
        st.none() | st.booleans() | WHOLE | WORDS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)
"""Whatever a newer program may put into a payload."""


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Draw values of a type of the vocabulary, as JSON has them."""
    drawn: st.SearchStrategy[Any] = st.none()
    match kind:
        case inspect.BoolType():
            drawn = st.booleans()
        case inspect.IntType(ge=low, le=high):
            drawn = st.integers(low, high)
        case inspect.LiteralType(values=choices):
            drawn = st.sampled_from(list(choices))
        case inspect.StrType(pattern=None, max_length=longest):
            drawn = st.text(st.characters(exclude_categories=["Cs"]), max_size=min(longest or 12, 12))
        case inspect.StrType():
            drawn = REFERENCES
        case inspect.VarTupleType(item_type=item):
            drawn = st.lists(values(item), max_size=3)
        case inspect.StructType():
            drawn = structs(kind)
        case inspect.UnionType(types=types):
            drawn = st.one_of([values(one) for one in types])
        case inspect.NoneType():
            pass
        case _:
            raise NotImplementedError(kind)
    return drawn


def structs(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the content of a struct; fields with a default may be left out."""
    needed = {field.name: values(field.type) for field in kind.fields if field.required}
    optional = {field.name: values(field.type) for field in kind.fields if not field.required}
    return st.fixed_dictionaries(needed, optional=optional)


def payloads(kind: type[Payload]) -> st.SearchStrategy[Payload]:
    """Draw payloads of one struct, valid by its own limits."""
    about = inspect.type_info(kind)
    assert isinstance(about, inspect.StructType)
    return structs(about).map(lambda content: msgspec.convert(content, kind))


def as_json(payload: Payload) -> Any:
    """Return what stands in the envelope for a payload."""
    return msgspec.json.decode(msgspec.json.encode(payload))


@st.composite
def events(draw: st.DrawFn, types: tuple[str, ...] = tuple(TYPES)) -> Event:
    """Draw a valid event of any of these types."""
    name = draw(st.sampled_from(types))
    kind: Kind = TYPES[name]
    return draw(envelopes(st.just(name), payloads(kind.payload).map(as_json), st.just(kind.version)))


def envelopes(
    types: st.SearchStrategy[str] = FULL_WORDS,
    contents: st.SearchStrategy[dict[str, Any]] = ANY_PAYLOAD,
    versions: st.SearchStrategy[int] = VERSIONS,
) -> st.SearchStrategy[Event]:
    """Draw events of any type at all, such as a newer program may make."""
    return st.builds(
        Event,
        id=st.builds(event_id, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10)),
        device=FULL_WORDS,
        sequence=st.integers(1, 2**53 - 1),
        previous=st.just("") | REFERENCES,
        basis=st.lists(REFERENCES, max_size=3).map(tuple),
        type=types,
        version=versions,
        wall_ms=WHOLE,
        monotonic_ms=st.integers(0, 2**53 - 1),
        boot=WORDS,
        subject=WORDS,
        vehicle=WORDS,
        site=WORDS,
        actor=WORDS,
        payload=contents,
    )


@st.composite
def histories(draw: st.DrawFn, devices: int = 3, longest: int = 12) -> list[list[bytes]]:
    """Draw what several devices record about a few persons, sometimes hearing of each other; one list a device."""
    recorders = [recorder(f"D{number}") for number in range(devices)]
    recorded: list[list[bytes]] = [[] for _ in recorders]
    steps = st.tuples(st.integers(0, devices - 1), st.integers(0, devices - 1), st.sampled_from(("P001", "P002")))
    for one, other, person in draw(st.lists(steps, max_size=longest)):
        if one == other:
            recorded[one].append(recorders[one].record("seen", subject=person))
        else:
            hear(recorders[one], iter(recorded[other]))
    return recorded


def hear(device: Recorder, events: Iterator[bytes]) -> None:
    """Let a device take in what another recorded."""
    for data in events:
        device.learn(data)
