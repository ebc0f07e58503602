"""Edited watchlists beside those in force, over the same items: what they gain and lose, whom they would alert.

A subject whose rule is the same on both sides is tried once: what it recognises does not depend on the others. Figures
and a few samples are kept, never the items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import heappush, heappushpop
from typing import Literal

from monitor.core.evidence import Evidence
from monitor.core.matching.matcher import Document, Match, compile_watchlists
from monitor.core.watchlists import Subject, Term, Watchlist

RuleChange = Literal["new", "removed", "changed", "same"]
Effect = Literal["gained", "lost", "reworded", "unchanged"]
EFFECTS: tuple[Effect, ...] = ("gained", "lost", "reworded", "unchanged")

# The edited side's place in the matcher; an id of a watchlist holds no slash.
_EDITED = "edited/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A subject as it is in force and as it was edited; None where it is not there. Their lists come along."""

    before: Subject | None
    after: Subject | None
    before_list: Watchlist | None
    after_list: Watchlist | None

    @property
    def watchlist(self) -> Watchlist:
        """The list that it stands in, as it was edited; a removed one as it is in force."""
        found = self.after_list if self.after else self.before_list
        assert found is not None  # noqa: S101 - one of the two sides is there
        return found

    @property
    def subject(self) -> Subject:
        """The subject, as it was edited if it is still there."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of the two sides is there
        return found

    @property
    def change(self) -> RuleChange:
        """What became of the rule. Names, notes and the place in the file are no part of it."""
        if self.before is None or self.after is None:
            return "removed" if self.after is None else "new"
        return "same" if _rule(self.before) == _rule(self.after) else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the figures ask of an item besides its words.

    `published` is the publisher's date or empty; `day` is when it was first recorded, in the reader's zone; `is_news`: it was then live, no baseline and no backfill;
    `was_told`: a match of it, in one of the lists compared, was recorded as live; `verdict` is a reader's, or empty.
    """

    key: str
    title: str
    published: str
    day: str
    is_news: bool = False
    was_told: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An item on which the two sides differ, with what speaks for it on each."""

    key: str
    title: str
    published: str
    verdict: str
    before: tuple[Evidence, ...]
    after: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How many items a reader called relevant, how many noise. What is put off (`later`) is neither."""

    relevant: int
    noise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The items of one effect: how many, how they were judged, the latest by their dates as samples, the last one latest."""

    items: int
    judged: Judged
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermNoise:
    """A term, as it is written, over the judged items that it speaks for on either side."""

    term: str
    change: RuleChange
    judged: Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Items that were news when they were first recorded, each counted once, on that day. The busiest day is the first such."""

    items: int
    per_day: float
    per_week: float
    busiest_day: str
    busiest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All lists of one side together: an item counts once, however many subjects recognise it."""

    recognised: int
    judged: Judged
    alerts: Alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectResult:
    """What became of one subject. The alerts are numbers of items, as in `Alerts`."""

    watchlist: str
    title: str
    subject: str
    name: str
    zh: str
    change: RuleChange
    gained: Share
    lost: Share
    reworded: Share
    unchanged: Share
    alerts_before: int
    alerts_after: int
    terms: tuple[TermNoise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The whole comparison: over which items and days (local, both included), each side, each subject in order.

    `told` is how many items were in fact recognised as news by the lists compared, under whatever text they then had;
    `elapsed_s` how long all took.
    """

    items: int
    news: int
    first_day: str
    last_day: str
    days: int
    gained: int
    lost: int
    told: int
    before: Side
    after: Side
    subjects: tuple[SubjectResult, ...]
    elapsed_s: float = 0.0


def edited(found: Backtest) -> list[SubjectResult]:
    """The subjects whose rule is another than the one in force."""
    return [subject for subject in found.subjects if subject.change != "same"]


def pairs(in_force: Sequence[Watchlist], wanted: Sequence[Watchlist]) -> list[Pair]:
    """Every subject of both sides, each once: in the order of the edited lists, then what they lack."""
    olds, news = {one.id: one for one in in_force}, {one.id: one for one in wanted}
    ids = (*news, *(id_ for id_ in olds if id_ not in news))
    return [pair for id_ in ids for pair in _paired(olds.get(id_), news.get(id_))]


