"""The codes of the rules that a plan can break."""

from __future__ import annotations

from safepassage.model.errors import Code


def _code(title: str, meaning: str, remedy: str) -> Code:
    return Code(title=title, meaning=meaning, remedy=remedy)


_SHAPE = {
    "other-operation": _code(
        "Plan of another operation",
        "The plan was made for another operation, or for an earlier content of this one.",
        "Plan again from the folder as it is now.",
    ),
    "unknown-id": _code(
        "Unknown id",
        "The plan names a person, vehicle, site, link, convoy, trip, milestone or clause that does not exist.",
        "Correct the id, or add what it names to the operation and plan again.",
    ),
    "plan-shape": _code(
        "Plan does not hang together",
        "Something stands twice, a trip has no stop, a ride names stops that are not there, a "
        "speed is not above 0, or an infeasible plan names no clash.",
        "Undo the last edit of the plan, or plan again.",
    ),
}

_MOVEMENT = {
    "times-out-of-order": _code(
        "Times out of order",
        "At a stop a vehicle arrives, then the service starts, ends, and the vehicle "
        "departs: in that order, not before 0 and not before a hold.",
        "Correct the times of this stop.",
    ),
    "travel-time": _code(
        "Drive longer or shorter than its road",
        "The vehicle arrives earlier or later than its departure plus the time of the links at the speed driven.",
        "Correct the arrival, the departure before it, the route or the speed.",
    ),
    "vehicle-overlap": _code(
        "Vehicle on two trips at once",
        "A trip of the vehicle begins before its trip before has ended.",
        "Give one of the trips to another vehicle, or start it later.",
    ),
    "vehicle-too-early": _code(
        "Vehicle not there yet",
        "The vehicle sets off before it is available.",
        "Start its first trip later, or make the vehicle available earlier.",
    ),
    "speed-too-high": _code(
        "Faster than the vehicle goes",
        "The trip is planned at a higher speed than the vehicle's own.",
        "Lower the speed of the trip.",
    ),
    "horizon": _code(
        "After the time considered",
        "The plan goes on after the end of the time that the operation considers.",
        "Move it earlier, or lengthen the operation's horizon.",
    ),
    "route-broken": _code(
        "Road does not join up",
        "The links do not lead from where the vehicle was to the stop, or a "
        "one-way link is driven against its direction.",
        "Correct the links of the route.",
    ),
    "link-closed": _code(
        "Closed road",
        "A link is driven while it is closed.",
        "Drive before or after the closure, or by another road.",
    ),
    "link-unfit": _code(
        "Road does not let the vehicle pass",
        "A link is driven that is closed to this kind of vehicle, or does not bear its weight, or is too low or too "
        "narrow for it. For measures that are not given, the largest of its profile count.",
        "Take another road or another vehicle, or give the vehicle's own measures.",
    ),
    "night-too-fast": _code(
        "Too fast at night",
        "A drive that touches the night is not made at night's pace.",
        "Drive slowly (`slow`) with the longer time that takes, or drive by day.",
    ),
    "link-without-consent": _code(
        "Road without consent",
        "A link is driven without the granted consent of the party that controls it, or "
        "outside the consented windows. Notified is not consented.",
        "Obtain the consent or a longer window, or take another road.",
    ),
    "area-crossed": _code(
        "Area of an actor who did not consent",
        "A link lies in, or touches, an area that must not be crossed.",
        "Take another road. Consent of whoever controls the area would have to be recorded first.",
    ),
    "service-too-short": _code(
        "Too little time at a stop",
        "Setting up, boarding, alighting, resting, refuelling or halting needs more time than the stop has.",
        "Lengthen the stop.",
    ),
    "bay-overlap": _code(
        "Two vehicles in one bay",
        "Two services use the same bay of a site at the same time.",
        "Let one wait, or use another bay.",
    ),
    "bay-missing": _code(
        "No such bay",
        "A service that needs a bay has none, or a number the site does not "
        "have; or a bay is taken where none is needed.",
        "Give the stop a bay from 1 to the number of the site's bays, or 0 where none is needed.",
    ),
    "site-closed": _code(
        "Site not open",
        "People board or alight, or a vehicle refuels, outside the opening windows of the site.",
        "Move the service into a window, or agree on a longer one.",
    ),
    "drive-before-rest": _code(
        "Too long at the wheel",
        "The vehicle is driven longer than its crews may without resting at a site that allows it.",
        "Add a rest before.",
    ),
    "daily-drive": _code(
        "Too much driving in all",
        "The vehicle is driven longer than its crews may drive in all.",
        "Add a crew, or give a trip to another vehicle.",
    ),
    "rest-not-allowed-here": _code(
        "No rest here",
        "A rest is planned at a site where crews cannot rest.",
        "Rest at a site that allows it.",
    ),
    "fuel-not-here": _code(
        "No fuel here",
        "Refuelling is planned at a site without fuel.",
        "Refuel at a site that has fuel.",
    ),
    "range": _code(
        "Further than the tank lasts",
        "The vehicle drives further than its range without refuelling.",
        "Add refuelling before.",
    ),
}

