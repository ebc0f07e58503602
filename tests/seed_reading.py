"""Proposals held against a reading: which subjects were found, and which proposals are none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.core.extraction import Proposal
from monitor.core.extraction.mentions import loose

# A printed name that has at least half of the other's letters, and all its own in it, is the same name, cut elsewhere.
_SHARE = 0.5
_LONG = 5


def names_of(proposal: Proposal) -> set[str]:
    """Every name and number, as they are compared."""
    written = (proposal.name, proposal.zh, proposal.ja, *proposal.aliases, *proposal.acronyms)
    return {loose(name) for name in (*written, *proposal.known_as) if name} | set(proposal.identifiers)


def is_named(proposal: Proposal, names: Iterable[str], quotes: Sequence[str] = ()) -> bool:
    """Whether a proposal is what has these names, or is named by words that stand in these quotations."""
    wanted = {loose(name) for name in names} | set(names)
    own = names_of(proposal)
    if wanted & own:
        return True
    printed = [loose(name) for name in (proposal.name, proposal.zh, *proposal.aliases) if name]
    long = [name for name in printed if len(name) >= _LONG]
    if any(_overlap(one, other) for one in long for other in wanted if len(other) > _LONG):
        return True
    return any(
        one in loose(quote) or loose(quote) in one for one in long if len(one) > _LONG for quote in quotes
    )


def _overlap(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short in long and len(short) >= _SHARE * len(long)
