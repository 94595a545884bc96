"""Worse ways to do it, on the same days: the checks have to find them out."""

from __future__ import annotations

from collections.abc import Callable

from ledger.simulation.device import Answer, HandIn, Request
from ledger.simulation.judging import innocent
from ledger.simulation.loop import SECOND
from ledger.simulation.operation import World
from ledger.simulation.servers import Back, Between, Server
from safepassage.ledger.envelope import digest
from safepassage.ledger.facts import Fact
from safepassage.ledger.journeys import NOWHERE
from safepassage.ledger.keeper import HandedIn, Receipt
from safepassage.ledger.sightings import PERSON


def misplaced_by(world: World, latest: Callable[[Fact, int], int]) -> tuple[int, int]:
    """Place everybody by the one event that is latest in some order; return how many are wrong, of how many.

    Parameters
    ----------
    world
        An operation that was played to its end.
    latest
        Of an event and its position in the field server's log, what the order goes by.
    """
    keeper = world.field.keeper
    assert keeper is not None
    position = {digest(data): index for index, data in enumerate(keeper.store.read())}
    people = innocent(world)
    wrong = 0
    for person in people:
        facts = [fact for fact in keeper.board.merging.history("person", person).facts if fact.type in PERSON]
        facts.sort(key=lambda fact: latest(fact, position[fact.name]))
        places = [PERSON[fact.type](fact)[1] for fact in facts]
        place = next((one for one in reversed(places) if one.kind), NOWHERE)
        wrong += place[:2] != world.truth.ends[person]
    return wrong, len(people)


def by_device_clock(fact: Fact, position: int) -> int:
    """Last write wins, by the clocks of the devices."""
    return fact.wall_ms


def by_receipt(fact: Fact, position: int) -> int:
    """Last write wins, by the order in which the server came to know."""
    return position


class HastyServer(Server):
    """Acknowledges at once, and stores a second later."""

    def _answer(self, request: Request | Between) -> Answer | Back:
        keeper = self.keeper
        if keeper is None or not isinstance(request, HandIn):
            return super()._answer(request)
        if not all(keeper.is_signed(one.parcel.batch) for one in request.handed_in):
            return super()._answer(request)

        def store() -> None:
            self.guarded(lambda: super(HastyServer, self)._answer(request) if self.keeper else None)

        self.loop.after(SECOND, store)
        batches = [one.parcel.batch for one in request.handed_in]
        return Receipt(
            acknowledged=tuple((batch.device, batch.sequence) for batch in batches),
            touched=frozenset(),
            checkpoint=keeper.checkpoint(),
        )


class TrustingServer(Server):
    """Takes a reading of its clock in an earlier boot for one in this."""

    def _with_reading(self, handed_in: HandedIn, boot: str) -> HandedIn:  # noqa: ARG002 - as the real one
        return handed_in
