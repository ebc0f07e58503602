"""Watchlists against items: which subject recognises which item, by which words.

All phrases of all watchlists are found in one pass (`scanning`); only subjects of which something was found are then
checked, so the cost of an item does not grow with the number of subjects. The conditions of a subject are in one
place, `Matcher._check`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from monitor.core.evidence import Evidence
from monitor.core.items import Item
from monitor.core.matching import approximate
from monitor.core.matching.glancing import Glance, glances
from monitor.core.matching.han import one_form
from monitor.core.matching.prospects import Prospect, prospects
from monitor.core.matching.recognition import (
    Document,
    Rule,
    View,
    evidence_of,
    lines_of,
    recognise,
)
from monitor.core.matching.scanning import Hits, Literal, Scanner, literal, spellings
from monitor.core.patterns import compile_regex
from monitor.core.text import fold
from monitor.core.watchlists import Subject, Term, Watchlist, is_acronym

__all__ = ["MATCHER", "Document", "Match", "Matcher", "compile_watchlists", "document_of"]

# Recorded with every match: a change of what matches gets a new name, and watchlists are matched anew.
MATCHER = "match-4"

# Where a pattern means the ends of the whole text, and not of a line.
_OF_WHOLE_TEXT = re.compile(r"\\[AzZ]|\(\?[a-zA-Z]*-")
_ANYTHING = "(?s:.)"
# How many letters are looked at in one go: enough that a call costs nothing, few enough to stay in the caches.
_TOGETHER = 50_000
_DIGITS = re.compile(r"[0-9]+")
# A subject, the place of a term in what speaks for it, and that term made ready.
_Pointer = tuple[int, int, Rule]
_NOTHING: Mapping[Any, list[_Pointer]] = {}
_CITED = ("bill:", "law:", "frdoc:", "fr:", "rin:", "cfr:", "usc:", "nsf:", "fcc:", "docket:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A subject recognises an item. `evidence` is in the order of the terms, then of the fields; `score` is its best.

    `conditions` says how those of the subject were met: `all 2 of 2; any 1 of 5; none clear`.
    """

    watchlist: str
    subject: str
    score: int
    evidence: tuple[Evidence, ...]
    conditions: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    """A subject made ready. `speaking` are its terms whose finds are evidence: those of all, then those of any."""

    watchlist: str
    subject: str
    keys: tuple[re.Pattern[str], ...]
    any: tuple[Rule, ...]
    all: tuple[Rule, ...]
    none: tuple[Rule, ...]
    speaking: tuple[Rule, ...]


def document_of(item: Item) -> Document:
    """An item as the matcher sees it."""
    return Document(
        key=item.key,
        kind=item.kind,
        fields={
            "title": (item.title,),
            "titles": item.titles,
            "summary": (item.summary,),
            "subjects": item.subjects,
            "body": (item.body,),
            "details": tuple(item.details.values()),
            "url": (item.url,),
        },
        identifiers=item.identifiers,
        published=item.published.day if item.published else None,
    )


def compile_watchlists(watchlists: Iterable[Watchlist]) -> Matcher:
    """A matcher over these watchlists; its answers come in their order."""
    compiling = _Compiling()
    conditions = [compiling.subject(one, subject) for one in watchlists for subject in one.subjects]
    return Matcher(conditions, compiling.literals)


