"""What is not known: who is unaccounted for, what contradicts, who is silent, what is missing, what nobody confirms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from safepassage.account.clauses import standings
from safepassage.account.record import Record
from safepassage.account.sayings import Confirmed
from safepassage.account.silence import last_heard, servers
from safepassage.ledger.board import Board
from safepassage.ledger.clocks import Interval

SILENT_MS = 7_200_000
"""A device of which nothing came for two hours is told of. Assumption: a bus has a halt or a head count by then."""

Kind: TypeAlias = Literal[
    "missing", "never-seen", "not-alighted", "contradiction", "unsure", "count", "contested", "silent", "gap",
    "quarantined", "not-understood", "claims", "claims-unread",
]  # fmt: skip


class Unknown(Struct, frozen=True, kw_only=True):
    """One thing that is not known: what kind, about whom (codes of people) or what, how many, since when.

    `numbers` are what a sentence about it says: two head counts, the first and last event of a gap. `n` is None where
    the number is not for a recipient.
    """

    kind: Kind
    persons: tuple[str, ...] = ()
    about: str = ""
    n: int | None = 1
    since: Interval | None = None
    numbers: tuple[int, ...] = ()


def unknowns(record: Record, board: Board, said: Confirmed | None = None) -> tuple[Unknown, ...]:
    """Return all that is not known at the instant of a record, the gravest first.

    Parameters
    ----------
    record, board
        The ledger, and what it amounts to.
    said
        What sources say, and how much of it nobody has confirmed or dropped yet.
    """
    told = said or Confirmed()
    return (
        *_unaccounted(record), *_contradictions(record), *_counts(record), *_contested(record),
        *_silent(record, board), *_lost(record),
        *((Unknown(kind="claims", n=told.waiting),) if told.waiting else ()),
        *((Unknown(kind="claims-unread"),) if told.unread else ()),
    )  # fmt: skip


def _unaccounted(record: Record) -> Iterator[Unknown]:
    for reason in ("missing", "not-alighted", "never-seen"):
        found = [one for one in record.state.unaccounted if one.reason == reason]
        if found:
            times = [one.since for one in found if one.since is not None]
            first = min(times, key=lambda one: one.likely_ms, default=None)
            persons = tuple(one.person for one in found)
            yield Unknown(kind=reason, persons=persons, n=len(found), since=first)


def _contradictions(record: Record) -> Iterator[Unknown]:
    state = record.state
    for found in state.contradictions:
        people = tuple(one for one in found.subjects if one in state.people)
        about = "" if people else ", ".join(found.subjects)
        yield Unknown(kind="contradiction", persons=people, about=about, n=max(1, len(people)))
    unsure = tuple(one.id for one in state.people.values() if one.possible and not one.contradictions)
    if unsure:
        yield Unknown(kind="unsure", persons=unsure, n=len(unsure))


def _counts(record: Record) -> Iterator[Unknown]:
    for vehicle, row in record.state.aboard.items():
        count = row.head_count
        if count is not None and count.count != len(row.sure):
            yield Unknown(kind="count", about=vehicle, since=count.time, numbers=(count.count, len(row.sure)),
                          n=abs(count.count - len(row.sure)))  # fmt: skip


def _contested(record: Record) -> Iterator[Unknown]:
    for one in standings(record):
        if one.standing == "contested":
            yield Unknown(kind="contested", about=one.id)


def _silent(record: Record, board: Board) -> Iterator[Unknown]:
    own, now_ms = servers(board), (int(record.operation.start.timestamp()) + record.at_s) * 1000
    for device, since in sorted(last_heard(board).items()):
        if device not in own and now_ms - since.likely_ms > SILENT_MS:
            yield Unknown(kind="silent", about=device, since=since)


def _lost(record: Record) -> Iterator[Unknown]:
    for device, one in record.state.devices.items():
        for gap in one.gaps:
            n = gap.last - gap.first + 1
            yield Unknown(kind="gap", about=device, n=n, numbers=(gap.first, gap.last))
    for variant in record.state.quarantined:
        yield Unknown(kind="quarantined", about=variant.device, n=len(variant.names), numbers=(variant.sequence,))
    if record.state.not_understood:
        yield Unknown(kind="not-understood", n=len(record.state.not_understood))
