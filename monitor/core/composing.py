"""Sections of a digest out of all that is known of its items: who is told what, in which order, and under which reasons.

`compose` is pure: the same rows give the same digest, byte for byte, today and in a year.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from monitor.core import grouping
from monitor.core.bills import Stage
from monitor.core.digests import Change, Deadline, Entry, Period, Reason, Section
from monitor.core.evidence import Evidence
from monitor.core.news import Readers, news
from monitor.core.sections import told_once
from monitor.core.watchlists import Subject, Watchlist

_URGENCY = ("high", "normal", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """One match of an item. `withdrawn` says why it holds no longer, `since` is its position in the log.

    `past_until` is the position up to which what happened to the item was past when the subject met it, and is no news
    to its readers; 0 where all is.
    """

    watchlist: str
    subject: str
    score: int
    evidence: tuple[Evidence, ...]
    withdrawn: str = ""
    past_until: int = 0
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a digest may tell of one item: what happened to it in the period, who recognises it, where it stands.

    `cites` are the documents that it is or names, by their keys; `linked` are the keys of items that somebody has
    confirmed to belong to it. `summary` is plain text.
    """

    key: str
    kind: str
    title: str
    url: str
    source: str
    changes: tuple[Change, ...]
    recognitions: tuple[Recognition, ...]
    stage: Stage | None = None
    published: str = ""
    deadlines: tuple[Deadline, ...] = ()
    summary: str = ""
    cites: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()


def compose(
    materials: Iterable[Material],
    watchlists: Sequence[Watchlist],
    *,
    period: Period,
    only: Collection[str] = (),
    once: bool = False,
) -> tuple[Section, ...]:
    """One section a watchlist, the more urgent ones first, then by id; `only` names those wanted (all, if empty).

    An item stands once in a section, under all the subjects that recognise it; first those subjects that stand first
    in the watchlist, then by the publisher's own time. With `once` it stands in the first section alone, with all
    reasons. Each entry names those of its section that tell the same story.
    """
    told = list(materials)
    ties = {each.key: grouping.Ties(cites=each.cites, linked=each.linked) for each in told}
    sections = tuple(
        Section(
            id=watchlist.id,
            title=watchlist.title,
            priority=watchlist.priority,
            entries=grouping.related(_entries(told, watchlist, period), ties),
        )
        for watchlist in sorted(watchlists, key=lambda one: (_URGENCY.index(one.priority), one.id))
        if not only or watchlist.id in only
    )
    return told_once(sections) if once else sections


def _entries(materials: Iterable[Material], watchlist: Watchlist, period: Period) -> list[Entry]:
    subjects = {subject.id: subject for subject in watchlist.subjects}
    order = {id_: n for n, id_ in enumerate(subjects)}
    entries = []
    for material in materials:
        found = [r for r in material.recognitions if r.watchlist == watchlist.id and r.subject in subjects]
        changes = news(material.changes, _readers(watchlist, material, found, period)) if found else ()
        if changes:
            found.sort(key=lambda r: order[r.subject])
            entries.append(_entry(material, changes, [(subjects[r.subject], r) for r in found]))
    return sorted(entries, key=lambda e: (order[e.reasons[0].subject], *_time_of(e), e.key))


def _readers(
    watchlist: Watchlist, material: Material, found: Sequence[Recognition], period: Period
) -> Readers:
    return Readers(
        clock=period.clock,
        on=watchlist.on,
        known_at=min(r.since for r in found),
        past_until=min(r.past_until for r in found),
        lost=all(r.withdrawn for r in found),
        states_deadline=bool(material.deadlines),
    )


def _time_of(entry: Entry) -> tuple[str, str]:
    """By what is printed, the publisher's latest claim; what states none comes first, in the order of the log."""
    claim = max((change.occurred for change in entry.changes), default="") or entry.published
    return claim, entry.recorded_at


def _reason(subject: Subject, found: Recognition) -> Reason:
    return Reason(
        subject=subject.id,
        name=subject.name,
        zh=subject.zh,
        score=found.score,
        evidence=found.evidence,
        withdrawn=found.withdrawn,
    )


def _entry(
    material: Material,
    changes: tuple[Change, ...],
    found: Sequence[tuple[Subject, Recognition]],
) -> Entry:
    leading = _leading(changes)
    reasons = [(subject, _reason(subject, recognition)) for subject, recognition in found]
    return Entry(
        key=material.key,
        kind=material.kind,
        title=material.title,
        title_zh=next((r.zh for subject, r in reasons if r.zh and _is_about_itself(subject, r)), ""),
        url=material.url,
        source=material.source,
        change=leading.kind,
        origin=leading.origin,
        occurred=leading.occurred,
        recorded_at=leading.recorded_at,
        changes=changes,
        reasons=tuple(reason for _, reason in reasons),
        stage=material.stage,
        published=material.published,
        deadlines=material.deadlines,
        summary=material.summary,
    )


def _leading(changes: Sequence[Change]) -> Change:
    """The change that an entry is told as: gone, else new, else moved, else revised; of several, the latest."""
    for kind in ("withdrawn", "new", "moved", "revised"):
        of_kind = [change for change in changes if change.kind == kind]
        if of_kind:
            return max(of_kind, key=lambda change: (change.occurred, change.position))
    return changes[-1]


def _is_about_itself(subject: Subject, reason: Reason) -> bool:
    """Whether the subject is this very document, so that its Chinese name is the document's too.

    Its number alone does not say so: a subject may list the bills that bear on it. The document also bears the name
    that the subject's first term gives.
    """
    official = subject.any[0].written if subject.any else ""
    named = any(e.field.startswith("title") and e.term == official for e in reason.evidence)
    return named and any(e.rule == "key" for e in reason.evidence)
