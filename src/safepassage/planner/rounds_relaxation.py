"""A bound of the ambulance rounds from a relaxation that CP-SAT solves: who rides in which round, not whom they meet.

Any plan is cut into *rounds*: of an ambulance's stops where patients board or alight, those at patients' sites and
those at hospitals alternate in blocks; round k is its k-th block of hospital stops. Whoever alights there was
aboard on the way to it, and whoever boards there is aboard on the way from it: both are within the places. Between
blocks lies at least the shortest drive between any site and any hospital. A block takes at least one setting up and
the handling of all who board or alight in it. Somebody may stay aboard for further rounds (boarding earlier,
alighting later): they are counted as carried on, and take their place meanwhile. No class of patients can board
back before the earliest end of such a treatment anywhere, nor arrive so late that treatment and the way home pass
the end.

What is left out, and so makes the bound weaker, never wrong: queues for bays, most of those for treatment places,
and that who is fetched must have been brought by some other round in time.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from ortools.sat.python import cp_model

from safepassage.model.ids import SiteId
from safepassage.planner.engine import Clock, solve
from safepassage.planner.rounds_bound import FAR, between
from safepassage.planner.rounds_problem import Ambulance, Group, Rounds, fits

MAX_SIZE = 320
"""Rounds x classes beyond which the model is not worth its time."""

Linear = cp_model.LinearExpr
Terms = list[cp_model.IntVar]


class Class(Struct, frozen=True, kw_only=True):
    """Groups that are alike: how many, when the first can be fetched, how long before the end the last must arrive."""

    group: Group
    count: int
    treated_s: int
    tail_s: int


class Setting(Struct, frozen=True, kw_only=True):
    """What the model is made of: `leg_s`, the shortest drives out and back; when ambulances reach sites, hospitals."""

    problem: Rounds
    classes: tuple[Class, ...]
    leg_s: tuple[int, int]
    at_site_s: tuple[int, ...]
    at_hospital_s: tuple[int, ...]
    rounds: int
    until_s: int


class _Round(Struct, kw_only=True):
    """The variables of one round; `out` and `back` and those carried on (out, back) by class."""

    used: cp_model.IntVar
    out: Terms
    back: Terms
    loaded: tuple[cp_model.IntVar, cp_model.IntVar]
    carried: tuple[Terms, Terms]
    arrive: cp_model.IntVar
    leave: cp_model.IntVar
    alighting: Linear | int = 0


def relaxed_bound_s(problem: Rounds, *, ceiling_s: int, work: float, seed: int, clock: Clock) -> int:
    """Bound from below when the last patient can be back, at most `ceiling_s`; 0 when the model would be too large.

    Parameters
    ----------
    problem
        The compiled referrals.
    ceiling_s
        When the rounds found close: nothing later is of interest.
    work
        CP-SAT's deterministic time.
    seed
        Of its random choices.
    clock
        The safety net.
    """
    setting = _setting(problem, ceiling_s)
    if setting is None:
        return 0
    floor_s = 0
    for places in (False, True):
        if floor_s < ceiling_s:
            model = _model(setting, floor_s, places=places)
            share = 0.7 if places else 0.3
            answer = solve(model, work=work * share, seed=seed, clock=clock)
            if answer.status == "INFEASIBLE":
                return ceiling_s
            floor_s = max(floor_s, answer.bound or 0)
    return min(ceiling_s, floor_s)


def _model(setting: Setting, floor_s: int, *, places: bool) -> cp_model.CpModel:
    """Model the rounds of all ambulances; without treatment places it is quick, and helps the one with them."""
    model = cp_model.CpModel()
    problem = setting.problem
    end = model.new_int_var(floor_s, setting.until_s, "end")
    lines = [_line(model, setting, number, end) for number in range(len(problem.ambulances))]
    for number, alike in enumerate(setting.classes):
        model.add(sum(r.out[number] for line in lines for r in line) == alike.count)
        model.add(sum(r.back[number] for line in lines for r in line) == alike.count)
    if places:
        _places(model, setting, lines, end)
    for one, two in _twins(problem):
        model.add(sum(r.loaded[0] for r in lines[one]) >= sum(r.loaded[0] for r in lines[two]))
    model.minimize(end)
    return model


def _twins(problem: Rounds) -> list[tuple[int, int]]:
    """Pairs of ambulances that differ in nothing but their name: either may be called the first."""
    last: dict[tuple[object, ...], int] = {}
    pairs = []
    for number, a in enumerate(problem.ambulances):
        kind = (a.site, a.available_s, a.pace, a.places)
        if kind in last:
            pairs.append((last[kind], number))
        last[kind] = number
    return pairs


def _setting(problem: Rounds, ceiling_s: int) -> Setting | None:
    sites = {g.site for g in problem.groups}
    hospitals = {h for g in problem.groups for h in g.hospitals}
    if not problem.groups or not problem.ambulances or sites & hospitals:
        return None
    out_s = min(between(problem, a, (s, h)) for a in problem.ambulances for s in sites for h in hospitals)
    back_s = min(between(problem, a, (h, s)) for a in problem.ambulances for s in sites for h in hospitals)
    at_site_s = tuple(a.available_s + min(between(problem, a, (a.site, s)) for s in sites) for a in problem.ambulances)
    at_hospital_s = tuple(
        a.available_s + min(between(problem, a, (a.site, h)) for h in hospitals) for a in problem.ambulances
    )
    cycle_s = out_s + back_s + 2 * problem.setup_s
    first_s = min(min(at_site_s) + out_s, *at_hospital_s)
    count = max(0, ceiling_s - back_s - first_s) // max(1, cycle_s) + 1
    alike = Counter(_likeness(group) for group in problem.groups)
    sample = {_likeness(group): group for group in problem.groups}
    if count * len(problem.ambulances) * len(alike) > MAX_SIZE or first_s >= FAR:
        return None
    classes = tuple(
        Class(
            group=sample[key],
            count=number,
            treated_s=_treated_s(problem, sample[key]),
            tail_s=_tail_s(problem, sample[key]),
        )
        for key, number in sorted(alike.items())
    )
    return Setting(
        problem=problem,
        classes=classes,
        leg_s=(out_s, back_s),
        at_site_s=at_site_s,
        at_hospital_s=at_hospital_s,
        rounds=count,
        until_s=ceiling_s,
    )


def _likeness(group: Group) -> tuple[object, ...]:
    """Tell what makes groups alike."""
    return group.sizes, max(group.treatments_s), group.board_s, group.alight_s, group.site, group.hospitals


def _able(problem: Rounds, group: Group) -> list[Ambulance]:
    return [a for a in problem.ambulances if fits(a.places, group.sizes)]


def _treated_s(problem: Rounds, group: Group) -> int:
    """Return the earliest end of the group's treatment: the quickest ambulance goes for it at once."""
    there_s = min(
        a.available_s + between(problem, a, (a.site, group.site)) + between(problem, a, (group.site, h))
        for a in _able(problem, group)
        for h in group.hospitals
    )
    return there_s + 2 * problem.setup_s + group.board_s + group.alight_s + max(group.treatments_s)


