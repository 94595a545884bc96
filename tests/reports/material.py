"""A small operation and a plan of it by hand: one convoy, one referral, one shuttle, every kind of clause."""

# Ids stand as plain strings here, so that the material reads as an operation folder does.
# mypy: disable-error-code="arg-type"

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from safepassage.model.clauses import (
    Area,
    BothOrNeither,
    Cap,
    Consent,
    Deadline,
    Exclusion,
    Milestone,
    Precedence,
    Ratio,
    TimeWindow,
)
from safepassage.model.fleet import Convoy, Halt, Vehicle
from safepassage.model.operation import Figure, Operation, Party, Source
from safepassage.model.people import Person
from safepassage.model.places import Closure, Link, Site
from safepassage.model.plan import (
    ChainLink,
    Clash,
    ClauseReading,
    ConvoyOrder,
    Lever,
    Load,
    Manifest,
    MilestoneReading,
    Objective,
    Passing,
    Plan,
    Referral,
    Remedy,
    Ride,
    Solver,
    Stop,
    Trip,
    Unserved,
    Violation,
)
from safepassage.model.time import Window

HOSTILE = "<script>window.broken = true</script>"
REVERSED = "left\u202eright"
SPEED_GUESS = "assumption: speed of a column at night"

SITES = (
    Site(id="camp", kind="assembly", lon=36.60, lat=34.16, name="Camp", name_ar="المخيم", bays=2, source="survey"),
    Site(id="village", kind="pickup", lon=36.42, lat=34.18, name=HOSTILE, name_ar="القرية"),
    Site(id="clinic", kind="hospital", lon=36.74, lat=34.15, name="Clinic", name_ar="العيادة", capacity=1),
    Site(id="ridge", kind="checkpoint", lon=36.50, lat=34.17),
    Site(id="oasis", kind="rest", lon=38.27, lat=34.56, name="Oasis", name_ar="الواحة", rest=True, source=SPEED_GUESS),
    Site(id="fork", kind="junction", lon=38.90, lat=34.60),
    Site(id="turn", kind="fallback", lon=38.80, lat=34.40),
    Site(id="yard", kind="depot", lon=36.61, lat=34.14),
    Site(id="line", kind="handover", lon=39.50, lat=34.70),
    Site(id="hall", kind="shelter", lon=40.80, lat=34.30),
    Site(
        id="town", kind="destination", lon=40.91, lat=34.45, name="Town", name_ar="البلدة",
        opens=(Window(from_s=0, until_s=180000),),
    ),
)  # fmt: skip

LINKS = (
    Link(id="track", start="village", end="ridge", length_m=9000, travel_s=900),
    Link(id="slope", start="ridge", end="camp", length_m=9000, travel_s=900),
    Link(id="lane", start="camp", end="clinic", length_m=15000, travel_s=1200),
    Link(
        id="west", start="camp", end="oasis", length_m=200000, travel_s=12000, controlled_by="army", source=SPEED_GUESS
    ),
    Link(id="east", start="oasis", end="fork", length_m=60000, travel_s=3600, source=SPEED_GUESS),
    Link(
        id="last",
        start="fork",
        end="town",
        length_m=190000,
        travel_s=11400,
        name="Valley road",
        line=((38.90, 34.60), (40.20, 34.30), (40.91, 34.45)),
    ),
    Link(id="north", start="fork", end="line", length_m=60000, travel_s=4000),
    Link(id="held", start="line", end="town", length_m=90000, travel_s=6000, controlled_by="faction"),
    Link(id="washed", start="camp", end="yard", length_m=2400, travel_s=300),
)


def _people() -> tuple[Person, ...]:
    camp = [
        Person(id="P001", household="H1", site="camp", source="list"),
        Person(id="P002", household="H1", site="camp", age_band="child", source="list"),
        Person(id="P003", household="H2", site="camp", mobility="wheelchair", age_band="older", carer="P004"),
        Person(id="P004", household="H2", site="camp", name=HOSTILE),
        Person(id="P005", household="H3", site="camp", mobility="stretcher", treatment_s=3600, name=REVERSED),
        Person(id="P006", household="H4", site="camp", fit_to_travel=False),
        Person(id="P007", household="H5", site="camp", choice="declined"),
    ]
    village = [Person(id=f"P{number:03}", household="H6", site="village") for number in range(8, 11)]
    return (*camp, *village)


VEHICLES = (
    Vehicle(id="A1", kind="ambulance", site="camp", seats=2, stretchers=2, convoy="main", position="head",
            available_from_s=3600, source=SPEED_GUESS),
    Vehicle(id="B1", kind="bus", site="camp", seats=10, wheelchair_bays=1, convoy="main", name="White bus"),
    Vehicle(id="E1", kind="escort", site="camp", seats=0, convoy="main", position="tail"),
    Vehicle(id="M1", kind="minibus", site="village", seats=8),
)  # fmt: skip

