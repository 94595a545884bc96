"""The codes of what makes an operation contradictory before it is planned."""

from __future__ import annotations

from safepassage.model.errors import Code


def _code(title: str, meaning: str, remedy: str) -> Code:
    return Code(title=title, meaning=meaning, remedy=remedy)


_COMPANY = {
    "child-without-adult": _code(
        "Child without an adult",
        "A child who travels has no adult in the household who travels too.",
        "Register the adult who travels with the child in the same household.",
    ),
    "household-unfit": _code(
        "Household with somebody who is not fit to travel",
        "Somebody in the household cannot travel, and a household is never split.",
        "Repeat the medical check, let the others wait, or let the household decide who is registered apart.",
    ),
    "household-several-sites": _code(
        "Household at several sites",
        "Members of one household wait at different sites.",
        "Check the sites. If they are right, one trip has to pick up all of them.",
    ),
    "household-destinations": _code(
        "Different destinations for people who end together",
        "Members of a household, or a person and their carer, have different destinations.",
        "Agree with them on one destination.",
    ),
    "household-too-large": _code(
        "Household larger than any vehicle",
        "No vehicle has the seats, wheelchair bays and stretchers for the household with its carers.",
        "Add a larger vehicle, or let the household decide how to register as two.",
    ),
    "carer-missing": _code(
        "Carer not in the list",
        "The carer named for somebody is not among the people.",
        "Register the carer, or name another.",
    ),
    "carer-not-travelling": _code(
        "Carer does not travel",
        "The carer named for somebody declined, withdrew, or is not fit to travel.",
        "Name a carer who travels.",
    ),
    "carer-elsewhere": _code(
        "Carer at another site",
        "A person and their carer, of different households, wait at different sites.",
        "Check the sites. If they are right, the vehicle has to pick up the carer first.",
    ),
    "apart-together": _code(
        "To be kept apart, and together",
        "Two people must be kept apart and must ride together, as household or carer.",
        "Register them in households of their own, or withdraw the separation.",
    ),
}

_PLACES = {
    "no-vehicle-fits": _code(
        "No vehicle for this mobility",
        "No vehicle that brings people to where they end has a place for people of this mobility.",
        "Add a vehicle with such a place.",
    ),
    "no-shuttle": _code(
        "Nobody brings them to the assembly site",
        "People wait elsewhere than at an assembly site, and no vehicle without a convoy has a place for them.",
        "Add a vehicle without a convoy, or let them wait at the assembly site.",
    ),
    "capacity-below-need": _code(
        "Convoy too small",
        "A convoy goes once, and its vehicles have fewer places than people need.",
        "Add vehicles, or agree on a second movement.",
    ),
    "no-ambulance": _code(
        "No ambulance",
        "People need treatment first, and there is no ambulance.",
        "Add an ambulance.",
    ),
    "no-ambulance-fits": _code(
        "No ambulance for this patient",
        "No ambulance has the places for a patient and the carer.",
        "Add an ambulance that has.",
    ),
    "final-site-capacity": _code(
        "Final sites too small",
        "More people are to end at a site, or at all of them, than there is room for.",
        "Find more room, or another final site.",
    ),
    "destination-not-of-convoy": _code(
        "No convoy goes there",
        "The destination of somebody is not that of any convoy.",
        "Correct the destination, or add a convoy that ends there.",
    ),
}

_WINDOWS = {
    "impossible-window": _code(
        "Impossible window",
        "A window or closure ends before it begins, or lies outside the time considered.",
        "Correct its two ends.",
    ),
    "window-impossible": _code(
        "Clause without a possible window",
        "None of the windows of a clause is possible.",
        "Correct the windows of the clause.",
    ),
    "site-never-open": _code(
        "Site never open long enough",
        "People wait at a site that is never open long enough for one of them to board.",
        "Agree on a longer opening window.",
    ),
}

_AGREEMENTS = {
    "milestone-unreached": _code(
        "Milestone that nothing reaches",
        "A clause names a milestone that nothing in the operation brings about; as it stands it asks for nothing.",
        "Correct the name of the milestone.",
    ),
    "precedence-not-steerable": _code(
        "Precedence that cannot be steered",
        "A clause makes something wait that only follows from the movement.",
        "Let a departure wait instead: departed:CONVOY or left:SITE.",
    ),
    "precedence-cycle": _code(
        "Clauses in a circle",
        "Clauses and milestones wait for each other in a circle, so that none can begin.",
        "Agree which comes first, and drop one of the clauses.",
    ),
    "deadline-too-early": _code(
        "Deadline before it can be met",
        "What must come first takes longer than the deadline or the last window allows.",
        "Agree on more time, or bring forward what comes first.",
    ),
    "window-after-deadline": _code(
        "Window opens after the deadline",
        "A milestone is due before its first window opens.",
        "Agree on a later deadline or an earlier window.",
    ),
}

_REACH = {
    "unreachable-site": _code(
        "No road",
        "There is no road at all from where people or vehicles are to where they must be.",
        "Add the missing road, or correct the site.",
    ),
    "no-consented-road": _code(
        "No road that may be driven",
        "There is a road, but clauses or closures never leave it open long enough.",
        "Obtain the consent or the opening of the links named, or add another road.",
    ),
    "no-fitting-road": _code(
        "No road that lets the vehicles pass",
        "There is a road, but it is closed to these vehicles, or does not bear them, or is too low or too narrow. For "
        "measures that are not given, the largest of a vehicle's kind count.",
        "Send other vehicles, give these vehicles' own measures, or add another road.",
    ),
    "no-hospital": _code(
        "No hospital",
        "People need treatment first, and there is no hospital.",
        "Add a hospital to the sites.",
    ),
    "halt-off-road": _code(
        "Halt that no road leads to",
        "A halt of a convoy cannot be reached by any road.",
        "Correct the site of the halt, or add the road to it.",
    ),
    "convoy-without-vehicles": _code(
        "Convoy without vehicles",
        "No vehicle belongs to the convoy.",
        "Assign vehicles to it.",
    ),
}

PREMISE_CODES: dict[str, Code] = _COMPANY | _PLACES | _WINDOWS | _AGREEMENTS | _REACH