class Matcher:
    """Watchlists made ready. It keeps nothing between two documents."""

    def __init__(self, conditions: Sequence[_Conditions], literals: Sequence[Literal]) -> None:
        self._conditions = tuple(conditions)
        self._patterns = _all_patterns(self._conditions)
        self._with_pattern: list[_Pointer] = []
        self._with_phrase: dict[int, dict[int, list[_Pointer]]] = {}
        self._with_clue: dict[int, dict[Prospect, list[_Pointer]]] = {}
        speaking = (rule for one in self._conditions for rule in one.speaking if rule.regex is None)
        self._scanner = Scanner(
            literals, {each for rule in speaking for each in (*rule.literals, *rule.clues)}
        )
        for index, one in enumerate(self._conditions):
            for place, rule in enumerate(one.speaking):
                self._point_at(index, place, rule)

    def _point_at(self, index: int, place: int, rule: Rule) -> None:
        if rule.regex is not None:
            self._with_pattern.append((index, place, rule))
            return
        found_as, pointer = self._scanner.found_as, (index, place, rule)
        for literal_ in rule.literals:
            self._with_phrase.setdefault(found_as[literal_], {}).setdefault(literal_, []).append(pointer)
        for clue, prospect in zip(rule.clues, rule.prospects, strict=True):
            self._with_clue.setdefault(found_as[clue], {}).setdefault(prospect, []).append(pointer)

    def match(self, document: Document, watchlists: Collection[str] | None = None) -> list[Match]:
        """Every subject that recognises the document, in the order of the watchlists; only those named, if any are."""
        matches = next(self.match_many([document]))
        return [match for match in matches if watchlists is None or match.watchlist in watchlists]

    def match_many(self, documents: Iterable[Document]) -> Iterator[list[Match]]:
        """What `match` answers, for each document in turn; much faster where there are many, and memory stays flat."""
        for some in _batches(documents):
            seen = glances([lines for _, lines in some], self._scanner, self._patterns)
            for (document, _), glance in zip(some, seen, strict=True):
                yield self._matches(document, glance) if glance.hits.found or glance.patterned else []

    def _matches(self, document: Document, glance: Glance) -> list[Match]:
        standing = self._standing(glance)
        if not standing:
            return []
        view = View(document, self._scanner, self._patterns, glance)
        matches = (self._check(self._conditions[index], standing[index], view) for index in sorted(standing))
        return [match for match in matches if match]

    def _standing(self, glance: Glance) -> dict[int, set[int]]:
        """The subjects of which some term may be there, each with the places of those of its terms.

        Nothing is made of a document for it, since most of what is seen comes to nothing.
        """
        standing: dict[int, set[int]] = defaultdict(set)
        hits = glance.hits
        for found in hits.found:
            for literal_, pointers in self._with_phrase.get(found, _NOTHING).items():
                near = _with_near(pointers, hits)
                if near and hits.get(literal_):
                    _add(standing, near)
        for found in hits.found:
            for prospect, pointers in self._with_clue.get(found, _NOTHING).items():
                if prospect.belongs(hits.lower):
                    near = [
                        each
                        for each in _with_near(pointers, hits)
                        if each[1] not in standing.get(each[0], ())
                    ]
                    if near and prospect.promises(hits.lower, hits.unchecked(found)):
                        _add(standing, near)
        if glance.patterned:
            _add(standing, _with_near(self._with_pattern, hits))
        return standing

    def _check(self, subject: _Conditions, standing: Collection[int], view: View) -> Match | None:
        """All conditions of a subject: its keys, all that is needed, any that is enough, none that forbids."""
        if subject.keys and not any(pattern.fullmatch(view.document.key) for pattern in subject.keys):
            return None
        needed = len(subject.all)
        if needed and not all(place in standing for place in range(needed)):
            return None
        evidence: list[Evidence] = []
        enough = 0
        for place in sorted(standing):
            found = tuple(evidence_of(subject.speaking[place], view))
            if place < needed and not found:
                return None
            enough += place >= needed and bool(found)
            evidence += found
        if (subject.any and not enough) or any(recognise(rule, view) for rule in subject.none):
            return None
        return Match(
            watchlist=subject.watchlist,
            subject=subject.subject,
            score=max([one.score for one in evidence]),
            evidence=tuple(evidence),
            conditions=_met(
                keys=bool(subject.keys),
                needed=needed,
                enough=enough,
                of=len(subject.any),
                none=bool(subject.none),
            ),
        )


def _with_near(pointers: Iterable[_Pointer], hits: Hits) -> list[_Pointer]:
    """Those of the terms for which one of the words that have to be near stands there, if any has to."""
    return [each for each in pointers if not each[2].near or hits.held(each[2].near)]


def _add(standing: dict[int, set[int]], pointers: Iterable[_Pointer]) -> None:
    for index, place, _ in pointers:
        standing[index].add(place)


