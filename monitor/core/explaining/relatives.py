"""Who else watches the same words: terms of other subjects that hold the words found here, or are held in them.

`WIRELESS Leadership Act` stands within *Promoting United States Wireless Leadership Act*: a reader should know of both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from monitor.core.evidence import Evidence
from monitor.core.explaining.probing import ask
from monitor.core.explaining.traces import Relative
from monitor.core.matching.han import one_form
from monitor.core.matching.matcher import compile_watchlists
from monitor.core.matching.recognition import Document
from monitor.core.matching.scanning import CJK
from monitor.core.text import fold
from monitor.core.watchlists import Subject, Term, Watchlist

_WORD = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_ORDER = ("longer", "same", "shorter")

Relation = Literal["longer", "shorter", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kin:
    """A term of another subject that is related to words that were found."""

    watchlist: str
    subject: Subject
    term: Term
    relation: Relation
    words: Evidence


def relatives(
    document: Document, watchlists: Sequence[Watchlist], own: tuple[str, str], found: Sequence[Evidence]
) -> tuple[Relative, ...]:
    """Each once: first those that stand in the document over the same words, then longer before shorter."""
    kin = list(_kin(watchlists, own, _different(found)))
    places = ask(document, [one.term for one in kin])
    matching = _matching(document, kin)
    told = (
        Relative(
            watchlist=one.watchlist,
            subject=one.subject.id,
            term=one.term.written,
            relation=one.relation,
            words=one.words.quote,
            stands=any(_over(place, words) for place in there for words in found),
            matches=(one.watchlist, one.subject.id) in matching,
        )
        for one, there in zip(kin, places, strict=True)
    )
    ordered = sorted(told, key=lambda one: (not one.stands, _ORDER.index(one.relation)))
    return tuple({(one.watchlist, one.subject, one.term): one for one in reversed(ordered)}.values())[::-1]


def _different(found: Iterable[Evidence]) -> list[tuple[str, Evidence]]:
    """The words that were found, each once, made comparable."""
    return list({_words(one.quote): one for one in found if _words(one.quote).strip()}.items())


def _kin(
    watchlists: Iterable[Watchlist], own: tuple[str, str], found: Sequence[tuple[str, Evidence]]
) -> Iterator[_Kin]:
    for watchlist in watchlists:
        for subject in watchlist.subjects:
            if (watchlist.id, subject.id) == own:
                continue
            for term in (*subject.all, *subject.any):
                if related := _related(term, found):
                    relation, words = related
                    yield _Kin(
                        watchlist=watchlist.id, subject=subject, term=term, relation=relation, words=words
                    )


def _related(term: Term, found: Sequence[tuple[str, Evidence]]) -> tuple[Relation, Evidence] | None:
    theirs = _words(term.text) if term.kind == "text" else ""
    if not theirs.strip():
        return None
    for ours, evidence in found:
        if ours == theirs:
            return "same", evidence
        if ours in theirs:
            return "longer", evidence
        if theirs in ours:
            return "shorter", evidence
    return None


def _words(text: str) -> str:
    """The words of a text in lower case, with a space around each, so that one is in another by whole words."""
    return f" {' '.join(_WORD.findall(one_form(fold(text).lower)))} "


def _over(one: Evidence, other: Evidence) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end


def _matching(document: Document, kin: Iterable[_Kin]) -> set[tuple[str, str]]:
    """Which of their subjects recognise the document."""
    subjects: dict[str, dict[str, Subject]] = {}
    for one in kin:
        subjects.setdefault(one.watchlist, {})[one.subject.id] = one.subject
    blank = Watchlist(id="", title="", priority="normal", note="", subjects=(), sha256="", file="", toml="")
    lists = [replace(blank, id=id_, subjects=tuple(of.values())) for id_, of in subjects.items()]
    return {(match.watchlist, match.subject) for match in compile_watchlists(lists).match(document)}
