"""The parts of a sentence that are clauses of their own: each planned or done, denied or not, in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from safepassage.account.claims.cues import has_cue, is_future, is_only, is_verb
from safepassage.account.claims.quantities import number_at
from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token
from safepassage.model.claims import Deed


class Clause(Struct, frozen=True):
    """A clause: its tokens from `first` to before `end`, and what its words say of all that it holds."""

    first: int
    end: int
    planned: bool
    negated: bool
    deed: Deed


def clauses(tokens: Sequence[Token], table: Table, said: Sequence[tuple[int, int]]) -> tuple[Clause, ...]:
    """Part a sentence into clauses.

    Parameters
    ----------
    tokens
        Of a sentence.
    table
        The language's.
    said
        From which token to before which it is told who says so: those words are no part of a clause.
    """
    hidden = {index for first, end in said for index in range(first, end)}
    found: list[Clause] = []
    for first, end in _merged(_cut(tokens, table, hidden), tokens, table, hidden):
        relative, main = _aside(tokens, first, end, table, whole=end - first == len(tokens))
        if main > relative:
            around = [*range(first, relative), *range(main, end)]
            found += [
                _clause(tokens, (first, relative), around, table, hidden),
                _clause(tokens, (relative, main), range(relative, main), table, hidden),
                _clause(tokens, (main, end), around, table, hidden),
            ]
            found = [one for one in found if one.end > one.first]
        else:
            found += _but_not(tokens, first, end, table, hidden)
    if any(tokens[end - 1].lower in table.lists["says.that"] for _, end in said):
        found = [_foretold(tokens, one, table) for one in found]
    return _called_wrong(tokens, table, _denied(tokens, table, _handed_on(tokens, table, found)))


def _foretold(tokens: Sequence[Token], clause: Clause, table: Table) -> Clause:
    """Let "a annoncé que 36 bus partiraient" be planned; "36 bus seraient partis" by itself is only hearsay."""
    words = (token.lower for token in tokens[clause.first : clause.end])
    tells = any(one.endswith(table.conditionals) and one not in table.lists["no_conditionals"] for one in words)
    return replace(clause, planned=clause.planned or tells)


def _but_not(tokens: Sequence[Token], first: int, end: int, table: Table, hidden: set[int]) -> list[Clause]:
    """Make a clause; deny what follows "but not", and that alone: "will let the wounded leave but not the fighters"."""
    for index, length, _ in table.phrases["cues.but_not"].within(tokens[first:end]):
        at = first + index
        if index > 0 and not any(is_verb(tokens, one, table) for one in range(at + length, end)):
            before = _clause(tokens, (first, at), range(first, at), table, hidden)
            return [before, replace(before, first=at, end=end, negated=True)]
    return [_clause(tokens, (first, end), range(first, end), table, hidden)]


def _cut(tokens: Sequence[Token], table: Table, hidden: set[int]) -> list[tuple[int, int]]:
    """Cut wherever a clause might end."""
    cuts = [0]
    for index, token in enumerate(tokens):
        if index in hidden:
            continue
        breaks = token.lower in table.lists["breaks.words"] and token.kind == "word"
        if breaks and _goes_on(tokens, index, table):
            continue
        mark = token.kind == "mark" and token.text in ',;:—–()"“”«»'
        if mark:
            cuts.append(index + 1)
        elif breaks:
            cuts.append(index)
    ends = [*cuts[1:], len(tokens)]
    return [(first, end) for first, end in zip(cuts, ends, strict=True) if end > first]


def _goes_on(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a word only joins what is one clause: "and to take", "fighters and their families"."""
    if index + 1 >= len(tokens) or tokens[index].lower not in table.lists["goes_on"]:
        return False
    if tokens[index + 1].lower in table.lists["intended.marks"]:
        return True
    if not table.nouns.at(tokens, index - 1)[0]:
        return False
    if tokens[index + 1].lower in table.lists["owned"]:
        return bool(table.nouns.at(tokens, index + 2)[0])
    return number_at(tokens, index + 1, table)[0] is not None and _is_subject(tokens, index, table)


