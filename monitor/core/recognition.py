"""How one term is recognised in one document, and what is shown for it.

Every rule answers with evidence: the field, the publisher's own words, where they stand, and a score. Words that stand
there score 100, a phrase with typing errors its likeness, a bill whose Congress nobody stated less.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from operator import itemgetter
from typing import Any

from monitor.core import approximate, citations
from monitor.core.citations import Citation
from monitor.core.events import Evidence
from monitor.core.scanning import CJK, Hits, Scanner, Span
from monitor.core.text import Folded, fold
from monitor.core.watchlists import Term, is_acronym

EXACT = 100
# A Congress that was inferred from a date, or left open by the term; and one that nothing tells at all.
CONGRESS_INFERRED = 75
CONGRESS_UNKNOWN = 50

# A word is a run of letters and digits; Han and Kana have no spaces, so there each character counts as one.
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
_SEVERAL = frozenset({"titles", "subjects", "details"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the matcher sees of an item.

    `fields` maps a field's name to its texts, which are plain (no markup); `identifiers` are canonical citations;
    `published` tells which Congress sat.
    """

    key: str
    kind: str
    fields: Mapping[str, Sequence[str]]
    identifiers: Sequence[str] = ()
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A term made ready. `literal` and `near` are places in the scanner's list; for an id it is the clue of its number."""

    term: Term
    literal: int = -1
    clues: tuple[int, ...] = ()
    near: tuple[int, ...] = ()
    regex: Any = None


@dataclass(kw_only=True)
class _Text:
    """One text of one field, with what the scanner found in it, and whether any pattern at all did."""

    label: str
    name: str
    folded: Folded
    hits: Hits
    patterned: bool

    @cached_property
    def words(self) -> list[int]:
        """Where each word begins."""
        return [match.start() for match in _WORD.finditer(self.folded.text)]


@dataclass(kw_only=True)
class View:
    """A document folded and scanned once, for all rules of all subjects."""

    document: Document
    texts: tuple[_Text, ...]
    names: tuple[tuple[str, str], ...]
    found: frozenset[int]
    patterned: bool
    _citations: dict[int, list[Citation]] = field(default_factory=dict)

    def citations_in(self, index: int) -> list[Citation]:
        """The citations of one text, each bill with the Congress that the whole document tells."""
        if not self._citations:
            self._citations = dict(enumerate(self._read_citations()))
        return self._citations[index]

    def _read_citations(self) -> list[list[Citation]]:
        first = [citations.find(text.folded) for text in self.texts]
        known = {one.id for found in first for one in found if one.provenance != "unknown"}
        known.update(name for _, name in self.names)
        return [
            self._resolved(text.folded, found, known) for text, found in zip(self.texts, first, strict=True)
        ]

    def _resolved(self, folded: Folded, found: list[Citation], known: set[str]) -> list[Citation]:
        if all(one.provenance != "unknown" for one in found):
            return found
        congress = citations.congress_of(self.document.key)
        return citations.find(folded, congress=congress, published=self.document.published, known=known)


def look(document: Document, scanner: Scanner, patterns: Any) -> View:
    """Fold and scan each text of a document, and its key and identifiers. `patterns` is all of them in one, or None."""
    texts = tuple(_scanned(document, scanner, patterns))
    names = (("key", document.key), *_numbered("identifiers", document.identifiers))
    found = {index for text in texts for index in text.hits}
    found.update(scanner.scan(fold("\n".join(name for _, name in names))))
    patterned = any(text.patterned for text in texts)
    return View(document=document, texts=texts, names=names, found=frozenset(found), patterned=patterned)


def recognise(rule: Rule, view: View) -> Iterator[Evidence]:
    """What speaks for a term: the first place in each text of each field that it may look into."""
    if not _was_found(rule, view):
        return
    if rule.term.kind == "id":
        yield from _by_name(rule.term, view)
    for index, text in enumerate(view.texts):
        if text.name in rule.term.fields and (evidence := _first(_in_text(rule, view, index, text))):
            yield evidence


def _was_found(rule: Rule, view: View) -> bool:
    """Whether the scanner saw anything of the term; a cheap no for nearly all of them."""
    if rule.regex is not None:
        return view.patterned
    if rule.literal in view.found:
        return True
    return bool(rule.clues) and 2 * len(view.found.intersection(rule.clues)) >= len(rule.clues)


def _first(evidence: Iterable[Evidence]) -> Evidence | None:
    return next(iter(evidence), None)