_PEOPLE = {
    "seats": _code(
        "More people than seats",
        "More people walking are aboard than the vehicle has seats.",
        "Move a household to another vehicle.",
    ),
    "wheelchair-bays": _code(
        "More wheelchairs than bays",
        "More people in wheelchairs are aboard than the vehicle has bays for them.",
        "Move somebody, with household and carer, to a vehicle with a free wheelchair bay.",
    ),
    "stretcher-places": _code(
        "More stretchers than places",
        "More people on stretchers are aboard than the vehicle has places for them.",
        "Move somebody, with household and carer, to a vehicle with a free stretcher place.",
    ),
    "load": _code(
        "Load told wrongly",
        "The load told at a stop is not who is aboard by the manifest.",
        "Correct the load, or the manifest.",
    ),
    "manifest": _code(
        "Manifest of another vehicle",
        "The manifest names another vehicle than its trip.",
        "Correct the vehicle on the manifest.",
    ),
    "person-not-there": _code(
        "Person not there to board",
        "Somebody boards at a site where they are not, or before they are there.",
        "Correct the stop, or let the vehicle wait.",
    ),
    "person-twice": _code(
        "Person on two vehicles at once",
        "Somebody rides on two trips, or twice on one, at the same time.",
        "Take them off one of the manifests.",
    ),
    "person-not-served": _code(
        "Person left behind",
        "Somebody who consented and is fit to travel is on no trip.",
        "Find a place for them, with household and carer.",
    ),
    "person-not-delivered": _code(
        "Person not brought to the end",
        "The last ride of somebody does not end at a final site, or not with the convoy.",
        "Add the missing ride.",
    ),
    "wrong-destination": _code(
        "Brought to another place",
        "Somebody is brought elsewhere than to their destination, or a shuttle does not go where shuttles go.",
        "Bring them to the destination they were told and agreed to.",
    ),
    "fit-to-travel": _code(
        "Not fit to travel",
        "Somebody is moved who is not fit to travel. In the list of those left behind it is the reason.",
        "Take them off the manifest until a medical check says that they can travel.",
    ),
    "no-consent-to-travel": _code(
        "Moved without consenting",
        "Somebody is moved who declined or withdrew.",
        "Take them off the manifest: everybody chooses freely.",
    ),
    "unserved-wrong": _code(
        "List of those left behind is wrong",
        "Somebody is listed who is moved or did not ask to be, is missing from "
        "the list, or stands there without the true reason.",
        "Correct the list.",
    ),
    "household-split": _code(
        "Household split",
        "Members of a household who could leave together do not.",
        "Put the whole household on the same trip, at the same stops.",
    ),
    "child-unaccompanied": _code(
        "Child without an adult",
        "A child rides without an adult of its household.",
        "Put an adult of the household on the same ride.",
    ),
    "carer-apart": _code(
        "Carer not beside the patient",
        "Somebody rides without their carer.",
        "Put the carer on the same ride.",
    ),
    "kept-apart": _code(
        "Aboard together who must not be",
        "Two people who must be kept apart are on the same trip.",
        "Move one of them, with household and carer, to another trip.",
    ),
    "site-full": _code(
        "Final site full",
        "More people are delivered to a site than it has room for.",
        "Bring some to another site, or find more room.",
    ),
    "no-stretchers-here": _code(
        "No stretchers here",
        "Somebody on a stretcher is delivered to a site that cannot take stretchers.",
        "Bring them to a site that can.",
    ),
}

_REFERRALS = {
    "referral-missing": _code(
        "Treatment missing",
        "Somebody who needs treatment first is moved without a referral.",
        "Plan the referral.",
    ),
    "referral-wrong": _code(
        "Referral does not hold",
        "The referral names another hospital, other trips or other times "
        "than the plan's rides, or somebody who needs none.",
        "Correct the referral.",
    ),
    "referral-vehicle": _code(
        "Referral without an ambulance",
        "A referral is driven by a vehicle that is no ambulance.",
        "Give the trip to an ambulance.",
    ),
    "referral-companion": _code(
        "Wrong company on a referral",
        "Somebody rides along who is not needed, or who is told to accompany does not, there and back.",
        "Let the carer, or the child's adult, and nobody else ride along there and back.",
    ),
    "treatment-too-short": _code(
        "Treatment cut short",
        "A patient is treated for less time than needed, or boards before the treatment ends.",
        "Bring the patient back later.",
    ),
    "left-before-treatment": _code(
        "Left before treatment",
        "A patient leaves before they are back from treatment: departure waits for every patient.",
        "Let the departure wait, or bring the patient back earlier.",
    ),
    "hospital-full": _code(
        "No treatment place",
        "Two patients are in one treatment place at once, or the place does not exist.",
        "Treat one of them later, or at another hospital.",
    ),
}

