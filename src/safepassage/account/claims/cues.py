"""Words that say of a clause that it is planned, or not so."""

from __future__ import annotations

from collections.abc import Sequence

from safepassage.account.claims.tables import Table
from safepassage.account.claims.tokens import Token


def has_cue(shown: Sequence[Token], cues: str, unless: str, table: Table) -> bool:
    """Tell whether tokens hold one of the cues that is not part of a phrase that means something else.

    Parameters
    ----------
    shown
        The tokens.
    cues, unless
        The lists of the table.
    table
        The language's.
    """
    aside = {at for first, length, _ in table.phrases[unless].within(shown) for at in range(first, first + length)}
    told = (first for first, _, _ in table.phrases[cues].within(shown) if first not in aside)
    found = [shown[first].lower for first in told if not first or shown[first].text[:1].islower()]  # May is a month
    if found and table.lists["intended.marks"].issuperset(found):  # "the last of 23 to be winched off"
        return not any(one.lower in table.lists["pronouns.only_one"] for one in shown)
    return bool(found)


def is_future(token: Token, table: Table) -> bool:
    """Tell whether a word is a verb of the future by its ending: "partiront".

    Parameters
    ----------
    token
        A word.
    table
        The language's.
    """
    return token.text.islower() and token.lower.endswith(table.futures) and token.lower not in table.lists["no_futures"]


def is_only(shown: Sequence[Token], table: Table) -> bool:
    """Tell whether a negation is no denial: "n'ont relâché que quatre", "aucun bus n'est parti".

    Parameters
    ----------
    shown
        Tokens with a negation among them.
    table
        The language's.
    """
    words = [token.lower for token in shown]
    opens = next((at for at, word in enumerate(words) if word in table.lists["only_pairs"]), None)
    ends = table.lists["only_ends"].intersection(words[opens:])
    if opens is None or not (ends or table.zero.within(shown[:opens])):
        return False
    return not any(word in table.lists["cues.negated"] - table.lists["only_pairs"] for word in words[opens:])


def is_verb(tokens: Sequence[Token], index: int, table: Table) -> bool:
    """Tell whether a word is a verb of the table, or one by its ending that no noun follows: "winched off".

    Parameters
    ----------
    tokens
        Of a sentence.
    index
        Of the word.
    table
        The language's.
    """
    word = tokens[index].lower
    if word in table.lists["verbs.words"]:
        return True
    if not word.endswith(table.tenses) or word in table.lists["no_tenses"] or table.nouns.at(tokens, index)[0]:
        return False
    before = tokens[index - 1] if index else None
    described = before is not None and (before.kind == "number" or before.lower in table.lists["articles"])
    return not described and not table.nouns.at(tokens, index + 1)[0]
