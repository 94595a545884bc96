"""What is said of a broken rule, with its figures: one form of words for each way in which it is broken.

English stands here; the other languages are in `reports/words/details`. Figures are whole numbers, codes and ids; a
list of them is told with commas, and one that is not there as a dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Figure: TypeAlias = int | str | tuple[str, ...] | None
Figures: TypeAlias = dict[str, Figure]

NONE: Final = "–"

DETAILS: Final[dict[str, str]] = {
    "accompanies-nobody": "{person} rides on {trip} and accompanies nobody there",
    "apart": "{person} and {other} are both on {trip}",
    "area": "{link} lies in an area that is not crossed",
    "back-at": "{person} is told back at {told_s} s, is back at {real_s} s",
    "bay": "bay {bay} of {bays} at {site}",
    "bay-idle": "bay {bay} where none is needed",
    "bay-twice": "bay {bay} of {site} serves two at once",
    "boards-before-back": "{person} boards {trip} at {boards_s} s, back from treatment at {back_s} s",
    "boards-elsewhere": "boards at {site} at {boards_s} s, but is at {place} from {since_s} s",
    "boards-treated": "{person} boards at {boards_s} s, treated until {until_s} s",
    "boards-twice": "boards at {boards_s} s while on another ride until {until_s} s",
    "bound-above": "a bound of {bound_s} s above the makespan of {makespan_s} s",
    "bound-below": "told optimal with a bound of {bound_s} s and a makespan of {makespan_s} s",
    "carer": "{person} rides on {trip} without the carer {carer}",
    "carries": "{people} people ride on {vehicle}, which is of kind {kind}",
    "child": "{person} rides on {trip} without an adult of the household",
    "clause-due": "{clause}: due {due_s} s, comes at {at_s} s",
    "closed": "{link} is driven from {from_s} to {until_s} s, closed from {closed_s} to {opened_s} s",
    "closed-to": "{link} is closed to vehicles that count as {profile}",
    "companion-apart": "{person} is told to accompany and does not ride along on {trip} ({patient})",
    "companion-needless": "{person} is told to accompany and is neither carer nor the child's adult ({patient})",
    "consent-refused": "consent for {link} is not granted",
    "consent-window": "{link} is driven from {from_s} to {until_s} s without the consent of who controls it",
    "convoy-departs": "told to depart at {told_s} s, departs at {real_s} s",
    "convoy-of": "a trip of {vehicle} is told to be of convoy '{convoy}'",
    "convoy-speeds": "driven at {speeds} %",
    "convoy-trips": "{vehicle} makes {trips} convoy trips",
    "convoy-way": "{trip} does not lead from {assembly} to {destination}",
    "convoy-ways": "{ways} different ways in one convoy",
    "convoy-work": "some rest or refuel where others do not",
    "crowd": "{people} people at {site} at once, {allowed} allowed",
    "declined": "{person} declined",
    "declined-listed": "{person} declined and is listed as left behind",
    "delivered-listed": "{person} is delivered and listed as left behind",
    "departs-late": "departs at {departs_s} s, the time considered ends at {horizon_s} s",
    "driving": "{driven_s} s at the wheel, {allowed_s} s allowed",
    "driving-unrested": "{driven_s} s at the wheel without rest, {allowed_s} s allowed",
    "dwell": "{person} is at {site} for {dwell_s} s, {allowed_s} s allowed",
    "fuel": "no fuel at {site}",
    "halts": "halts at {made}, asked for {asked}",
    "held": "starts at {start_s} s, held until {held_s} s",
    "hospital": "place {place} of {places} at {site}",
    "hospital-twice": "place {place} of {site} treats two at once",
    "household-ends": "{delivered} of {members} members delivered, by {ways} ways",
    "household-leaves": "{person} leaves {site} on {trip} without {other} of the household",
    "infeasible-trips": "told infeasible, and has trips",
    "infeasible-why": "told infeasible, and no rule is named that clashes",
    "last-ride": "the last ride of {person} ends at {site}",
    "left-behind": "{person} is left behind",
    "left-untold": "{person} is left behind and no rule is told that prevents it",
    "load": "told {walking} walking, {wheelchair} wheelchair, {stretcher} stretcher, "
    "aboard {walking_aboard} walking, {wheelchair_aboard} wheelchair, {stretcher_aboard} stretcher",
    "manifest-vehicle": "the manifest says vehicle {told}, the trip {real}",
    "milestone-early": "{milestone} is told at {told_s} s and cannot be before {earliest_s} s",
    "milestone-of": "{milestone} is told at {told_s} s, comes at {real_s} s",
    "milestone-time": "no time is told for {milestone}",
    "milestone-untold": "{milestone} comes at {real_s} s and is not told",
    "night": "driven from {from_s} to {until_s} s as by day, and it is night from {night_s} s",
    "not-ambulance": "{vehicle} is of kind {kind}",
    "not-convoy-ride": "a ride from {board} to {alight}",
    "objective": "a plan without its figures",
    "objective-distance_m": "distance_m is told as {told}, and is {real}",
    "objective-exposure_person_s": "exposure_person_s is told as {told}, and is {real}",
    "objective-makespan_s": "makespan_s is told as {told}, and is {real}",
    "objective-unserved": "unserved is told as {told}, and is {real}",
    "open": "{site} is not open from {from_s} to {until_s} s",
    "order": "no order is told",
    "order-members": "the order is not made of {members}",
    "order-mixed": "head, body and tail are mixed",
    "other-operation": "the plan was made for operation {operation}, or for other content of it",
    "passes-told": "told to pass {site} at {head_s} to {tail_s} s",
    "passes-untold": "passes {site} at {head_s} to {tail_s} s, which is not told",
    "places": "{need} aboard, {vehicle} has {have}",
    "range": "{driven_m} m without refuelling, range {range_m} m",
    "ratio": "at {at_s} s {gone} of {group} have left and {other} of {against}",
    "reading": "nothing is told about {clause}",
    "reading-at_s": "at_s is told as {told}, and is {real}",
    "reading-due_s": "due_s is told as {told}, and is {real}",
    "reading-kind": "kind is told as {told}, and is {real}",
    "reading-slack_s": "slack_s is told as {told}, and is {real}",
    "reading-status": "status is told as {told}, and is {real}",
    "referral-late": "{vehicle} drives a referral after leaving with the convoy",
    "referral-needless": "{person} needs no treatment",
    "referral-rides": "{person} does not ride out to {site} and back on the trips told",
    "referral-site": "{person}: {site} is not the hospital asked for",
    "rest": "no rest at {site}",
    "ride-stops": "a ride from stop {board} to stop {alight} of {stops}",
    "route": "the links {links} do not lead from {origin} to {site}",
    "route-access": "{link} is an access of {site}: it is driven at the beginning or the end of a drive only",
    "service": "the service needs {need_s} s and has {have_s} s",
    "shuttle": "{vehicle} drives a shuttle",
    "shuttle-to": "a shuttle takes {person} to {site}",
    "site-full": "{people} people delivered to {site}, room for {capacity}",
    "spacing": "{told_s} s apart, at least {least_s} s asked for",
    "spacing-place": "place {place} departs at {told_s} s, in the order it would be {due_s} s",
    "speed": "driven at {driven} %, the vehicle goes at {own} %",
    "starts-early": "sets off at {departs_s} s, free from {free_s} s",
    "stretchers": "{person} is delivered to {site}, which takes no stretchers",
    "times": "arrive {arrive_s}, start {start_s}, end {end_s}, depart {depart_s} s",
    "too-heavy": "{vehicle} counts as {own} kg, {link} takes {most} at most",
    "too-high": "{vehicle} counts as {own} cm high, {link} takes {most} at most",
    "too-wide": "{vehicle} counts as {own} cm wide, {link} takes {most} at most",
    "travel": "arrives at {arrives_s} s; leaving at {departs_s} s and driving it would be {due_s} s",
    "treated-before": "{person} is treated from {from_s} s, there from {there_s} s",
    "treatment": "{person} needs treatment first",
    "treatment-time": "{person} is treated {treated_s} s and needs {need_s} s",
    "trip-before": "arrives at {arrives_s} s while its trip before lasts until {until_s} s",
    "trip-speed": "a speed of {speed} %",
    "trip-stops": "a trip without a stop",
    "twice": "{id} stands {times} times in {table}",
    "unfit": "{person} is not fit to travel",
    "unfit-unlisted": "{person} is not fit to travel and is not listed as left behind for that",
    "unknown-clause": "no clause {id} in the operation",
    "unknown-convoy": "no convoy {id} in the operation",
    "unknown-link": "no link {id} in the operation",
    "unknown-milestone": "no milestone {id} in the operation",
    "unknown-person": "no person {id} in the operation",
    "unknown-site": "no site {id} in the operation",
    "unknown-trip": "no trip {id} in the plan",
    "unknown-vehicle": "no vehicle {id} in the operation",
    "withdrawn": "{person} withdrew",
    "withdrawn-listed": "{person} withdrew and is listed as left behind",
}
"""The forms, by code."""


def in_english(said: str, figures: Mapping[str, Figure]) -> str:
    """Say what is wrong, in English and as plain text.

    Raises
    ------
    KeyError
        When there is no such form, or a figure of it is missing.
    """
    return DETAILS[said].format_map({name: _plain(figure) for name, figure in figures.items()})


def _plain(figure: Figure) -> str:
    if isinstance(figure, tuple):
        return ", ".join(figure) or NONE
    return NONE if figure is None else str(figure)
