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
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any

from monitor.core import citations
from monitor.core.citations import Citation
from monitor.core.evidence import Evidence
from monitor.core.matching import approximate, citing, glancing
from monitor.core.matching.citing import EXACT
from monitor.core.matching.han import one_form
from monitor.core.matching.prospects import Prospect
from monitor.core.matching.scanning import CJK, Hits, Scanner, Span
from monitor.core.text import Folded, fold
from monitor.core.watchlists import Term, is_acronym

# A word is a run of letters and digits; Han and Kana have no spaces, so there each character counts as one.
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+|(?<= )&(?= )")
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
    """A term made ready. `literals`, its spellings, and `near` are places in the scanner's list; an id has a clue of its number.

    `needles` are what a fuzzy term looks for, a spelling each, folded, in lower case, with Chinese in one form, and which
    of the `clues` lead to it; each clue has its prospect.
    """

    term: Term
    literals: tuple[int, ...] = ()
    needles: tuple[tuple[str, slice], ...] = ()
    clues: tuple[int, ...] = ()
    prospects: tuple[Prospect, ...] = ()
    near: tuple[int, ...] = ()
    regex: Any = None

    @property
    def plain(self) -> bool:
        """Whether it is found by its phrase alone."""
        return not (self.clues or self.near) and self.regex is None and self.term.kind == "text"


@dataclass(kw_only=True, eq=False)
class _Text:
    """One text of one field. It is a line of its view, whose `hits` it shares, between `start` and `end`.

    What costs time is made when a rule first asks for it.
    """

    label: str
    name: str
    source: str
    hits: Hits
    start: int
    end: int
    as_long: bool
    _places: dict[int, Sequence[Span]] = field(default_factory=dict)

    def places(self, literal: int) -> Sequence[Span]:
        """Where a literal stands in the folded text, in order."""
        if literal not in self._places:
            spans = self.hits.get(literal)
            here = spans[bisect_left(spans, (self.start,)) : bisect_left(spans, (self.end,))]
            self._places[literal] = [(first - self.start, last - self.start) for first, last in here]
        return self._places[literal]

    def span(self, first: int, last: int) -> Span:
        """Where a stretch of the folded text stands in the source."""
        return (first, last) if self.as_long else self.folded.span(first, last)

    @cached_property
    def folded(self) -> Folded:
        """The text made comparable."""
        return fold(self.source)

    @cached_property
    def words(self) -> list[int]:
        """Where each word begins."""
        return word_starts(self.folded)

    @cached_property
    def citations(self) -> list[Citation]:
        """What it cites, as far as it tells by itself."""
        return citations.find(self.folded)


class View:
    """A document at a glance, for all rules of all subjects; its texts are for those rules that look closer.

    Of what speaks for a term, something is in `hits.found`, or it is a pattern's and the document is `patterned`.
    """

    def __init__(
        self, document: Document, scanner: Scanner, patterns: Any, glance: glancing.Glance | None = None
    ) -> None:
        """Fold and scan the whole document, unless a `glance` at many has done so. `patterns` is all in one, or None."""
        glance = glance or next(glancing.glances([lines_of(document)], scanner, patterns))
        self.document = document
        self.hits = glance.hits
        self.patterned = glance.patterned
        self._lines = glance.lines
        self._patterns = patterns
        self._made: dict[int, _Text] = {}
        self._resolved: dict[_Text, list[Citation]] = {}

    def texts_with(self, literals: Iterable[int]) -> Iterator[_Text]:
        """Those of the texts in which one of the literals stands."""
        lines = {
            bisect_right(self._starts, start) - 1
            for literal in literals
            for start, _ in self.hits.get(literal)
        }
        return (self._text(line) for line in sorted(lines) if line < len(self._labelled))

    def text_at(self, place: int) -> _Text | None:
        """The text that stands at a place of the lines; None where that is the key or an identifier."""
        line = bisect_right(self._starts, place) - 1
        return self._text(line) if line < len(self._labelled) else None

    @cached_property
    def texts_with_pattern(self) -> tuple[_Text, ...]:
        """Those of the texts in which any pattern at all finds something."""
        return tuple(text for text in self._texts if self._patterns.search(text.folded.text))

    def citations_in(self, text: _Text) -> list[Citation]:
        """The citations of one text, each bill with the Congress that the whole document tells."""
        if text not in self._resolved:
            self._resolved[text] = self._resolve(text)
        return self._resolved[text]

    def cited(self) -> Iterator[tuple[str, str, str, Citation]]:
        """Everything that the document names: the label of a text, its field, the words, the citation.

        First its key and its identifiers (without a field), then what its texts cite; each bill with its Congress.
        """
        for label, name in self.names:
            yield label, "", name, Citation(id=name, start=0, end=len(name), provenance="stated")
        for text in self._texts:
            for one in self.citations_in(text):
                yield text.label, text.name, text.source[one.start : one.end], one

    def _resolve(self, text: _Text) -> list[Citation]:
        if all(one.provenance != "unknown" for one in text.citations):
            return text.citations
        congress = citations.congress_of(self.document.key)
        return citations.find(
            text.folded, congress=congress, published=self.document.published, known=self._known
        )

    @cached_property
    def _known(self) -> set[str]:
        stated = (one for text in self._texts for one in text.citations)
        return {one.id for one in stated if one.provenance != "unknown"} | {name for _, name in self.names}

    @cached_property
    def _texts(self) -> tuple[_Text, ...]:
        """Each text that is not empty, in the order of the fields; the first of the lines."""
        return tuple(map(self._text, range(len(self._labelled))))

    def _text(self, line: int) -> _Text:
        if line not in self._made:
            label, name, source = self._labelled[line]
            self._made[line] = _Text(
                label=label,
                name=name,
                source=source,
                hits=self.hits,
                start=self._starts[line],
                end=self._starts[line + 1],
                as_long=self._lines.as_long,
            )
        return self._made[line]

    @cached_property
    def _labelled(self) -> list[tuple[str, str, str]]:
        """The label and the field of each text, and the text."""
        return [
            (label, name, text)
            for name, texts in self.document.fields.items()
            for label, text in (
                _numbered(name, texts) if name in _SEVERAL else ((name, text) for text in texts)
            )
            if text
        ]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins, and where one more would."""
        return [0, *accumulate(len(line) + 1 for line in self._lines.text.split("\n"))]

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The document's key and identifiers, each with what it is."""
        return (("key", self.document.key), *_numbered("identifiers", self.document.identifiers))


