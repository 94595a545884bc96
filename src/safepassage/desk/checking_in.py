"""What a phone at a door needs to know: its own people and what happened to them, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from msgspec import Struct

from safepassage.desk.roles import ACTION_OF, Who, may, require
from safepassage.desk.running import MOST_READ, Now, Running

MOST_SCANNED: Final = 20_000
"""Events of the log looked at for one answer."""

BOARD_S: Final = 2.0
"""How old the board may be that tells whose events a phone gets: phones ask after each tap."""

_GUARDED: Final = frozenset(("protect", "disclose"))
"""Actions whose events only those read who may record them."""

_NOT_TOLD: Final = frozenset(("positioned",))
"""A phone at a door has no use for it, and there is much of it."""


class Post(Struct, frozen=True):
    """A vehicle or site that somebody records."""

    kind: Literal["vehicle", "site"]
    id: str


class Spot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A vehicle or site by its id; `post`: whether who asks may record there."""

    id: str
    post: bool = True


class Listed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who is expected at a post, or there now: the vehicle expected on, the site where they wait."""

    id: str
    name: str = ""
    household: str = ""
    vehicle: str = ""
    site: str = ""


class CheckInList(Struct, frozen=True, kw_only=True):
    """All vehicles, sites and hospitals by their ids, and the people of one post."""

    vehicles: tuple[Spot, ...]
    sites: tuple[Spot, ...]
    hospitals: tuple[Spot, ...]
    people: tuple[Listed, ...] = ()


class PostPage(Struct, frozen=True, kw_only=True):
    """Events about a post or its people from a position of the log on; `next` is the position to go on from."""

    since: int
    next: int
    size: int
    events: tuple[str, ...]


class _Head(Struct, frozen=True):
    """What tells whom an event concerns."""

    type: str
    subject: str
    vehicle: str
    site: str
    payload: Mapping[str, object]


def check_in_list(running: Running, who: Who, post: Post | None = None) -> CheckInList:
    """Return what there is to choose from, and whom to expect at a post.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    post
        Where they record; None: not chosen yet, and no people are told.

    Raises
    ------
    NotPermittedError
        When who asks does not check people in, or not there.
    """
    require(who, "check-in", post.id if post else who.serves)
    operation = running.operation
    sites = [site for site in operation.sites if site.kind != "junction"]

    def spot(place: str) -> Spot:
        return Spot(id=place, post=may(who, "check-in", place))

    return CheckInList(
        vehicles=tuple(spot(one.id) for one in operation.vehicles),
        sites=tuple(spot(one.id) for one in sites),
        hospitals=tuple(spot(one.id) for one in sites if one.kind == "hospital"),
        people=_listed(running, who, post) if post else (),
    )


def _listed(running: Running, who: Who, post: Post) -> tuple[Listed, ...]:
    people = {person.id: person for person in running.operation.people}
    rides: dict[str, str] = {}
    for trip in running.keeper.board.roll.manifests:
        rides |= dict.fromkeys(trip.persons - rides.keys(), trip.vehicle)
    named = may(who, "see-names", post.id)
    found = []
    for one in sorted(post_people(running, post, running.now())):
        person = people.get(one)  # type: ignore[call-overload]  # an id is an id
        vehicle = post.id if post.kind == "vehicle" else rides.get(one, "")
        if person is None:
            found.append(Listed(id=one, vehicle=vehicle))
            continue
        name = person.name if named else ""
        found.append(Listed(id=one, name=name, household=person.household, vehicle=vehicle, site=person.site))
    return tuple(found)


def post_people(running: Running, post: Post, now: Now) -> frozenset[str]:
    """Return who is expected at a post by the operation and the plan, and who is there now, or may be.

    Parameters
    ----------
    running
        The ledger.
    post
        The vehicle or site.
    now
        The board.
    """
    roll, state = running.keeper.board.roll, now.state
    if post.kind == "vehicle":
        expected = {one for trip in roll.manifests if trip.vehicle == post.id for one in trip.persons}
        count = state.aboard.get(post.id)
    else:
        expected = {one for trip in roll.manifests if trip.ends_at == post.id for one in trip.persons}
        expected |= {person.id for person in running.operation.people if post.id in (person.site, person.hospital)}
        expected |= {one for one in state.open_referrals if state.people[one].hospital == post.id}
        count = state.at_site.get(post.id)
    return frozenset(expected) | (frozenset((*count.sure, *count.possible)) if count else frozenset())


def post_events(running: Running, who: Who, post: Post, since: int) -> PostPage:
    """Return events about a post, at it, and about its people, from a position of the log on.

    Parameters
    ----------
    running
        The ledger.
    who
        Who asks.
    post
        Where they record.
    since
        Where to begin; `next` of the page before.

    Raises
    ------
    NotPermittedError
        When who asks does not check people in there.
    """
    require(who, "check-in", post.id)
    # who came within these seconds came here: the post stands in that event itself
    people, size = post_people(running, post, running.lately(BOARD_S)), running.size
    decoder = msgspec.json.Decoder(_Head)
    found: list[str] = []
    position = since = min(since, size)
    stop = min(size, since + MOST_SCANNED)
    # what nobody reads is not fetched: an empty range would be all of it
    for data in running.keeper.store.read(since, stop) if since < stop else ():
        position += 1
        if _concerns(decoder.decode(data), who, post, people):
            found.append(data.decode())
            if len(found) == MOST_READ:
                break
    return PostPage(since=since, next=position, size=size, events=tuple(found))


def _concerns(head: _Head, who: Who, post: Post, people: frozenset[str]) -> bool:
    """Tell whether an event is one to tell at a post."""
    action = ACTION_OF.get(head.type, "")
    if head.type in _NOT_TOLD or (action in _GUARDED and not may(who, action, post.id)):
        return False
    places = (head.subject, head.vehicle, head.site, head.payload.get("from_vehicle"))
    return head.subject in people or post.id in places
