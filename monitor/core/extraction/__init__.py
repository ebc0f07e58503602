"""Subjects proposed from a document: what it names, marks and asks to be followed. Values in, values out.

    repairing     a text without broken words, page furniture and footnote digits; each place knows its line
    references    a list of references: titles, publishers, addresses
    naming        where a Chinese name begins, which kind of thing a name names
    mentions      one place of one thing, and what it shows of it
    marked        identifiers, names in two languages, titles, acronyms
    pairs         names beside their brackets: `中文（English，ACRONYM）` and the other way round
    gazetteer     names that are known from elsewhere, and where they stand
    institutions  names that are known by how institutions are named
    asking        what a document asks to be followed
    clauses       what a document tells of without naming it: money, bills, statements, measures
    phrasing      terms for such a clause: known names in it, beside its sums, topics and countries
    merging       mentions of one thing brought together
    proposing     the proposals: kind, importance, how sure and why, evidence, likely sources
    as_toml       proposals as a watchlist

The door is propose, below.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.extraction import (
    asking,
    clauses,
    institutions,
    marked,
    merging,
    pairs,
    phrasing,
    proposing,
)
from monitor.core.extraction.gazetteer import Gazetteer
from monitor.core.extraction.mentions import Mention
from monitor.core.extraction.proposing import Proposal
from monitor.core.extraction.repairing import Document

__all__ = ["Document", "Gazetteer", "Proposal", "propose"]


def propose(documents: Sequence[Document], gazetteer: Gazetteer) -> list[Proposal]:
    """The subjects of the documents, the most important first, then in order of place."""
    found = [one for document in documents for one in _mentions(document, gazetteer)]
    return proposing.proposals(documents, merging.merge(found))


def _mentions(document: Document, gazetteer: Gazetteer) -> list[Mention]:
    named = gazetteer.mentions(document)
    known = named
    marks = [*marked.mentions(document), *pairs.mentions(document, known)]
    known = [one for one in known if not _is_part(one, marks)]
    guesses = [
        *institutions.mentions(document, [*known, *marks]),
        *phrasing.phrased([*asking.mentions(document), *clauses.mentions(document)], named),
    ]
    return [*known, *marks, *guesses]


def _is_part(one: Mention, marks: Sequence[Mention]) -> bool:
    """Whether a word of technology or policy is only a part of a name: 关键和新兴技术 in “关键和新兴技术倡议”."""
    if one.kind not in {"technology", "policy_tool"} or one.start < 0:
        return False
    return any(
        mark.start <= one.start
        and one.end <= mark.start + len(mark.names[0])
        and one.end - one.start < len(mark.names[0])
        for mark in marks
        if mark.names
    )