def _is_subject(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether what is before a word has no verb but one of saying: "he said two women and one child had"."""
    for at in range(index - 1, -1, -1):
        begins = tokens[at].kind == "mark" or tokens[at].lower in table.lists["breaks.words"]
        if begins or tokens[at].lower in table.lists["says.verbs"]:
            return True
        if is_verb(tokens, at, table):
            return False
    return True


def _has_verb(tokens: Sequence[Token], part: tuple[int, int], table: Table, hidden: set[int]) -> bool:
    pairs = table.lists["only_pairs"]  # "ne" and "n'" stand before a verb, whether it is known or not
    return any(is_verb(tokens, at, table) or tokens[at].lower in pairs for at in range(*part) if at not in hidden)


def _opens_aside(tokens: Sequence[Token], index: int, table: Table) -> bool:
    word = tokens[index].lower
    behind_noun = word in table.lists["pronouns.that"] and table.nouns.at(tokens, index - 1)[0]
    return bool(word in table.lists["pronouns.relative"] or behind_noun)


def _aside(tokens: Sequence[Token], first: int, end: int, table: Table, *, whole: bool) -> tuple[int, int]:
    """Find words about a noun within a clause, "who had refused to leave": their first token and the one after.

    Behind them the clause goes on with a verb of its own, or another clause follows. Otherwise nothing is aside: both
    are `first`.
    """
    relative = next((one for one in range(first + 1, end) if _opens_aside(tokens, one, table)), end)
    if any(is_verb(tokens, one, table) for one in range(first, relative)):
        return first, first
    index = relative + 1
    while index < end and not is_verb(tokens, index, table):
        index += 1
    for one in range(index + 1, end):
        word, before = tokens[one].lower, tokens[one - 1].lower
        if word in table.lists["breaks.words"] or word in table.lists["pronouns.personal"]:
            break
        group = table.lists["aux.chain"] | table.lists["cues.negated"] | table.lists["adverbs"]
        if word in table.lists["aux.finite"] and before not in group:
            return relative, one
    return (first, first) if whole or relative == end else (relative, end)


def _merged(
    parts: Sequence[tuple[int, int]], tokens: Sequence[Token], table: Table, hidden: set[int]
) -> list[tuple[int, int]]:
    """Join parts without a verb to the one before, the first of them to the one after."""
    found: list[tuple[int, int]] = []
    verbs: list[bool] = []
    latest = 0
    for part in parts:
        result = tokens[part[0]].lower in table.lists["cues.results"]
        told = tokens[part[0]].lower in table.lists["pronouns.opens"]
        verb = result or told or _has_verb(tokens, part, table, hidden)
        strong = tokens[part[0]].lower in table.lists["breaks.words"] or tokens[part[0] - 1].text in ";:"
        # what tells more of a name, or what came of it, between two commas ends with the second
        opened = tokens[latest].lower in table.lists["relatives"] | table.lists["cues.results"]
        own = strong or (opened and tokens[part[0] - 1].text == ",") or _begins(tokens, part, table)
        if found and not (verb and verbs[-1] and own) and tokens[part[0] - 1].text != ";":
            found[-1] = (found[-1][0], part[1])
            verbs[-1] = verbs[-1] or verb
        else:
            found.append(part)
            verbs.append(verb)
        latest = part[0] if verb else latest
    return found


def _begins(tokens: Sequence[Token], part: tuple[int, int], table: Table) -> bool:
    """Tell whether what follows a comma has a subject of its own: it does not begin with its verb."""
    return tokens[part[0]].lower not in table.lists["verbs.words"]


def _clause(
    tokens: Sequence[Token], part: tuple[int, int], told_by: Iterable[int], table: Table, hidden: set[int]
) -> Clause:
    shown = [tokens[index] for index in told_by if index not in hidden and not _corrects(tokens, index, table)]
    wished = [one for at, one in enumerate(shown) if not _describes(shown, at, table)]
    planned = has_cue(wished, "cues.planned", "cues.not_planned", table) or any(is_future(one, table) for one in shown)
    negated = has_cue(shown, "cues.negated", "cues.not_negated", table) and not is_only(shown, table)
    nobody = negated or bool(table.zero.within(shown))
    able = not nobody and has_cue(shown, "cues.able", "cues.not_planned", table)
    return Clause(*part, planned or able, negated, _deed(shown, table))


def _describes(shown: Sequence[Token], at: int, table: Table) -> bool:
    """Tell whether a word tells of the noun before it and not of what happens: "of the 48 coaches planned, 31 came"."""
    if not at or shown[at].lower not in table.lists["cues.adjectives"] or not table.nouns.at(shown, at - 1)[0]:
        return False
    return any(is_verb(shown, one, table) for one in range(at + 1, len(shown)))


def _corrects(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether "not" only corrects a number: "there were 70 aboard, not 57"."""
    negates = tokens[index].lower in table.lists["cues.negated"] and tokens[index - 1].text == ","
    return negates and number_at(tokens, index + 1, table)[0] is not None


def _deed(shown: Sequence[Token], table: Table) -> Deed:
    for _, _, meaning in table.deeds.within(shown):
        found: Deed = meaning
        return found
    return ""


def _denied(tokens: Sequence[Token], table: Table, found: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Let "denied that" reach what follows it, to the end of the sentence."""
    denials = [index for index, _, _ in table.phrases["cues.denies"].within(tokens)]
    for index, token in enumerate(tokens):  # "rejected claims that"
        if token.lower in table.lists["cues.rejects"] and table.phrases["cues.told"].within(tokens[index : index + 3]):
            denials.append(index)
    if not denials:
        return found
    after = min(denials)
    aside = table.lists["pronouns.relative"]  # "denied firing on the buses, in which 52 were travelling"
    return tuple(
        replace(one, negated=one.negated or (one.end > after and tokens[one.first].lower not in aside)) for one in found
    )


def _called_wrong(tokens: Sequence[Token], table: Table, found: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """Let "reports that ... were wrong" deny what is between."""
    told = table.phrases["cues.told"].within(tokens)
    wrong = [index for index, _, _ in table.phrases["cues.wrong"].within(tokens)]
    if not told or not wrong or wrong[-1] < told[0][0]:
        return found
    first, last = told[0][0], wrong[-1]
    return tuple(replace(one, negated=one.negated or (one.end > first and one.first <= last)) for one in found)


def _shares_its_verb(tokens: Sequence[Token], clause: Clause, table: Table) -> bool:
    """Tell whether a clause goes on with an infinitive of the one before: "are to disarm and leave on 12 buses"."""
    joins = tokens[clause.first].lower in table.lists["joined_words"]
    verb = tokens[clause.first + 1].lower if clause.first + 1 < clause.end else ""
    return joins and verb in table.lists["intended.verbs"] | table.lists["intended.leaving"]


def _handed_on(tokens: Sequence[Token], table: Table, found: Sequence[Clause]) -> tuple[Clause, ...]:
    """Let what is to happen to "them" be planned of those who were told so: "300 were told that they would leave"."""
    mended = list(found)
    for at, (one, after) in enumerate(pairwise(found)):
        if _shares_its_verb(tokens, after, table):
            mended[at + 1] = replace(after, planned=after.planned or mended[at].planned)
        told = table.phrases["handed_on"].within(tokens[one.first : one.end])
        them = any(token.lower in table.lists["pronouns.personal"] for token in tokens[after.first : after.first + 2])
        if told and them:
            mended[at] = replace(one, planned=one.planned or after.planned)
    return tuple(mended)
