"""The codes of why there is no plan."""

from __future__ import annotations

from safepassage.model.errors import Code


def _code(title: str, meaning: str, remedy: str) -> Code:
    return Code(title=title, meaning=meaning, remedy=remedy)


CODES = {
    "household-together": _code(
        "Households stay together",
        "There are places enough in number, but no way to fill the vehicles without splitting a household.",
        "Add a vehicle, or larger ones; a household is never split.",
    ),
    "site-capacity": _code(
        "Final sites are full",
        "The sites where people may end have room for fewer people than are to be moved.",
        "Open another site or find more room; people may also name another destination.",
    ),
    "no-ambulance-way": _code(
        "No way for the referrals",
        "No rounds of the ambulances were found that bring every patient to a hospital and back, "
        "and keep the crews' hours and the ranges.",
        "Add an ambulance or crews, or allow rest and fuel near the hospitals.",
    ),
    "shuttle": _code(
        "Shuttles cannot drive",
        "No way was found for the shuttles to bring people where they have to be: no vehicle, no road, or no opening "
        "hours that fit.",
        "Check roads, closures and opening hours of the sites, and add a vehicle without a convoy.",
    ),
    "shuttle-places": _code(
        "Shuttles have too few places",
        "Some people fit on no shuttle's run, or there is no room where they may go.",
        "Add a vehicle with the places they need, or more room at a final site.",
    ),
    "ambulance": _code(
        "No ambulance for a patient",
        "There is no ambulance, or none that takes this patient and who must ride along.",
        "Add an ambulance with the places that are needed.",
    ),
    "hospital": _code(
        "No hospital for a patient",
        "There is no hospital that this patient can be brought to and back from.",
        "Add a hospital, or check the roads to the one that is named.",
    ),
    "seats-unproved": _code(
        "No seating found",
        "The search for seats ended without a seating and without proof that there is none.",
        "Give it more time with --seconds and --iterations, or add a vehicle.",
    ),
    "march": _code(
        "The convoy does not get there",
        "No sequence of halts keeps the crews' hours, the vehicles' ranges, the open hours of the roads and the caps "
        "of hold points.",
        "Allow rest or fuel at more sites on the way, add crews, or extend a window of consent.",
    ),
    "facts": _code(
        "The facts do not fit",
        "What is told to have happened contradicts the operation, the plan in force, or itself: an unknown name, "
        "somebody in two places, people aboard a vehicle that is lost or has no trip.",
        "Correct the facts; tell at which site people wait whose vehicle is lost.",
    ),
}
