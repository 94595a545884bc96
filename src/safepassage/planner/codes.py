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
        "Some patient cannot be brought to a hospital and back: no ambulance has the place, or no road leads there.",
        "Add an ambulance with such a place, or name a hospital that can be reached.",
    ),
    "shuttle": _code(
        "Shuttles cannot drive",
        "No way was found for the shuttles to bring people where they have to be: no vehicle, no road, or no opening hours that fit.",
        "Check roads, closures and opening hours of the sites, and add a vehicle without a convoy.",
    ),
    "shuttle-places": _code(
        "Shuttles have too few places",
        "Some people fit on no shuttle's run, or there is no room where they may go.",
        "Add a vehicle with the places they need, or more room at a final site.",
    ),
    "seats-unproved": _code(
        "No seating found",
        "The search for seats ended without a seating and without proof that there is none.",
        "Give it more time with --seconds and --iterations, or add a vehicle.",
    ),
    "march": _code(
        "The convoy does not get there",
        "No sequence of halts keeps the crews' hours, the vehicles' ranges, the open hours of the roads and the caps of hold points.",
        "Allow rest or fuel at more sites on the way, add crews, or extend a window of consent.",
    ),
}