def _tail_s(problem: Rounds, group: Group) -> int:
    """From alighting at the hospital to the end at least: treatment and the shortest way home."""
    home_s = min(between(problem, a, (h, group.site)) for a in _able(problem, group) for h in group.hospitals)
    return max(group.treatments_s) + 2 * problem.setup_s + group.board_s + home_s + group.alight_s


def _line(model: cp_model.CpModel, setting: Setting, number: int, end: cp_model.IntVar) -> list[_Round]:
    """All rounds of one ambulance, one after the other."""
    line = [_round(model, setting) for _ in range(setting.rounds)]
    for position, now in enumerate(line):
        before = line[position - 1] if position else None
        if before is not None:
            model.add_implication(now.used, before.used)
        _hold(model, setting, number, (before, now))
        _arrive(model, setting, number, (before, now))
        _at_hospital(model, setting, now, end)
        _home(model, setting, (before, now), end)
    for terms in line[-1].carried:
        for term in terms:
            model.add(term == 0)
    return line


def _round(model: cp_model.CpModel, setting: Setting) -> _Round:
    """Make the variables of a round that is used when somebody gets off or on at the hospital."""

    def counts() -> Terms:
        return [model.new_int_var(0, c.count, "") for c in setting.classes]

    made = _Round(
        used=model.new_bool_var(""),
        out=counts(),
        back=counts(),
        loaded=(model.new_bool_var(""), model.new_bool_var("")),
        carried=(counts(), counts()),
        arrive=model.new_int_var(0, setting.until_s, ""),
        leave=model.new_int_var(0, setting.until_s, ""),
    )
    model.add_implication(made.loaded[0], made.used)
    model.add_implication(made.loaded[1], made.used)
    model.add_bool_or([*made.loaded, made.used.negated()])
    return made