CLAUSES = (
    Precedence(id="first", title="Disclosure before departure", parties=("army", "faction"), first="disclosed",
               then="departed:main", gap_s=600, source="assumption: the order is our reading"),
    Precedence(id="referred", title="All patients are back", first="referrals-closed", then="departed:main"),
    Deadline(id="noon", title="There by noon", milestone="all-arrived", due_s=90000),
    TimeWindow(id="night", title="Leave in the dark", milestone="departed:main",
               windows=(Window(from_s=14000, until_s=40000),), extendable_s=3600),
    BothOrNeither(id="both", title="Both or none", milestones=("departed:main", "disclosed"), within_s=43200),
    Ratio(id="ratio", title="Even flows", group="x", against="y", tolerance=2),
    Cap(id="cap", title="Hold point", site="oasis", max_people=100, max_dwell_s=7200),
    Exclusion(id="cameras", title="No cameras", what="cameras", where=("camp",), watched_by="army"),
    Consent(id="army-yes", title="The army opens the west", party="army", links=("west",), granted=True,
            windows=(Window(from_s=7200, until_s=120000),)),
    Consent(id="faction-no", title="No answer yet", party="faction"),
    Area(id="closed", title="Not to be crossed", party="faction",
         polygon=((39.4, 34.6), (39.6, 34.6), (39.6, 34.8), (39.4, 34.8))),
)  # fmt: skip

OPERATION = Operation(
    id="exercise",
    title=f"Exercise {HOSTILE}",
    title_ar="تمرين",
    time_zone="Asia/Damascus",
    start=datetime(2017, 8, 28, 12, tzinfo=ZoneInfo("Asia/Damascus")),
    people=_people(),
    vehicles=VEHICLES,
    sites=SITES,
    links=LINKS,
    parties=(Party(id="army", name="The army", role="authority"), Party(id="faction", role="not-consenting")),
    convoys=(
        Convoy(id="main", assembly="camp", destination="town", spacing_s=60, title="Night convoy",
               halts=(Halt(site="oasis", duration_s=2700),)),
    ),
    milestones=(Milestone(id="disclosed", title="The fate is disclosed", party="faction", earliest_s=7200),),
    clauses=CLAUSES,
    closures=(Closure(link="washed", from_s=0, until_s=9000, source="assumption: the bridge stands by evening"),),
    sources=(Source(id="list", title="Registration list", date="2017-08-27"), Source(id="survey", title="Survey")),
    figures=(
        Figure(what="limits.setup_min", source="assumption: doors and a head count"),
        Figure(what="limits.rest_min", source="list"),
        Figure(what="convoys.main.spacing_s", source="assumption: as columns do"),
        Figure(what="horizon_note", source="survey"),
    ),
)  # fmt: skip


def _stop(site: str, times: tuple[int, int, int, int], route: tuple[str, ...] = (), **more: object) -> Stop:
    arrive_s, start_s, end_s, depart_s = times
    load = more.pop("load", Load())
    return Stop(site=site, route=route, arrive_s=arrive_s, start_s=start_s, end_s=end_s, depart_s=depart_s,
                load=load, **more)  # fmt: skip


PATIENT = Load(stretcher=1)


def _convoy_trip(vehicle: str, number: int, load: Load) -> Trip:
    leaves_s = 18000 + 60 * number
    there_s = leaves_s + 12000
    goes_on_s = there_s + 2700
    end_s = goes_on_s + 15000
    work = ("halt", "rest", "refuel") if number == 0 else ("rest",)
    return Trip(
        id=f"C-{vehicle}", vehicle=vehicle, kind="convoy", speed_percent=100, convoy="main",
        stops=(
            _stop("camp", (12000, 15000, 15900, leaves_s), load=load, bay=1),
            _stop("oasis", (there_s, there_s, goes_on_s, goes_on_s), ("west",), load=load, work=work),
            _stop("town", (end_s, end_s, end_s + 600, end_s + 600), ("east", "last")),
        ),
    )  # fmt: skip


TRIPS = (
    Trip(id="R-out", vehicle="A1", kind="referral", speed_percent=100, stops=(
        _stop("camp", (3600, 3600, 3900, 3900), load=PATIENT, bay=1),
        _stop("clinic", (5100, 5100, 5400, 5400), ("lane",), bay=1),
    )),
    Trip(id="R-back", vehicle="A1", kind="referral", speed_percent=100, stops=(
        _stop("clinic", (5400, 9000, 9300, 9300), load=PATIENT),
        _stop("camp", (10500, 10500, 10800, 10800), ("lane",)),
    )),
    Trip(id="S-1", vehicle="M1", kind="shuttle", speed_percent=100, stops=(
        _stop("village", (0, 0, 150, 150), load=Load(walking=3)),
        _stop("camp", (1950, 1950, 2100, 2100), ("track", "slope"), bay=1),
    )),
    _convoy_trip("A1", 0, PATIENT),
    _convoy_trip("B1", 1, Load(walking=6, wheelchair=1)),
    _convoy_trip("E1", 2, Load()),
)  # fmt: skip

