"""How near the words of `near` stand: the nearest of them, and how many words stand between. For explanations only."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter

from monitor.core.evidence import Evidence
from monitor.core.explaining.probing import text_of
from monitor.core.explaining.traces import Neighbour
from monitor.core.matching.matcher import Match
from monitor.core.matching.recognition import Document, word_starts
from monitor.core.matching.scanning import Hits, Literal, Scanner, Span, literal, spellings
from monitor.core.patterns import compile_regex
from monitor.core.text import Folded, fold
from monitor.core.watchlists import Term, Watchlist, is_acronym


def neighbour(term: Term, text: str, span: Span | None = None) -> Neighbour | None:
    """The word of `near` that stands nearest to a term in one text; None where none of them stands there beside it.

    `span` is where the term stands in the text as given; by default that is anywhere that its phrase or pattern does.
    """
    folded = fold(text)
    scanner, near, written = _scanner(term)
    hits = scanner.scan(folded)
    own = [_folded_place(folded, *span)] if span else _places(term, folded, _all_of(hits, written))
    begins = word_starts(folded)
    found = [
        (bisect_left(begins, max(one[0], other[0])) - bisect_left(begins, min(one[1], other[1])), one, other, index)
        for one in own
        for index, ways in enumerate(near)
        for other in _beside(one, _all_of(hits, ways))
    ]  # fmt: skip
    if not found:
        return None
    between, one, other, index = min(found)
    return Neighbour(
        word=term.near[index],
        quote=folded.quote(*other),
        between=between,
        side="before" if other[1] <= one[0] else "after",
    )


class Neighbourhoods:
    """The words of `near` of all terms that have any, to be told of many matches."""

    def __init__(self, watchlists: Iterable[Watchlist]) -> None:
        self._terms: dict[tuple[str, str], list[Term]] = {
            (watchlist.id, subject.id): near
            for watchlist in watchlists
            for subject in watchlist.subjects
            if (near := [term for term in (*subject.all, *subject.any) if term.near])
        }

    def told(self, document: Document, match: Match) -> Iterator[str]:
        """Of each term that was found by what stands near it: `VINES near “NSF”, 3 words before`."""
        terms = self._terms.get((match.watchlist, match.subject), ())
        places = ((term, [one for one in match.evidence if one.term == term.written]) for term in terms)
        return iter(dict.fromkeys(filter(None, (nearness(document, *place) for place in places))))


def nearness(document: Document, term: Term, found: Iterable[Evidence]) -> str:
    """What stands near the first of the places at which a term was found; nothing for a term that needs nothing near."""
    for one in found:
        near = beside(document, term, one)
        if near and near.between <= term.within:
            return f"{one.quote if term.kind == 'regex' else term.written} {near.in_words()}"
    return ""


def beside(document: Document, term: Term, evidence: Evidence) -> Neighbour | None:
    """The word of `near` that stands nearest to words that a term found."""
    if not term.near:
        return None
    return neighbour(term, text_of(document, evidence.field), (evidence.start, evidence.end))


@lru_cache(maxsize=1024)
def _scanner(term: Term) -> tuple[Scanner, tuple[range, ...], range]:
    """A scanner, and which of its literals are the spellings of each word of `near`, and of the term itself."""
    literals: list[Literal] = []

    def places(phrase: str, *, case: bool) -> range:
        literals.extend(literal(way, case=case) for way in spellings(phrase))
        return range(len(literals) - len(spellings(phrase)), len(literals))

    near = tuple(places(word, case=is_acronym(word)) for word in term.near)
    written = places(term.text, case=term.case)
    return Scanner(literals), near, written


def _all_of(hits: Hits, ways: Iterable[int]) -> Sequence[Span]:
    """Where any of several literals stands, in order."""
    return sorted(chain.from_iterable(map(hits.get, ways)))


def _beside(span: Span, others: Sequence[Span]) -> Iterator[Span]:
    """The nearest of `others` (in order of place) that do not overlap a span, on either side."""
    before = bisect_right(others, span[0], key=itemgetter(1)) - 1
    after = bisect_left(others, span[1], key=itemgetter(0))
    if before >= 0:
        yield others[before]
    if after < len(others):
        yield others[after]


def _places(term: Term, folded: Folded, written: Sequence[Span]) -> Sequence[Span]:
    if term.kind != "regex":
        return written
    pattern = compile_regex(term.text, case=term.case)
    quoted = pattern.groupindex.get("quote", 0)
    spans = ((match.span(quoted), match.span()) for match in pattern.finditer(folded.text))
    return [quote if quote[0] < quote[1] else whole for quote, whole in spans]


def _folded_place(folded: Folded, start: int, end: int) -> Span:
    """Where a span of the text as given stands once it is folded."""
    places = range(len(folded.text))
    first = bisect_left(places, start, key=lambda at: folded.span(at, at + 1)[0])
    return first, bisect_right(places, end, key=lambda at: folded.span(at, at + 1)[1])
