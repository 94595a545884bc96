"""How a clause or milestone stands, in words: its balance, what it rests on, whose word it is."""

from __future__ import annotations

from safepassage.account.balances import Crowd, InStep, Sides
from safepassage.account.clauses import Standing
from safepassage.model.clauses import Cap, Ratio
from safepassage.model.operation import Operation
from safepassage.reports.exceptions import between
from safepassage.reports.words import Phrase, Setting, called, clock, counted, duration, each, listed, say
from safepassage.reports.words.setting import NOBODY


def balance_words(operation: Operation, setting: Setting, found: Standing) -> Phrase | None:
    """Say a clause's balance as it is now; None for one that has none.

    Parameters
    ----------
    operation, setting
        Of the clause.
    found
        How it stands.
    """
    clause = next((one for one in operation.clauses if one.id == found.id), None)
    balance = found.balance
    if isinstance(balance, Sides):
        which = [called(setting, name, "milestone") for name in balance.come]
        return say("clause.balance.both", n=len(which), every=balance.every,
                   which=listed(which) if which else NOBODY)  # fmt: skip
    if isinstance(balance, InStep) and isinstance(clause, Ratio):
        return say("clause.balance.ratio", group=clause.group, n=balance.gone, every=balance.every,
                   against=clause.against, other=balance.against, others=balance.others,
                   allowed=balance.allowed)  # fmt: skip
    if isinstance(balance, Crowd) and isinstance(clause, Cap):
        people = counted("person", balance.here)
        if clause.max_people:
            return say("clause.balance.cap", people=people, most=clause.max_people)
        return say("clause.balance.here", people=people)
    return None


def worst_words(operation: Operation, setting: Setting, found: Standing) -> Phrase | None:
    """Say what was worst of a balance over time; None where there is nothing to say.

    Parameters
    ----------
    operation, setting, found
        As for `balance_words`.
    """
    clause = next((one for one in operation.clauses if one.id == found.id), None)
    balance = found.balance
    if isinstance(balance, InStep) and balance.worst is not None:
        return say("account.worst.ratio", at=clock(setting, balance.worst.at_s), n=balance.worst.gone,
                   allowed=balance.worst.allowed)  # fmt: skip
    if isinstance(balance, Crowd) and balance.most_s is not None and balance.dwell_from_s is not None:
        words = say("account.worst.cap", people=counted("person", balance.most), at=clock(setting, balance.most_s),
                    time=duration(_minutes(balance.dwell_s)), since=clock(setting, balance.dwell_from_s))  # fmt: skip
        if isinstance(clause, Cap) and balance.over:
            over = say("account.worst.dwell", people=counted("person", len(balance.over)),
                       time=duration(clause.max_dwell_s))  # fmt: skip
            return joined_words(words, over)
        return words
    return None


def joined_words(*parts: Phrase | None, between_them: str = " ") -> Phrase:
    """Set sentences one after the other, or what is none with something between."""
    found = [one for one in parts if one]
    if not found:
        return NOBODY
    words = found[0]
    for one in found[1:]:
        words = each(lambda language, before=words, after=one: before.of(language) + between_them + after.of(language))  # type: ignore[misc]
    return words


def _minutes(time_s: int) -> int:
    return time_s // 60 * 60


def ground_words(setting: Setting, found: Standing) -> Phrase:
    """Say what a standing rests on: what vehicles and people did, whose word, which incidents.

    Parameters
    ----------
    setting
        What ids are called.
    found
        How it stands.
    """
    parties = [called(setting, one, "party") for one in found.parties]
    if found.ground == "word" and parties:
        return say("account.ground.own-word" if found.own_word else "account.ground.word", parties=listed(parties))
    if found.ground == "word":
        return say("account.ground.some-word")
    if found.ground == "incident" and found.incidents:
        return say("account.ground.incident", n=len(found.incidents), which=listed(
            [called(setting, one) for one in found.incidents]))  # fmt: skip
    if found.ground == "incident":
        return say("account.ground.some-incident")
    return say("account.ground.movement") if found.ground == "movement" else say("account.ground.none")


def reached_words(setting: Setting, found: Standing) -> Phrase:
    """Say when something came about, as surely as it is known, and by how much too late.

    Parameters
    ----------
    setting, found
        As for `ground_words`.
    """
    if found.reached is None:
        late = say("account.not-yet-late", time=duration(_minutes(found.late_s))) if found.late_s >= 60 else None
        return late or NOBODY
    at = between(setting, found.reached.time) if found.reached.time else _at(setting, found.reached.at_s)
    if found.late_s < 60:
        return at
    return say("account.reached-late", at=at, time=duration(_minutes(found.late_s)))


def _at(setting: Setting, at_s: int | None) -> Phrase:
    return say("account.time-unknown") if at_s is None else clock(setting, at_s)