MANIFESTS = (
    Manifest(trip="R-out", vehicle="A1", rides=(Ride(person="P005", board=0, alight=1),)),
    Manifest(trip="R-back", vehicle="A1", rides=(Ride(person="P005", board=0, alight=1),)),
    Manifest(trip="S-1", vehicle="M1",
             rides=tuple(Ride(person=f"P{number:03}", board=0, alight=1) for number in (10, 9, 8))),
    Manifest(trip="C-A1", vehicle="A1", rides=(Ride(person="P005", board=0, alight=2),)),
    Manifest(trip="C-B1", vehicle="B1", rides=tuple(
        Ride(person=person, board=0, alight=2)
        for person in ("P010", "P003", "P002", "P009", "P004", "P001", "P008"))),
)  # fmt: skip

END_S = 48360

PLAN = Plan(
    operation="exercise",
    sha256="ab" * 32,
    status="feasible",
    seed=0,
    solver=Solver(engine="by hand", stages=("referrals: enumerated", "march: closed form")),
    objective=Objective(unserved=1, makespan_s=END_S, exposure_person_s=8 * END_S, distance_m=1_400_000),
    bound_s=48000,
    trips=TRIPS,
    manifests=MANIFESTS,
    referrals=(
        Referral(person="P005", hospital="clinic", out_trip="R-out", back_trip="R-back", treated_from_s=5400,
                 treated_until_s=9000, returned_s=10800, place=1),
    ),
    convoys=(
        ConvoyOrder(convoy="main", order=("A1", "B1", "E1"), spacing_s=60, departs_s=18000, timetable=(
            Passing(site="camp", head_s=18000, tail_s=18120),
            Passing(site="oasis", head_s=30000, tail_s=30120),
            Passing(site="fork", head_s=36300, tail_s=36420),
            Passing(site="town", head_s=47700, tail_s=47820),
        )),
    ),
    milestones=tuple(
        MilestoneReading(milestone=name, at_s=at_s)
        for name, at_s in (
            ("start", 0), ("disclosed", 7200), ("joined:village", 2100), ("left:village", 150),
            ("cleared:village", 150), ("referrals-closed", 10800), ("departed:main", 18000), ("arrived:main", END_S),
            ("all-arrived", END_S),
        )
    ),
    clauses=(
        ClauseReading(clause="first", kind="precedence", status="kept", due_s=17400, at_s=7200, slack_s=10200),
        ClauseReading(clause="referred", kind="precedence", status="kept", due_s=18000, at_s=10800, slack_s=0,
                      binds=True),
        ClauseReading(clause="noon", kind="deadline", status="broken", due_s=48000, at_s=END_S, slack_s=-360),
        ClauseReading(clause="night", kind="window", status="kept"),
        ClauseReading(clause="cameras", kind="exclusion", status="monitored"),
    ),
    unserved=(Unserved(person="P006", rule="fit-to-travel"),),
    chain=(
        ChainLink(activity="board", subject="A1", site="camp", start_s=3600, end_s=3900),
        ChainLink(activity="drive", subject="A1", site="clinic", start_s=3900, end_s=5100),
        ChainLink(activity="treat", subject="P005", site="clinic", start_s=5400, end_s=9000),
        ChainLink(activity="milestone", subject="disclosed", site="", start_s=9000, end_s=9000, gate="first"),
        ChainLink(activity="board", subject="B1", site="camp", start_s=15000, end_s=15900),
        ChainLink(activity="convoy-departure", subject="main", site="camp", start_s=18000, end_s=18000, waits_s=2100,
                  gate="night"),
        ChainLink(activity="drive", subject="A1", site="oasis", start_s=18000, end_s=30000),
        ChainLink(activity="rest", subject="A1", site="oasis", start_s=30000, end_s=32700),
        ChainLink(activity="drive", subject="A1", site="town", start_s=32700, end_s=47700),
        ChainLink(activity="alight", subject="A1", site="town", start_s=47700, end_s=END_S),
    ),
    levers=(
        Lever(change="add-ambulance", subject="A1", amount=1, departs_earlier_s=3000, makespan_earlier_s=2400),
        Lever(change="add-bay", subject="camp", amount=2, departs_earlier_s=0, makespan_earlier_s=0),
    ),
    violations=(Violation(rule="seats", subjects=("vehicles/B1",), detail="7 people on 6 seats"),),
)  # fmt: skip

INFEASIBLE = Plan(
    operation="exercise",
    sha256="ab" * 32,
    status="infeasible",
    seed=0,
    solver=Solver(engine="by hand"),
    clashes=(
        Clash(rule="seats", subjects=("main",), need=52, have=45, unit="seats"),
        Clash(rule="no-such-rule", subjects=(), detail="nobody knows"),
    ),
    remedies=(
        Remedy(change="add-vehicle", subject="bus", amount=1, unit="", checked=True),
        Remedy(change="extend-window", subject="night", amount=2400, unit="s"),
    ),
)