_CONVOYS = {
    "convoy-trip": _code(
        "Vehicle not with its convoy",
        "Every vehicle of a convoy makes exactly one trip with it, after its referrals; others make none.",
        "Add or remove the trip.",
    ),
    "convoy-stops": _code(
        "Convoy parts ways",
        "The vehicles of a convoy do not all go from its assembly site by the same stops and roads to its destination.",
        "Give all its trips the same stops and roads.",
    ),
    "convoy-order": _code(
        "Convoy order wrong",
        "The order does not name each vehicle of the convoy once, or mixes head, body and tail.",
        "Correct the order.",
    ),
    "convoy-spacing": _code(
        "Convoy spacing wrong",
        "Vehicles do not leave in their order exactly one spacing apart, or the spacing is less than asked for.",
        "Correct the departures at this stop.",
    ),
    "convoy-speed": _code(
        "Convoy at different speeds",
        "Vehicles of a convoy drive at different speeds.",
        "Drive all at the speed of the slowest.",
    ),
    "convoy-halt": _code(
        "Halt missing or not made by all",
        "The convoy does not halt where and in the order asked for, or "
        "some vehicles rest or refuel where others do not.",
        "Give all trips of the convoy the same halts, rests and refuelling.",
    ),
    "convoy-passenger": _code(
        "Passenger where none may be",
        "An escort or supply vehicle carries somebody, or somebody joins or leaves a convoy on the way.",
        "Put them on a vehicle for people, from the assembly site to the destination.",
    ),
    "shuttle-by-convoy-vehicle": _code(
        "Shuttle by a vehicle of a convoy",
        "A vehicle that belongs to a convoy drives a shuttle.",
        "Give the shuttle to a vehicle without a convoy.",
    ),
    "convoy-timetable": _code(
        "Movement timetable wrong",
        "A departure or passing of head and tail is not told, or not as the trips drive it.",
        "Correct the timetable.",
    ),
}

_CLAUSES = {
    "clause-precedence": _code(
        "Too early for a precedence",
        "A milestone comes before the one that the parties agreed comes first.",
        "Let it wait, or bring the first one forward.",
    ),
    "clause-deadline": _code(
        "Deadline missed",
        "A milestone comes after its deadline.",
        "Bring it forward, or agree on a later deadline.",
    ),
    "clause-window": _code(
        "Outside the window",
        "A milestone falls into none of its windows.",
        "Move it into a window, or agree on an extension.",
    ),
    "clause-both-or-neither": _code(
        "One without the other",
        "Of milestones that come together or not at all, one comes alone or too long after another.",
        "Bring them together.",
    ),
    "clause-ratio": _code(
        "Ratio between flows broken",
        "At a departure more people of one group have left than the ratio to the other allows.",
        "Let the other group leave first, or agree on a tolerance.",
    ),
    "clause-crowd": _code(
        "Too many people at a hold point",
        "More people are at a site at once than agreed.",
        "Call people forward in smaller batches.",
    ),
    "clause-dwell": _code(
        "Held too long",
        "Somebody stays longer at a site than agreed.",
        "Let their vehicle arrive later or leave earlier.",
    ),
    "clause-reading": _code(
        "Standing of a clause told wrongly",
        "The plan does not tell how it stands to a clause, or tells it otherwise than it is.",
        "Correct what is told about the clause.",
    ),
    "milestone-time": _code(
        "Milestone told wrongly",
        "A milestone is told at another time than it comes, cannot come so early, or is not told at all.",
        "Correct the milestone's time.",
    ),
}

_FIGURES = {
    "objective": _code(
        "Figures told wrongly",
        "People left behind, makespan, exposure or distance are not what the trips give.",
        "Correct the figures, or plan again.",
    ),
    "bound": _code(
        "Bound told wrongly",
        "The bound lies above the makespan, or the plan is told optimal without meeting its bound.",
        "Plan again: do not rely on this bound.",
    ),
}

PLAN_CODES: dict[str, Code] = _SHAPE | _MOVEMENT | _PEOPLE | _REFERRALS | _CONVOYS | _CLAUSES | _FIGURES
