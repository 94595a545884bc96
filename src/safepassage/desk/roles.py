"""Who may do what, and where: one table, asked by everything that acts for a person or takes from a device."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from safepassage.ledger.vocabulary import TYPES
from safepassage.model.errors import SafepassageError

Role: TypeAlias = Literal[
    "coordinator", "deputy", "registration-clerk", "bus-focal-point", "medical-escort", "protection-officer",
    "party-liaison", "observer", "receiving-authority", "data-protection",
]  # fmt: skip
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Action: TypeAlias = Literal[
    "see-board", "see-names", "see-log", "see-positions", "change-manifests", "register", "check-in", "treat",
    "protect", "drive", "agree", "hand-over", "disclose", "remove", "settle", "approve", "take-paper", "enter-paper",
    "enrol-devices", "manage-accounts", "destroy-keys", "copy-log", "read-claims", "judge-claims",
]  # fmt: skip
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

Reach: TypeAlias = Literal["all", "own", "none"]
"""Everywhere; at the site or on the vehicle that somebody serves (everywhere for who serves none in particular)."""

_ALL: Final[dict[str, Reach]] = dict.fromkeys(ACTIONS, "all")


def _row(everywhere: str, own: str = "") -> dict[str, Reach]:
    row: dict[str, Reach] = dict.fromkeys(ACTIONS, "none")
    for reach, named in (("all", everywhere), ("own", own)):
        for action in named.split():
            if action not in row:
                raise KeyError(action)
            row[action] = "all" if reach == "all" else "own"
    return row


MATRIX: Final[Mapping[str, Mapping[str, Reach]]] = MappingProxyType({
    # Keys of people are destroyed by who answers for their data, and by nobody who runs the movement.
    "coordinator": _ALL | {"destroy-keys": "none"},
    "deputy": _ALL | {"destroy-keys": "none", "manage-accounts": "none"},
    "registration-clerk": _row("see-board see-names", "register check-in enter-paper"),
    "bus-focal-point": _row("see-board", "see-names see-positions check-in drive hand-over"),
    "medical-escort": _row("see-board see-names treat", "see-positions check-in"),
    "protection-officer": _row(
        "see-board see-names see-log see-positions register check-in protect disclose remove settle approve "
        "read-claims judge-claims"
    ),
    "party-liaison": _row("see-board agree read-claims"),
    "observer": _row("see-board"),
    "receiving-authority": _row("see-board", "check-in hand-over"),
    "data-protection": _row(
        "see-board see-names see-log see-positions disclose remove approve destroy-keys copy-log "
        "read-claims"
    ),
})  # fmt: skip
"""Role x action: how far it reaches."""

_TYPES_OF: Final[Mapping[str, str]] = MappingProxyType({
    "register": "registered walked-in registered-unknown consented declined withdrawn token-given briefed merged "
    "unmerged",
    "check-in": "seen boarded alighted transferred missing found head-counted head-counted-at-site",
    "treat": "found-fit found-unfit referred treated returned retained died",
    "protect": "detained released incident",
    "drive": "departed arrived positioned broke-down repaired convoy-formed convoy-split convoy-joined convoy-held "
    "convoy-resumed",
    "agree": "window-opened window-closed window-extended clause-fulfilled clause-contested clause-broken "
    "milestone-reached notified acknowledged objected",
    "hand-over": "handed-over",
    "disclose": "disclosed",
    "remove": "removed",
    "settle": "resolved",
    "approve": "approved",
})  # fmt: skip

CORRECTING: Final = "corrected"
"""Whoever may record something may say that an event of their own was wrong; of others' events, who may settle."""

OF_SERVERS: Final = frozenset(("opened", "closed", "device-enrolled", "device-revoked", "received", "key-destroyed"))
"""What only a server records, of what it did itself: no device may say it, and nobody types it in."""

ACTION_OF: Final[Mapping[str, str]] = MappingProxyType(
    {kind: action for action, kinds in _TYPES_OF.items() for kind in kinds.split()}
)
"""The action that recording an event of a type is."""


class NotPermittedError(SafepassageError):
    """Somebody's role does not allow this, or not here."""

    code = "not-permitted"
    exit_status = 3
    http_status = 403


class Who(Struct, frozen=True, kw_only=True):
    """Somebody who acts: the account (or device), the role, and the site or vehicle served (empty: none of them)."""

    name: str
    role: str
    serves: str = ""


def may(who: Who, action: str, *places: str) -> bool:
    """Tell whether somebody may do something at a place; who has no known role may do nothing.

    Parameters
    ----------
    who
        Somebody.
    action
        One of `ACTIONS`.
    places
        The site, the vehicle and the like that it is about.
    """
    reach = MATRIX.get(who.role, {}).get(action, "none")
    return reach == "all" or (reach == "own" and (not who.serves or who.serves in places))


def require(who: Who, action: str, *places: str) -> None:
    """Refuse what somebody may not do; as `may`.

    Raises
    ------
    NotPermittedError
        When they may not.
    """
    if not may(who, action, *places):
        where = f" at {', '.join(filter(None, places))}" if any(places) and who.serves else ""
        raise NotPermittedError(f"{who.role or 'no role'}: not permitted to {action}{where}")


def may_record(who: Who, type_: str, *places: str) -> bool:
    """Tell whether somebody may record an event of a type at a place; as `may`.

    Types that this version does not know, and those of servers, nobody may.
    """
    if type_ == CORRECTING:
        return any(may(who, action, *places) for action in _TYPES_OF)
    return type_ in ACTION_OF and type_ in TYPES and may(who, ACTION_OF[type_], *places)


def require_record(who: Who, type_: str, *places: str) -> None:
    """Refuse the recording of what somebody may not record; as `may_record`.

    Raises
    ------
    NotPermittedError
        When they may not.
    """
    if not may_record(who, type_, *places):
        raise NotPermittedError(f"{who.role or 'no role'}: not permitted to record {type_!r} here")
