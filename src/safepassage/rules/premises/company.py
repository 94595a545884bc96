"""Who must ride together, and who cannot: households, children, carers, people to be kept apart."""

from __future__ import annotations

from collections.abc import Iterator

from safepassage.model.errors import Fault
from safepassage.model.ids import HouseholdId, PersonId
from safepassage.model.operation import Operation
from safepassage.model.people import Person
from safepassage.rules.case import grouped
from safepassage.rules.premises.findings import cells, clash, few, warning
from safepassage.rules.premises.fleet import Needs, final_carriers, fits, needs_of


def faults(operation: Operation) -> Iterator[Fault]:
    """Find what contradicts riding together."""
    people = {person.id: person for person in operation.people}
    asked = [person for person in operation.people if person.choice == "consented"]
    households = grouped((person.household, person) for person in asked)
    for household, members in households.items():
        travelling = tuple(person for person in members if person.fit_to_travel)
        yield from _adults(household, travelling)
        yield from _unfit(household, members, travelling)
        yield from _sites(household, travelling)
    yield from _carers(people)
    yield from _groups(people)
    yield from _sizes(operation, people, households)


def _adults(household: HouseholdId, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    children = [person for person in travelling if person.is_child]
    if children and len(children) == len(travelling):
        yield clash(
            "child-without-adult",
            f"household {household} has a child and no adult who travels",
            cells(children, "household"),
            found=few(person.id for person in children),
            remedy="register the adult who travels with the child in the same household",
        )


def _unfit(household: HouseholdId, members: tuple[Person, ...], travelling: tuple[Person, ...]) -> Iterator[Fault]:
    unfit = [person for person in members if not person.fit_to_travel]
    if unfit and travelling:
        yield clash(
            "household-unfit",
            f"household {household} would be split: somebody in it is not fit to travel",
            cells(unfit, "fit_to_travel"),
            found=few(person.id for person in unfit),
            remedy="repeat the medical check, let the others wait, or let the household decide who is registered apart",
        )


def _sites(household: HouseholdId, travelling: tuple[Person, ...]) -> Iterator[Fault]:
    sites = sorted({person.site for person in travelling})
    if len(sites) > 1:
        yield warning(
            "household-several-sites",
            f"household {household} waits at several sites",
            cells(travelling, "site"),
            found=few(sites),
            remedy="check the sites; if they are right, one trip has to pick up the household at all of them",
        )


def _carers(people: dict[PersonId, Person]) -> Iterator[Fault]:
    for person in people.values():
        if not (person.carer and person.travels):
            continue
        carer = people.get(person.carer)
        if carer is None:
            what = f"the carer {person.carer} of {person.id} is not in the list"
            yield clash("carer-missing", what, cells([person], "carer"), remedy="register the carer, or name another")
        elif not carer.travels:
            what = f"the carer {carer.id} of {person.id} does not travel"
            subjects = (*cells([person], "carer"), *cells([carer], "choice"))
            yield clash("carer-not-travelling", what, subjects, remedy="name a carer who travels")
        elif carer.site != person.site and carer.household != person.household:
            what = f"the carer {carer.id} of {person.id} waits at another site"
            subjects = cells([person, carer], "site")
            yield warning("carer-elsewhere", what, subjects, found=f"{carer.site}, {person.site}")


def _groups(people: dict[PersonId, Person]) -> Iterator[Fault]:
    for group in together(people):
        wanted = sorted({person.destination for person in group if person.destination})
        if len(wanted) > 1:
            yield clash(
                "household-destinations",
                "people who end together, as household or carer, have different destinations",
                cells((person for person in group if person.destination), "destination"),
                found=few(wanted),
                remedy="agree with them on one destination",
            )
        ids = {person.id for person in group}
        for person in group:
            for other in sorted(ids.intersection(person.apart_from)):
                yield clash(
                    "apart-together",
                    f"{person.id} must be kept apart from {other}, and rides with them as household or carer",
                    cells([person], "apart_from"),
                    remedy="register them in households of their own, or withdraw the separation",
                )


def together(people: dict[PersonId, Person]) -> list[tuple[Person, ...]]:
    """Group the people who travel by who must be on the same final trip: households, joined by carers."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    travelling = [person for person in people.values() if person.travels]
    for person in travelling:
        carer = people.get(person.carer)
        if carer is not None and carer.travels:
            parent[root(person.household)] = root(carer.household)
    return list(grouped((root(person.household), person) for person in travelling).values())


def _sizes(
    operation: Operation, people: dict[PersonId, Person], households: dict[HouseholdId, tuple[Person, ...]]
) -> Iterator[Fault]:
    carriers = final_carriers(operation)
    largest = Needs.largest(carriers)
    for household, members in households.items():
        own = {person.id: person for person in members if person.fit_to_travel}
        carers = (people.get(person.carer) for person in own.values())
        own |= {carer.id: carer for carer in carers if carer is not None and carer.travels}
        needs = needs_of(own.values())
        if carriers and own and not any(fits(needs, vehicle) for vehicle in carriers):
            yield clash(
                "household-too-large",
                f"household {household} with its carers fits into no vehicle",
                cells(own.values(), "household"),
                found=f"needs {needs}; the most that any vehicle has: {largest}",
                remedy="add a larger vehicle, or let the household decide how to register as two",
            )
