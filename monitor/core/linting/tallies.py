"""What each term did over the log, by the matcher's own evidence, and what that says against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.core import wording
from monitor.core.linting.findings import NEVER, Count, Finding, finding, quoted
from monitor.core.linting.shadows import tagged
from monitor.core.matching.matcher import Document, compile_watchlists
from monitor.core.term_names import in_quotes
from monitor.core.watchlists import Subject, Term, Watchlist

# A term that is found in more of the log than that tells little; a handful of items is no share of anything.
_TOO_OFTEN_PERCENT = 1
_FEWEST_ITEMS = 10
# Two verdicts are an opinion, three a habit.
_FEWEST_JUDGED = 3

_Term = tuple[str, str, str]


class Tally:
    """Counts, term by term, the items that it helped to recognise: with its subject's other conditions, as alerts are."""

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self._watchlists = tuple(watchlists)
        self._matcher = compile_watchlists(map(tagged, watchlists))
        self._found: Counter[_Term] = Counter()
        self._judged: Counter[_Term] = Counter()
        self._noise: Counter[_Term] = Counter()
        self.items = 0

    def take(self, document: Document, verdict: str = "") -> None:
        """Count one item, and what a reader said of it (relevant, noise, later) or nothing."""
        self.items += 1
        terms = {
            (match.watchlist, match.subject, evidence.term)
            for match in self._matcher.match(document)
            for evidence in match.evidence
        }
        self._found.update(terms)
        if verdict in {"relevant", "noise"}:
            self._judged.update(terms)
        if verdict == "noise":
            self._noise.update(terms)

    def findings(self) -> Iterator[Finding]:
        """What the counts say against terms. Nothing, where there was no item."""
        for watchlist in self._watchlists if self.items else ():
            for subject in watchlist.subjects:
                counted = list(self._counts(watchlist, subject))
                yield from self._never(watchlist, subject, counted)
                for term, count in counted:
                    yield from self._too_often(watchlist, subject, term, count)
                    yield from _noisy(watchlist, subject, term, count)

    def _counts(self, watchlist: Watchlist, subject: Subject) -> Iterator[tuple[Term, Count]]:
        for tag, term in zip(_tags(subject), (*subject.any, *subject.all), strict=True):
            place = watchlist.id, subject.id, tag
            yield (
                term,
                Count(
                    term=term.written,
                    line=term.line,
                    items=self._found[place],
                    judged=self._judged[place],
                    noise=self._noise[place],
                ),
            )

    def _never(
        self, watchlist: Watchlist, subject: Subject, counted: Sequence[tuple[Term, Count]]
    ) -> Iterator[Finding]:
        """One note a subject, of all its terms that found nothing."""
        never = [term.written for term, count in counted if not count.items]
        if not never:
            return
        items = wording.counted(self.items, "item")
        if len(never) == len(counted):
            what = f'"{subject.id}" recognised none of {items}'
        else:
            what = f"{len(never)} of {len(counted)} terms found nothing in {items}: {quoted(never)}"
        yield finding(
            watchlist,
            subject,
            None,
            level="note",
            rule=NEVER,
            what=what,
            remedy="look whether each is written as the sources write it; rare names may wait",
            counts=[count for _, count in counted],
        )

    def _too_often(
        self, watchlist: Watchlist, subject: Subject, term: Term, count: Count
    ) -> Iterator[Finding]:
        if count.items < _FEWEST_ITEMS or count.items * 100 <= self.items * _TOO_OFTEN_PERCENT:
            return
        share = 100 * count.items / self.items
        yield finding(
            watchlist,
            subject,
            term,
            level="warning",
            rule="too-often",
            what=f"{in_quotes(term)} is found in {count.items:,} of {self.items:,} items ({share:.1f} %)",
            remedy="say beside what (near), where (in) or in which items (keys) it is meant",
            counts=[count],
        )


def _tags(subject: Subject) -> list[str]:
    """What `tagged` writes for the terms of `any` and `all`, in that order."""
    return [f"{n}" for n in range(len(subject.any))] + [f"all{n}" for n in range(len(subject.all))]


def _noisy(watchlist: Watchlist, subject: Subject, term: Term, count: Count) -> Iterator[Finding]:
    if 2 * count.noise <= count.judged:
        return
    yield finding(
        watchlist,
        subject,
        term,
        level="warning" if count.judged >= _FEWEST_JUDGED else "note",
        rule="noise",
        what=f"{in_quotes(term)}: {count.noise:,} of {count.judged:,} judged items that it found were noise",
        remedy="ask for a word beside it (near), forbid what it was mistaken for (none), or take it out",
        counts=[count],
    )