def _paired(old: Watchlist | None, new: Watchlist | None) -> Iterator[Pair]:
    before = {subject.id: subject for subject in old.subjects} if old else {}
    after = {subject.id: subject for subject in new.subjects} if new else {}
    for id_ in (*after, *(name for name in before if name not in after)):
        yield Pair(before=before.get(id_), after=after.get(id_), before_list=old, after_list=new)


def _rule(subject: Subject) -> tuple[object, ...]:
    """What decides and what is shown as evidence; not where it stands in the file."""
    return (
        subject.keys,
        *(tuple(map(_unplaced, terms)) for terms in (subject.any, subject.all, subject.none)),
    )


def _unplaced(term: Term) -> Term:
    return replace(term, line=0)


class Comparison:
    """Both sides made ready in one matcher, and what was counted so far."""

    def __init__(self, pairs: Sequence[Pair], *, samples: int) -> None:
        """`samples` is how many items to keep for each effect on each subject."""
        self._tallies = [_Tally(pair, samples) for pair in pairs]
        # Where a match counts: for which subject, and on which sides, before and after.
        self._sides: dict[tuple[str, str], tuple[int, bool, bool]] = {}
        lists: list[Watchlist] = []
        for index, pair in enumerate(pairs):
            for side, before, after in _sides(pair):
                lists.append(side)
                self._sides[side.id, side.subjects[0].id] = index, before, after
        self._matcher = compile_watchlists(lists)
        self._items = self._news = self._gained = self._lost = self._told = 0
        self._before, self._after = _Total(), _Total()

    def take(self, document: Document, seen: Seen) -> None:
        """Try both sides on an item, and count what they make of it."""
        found: dict[int, tuple[Match | None, Match | None]] = {}
        for match in self._matcher.match(document):
            index, before, after = self._sides[match.watchlist, match.subject]
            was, now = found.get(index, (None, None))
            found[index] = (match if before else was, match if after else now)
        for index, (was, now) in found.items():
            self._tallies[index].count(seen, was, now)
        self._count(seen, any(was for was, _ in found.values()), any(now for _, now in found.values()))

    def _count(self, seen: Seen, before: bool, after: bool) -> None:  # noqa: FBT001 - whether either side knows it
        self._items += 1
        self._news += seen.is_news
        self._told += seen.was_told
        self._gained += after and not before
        self._lost += before and not after
        for total, recognised in ((self._before, before), (self._after, after)):
            if recognised:
                total.count(seen)

    def result(self, first_day: str, last_day: str) -> Backtest:
        """What came of it, over the days from `first_day` to `last_day`, both included; empty where there are none."""
        days = _days(first_day, last_day)
        return Backtest(
            items=self._items,
            news=self._news,
            first_day=first_day,
            last_day=last_day,
            days=days,
            gained=self._gained,
            lost=self._lost,
            told=self._told,
            before=self._before.result(days),
            after=self._after.result(days),
            subjects=tuple(tally.result() for tally in self._tallies),
        )


def _days(first: str, last: str) -> int:
    """How many days; one at least, also where a clock went backwards."""
    if not (first and last):
        return 1
    return max((date.fromisoformat(last) - date.fromisoformat(first)).days + 1, 1)


def _sides(pair: Pair) -> Iterator[tuple[Watchlist, bool, bool]]:
    """One list for each rule that must be tried, with the sides for which it stands."""
    if pair.before and pair.before_list:
        same = pair.change == "same"
        yield replace(pair.before_list, subjects=(pair.before,)), True, same
        if same:
            return
    if pair.after and pair.after_list:
        yield replace(pair.after_list, id=_EDITED + pair.after_list.id, subjects=(pair.after,)), False, True