def _hold(model: cp_model.CpModel, setting: Setting, number: int, pair: tuple[_Round | None, _Round]) -> None:
    """Nobody aboard beyond the places: on the way out all of `out` and those carried on, likewise on the way back."""
    before, now = pair
    for kind, places in enumerate(setting.problem.ambulances[number].places):
        sizes = [c.group.sizes[kind] for c in setting.classes]
        out, back, kept = _dot(sizes, now.out), _dot(sizes, now.back), _dot(sizes, now.carried[0])
        stayed = _dot(sizes, before.carried[1]) if before else 0
        model.add(out <= places * now.loaded[0])
        model.add(back <= places * now.loaded[1])
        model.add(out + kept + stayed <= places * now.used)
        model.add(back + kept + stayed <= places * now.used)


def _dot(weights: list[int], terms: Terms) -> Linear:
    return cp_model.LinearExpr.weighted_sum(terms, weights)


def _arrive(model: cp_model.CpModel, setting: Setting, number: int, pair: tuple[_Round | None, _Round]) -> None:
    """Let the round reach its hospital after the stops at sites before it, where some get off and some get on."""
    before, now = pair
    board = [c.group.board_s for c in setting.classes]
    boarding = _dot(board, now.out) + _dot(board, now.carried[0])
    setup_s, (out_s, back_s) = setting.problem.setup_s, setting.leg_s
    if before is None:
        ready_s = setting.at_site_s[number] + setup_s + out_s
        model.add(now.arrive >= ready_s + boarding).only_enforce_if(now.loaded[0])
        model.add(now.arrive >= setting.at_hospital_s[number]).only_enforce_if(now.used)
        return
    for one, was in zip(now.out, zip(now.carried[0], before.carried[0], strict=True), strict=True):
        model.add(one + was[0] >= was[1])
    boarding -= _dot(board, before.carried[0])
    return_s = before.leave + back_s + setup_s + out_s
    model.add(now.arrive >= return_s + before.alighting + boarding).only_enforce_if(now.used)


def _at_hospital(model: cp_model.CpModel, setting: Setting, now: _Round, end: cp_model.IntVar) -> None:
    """Everybody gets off and on; a class not after its tail begins, not before its treatment can have ended."""
    setup_s = setting.problem.setup_s
    board = [c.group.board_s for c in setting.classes]
    alight = [c.group.alight_s for c in setting.classes]
    model.add(now.leave >= now.arrive + setup_s + _dot(alight, now.out) + _dot(board, now.back)).only_enforce_if(
        now.used
    )
    for number, alike in enumerate(setting.classes):
        comes, goes = model.new_bool_var(""), model.new_bool_var("")
        model.add(now.out[number] == 0).only_enforce_if(comes.negated())
        model.add(now.back[number] == 0).only_enforce_if(goes.negated())
        slower = [a if c.tail_s >= alike.tail_s else 0 for a, c in zip(alight, setting.classes, strict=True)]
        model.add(now.arrive + setup_s + _dot(slower, now.out) + alike.tail_s <= end).only_enforce_if(comes)
        later = [b if c.treated_s >= alike.treated_s else 0 for b, c in zip(board, setting.classes, strict=True)]
        model.add(now.leave >= alike.treated_s + setup_s + _dot(later, now.back)).only_enforce_if(goes)