@lru_cache(maxsize=1024)
def _met(*, keys: bool, needed: int, enough: int, of: int, none: bool) -> str:
    """How the conditions of a subject were met, `enough` being how many terms of any were found."""
    said = (
        "keys fit" if keys else "",
        f"all {needed} of {needed}" if needed else "",
        f"any {enough} of {of}" if of else "",
        "none clear" if none else "",
    )
    return "; ".join(filter(None, said))


def _batches(documents: Iterable[Document]) -> Iterator[list[tuple[Document, list[str]]]]:
    """The documents, each with its lines, as many together as have about so many letters."""
    some: list[tuple[Document, list[str]]] = []
    letters = 0
    for document in documents:
        lines = lines_of(document)
        some.append((document, lines))
        letters += sum(map(len, lines))
        if letters > _TOGETHER:
            yield some
            some, letters = [], 0
    if some:
        yield some


class _Compiling:
    """The literals so far, each once, and the rules that point at them."""

    def __init__(self) -> None:
        self.literals: list[Literal] = []
        self._places: dict[Literal, int] = {}

    def subject(self, watchlist: Watchlist, subject: Subject) -> _Conditions:
        """A subject's conditions."""
        enough, needed = tuple(map(self._rule, subject.any)), tuple(map(self._rule, subject.all))
        return _Conditions(
            watchlist=watchlist.id,
            subject=subject.id,
            keys=tuple(key_pattern(pattern) for pattern in subject.keys),
            any=enough,
            all=needed,
            none=tuple(map(self._rule, subject.none)),
            speaking=(*needed, *enough),
        )

    def _rule(self, term: Term) -> Rule:
        near = tuple(place for word in term.near for place in self._spellings(word, case=is_acronym(word)))
        if term.kind == "regex":
            return Rule(term=term, near=near, regex=compile_regex(term.text, case=term.case))
        if term.kind == "id":
            return Rule(term=term, literals=(self._place(literal(_clue(term.text), loose=True)),))
        rule = Rule(term=term, literals=self._spellings(term.text, case=term.case), near=near)
        return self._approximate(rule) if term.fuzzy else rule

    def _approximate(self, rule: Rule) -> Rule:
        """The rule of a fuzzy term, with what leads to each of its spellings."""
        needles: list[tuple[str, slice]] = []
        clues: list[int] = []
        promising: list[Prospect] = []
        for way in spellings(rule.term.text):
            begun = len(clues)
            clues += [self._place(literal(clue, loose=True)) for clue in approximate.clues(way)]
            promising += prospects(way, rule.term.fuzzy)
            needles.append((one_form(fold(way).lower), slice(begun, len(clues))))
        return replace(rule, needles=tuple(needles), clues=tuple(clues), prospects=tuple(promising))

    def _spellings(self, phrase: str, *, case: bool) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self._place(literal(each, case=case)) for each in spellings(phrase)))

    def _place(self, one: Literal) -> int:
        if one not in self._places:
            self._places[one] = len(self.literals)
            self.literals.append(one)
        return self._places[one]


def _all_patterns(conditions: Iterable[_Conditions]) -> Any:
    """One pattern that finds something in lines wherever one of all patterns does in one of them; None without patterns."""
    rules = (rule for one in conditions for rule in (*one.any, *one.all, *one.none))
    patterns = {
        f"(?m:{rule.term.text})" if rule.term.case else f"(?mi:{rule.term.text})"
        for rule in rules
        if rule.regex is not None
    }
    if any(map(_OF_WHOLE_TEXT.search, patterns)):
        return compile_regex(_ANYTHING, case=True)
    try:
        return compile_regex("|".join(sorted(patterns)), case=True) if patterns else None
    except ValueError:
        # Together too large for RE2, or with one group's name twice: then each is tried by itself on every text.
        return compile_regex(_ANYTHING, case=True)


def _clue(id_: str) -> str:
    """Digits that stand in every spelling of a citation; elsewhere the id itself."""
    if not id_.startswith(_CITED):
        return id_
    runs = _DIGITS.findall(id_.partition("-")[2]) or _DIGITS.findall(id_)
    longest: str = max(runs, key=len)
    return longest[-3:] if id_.startswith("fr:") else longest  # 89 FR 12,345 has a comma in its page


def key_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
