"""Watchlists against items: which subject recognises which item, by which words.

All phrases of all watchlists are found in one pass (`scanning`); only subjects of which something was found are then
checked, so the cost of an item does not grow with the number of subjects. The conditions of a subject are in one
place, `Matcher._check`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.core import approximate
from monitor.core.evidence import Evidence
from monitor.core.items import Item
from monitor.core.recognition import Document, Rule, View, may_stand, recognise
from monitor.core.scanning import Literal, Scanner, literal
from monitor.core.text import fold
from monitor.core.watchlists import Subject, Term, Watchlist, compile_regex, is_acronym

__all__ = ["MATCHER", "Document", "Match", "Matcher", "compile_watchlists", "document_of"]

# Recorded with every match: a change of what matches gets a new name, and watchlists are matched anew.
MATCHER = "match-1"

# Where a pattern means the ends of the whole text, and not of a line.
_OF_WHOLE_TEXT = re.compile(r"\\[AzZ]|\(\?[a-zA-Z]*-")
_ANYTHING = "(?s:.)"
_DIGITS = re.compile(r"[0-9]+")
_CITED = ("bill:", "law:", "frdoc:", "fr:", "rin:", "cfr:", "usc:", "nsf:", "fcc:", "docket:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A subject recognises an item. `evidence` is in the order of the terms, then of the fields; `score` is its best."""

    watchlist: str
    subject: str
    score: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conditions:
    """A subject made ready."""

    watchlist: str
    subject: str
    keys: tuple[re.Pattern[str], ...]
    any: tuple[Rule, ...]
    all: tuple[Rule, ...]
    none: tuple[Rule, ...]


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
        self._scanner = Scanner(literals)
        self._patterns = _all_patterns(self._conditions)
        self._pointed_at: dict[int, list[tuple[int, Rule]]] = {}
        self._with_pattern: set[int] = set()
        for index, one in enumerate(self._conditions):
            for rule in (*one.any, *one.all):
                for literal_ in {rule.literal, *_signs(rule.clues, literals)}:
                    self._pointed_at.setdefault(literal_, []).append((index, rule))
                if rule.regex is not None:
                    self._with_pattern.add(index)

    def match(self, document: Document, watchlists: Collection[str] | None = None) -> list[Match]:
        """Every subject that recognises the document, in the order of the watchlists; only those named, if any are."""
        view = View(document, self._scanner, self._patterns)
        matches = (
            self._check(self._conditions[index], view)
            for index in sorted(self._candidates(view))
            if watchlists is None or self._conditions[index].watchlist in watchlists
        )
        return [match for match in matches if match]

    def _candidates(self, view: View) -> set[int]:
        """The subjects of which at least one term may be there."""
        found = {
            index
            for literal_ in view.hits.found.keys() & self._pointed_at.keys()
            for index, rule in self._pointed_at[literal_]
            if may_stand(rule, view)
        }
        return found | self._with_pattern if view.patterned else found

    def _check(self, subject: _Conditions, view: View) -> Match | None:
        """All conditions of a subject: its keys, all that is needed, any that is enough, none that forbids."""
        if subject.keys and not any(pattern.fullmatch(view.document.key) for pattern in subject.keys):
            return None
        needed = [recognise(rule, view) for rule in subject.all]
        enough = [recognise(rule, view) for rule in subject.any]
        if not all(needed) or (subject.any and not any(enough)):
            return None
        if any(recognise(rule, view) for rule in subject.none):
            return None
        evidence = tuple(one for found in (*needed, *enough) for one in found)
        score = max(one.score for one in evidence)
        return Match(watchlist=subject.watchlist, subject=subject.subject, score=score, evidence=evidence)


class _Compiling:
    """The literals so far, each once, and the rules that point at them."""

    def __init__(self) -> None:
        self.literals: list[Literal] = []
        self._places: dict[Literal, int] = {}

    def subject(self, watchlist: Watchlist, subject: Subject) -> _Conditions:
        """A subject's conditions."""
        return _Conditions(
            watchlist=watchlist.id,
            subject=subject.id,
            keys=tuple(_key_pattern(pattern) for pattern in subject.keys),
            any=tuple(map(self._rule, subject.any)),
            all=tuple(map(self._rule, subject.all)),
            none=tuple(map(self._rule, subject.none)),
        )

    def _rule(self, term: Term) -> Rule:
        near = tuple(self._place(literal(word, case=is_acronym(word))) for word in term.near)
        if term.kind == "regex":
            return Rule(term=term, near=near, regex=compile_regex(term.text, case=term.case))
        if term.kind == "id":
            return Rule(term=term, literal=self._place(literal(_clue(term.text), loose=True)))
        clues = approximate.clues(term.text) if term.fuzzy else ()
        return Rule(
            term=term,
            literal=self._place(literal(term.text, case=term.case)),
            needle=fold(term.text).lower,
            clues=tuple(self._place(literal(clue, loose=True)) for clue in clues),
            near=near,
        )

    def _place(self, one: Literal) -> int:
        if one not in self._places:
            self._places[one] = len(self.literals)
            self.literals.append(one)
        return self._places[one]


def _signs(clues: Sequence[int], literals: Sequence[Literal]) -> Sequence[int]:
    """As many clues, the longest, that one of them is there wherever half of all are."""
    return sorted(clues, key=lambda clue: -len(literals[clue].lower))[: len(clues) // 2 + 1]


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


def _key_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