def _places(model: cp_model.CpModel, setting: Setting, lines: list[list[_Round]], end: cp_model.IntVar) -> None:
    """Treatments fit into the places of the nearest hospital, or a round goes further: to another one.

    A place of the nearest hospital is of use from the first possible arrival until the last possible fetching. A
    round that brings somebody to another hospital lasts longer by at least the difference of the shortest ways
    there and back.
    """
    near, extra_s = _nearest(setting)
    beds = setting.problem.beds.get(near, 0) if near else 0
    if not beds:
        return
    work = [sum(c.group.treatments_s) for c in setting.classes]
    total_s = sum(c.count * each for c, each in zip(setting.classes, work, strict=True))
    elsewhere = []
    for line in lines:
        for now in line:
            if not extra_s:
                continue
            far = model.new_bool_var("")
            model.add_implication(far, now.loaded[0])
            lasting = setting.problem.setup_s + extra_s + _dot([c.group.alight_s for c in setting.classes], now.out)
            lasting += _dot([c.group.board_s for c in setting.classes], now.back)
            model.add(now.leave >= now.arrive + lasting).only_enforce_if(far)
            taken = model.new_int_var(0, total_s, "")
            model.add(taken <= _dot(work, now.out))
            model.add(taken == 0).only_enforce_if(far.negated())
            elsewhere.append(taken)
    first_s = min(c.treated_s - max(c.group.treatments_s) for c in setting.classes)
    last_s = min(c.tail_s - max(c.group.treatments_s) for c in setting.classes)
    model.add(total_s - sum(elsewhere) <= beds * (end - first_s - last_s))


def _nearest(setting: Setting) -> tuple[SiteId | None, int]:
    """Name the hospital nearest to all sites, and how much longer the way to any other and back is at least."""
    problem = setting.problem
    sites = {g.site for g in problem.groups}
    trips = {
        h: min(
            between(problem, a, (s, h)) + between(problem, a, (h, other))
            for a in problem.ambulances
            for s in sites
            for other in sites
        )
        for h in {h for g in problem.groups for h in g.hospitals}
    }
    order = sorted(trips, key=lambda h: (trips[h], h))
    if len(order) == 1:
        return order[0], 0
    extra_s = trips[order[1]] - sum(setting.leg_s)
    return (order[0], extra_s) if extra_s > 0 else (None, 0)


def _home(model: cp_model.CpModel, setting: Setting, pair: tuple[_Round | None, _Round], end: cp_model.IntVar) -> None:
    """Whoever was fetched gets off before the end, now or after a further round."""
    before, now = pair
    alight = [c.group.alight_s for c in setting.classes]
    now.alighting = _dot(alight, now.back) - _dot(alight, now.carried[1])
    if before is not None:
        now.alighting = now.alighting + _dot(alight, before.carried[1])
    for number in range(len(setting.classes)):
        stayed = before.carried[1][number] if before else 0
        model.add(now.carried[1][number] <= now.back[number] + stayed)
    home = now.leave + setting.leg_s[1] + setting.problem.setup_s + now.alighting
    model.add(home <= end).only_enforce_if(now.loaded[1])
    if before is not None:
        staying = model.new_bool_var("")
        for term in before.carried[1]:
            model.add(term == 0).only_enforce_if(staying.negated())
        model.add(home <= end).only_enforce_if(staying)
