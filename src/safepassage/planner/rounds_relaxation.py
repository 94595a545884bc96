"""A bound of the ambulance rounds from a relaxation that CP-SAT solves: who rides in which round, not whom they meet there.

Any plan is cut into *rounds*: of an ambulance's stops where patients board or alight, those at patients' sites and those at hospitals
alternate in blocks; round k is its k-th block of hospital stops. Whoever alights there was aboard on the way to it, and whoever boards there is aboard on
the way from it: both are within the places. Between blocks lies at least the shortest drive between any site and any hospital. A block takes at
least one setting up and the handling of all who board or alight in it. Somebody may stay aboard
for further rounds (boarding earlier, alighting later): they are counted as carried on, and take their place meanwhile. No class of patients
can board back before the earliest end of such a treatment anywhere, nor arrive so late that treatment and the way home pass the end.

What is left out, and so makes the bound weaker, never wrong: queues for bays and treatment places, which hospital, and that who is fetched
must have been brought by some other round in time.
"""

from __future__ import annotations

from collections import Counter

from msgspec import Struct
from ortools.sat.python import cp_model

from safepassage.planner.engine import Clock, solve
from safepassage.planner.rounds_problem import Ambulance, Group, Rounds, fits

MAX_SIZE = 320
"""Rounds x classes beyond which the model is not worth its time."""
FAR = 2**40

Linear = cp_model.LinearExpr
Terms = list[cp_model.IntVar]


class Class(Struct, frozen=True, kw_only=True):
    """Groups that are alike: their number, and when the first can be fetched, and how long before the end the last must arrive."""

    group: Group
    count: int
    treated_s: int
    tail_s: int


class Setting(Struct, frozen=True, kw_only=True):
    """What the model is made of: `leg_s` the shortest drive out and back, per ambulance the second at which it can be at a site, at a hospital."""

    problem: Rounds
    classes: tuple[Class, ...]
    leg_s: tuple[int, int]
    at_site_s: tuple[int, ...]
    at_hospital_s: tuple[int, ...]
    rounds: int
    until_s: int


class _Round(Struct, kw_only=True):
    """The variables of one round; `out` and `back` by class, those carried on by mobility."""

    used: cp_model.IntVar
    out: Terms
    back: Terms
    loaded: tuple[cp_model.IntVar, cp_model.IntVar]
    carried: tuple[Terms, Terms]
    arrive: cp_model.IntVar
    leave: cp_model.IntVar


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
    model = cp_model.CpModel()
    end = model.new_int_var(0, ceiling_s, "end")
    lines = [_line(model, setting, number, end) for number in range(len(problem.ambulances))]
    for number, alike in enumerate(setting.classes):
        for way in (0, 1):
            model.add(sum(_of(r, way)[number] for line in lines for r in line) == alike.count)
    for one, two in _twins(problem):
        model.add(sum(r.loaded[0] for r in lines[one]) >= sum(r.loaded[0] for r in lines[two]))
    model.minimize(end)
    answer = solve(model, work=work, seed=seed, clock=clock)
    if answer.status == "INFEASIBLE":
        return ceiling_s
    return min(ceiling_s, max(0, answer.bound or 0))


def _of(round_: _Round, way: int) -> Terms:
    return round_.back if way else round_.out


def _twins(problem: Rounds) -> list[tuple[int, int]]:
    """Pairs of ambulances that differ in nothing but their name: either may be called the first."""
    last: dict[tuple[object, ...], int] = {}
    pairs = []
    for number, a in enumerate(problem.ambulances):
        kind = (a.site, a.available_s, a.speed_percent, a.places)
        if kind in last:
            pairs.append((last[kind], number))
        last[kind] = number
    return pairs


