"""Ways round a link and back: also from junctions, which the planner's table of routes leaves out."""

from __future__ import annotations

from planner.small import FAR_S, operation, person, sites, vehicle
from safepassage.model.ids import LinkId, SiteId
from safepassage.rehearsal.legs import Roads
from safepassage.rehearsal.script import NEVER
from safepassage.roads.table import travel


def test_ways_begin_and_end_at_junctions_too() -> None:
    asked = operation((person("P1"),), (vehicle("B1"),), sites=sites(inn={"kind": "junction"}))
    numbers = {site.id: number for number, site in enumerate(asked.sites)}
    roads = Roads(operation=asked, travel=travel(asked), links={}, sites=numbers)
    inn, camp, square = SiteId("inn"), SiteId("camp"), SiteId("square")
    assert roads.seconds(100, inn, camp) == FAR_S == roads.seconds(100, square, inn)
    assert roads.seconds(50, square, camp) == 4 * FAR_S
    assert roads.seconds(100, inn, camp, without=LinkId("inn-camp")) == NEVER
    assert roads.seconds(100, camp, camp) == 0