@dataclass(slots=True)
class _Total:
    """One side as a whole, while it is counted."""

    recognised: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)

    def count(self, seen: Seen) -> None:
        self.recognised += 1
        self.verdicts[seen.verdict] += 1
        self.by_day[seen.day] += seen.is_news

    def result(self, days: int) -> Side:
        busiest = min(self.by_day, key=lambda day: (-self.by_day[day], day), default="")
        items = self.by_day.total()
        return Side(
            recognised=self.recognised,
            judged=_judged(self.verdicts),
            alerts=Alerts(
                items=items,
                per_day=round(items / days, 2),
                per_week=round(7 * items / days, 1),
                busiest_day=busiest if items else "",
                busiest=self.by_day[busiest],
            ),
        )


class _Tally:
    """One subject, while it is counted."""

    def __init__(self, pair: Pair, samples: int) -> None:
        self._pair = pair
        self._items: Counter[Effect] = Counter()
        self._verdicts: dict[Effect, Counter[str]] = {effect: Counter() for effect in EFFECTS}
        # By the publisher's date, or without one by the day of recording; then by place in the log.
        self._samples: dict[Effect, list[tuple[str, int, Sample]]] = {effect: [] for effect in EFFECTS}
        self._most = samples
        self._terms: dict[str, Counter[str]] = {}
        self._alerts_before = self._alerts_after = 0

    def count(self, seen: Seen, before: Match | None, after: Match | None) -> None:
        effect = _effect(before, after)
        was, now = (match.evidence if match else () for match in (before, after))
        self._items[effect] += 1
        self._verdicts[effect][seen.verdict] += 1
        self._alerts_before += before is not None and seen.is_news
        self._alerts_after += after is not None and seen.is_news
        if seen.verdict:
            for term in {evidence.term for evidence in (*was, *now)}:
                self._terms.setdefault(term, Counter())[seen.verdict] += 1
        if effect != "unchanged":
            sample = Sample(
                key=seen.key,
                title=seen.title,
                published=seen.published,
                verdict=seen.verdict,
                before=was,
                after=now,
            )
            dated = (seen.published or seen.day, sum(self._items.values()), sample)
            is_full = len(self._samples[effect]) >= self._most
            (heappushpop if is_full else heappush)(self._samples[effect], dated)

    def result(self) -> SubjectResult:
        pair = self._pair
        return SubjectResult(
            watchlist=pair.watchlist.id,
            title=pair.watchlist.title,
            subject=pair.subject.id,
            name=pair.subject.name,
            zh=pair.subject.zh,
            change=pair.change,
            gained=self._share("gained"),
            lost=self._share("lost"),
            reworded=self._share("reworded"),
            unchanged=self._share("unchanged"),
            alerts_before=self._alerts_before,
            alerts_after=self._alerts_after,
            terms=tuple(self._noise()),
        )

    def _share(self, effect: Effect) -> Share:
        return Share(
            items=self._items[effect],
            judged=_judged(self._verdicts[effect]),
            samples=tuple(sample for *_, sample in sorted(self._samples[effect])),
        )

    def _noise(self) -> Iterator[TermNoise]:
        """Each term that speaks for a judged item, the noisiest first."""
        before, after = _written(self._pair.before), _written(self._pair.after)
        order = sorted(self._terms.items(), key=lambda term: (-_noise_share(term[1]), term[0]))
        for term, verdicts in order:
            change: RuleChange = "same" if term in before & after else "new" if term in after else "removed"
            judged = _judged(verdicts)
            if judged.relevant or judged.noise:
                yield TermNoise(term=term, change=change, judged=judged)


def _effect(before: Match | None, after: Match | None) -> Effect:
    if before is None or after is None:
        return "gained" if before is None else "lost"
    return "unchanged" if set(before.evidence) == set(after.evidence) else "reworded"


def _written(subject: Subject | None) -> set[str]:
    return {term.written for term in (*subject.any, *subject.all)} if subject else set()


def _judged(verdicts: Mapping[str, int]) -> Judged:
    return Judged(relevant=verdicts.get("relevant", 0), noise=verdicts.get("noise", 0))


def _noise_share(verdicts: Mapping[str, int]) -> float:
    judged = _judged(verdicts)
    return judged.noise / max(judged.noise + judged.relevant, 1)
