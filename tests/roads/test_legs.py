"""Legs and who is cut off: small tables of links."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roads.maps import closure, consent, link, operation, site, window
from safepassage.model.errors import InternalError
from safepassage.model.fleet import Convoy, Vehicle
from safepassage.model.ids import ConvoyId, LinkId, SiteId, TripId, VehicleId
from safepassage.model.operation import Operation
from safepassage.model.places import Link
from safepassage.model.plan import Load, Plan, Solver, Stop, Trip
from safepassage.model.time import Night, Window
from safepassage.model.travel import Travel
from safepassage.roads.crossing import across, as_text
from safepassage.roads.legs import cut_off, driven, driver_of, every_pair, heaviest, stops_of, ways_of
from safepassage.roads.network import metres
from safepassage.roads.openness import FOREVER
from safepassage.roads.outlook import Leg
from safepassage.roads.survey import frame_of, of_table
from safepassage.roads.table import travel
from safepassage.roads.ways import ways

LINE = (link("ab", "a-b"), link("bc", "b-c"), link("cd", "c-d"))


def without(asked: Operation, *links: str) -> Operation:
    shut = tuple(closure(name, -FOREVER, FOREVER) for name in links)
    return replace(asked, closures=asked.closures + shut)


def lost(asked: Operation, *links: str) -> tuple[str, ...]:
    after = travel(without(asked, *links))
    return cut_off(travel(asked), after, stops_of(asked), [heaviest(asked)])


def first(asked: Operation, start: str, end: str) -> Leg:
    return next(one for one in every_pair(asked, heaviest(asked)) if (one.start, one.end) == (start, end))


@pytest.mark.parametrize(
    ("links", "names"),
    [
        ((), ()),
        (("ab",), ("a",)),
        (("cd",), ("d",)),
        (("ab", "bc", "cd"), ("a", "b", "c", "d")),
        (("ab", "cd"), ("a", "d")),
    ],
)
def test_the_largest_part_stays_and_the_rest_is_cut_off(links: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert lost(operation(LINE), *links) == names


def test_a_ring_that_is_cut_once_cuts_nobody_off() -> None:
    assert lost(operation((*LINE, link("da", "d-a"))), "bc") == ()


def test_a_site_that_is_only_reached_or_only_left_is_cut_off_with_its_road() -> None:
    asked = operation((*LINE, link("de", "d-e", both_ways=False), link("fa", "f-a", both_ways=False)))
    assert lost(asked, "de") == ("e",)
    assert lost(asked, "fa") == ("f",)


def test_routes_that_tell_no_times_are_our_fault() -> None:
    asked = operation(LINE)
    plain = Travel(links={}, routes={}, open={}, closed_by={}, paces=travel(asked).paces)
    with pytest.raises(InternalError):
        cut_off(plain, plain, stops_of(asked), [heaviest(asked)])


def test_who_is_heaviest() -> None:
    at = SiteId("a")
    asked = operation(LINE)
    fleet = [
        Vehicle(id=VehicleId("car"), kind="car", site=at, seats=4),
        Vehicle(id=VehicleId("quick"), kind="bus", site=at, seats=4),
        Vehicle(id=VehicleId("slow"), kind="bus", site=at, seats=4, speed_percent=80),
        Vehicle(id=VehicleId("slow too"), kind="bus", site=at, seats=4, speed_percent=80),
    ]
    assert heaviest(replace(asked, vehicles=tuple(fleet))).vehicle == "slow"
    with pytest.raises(ValueError, match="empty"):
        heaviest(replace(asked, vehicles=()))
    boat = Vehicle(id=VehicleId("boat"), kind="boat", site=at, seats=4)
    assert frame_of([boat]).profiles == 1
    together = frame_of(fleet)
    assert (together.profiles, together.heavy, together.height_cm) == (5, True, 400)


def test_ways_before_the_start_are_none_and_windows_begin_with_it() -> None:
    asked = operation(
        [link("ab", "a-b", controlled_by="army")], clauses=[consent("c", "ab", windows=(window(-100, 60),))]
    )
    (way,) = ways_of(travel(asked), first(asked, "a", "b"))
    assert way.open == (Window(from_s=0, until_s=50),)
    past = operation(
        [link("ab", "a-b", controlled_by="army")], clauses=[consent("c", "ab", windows=(window(-100, -60),))]
    )
    assert ways_of(travel(past), first(past, "a", "b")) == ()


def test_what_is_too_long_for_a_day_is_told_at_nights_pace() -> None:
    asked = replace(
        operation([link("ab", "a-b", travel_s=500)]),
        night=Night(
            windows=(*(window(at, at + 100) for at in range(0, 4000, 400)), window(4000, FOREVER)),
            speed_percent=50,
        ),
    )
    found = ways_of(travel(asked), first(asked, "a", "b"))
    assert found[0].slow
    assert found[0].travel_s == 1000


def _stop(at: str, *route: str) -> Stop:
    return Stop(
        site=SiteId(at), route=tuple(map(LinkId, route)), arrive_s=0, start_s=0, end_s=0, depart_s=0, load=Load()
    )  # fmt: skip


def test_a_convoy_drives_its_leg_once_as_one() -> None:
    at, main = SiteId("a"), ConvoyId("main")
    fleet = tuple(
        Vehicle(id=VehicleId(name), kind="bus", site=at, seats=4, convoy=main, speed_percent=speed)
        for name, speed in (("v1", 100), ("v2", 50))
    )
    convoy = Convoy(id=main, assembly=at, destination=SiteId("d"))
    asked = replace(operation(LINE), vehicles=fleet, convoys=(convoy,))
    trips = tuple(
        Trip(
            id=TripId(one.id), vehicle=one.id, kind="convoy", speed_percent=50, convoy=main,
            stops=(_stop("a"), _stop("b", "ab"), _stop("b"), _stop("d", "bc", "cd")),
        )
        for one in fleet
    )  # fmt: skip
    plan = Plan(operation="map", sha256="", status="feasible", seed=0, solver=Solver(engine=""), trips=trips)
    legs = driven(asked, plan, None)
    assert [(one.start, one.end, one.driver.convoy, one.times) for one in legs] == [
        ("a", "b", "main", 2), ("b", "d", "main", 2),
    ]  # fmt: skip
    assert ways_of(travel(asked), legs[1])[0].travel_s == 40
    assert driven(asked, plan, driver_of(fleet[0]))[0].driver.vehicle == "v1"


def test_ways_over_a_table_of_links() -> None:
    asked = operation(
        (*LINE, link("da", "d-a", travel_s=90), link("no", "a-d", closed_to=("bus",))),
        sites=[site(name, lon, 0.0) for name, lon in (("a", 0.0), ("b", 0.1), ("c", 0.2), ("d", 0.3))],
    )
    times = travel(asked)
    survey = of_table(asked, times, times.paces[asked.vehicles[0].id])
    found = ways(survey, SiteId("a"), SiteId("d"), 2)
    assert [stage.links for stage in found[0].stages] == [("ab", "bc", "cd")]
    assert found[0].travel_s == 30
    assert found[0].weak[0].extra_s == 60
    assert (found[0].weak[0].what, found[0].weak[0].choice_m) == ("ab", 0.0)
    assert ways(survey, SiteId("a"), SiteId("a")) == ()
    assert ways(survey, SiteId("a"), SiteId("nowhere")) == ()


def test_a_link_is_crossed_in_the_middle_of_its_longest_part() -> None:
    line = ((24.0, 60.0), (24.001, 60.0), (24.001, 60.01))
    (lon_a, lat_a), (lon_b, lat_b) = across(line)
    assert lat_a == lat_b == 60.005
    assert (lon_a + lon_b) / 2 == pytest.approx(24.001)
    from numpy import array  # noqa: PLC0415

    width_m = metres(array([lon_a]), array([lat_a]), array([lon_b]), array([lat_b]))[0]
    assert width_m == pytest.approx(6, abs=0.2)
    assert as_text(across(((24.0, 60.0),))).startswith("23.99")


def test_every_link_of_a_table_has_a_place_in_the_ways() -> None:
    asked = operation(LINE)
    times = travel(asked)
    survey = of_table(asked, times, times.paces[asked.vehicles[0].id])
    told: set[Link | str] = set()
    for start in "abcd":
        for end in "abcd":
            told |= {
                name for way in ways(survey, SiteId(start), SiteId(end)) for one in way.stages for name in one.links
            }
    assert told == {"ab", "bc", "cd"}