def _in_text(rule: Rule, view: View, index: int, text: _Text) -> Iterator[Evidence]:
    if rule.term.kind == "id":
        if rule.literal in text.hits:
            yield from _by_citation(rule.term, text, view.citations_in(index))
    elif rule.term.kind == "regex":
        if text.patterned:
            yield from _by_regex(rule, text)
    else:
        yield from _by_words(rule, text)


def _by_name(term: Term, view: View) -> Iterator[Evidence]:
    """The item is what the term names, or states that it belongs to it."""
    for label, name in view.names:
        if not citations.covers(term.text, name):
            continue
        rule = "key" if label == "key" else "citation"
        score = EXACT
        if term.text.startswith("bill:?-"):
            rule, score = f"{rule}, any Congress", CONGRESS_INFERRED
        yield Evidence(
            field=label, start=0, end=len(name), quote=name, term=term.written, rule=rule, score=score
        )
        return


def _by_citation(term: Term, text: _Text, found: Iterable[Citation]) -> Iterator[Evidence]:
    for citation in found:
        if not citations.covers(term.text, citation.id):
            continue
        rule, score = _certainty(term.text, citation)
        quote = text.folded.source[citation.start : citation.end]
        yield Evidence(
            field=text.label,
            start=citation.start,
            end=citation.end,
            quote=quote,
            term=term.written,
            rule=rule,
            score=score,
        )


def _certainty(wanted: str, citation: Citation) -> tuple[str, int]:
    if citation.provenance == "unknown":
        return "citation, Congress unknown", CONGRESS_UNKNOWN
    if wanted.startswith("bill:?-"):
        return "citation, any Congress", CONGRESS_INFERRED
    if citation.provenance == "inferred":
        return "citation, Congress inferred", CONGRESS_INFERRED
    return "citation", EXACT


def _by_regex(rule: Rule, text: _Text) -> Iterator[Evidence]:
    """Each place of a pattern; where its group `quote` took something, that stands for the whole of it."""
    named = rule.regex.groupindex.get("quote", 0)
    for match in rule.regex.finditer(text.folded.text):
        start, end = match.span(named)
        if start >= end:
            start, end = match.span()
        if start < end and _is_near(rule, text, (start, end)):
            yield _evidence(rule.term, text, (start, end), "regex", EXACT)


def _by_words(rule: Rule, text: _Text) -> Iterator[Evidence]:
    name = "acronym" if rule.term.case and is_acronym(rule.term.text) else "phrase"
    for span in text.hits.get(rule.literal, ()):
        if _is_near(rule, text, span):
            yield _evidence(rule.term, text, span, name, EXACT)
    if sum(clue in text.hits for clue in rule.clues) * 2 >= len(rule.clues) > 0:
        hits = [text.hits.get(clue, ()) for clue in rule.clues]
        found = approximate.find(rule.term.text, text.folded, hits, least=rule.term.fuzzy)
        if found and _is_near(rule, text, found[0]):
            yield _evidence(rule.term, text, found[0], "fuzzy", found[1])


def _evidence(term: Term, text: _Text, span: Span, rule: str, score: int) -> Evidence:
    start, end = text.folded.span(*span)
    quote = text.folded.source[start:end]
    return Evidence(
        field=text.label, start=start, end=end, quote=quote, term=term.written, rule=rule, score=score
    )


def _is_near(rule: Rule, text: _Text, span: Span) -> bool:
    return not rule.near or any(
        _words_between(text, span, text.hits[other]) <= rule.term.within
        for other in rule.near
        if other in text.hits
    )


def _words_between(text: _Text, span: Span, others: Sequence[Span]) -> float:
    """How many words stand between a span and the nearest of `others` (in order of place) that does not overlap it."""
    start, end = span
    after = bisect_left(others, end, key=itemgetter(0))
    before = bisect_right(others, start, key=itemgetter(1)) - 1
    gaps = [(others[before][1], start)] if before >= 0 else []
    gaps += [(end, others[after][0])] if after < len(others) else []
    return min(
        (bisect_left(text.words, last) - bisect_left(text.words, first) for first, last in gaps),
        default=float("inf"),
    )


def _scanned(document: Document, scanner: Scanner, patterns: Any) -> Iterator[_Text]:
    for name, texts in document.fields.items():
        labelled = _numbered(name, texts) if name in _SEVERAL else ((name, text) for text in texts)
        for label, text in labelled:
            if text:
                folded = fold(text)
                patterned = patterns is not None and patterns.search(folded.text) is not None
                hits = scanner.scan(folded)
                yield _Text(label=label, name=name, folded=folded, hits=hits, patterned=patterned)


def _numbered(name: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((f"{name}[{index}]", text) for index, text in enumerate(texts))