def lines_of(document: Document) -> list[str]:
    """All that a document says: its texts that are not empty, its key, its identifiers."""
    texts = [text for texts in document.fields.values() for text in texts if text]
    return [*texts, document.key, *document.identifiers]


def cited(document: Document) -> Iterator[tuple[str, str, str, Citation]]:
    """What a document names, as `View.cited` has it."""
    return View(document, Scanner(()), None).cited()


def word_starts(folded: Folded) -> list[int]:
    """Where each word begins in the folded text; a word of Han or Kana is one character."""
    return [match.start() for match in _WORD.finditer(folded.text)]


def recognise(rule: Rule, view: View) -> tuple[Evidence, ...]:
    """What speaks for a term: the first place in each text of each field that it may look into."""
    return tuple(evidence_of(rule, view)) if may_stand(rule, view) else ()


def evidence_of(rule: Rule, view: View) -> Iterator[Evidence]:
    """The same of a term that may stand there."""
    if rule.term.kind == "id":
        yield from citing.named(rule.term, view.names)
    if rule.plain:
        yield from _by_phrase(rule, view)
        return
    texts = view.texts_with((*rule.literals, *rule.clues)) if rule.regex is None else view.texts_with_pattern
    for text in texts:
        if text.name in rule.term.fields and (evidence := next(_in_text(rule, view, text), None)):
            yield evidence


def may_stand(rule: Rule, view: View) -> bool:
    """Whether anything of the term stands there; a cheap no for nearly all of them."""
    seen = view.patterned if rule.regex is not None else any(map(view.hits.get, rule.literals))
    return (not rule.near or bool(view.hits.held(rule.near))) and (seen or _clues_may_stand(rule, view.hits))


def _clues_may_stand(rule: Rule, hits: Hits) -> bool:
    """Whether one of the clues is there, and so much around it that the phrase may be."""
    return any(
        bool(places := hits.unchecked(clue)) and prospect.promises(hits.lower, places)
        for clue, prospect in zip(rule.clues, rule.prospects, strict=True)
    )


def _in_text(rule: Rule, view: View, text: _Text) -> Iterator[Evidence]:
    if rule.term.kind == "id":
        return citing.cited(rule.term, view.citations_in(text), label=text.label, source=text.source)
    return _by_words(rule, text) if rule.regex is None else _by_regex(rule, text)


def _by_phrase(rule: Rule, view: View) -> Iterator[Evidence]:
    """The first place in each text of a phrase that nothing has to be near."""
    done = -1
    for start, end in sorted(chain.from_iterable(map(view.hits.get, rule.literals))):
        text = view.text_at(start)
        if text is None or text.start == done or text.name not in rule.term.fields:
            continue
        done = text.start
        yield _evidence(rule.term, text, (start - done, end - done), _name_of(rule.term), EXACT)


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
    for span in sorted(chain.from_iterable(map(text.places, rule.literals))):
        if _is_near(rule, text, span):
            yield _evidence(rule.term, text, span, _name_of(rule.term), EXACT)
    for span, score in sorted(_approximately(rule, text), key=itemgetter(1), reverse=True):
        if _is_near(rule, text, span):
            yield _evidence(rule.term, text, span, "fuzzy", score)


def _approximately(rule: Rule, text: _Text) -> Iterator[tuple[Span, int]]:
    """The best place of each spelling of a fuzzy term, and its score."""
    for needle, clues in rule.needles:
        hits = [text.places(clue) for clue in rule.clues[clues]]
        found = approximate.find(needle, one_form(text.folded.lower), hits, least=rule.term.fuzzy)
        yield from [found] if found else []


def _name_of(term: Term) -> str:
    return "acronym" if term.case and is_acronym(term.text) else "phrase"


def _evidence(term: Term, text: _Text, span: Span, rule: str, score: int) -> Evidence:
    start, end = text.span(*span)
    quote = text.source[start:end]
    return Evidence(
        field=text.label, start=start, end=end, quote=quote, term=term.written, rule=rule, score=score
    )


def _is_near(rule: Rule, text: _Text, span: Span) -> bool:
    return not rule.near or any(
        _holds_at_most(rule.term.within, text, gap)
        for other in text.hits.held(rule.near)
        for gap in _gaps(span, text.places(other))
    )


def _gaps(span: Span, others: Sequence[Span]) -> Iterator[Span]:
    """What lies between a span and the nearest of `others` (in order of place) that do not overlap it, on either side."""
    start, end = span
    after = bisect_left(others, end, key=itemgetter(0))
    before = bisect_right(others, start, key=itemgetter(1)) - 1
    if before >= 0:
        yield others[before][1], start
    if after < len(others):
        yield end, others[after][0]


def _holds_at_most(count: int, text: _Text, gap: Span) -> bool:
    """Whether no more words than that begin in a gap; there are never more than characters."""
    first, last = gap
    return last - first <= count or bisect_left(text.words, last) - bisect_left(text.words, first) <= count


def _numbered(name: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((f"{name}[{index}]", text) for index, text in enumerate(texts))