def _setting(problem: Rounds, ceiling_s: int) -> Setting | None:
    sites = {g.site for g in problem.groups}
    hospitals = {h for g in problem.groups for h in g.hospitals}
    if not problem.groups or not problem.ambulances or sites & hospitals:
        return None
    out_s = min(_between(problem, a, (s, h)) for a in problem.ambulances for s in sites for h in hospitals)
    back_s = min(_between(problem, a, (h, s)) for a in problem.ambulances for s in sites for h in hospitals)
    at_site_s = tuple(a.available_s + min(_between(problem, a, (a.site, s)) for s in sites) for a in problem.ambulances)
    at_hospital_s = tuple(
        a.available_s + min(_between(problem, a, (a.site, h)) for h in hospitals) for a in problem.ambulances
    )
    cycle_s = out_s + back_s + 2 * problem.setup_s
    first_s = min(min(at_site_s) + out_s, min(at_hospital_s))
    count = max(0, ceiling_s - back_s - first_s) // max(1, cycle_s) + 1
    alike = Counter(
        msgspec_key(group) for group in problem.groups
    )
    sample = {msgspec_key(group): group for group in problem.groups}
    if count * len(problem.ambulances) * len(alike) > MAX_SIZE or first_s >= FAR:
        return None
    classes = tuple(
        Class(group=sample[key], count=number, treated_s=_treated_s(problem, sample[key]), tail_s=_tail_s(problem, sample[key]))
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


def msgspec_key(group: Group) -> tuple[object, ...]:
    """What makes groups alike."""
    return group.sizes, max(group.treatments_s), group.board_s, group.alight_s, group.site, group.hospitals


def _between(problem: Rounds, ambulance: Ambulance, ends: tuple[str, str]) -> int:
    if ends[0] == ends[1]:
        return 0
    return problem.drive_s.get((ambulance.speed_percent, *ends), FAR)  # type: ignore[call-overload,no-any-return]


def _able(problem: Rounds, group: Group) -> list[Ambulance]:
    return [a for a in problem.ambulances if fits(a.places, group.sizes)]


def _treated_s(problem: Rounds, group: Group) -> int:
    """The earliest end of the group's treatment: the quickest ambulance goes for it at once."""
    there_s = min(
        a.available_s + _between(problem, a, (a.site, group.site)) + _between(problem, a, (group.site, h))
        for a in _able(problem, group)
        for h in group.hospitals
    )
    return there_s + 2 * problem.setup_s + group.board_s + group.alight_s + max(group.treatments_s)


def _tail_s(problem: Rounds, group: Group) -> int:
    """From alighting at the hospital to the end at least: treatment and the shortest way home."""
    home_s = min(_between(problem, a, (h, group.site)) for a in _able(problem, group) for h in group.hospitals)
    return max(group.treatments_s) + 2 * problem.setup_s + group.board_s + home_s + group.alight_s


def _line(model: cp_model.CpModel, setting: Setting, number: int, end: cp_model.IntVar) -> list[_Round]:
    """All rounds of one ambulance, one after the other."""
    line: list[_Round] = []
    for _ in range(setting.rounds):
        line.append(_round(model, setting, number))
        before = line[-2] if len(line) > 1 else None
        _board(model, setting, number, (before, line[-1]))
        _at_hospital(model, setting, line[-1], end)
        if before is not None:
            model.add_implication(line[-1].used, before.used)
    for terms in line[-1].carried:
        for term in terms:
            model.add(term == 0)
    _home(model, setting, line, end)
    return line


def _round(model: cp_model.CpModel, setting: Setting, number: int) -> _Round:
    """The variables of a round; nothing in them when it is not used."""
    places = setting.problem.ambulances[number].places
    made = _Round(
        used=model.new_bool_var(""),
        out=[model.new_int_var(0, c.count, "") for c in setting.classes],
        back=[model.new_int_var(0, c.count, "") for c in setting.classes],
        loaded=(model.new_bool_var(""), model.new_bool_var("")),
        carried=tuple([model.new_int_var(0, places[kind], "") for kind in range(3)] for _ in (0, 1)),  # type: ignore[arg-type]
        arrive=model.new_int_var(0, setting.until_s, ""),
        leave=model.new_int_var(0, setting.until_s, ""),
    )
    model.add_implication(made.loaded[0], made.used)
    model.add_implication(made.loaded[1], made.used)
    model.add_bool_or([*made.loaded, made.used.negated()])
    return made


def _sized(setting: Setting, terms: Terms, kind: int) -> Linear:
    return sum(c.group.sizes[kind] * term for c, term in zip(setting.classes, terms, strict=True))  # type: ignore[return-value]


def _board(model: cp_model.CpModel, setting: Setting, number: int, pair: tuple[_Round | None, _Round]) -> None:
    """The block of stops at sites before a round: places, who gets on, who gets off, and the drive to the hospital."""
    before, now = pair
    places = setting.problem.ambulances[number].places
    for kind in range(3):
        out, back = _sized(setting, now.out, kind), _sized(setting, now.back, kind)
        stayed = before.carried[1][kind] if before else 0
        model.add(out <= places[kind] * now.loaded[0])
        model.add(back <= places[kind] * now.loaded[1])
        model.add(out + now.carried[0][kind] + stayed <= places[kind] * now.used)
        model.add(back + now.carried[0][kind] + stayed <= places[kind] * now.used)
        model.add(now.carried[1][kind] <= back + stayed)
        model.add(out + now.carried[0][kind] >= (before.carried[0][kind] if before else 0))
    boarding = _boarding_s(setting, before, now)
    setup_s, leg_s = setting.problem.setup_s, setting.leg_s
    if before is None:
        model.add(now.arrive >= setting.at_site_s[number] + setup_s + boarding + leg_s[0]).only_enforce_if(now.loaded[0])
        model.add(now.arrive >= setting.at_hospital_s[number]).only_enforce_if(now.used)
    else:
        alighting = _alighting_s(setting, None, before)
        model.add(
            now.arrive >= before.leave + leg_s[1] + setup_s + alighting + boarding + leg_s[0]
        ).only_enforce_if(now.used)


def _boarding_s(setting: Setting, before: _Round | None, now: _Round) -> Linear:
    raise NotImplementedError
