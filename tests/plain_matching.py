"""Matching without a single shortcut: each subject alone, each term in each text, letter by letter.

It shares with the matcher what a phrase is made of (`literal`), how citations are read and how likeness is scored; how
text is folded, where phrases stand, what is near and what is looked at at all it works out for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.core import citations
from monitor.core.citations import Citation
from monitor.core.evidence import Evidence
from monitor.core.matching import approximate
from monitor.core.matching.citing import certainty
from monitor.core.matching.han import one_form
from monitor.core.matching.matcher import Document, Match
from monitor.core.matching.scanning import CJK, Literal, literal
from monitor.core.patterns import compile_regex
from monitor.core.text import Folded, _Folding, fold
from monitor.core.watchlists import Subject, Term, Watchlist, is_acronym

SEPARATORS = " -·・"
Span = tuple[int, int]
Texts = list[tuple[str, str, Folded]]


def fold_slowly(text: str) -> Folded:
    """A text folded as if every stretch of it were irregular."""
    folding = _Folding()
    if text:
        folding.change(text, 0)
    return folding.result(text)


def match(document: Document, watchlists: Sequence[Watchlist]) -> list[Match]:
    """What `Matcher.match` has to answer."""
    found = (_subject(document, one.id, subject) for one in watchlists for subject in one.subjects)
    return [each for each in found if each]


def _subject(document: Document, watchlist: str, subject: Subject) -> Match | None:
    keys = [re.compile(".*".join(map(re.escape, key.split("*"))), re.DOTALL) for key in subject.keys]
    if keys and not any(key.fullmatch(document.key) for key in keys):
        return None
    texts = list(_texts(document))
    every, some, none = (
        [_term(term, document, texts) for term in terms] for terms in (subject.all, subject.any, subject.none)
    )
    if any(none) or not all(every) or (some and not any(some)):
        return None
    evidence = tuple(one for found in (*every, *some) for one in found)
    score = max(one.score for one in evidence)
    return Match(watchlist=watchlist, subject=subject.id, score=score, evidence=evidence)


def _texts(document: Document) -> Iterator[tuple[str, str, Folded]]:
    for name, texts in document.fields.items():
        for index, text in enumerate(texts):
            label = f"{name}[{index}]" if name in {"titles", "subjects", "details"} else name
            if text:
                yield name, label, fold(text)


def _term(term: Term, document: Document, texts: Texts) -> list[Evidence]:
    found = list(_named(term, document)) if term.kind == "id" else []
    for name, label, folded in texts:
        if name in term.fields:
            found += next(([each] for each in _in_text(term, document, label, folded, texts)), [])
    return found


def _in_text(term: Term, document: Document, label: str, folded: Folded, texts: Texts) -> Iterator[Evidence]:
    if term.kind == "id":
        yield from _cited(term, document, label, folded, texts)
        return
    for (start, end), rule, score in _regex(term, folded) if term.kind == "regex" else _words(term, folded):
        if not term.near or any(
            _between(folded.text, (start, end), other) <= term.within
            for word in term.near
            for other in _written(word, folded, case=is_acronym(word))
        ):
            first, last = folded.span(start, end)
            yield _evidence(term, label, (first, last), folded.source[first:last], rule, score)


def _words(term: Term, folded: Folded) -> Iterator[tuple[Span, str, int]]:
    name = "acronym" if term.case and is_acronym(term.text) else "phrase"
    yield from ((span, name, 100) for span in _written(term.text, folded, case=term.case))
    if term.fuzzy:
        found = []
        for way in _ways(term.text):
            hits = [places(literal(clue, loose=True), folded) for clue in approximate.clues(way)]
            best = approximate.find(one_form(fold(way).lower), one_form(folded.lower), hits, least=term.fuzzy)
            found += [(best[0], "fuzzy", best[1])] if best else []
        yield from sorted(found, key=lambda each: -each[2])


def _written(phrase: str, folded: Folded, *, case: bool) -> list[Span]:
    ways = _ways(phrase)
    return sorted({span for way in ways for span in places(literal(way, case=case), folded)})


def _ways(phrase: str) -> list[str]:
    """A phrase, and it with every "and" between its words in letters, and as a sign."""
    words = fold(phrase).text.split(" ")
    at_sign = [
        at
        for at in range(1, len(words) - 1)
        if words[at].lower() in {"and", "&"}
        and len(words[at - 1]) > 1
        and len(words[at + 1]) > 1
        and (words[at - 1][-2:] + words[at + 1][:2]).replace("_", "a").isalnum()
    ]
    ways = [phrase]
    for sign in ("and", "&"):
        way = " ".join(sign if at in at_sign else word for at, word in enumerate(words))
        ways += [way] if way != " ".join(words) else []
    return ways


def _regex(term: Term, folded: Folded) -> Iterator[tuple[Span, str, int]]:
    pattern = compile_regex(term.text, case=term.case)
    for found in pattern.finditer(folded.text):
        quoted = found.span(pattern.groupindex.get("quote", 0))
        span = quoted if quoted[0] < quoted[1] else found.span()
        if span[0] < span[1]:
            yield span, "regex", 100


def _named(term: Term, document: Document) -> Iterator[Evidence]:
    names = [
        ("key", document.key),
        *((f"identifiers[{index}]", name) for index, name in enumerate(document.identifiers)),
    ]
    for label, name in names:
        if citations.covers(term.text, name):
            rule, open_ = "key" if label == "key" else "citation", term.text.startswith("bill:?-")
            said = f"{rule}, any Congress" if open_ else rule
            yield _evidence(term, label, (0, len(name)), name, said, 75 if open_ else 100)
            return


def _cited(term: Term, document: Document, label: str, folded: Folded, texts: Texts) -> Iterator[Evidence]:
    stated = [one for *_, text in texts for one in citations.find(text) if one.provenance != "unknown"]
    known = {document.key, *document.identifiers, *(one.id for one in stated)}
    congress = citations.congress_of(document.key)
    found: list[Citation] = citations.find(
        folded, congress=congress, published=document.published, known=known
    )
    if all(one.provenance != "unknown" for one in citations.find(folded)):
        found = citations.find(folded)
    for one in found:
        if citations.covers(term.text, one.id):
            quote = folded.source[one.start : one.end]
            yield _evidence(term, label, (one.start, one.end), quote, *certainty(term.text, one))


def _evidence(term: Term, label: str, span: Span, quote: str, rule: str, score: int) -> Evidence:
    return Evidence(
        field=label, start=span[0], end=span[1], quote=quote, term=term.written, rule=rule, score=score
    )


def places(one: Literal, folded: Folded) -> list[Span]:
    """Where a phrase stands, tried from every character."""
    if not one.lower:
        return []
    found = (_reaches(one, folded, start) for start in range(len(folded.text)))
    return [span for span in found if span]


def _reaches(one: Literal, folded: Folded, start: int) -> Span | None:
    at = start
    for index, letter in enumerate(one.exact if one.case else one.lower):
        while index and at < len(folded.text) and folded.text[at] in SEPARATORS:
            is_spelt = one.spelt and folded.text[at] == "-"
            if not one.loose and not is_spelt and index not in one.joints:
                return None
            at += 1
        if one_form((folded.text if one.case else folded.lower)[at : at + 1]) != letter:
            return None
        at += 1
    return (start, at) if one.loose else _whole(one, folded.text, start, at)


def _whole(one: Literal, text: str, start: int, end: int) -> Span | None:
    first, last = re.escape(one.exact[0]), one.exact[-1]
    letter = rf"(?:(?![{CJK}])[^\W]|_)"
    if re.match(letter, one.exact[0]) and re.search(rf"{letter}\Z", text[:start]):
        return None
    if re.match("[0-9]", first) and re.search(r"[0-9][.,]\Z", text[:start]):
        return None
    if not re.match(letter, last):
        return start, end
    plural = "" if one.case else rf"(?:'s|'S|s|S)(?!{letter})|"
    after = re.match(rf"(?:{plural})(?!{letter})", text[end:])
    return (start, end + after.end()) if after else None


def _between(text: str, span: Span, other: Span) -> float:
    """How many words begin between two spans that do not overlap."""
    words = [found.start() for found in re.finditer(rf"[{CJK}]|[^\W{CJK}]+|(?<= )&(?= )", text)]
    for (_, before), (after, _) in ((span, other), (other, span)):
        if before <= after:
            return sum(before <= word < after for word in words)
    return float("inf")
