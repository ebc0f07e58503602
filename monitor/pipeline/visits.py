"""One source's poll while it goes on, and what it asks: at first, and of what a watchlist recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import msgspec

from monitor import sources
from monitor.core.errors import FetchError, SourceError
from monitor.core.events import Origin
from monitor.core.exchange import Request, Snapshot, Source, State, Window
from monitor.core.validators import Validators
from monitor.pipeline.answers import Answer, Page, Tally
from monitor.pipeline.asking import fault
from monitor.pipeline.frontier import Job
from monitor.pipeline.recording import page_of, remember_page, was_read
from monitor.pipeline.run import Run
from monitor.projections import items, matches

# A source is given up for this poll when it refuses us, when it seems to be down, or when too much of it fails:
# asking on would be hammering.
_REFUSED = frozenset({"blocked", "key"})
_DOWN = frozenset({"dns", "connect", "tls", "timeout", "http"})
_DOWN_AFTER = 5
_TOO_MANY = 100


@dataclass(slots=True, kw_only=True)
class Visit:
    """One source's poll while it goes on. `open` counts jobs that wait or are under way.

    `failures` lost something; `covered` are those in whose place another way was asked. `retried` names walks that
    were asked twice or in smaller parts, `noted` pages that are remembered without being read, `unsettled` those of
    which that waits for the poll's end. `gaps` are windows that overflowed, each with how far
    it was filled: open, `earlier` or `past` pages asked, or closed. `left` is what only a later poll asks, and
    `deferred_s` for how long that has to wait; `resumed_at` is when this poll took up what another left. `adopted` is the address to which it moved.
    `is_one_page`: its address is all that is asked at first; an API is not followed, for key and pages belong to it.
    `followed_at` is how many items were known when it was last seen what to follow. `pages_of` are the pages that each walk asked, `earlier_pages` how many were asked below overflowed windows,
    `shown_above` how many entries each of those had shown before the last of them, `shrunk` lists that lost most of themselves: entries before and now, `reopened` windows whose gap an earlier poll found.
    """

    source: Source
    state: State
    started_at: datetime
    tally: Tally
    adopted: str = ""
    began: float = 0.0
    bytes: int = 0
    matched: int = 0
    open: int = 0
    followed_at: int = -1
    asked: set[str] = field(default_factory=set)
    failures: list[SourceError] = field(default_factory=list)
    covered: list[SourceError] = field(default_factory=list)
    down: int = 0
    moved_to: str = ""
    is_one_page: bool = False
    deferred_s: float = 0.0
    left: list[Job] = field(default_factory=list)
    resumed_at: datetime | None = None
    retried: set[str] = field(default_factory=set)
    noted: dict[str, Page] = field(default_factory=dict)
    unsettled: dict[str, Page] = field(default_factory=dict)
    pages_of: dict[str, set[str]] = field(default_factory=dict)
    earlier_pages: int = 0
    shown_above: dict[str, int] = field(default_factory=dict)
    shrunk: dict[str, tuple[int, int]] = field(default_factory=dict)
    reopened: set[str] = field(default_factory=set)
    gaps: dict[str, str] = field(default_factory=dict)

    def failed(self, error: SourceError) -> None:
        """Note a failure."""
        self.failures.append(error)
        self.down = self.down + 1 if error.failure in _DOWN else 0

    @property
    def is_unfinished(self) -> bool:
        """Whether a later poll goes on with it. One that is given up begins again."""
        return bool(self.left) and not self.given_up

    @property
    def polled_at(self) -> datetime:
        """When this poll of the source began; `started_at` is when its visit did."""
        return self.resumed_at or self.started_at

    @property
    def given_up(self) -> bool:
        """Whether asking on would be hammering."""
        refused = any(error.failure in _REFUSED for error in self.failures)
        return refused or self.down >= _DOWN_AFTER or len(self.failures) >= _TOO_MANY


def job_for(
    run: Run,
    visit: Visit,
    request: Request,
    *,
    first: bool = False,
    origin: Origin | None = None,
    instead_of: str = "",
) -> Job | None:
    """The job for a request, unless this poll asked it already or its page was read at this very marker.

    A page that led to others is read again, whatever its marker: what it led to may have failed. One that a first poll
    only notes is remembered at its marker, as if it had been read.
    """
    if visit.adopted and request.url == visit.source.url:
        request = replace(request, url=visit.adopted)
    known = page_of(run, visit.source, request.page)
    if request.page in visit.asked or _is_read(request, known):
        return None
    if request.noted and visit.state.last_complete is None:
        visit.noted[request.page] = Page(validators=Validators(), marker=request.marker, leaf=True)
        return None
    visit.asked.add(request.page)
    visit.pages_of.setdefault(request.walk, set()).add(request.page)
    return Job(
        source=visit.source, request=request, known=known, first=first, origin=origin, instead_of=instead_of
    )


def moved_address(source: Source, request: Request, moved_to: str) -> str:
    """Where the source's own address is now, by where one of its requests was led for good; nothing if that tells not.

    Most requests ask for a place below that address: what they add to it must stand at the end of the new one, too.
    """
    if not moved_to or request.url == source.url:
        return moved_to
    own, moved = source.url.rstrip("/"), moved_to.partition("?")[0]
    added = request.url.removeprefix(own).partition("?")[0]
    below = request.url.startswith(f"{own}/") and moved.endswith(added)
    return moved.removesuffix(added) if below else ""


def _is_read(request: Request, known: Page | None) -> bool:
    """Whether the page was read, or may be and was noted, at the marker that the publisher states now."""
    if not request.marker or known is None or not known.leaf:
        return False
    return known.marker == request.marker and (request.noted or bool(known.sha256))


def first_jobs(run: Run, visit: Visit) -> list[Job]:
    """What the source's kind asks at a poll. A source whose key is missing fails here, and only it."""
    source = visit.source
    if lacks_key(visit):
        return []
    requests = wanted(visit, partial(sources.kind(source.kind).requests, source, visit.state))
    visit.is_one_page = {request.url for request in requests} == {source.url}
    jobs = (job_for(run, visit, request, first=True) for request in requests)
    return [job for job in jobs if job is not None]


def lacks_key(visit: Visit) -> bool:
    """Whether the source's key is missing: then it fails, and nothing is asked."""
    source = visit.source
    if source.key_problem:
        remedy = "set it, or disable the source"
        visit.failed(FetchError(source.id, source.key_problem, remedy, failure="key"))
    return bool(source.key_problem)


def follow_jobs(run: Run, visit: Visit, keys: Iterable[str]) -> list[Job]:
    """What more to ask of items that watchlists recognised and this source publishes.

    What is first learnt in this way (its steps so far, its details) is past, unless the item itself was news when a
    subject recognised it: it had happened before anybody asked, and alerts nobody.
    """
    jobs: list[Job] = []
    for key, marker in _shown(run, visit.source, keys):
        for request in wanted(visit, partial(sources.follow, visit.source, key, marker)):
            job = job_for(run, visit, request)
            if job is not None:
                unread = not was_read(run, visit.source, request.page)
                is_past = unread and visit.tally.origin == "live" and not _was_news(run, key)
                jobs.append(replace(job, origin="backfill") if is_past else job)
    return jobs


def _was_news(run: Run, key: str) -> bool:
    """Whether the item was published live and recognised as it was published: also where its steps could not be read then."""
    conn = run.database.conn
    return items.was_published_live(conn, key) and matches.is_recognised_as_published(conn, key)


def _shown(run: Run, source: Source, keys: Iterable[str]) -> list[tuple[str, str]]:
    """Those of the keys that the source has shown, each with the marker that it last carried."""
    sql = "SELECT key, marker FROM statements WHERE source = ? AND key IN (SELECT value FROM json_each(?)) ORDER BY key"
    rows = run.database.conn.execute(sql, (source.id, msgspec.json.encode(list(keys)).decode()))
    return [(row["key"], row["marker"]) for row in rows]


def wanted(visit: Visit, ask: Callable[[], Iterable[Request]]) -> list[Request]:
    """What a kind wants to ask; a fault of the kind is a failure of this source alone."""
    try:
        return list(ask())
    except SourceError as error:
        visit.failed(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other sources go on
        visit.failed(fault(visit.source, error))
    return []


def hold_back(visit: Visit, answer: Answer) -> Answer:
    """The answer, with no leave to skip its page if a window or a list is compared with what it showed before.

    That is done at the end of the poll. Were the page remembered earlier, a poll that was cut short in between would leave
    a page that counts as unchanged, and an overflow that nobody has seen.
    """
    is_compared = any(isinstance(finding, Window | Snapshot) for finding in answer.findings)
    if not is_compared or not answer.page.leaf:
        return answer
    visit.unsettled[answer.request.page] = answer.page
    return replace(answer, page=replace(answer.page, leaf=False))


def keep_noted(run: Run, visit: Visit) -> None:
    """Remember the pages that were only noted or held back, inside the caller's transaction."""
    for name, page in visit.unsettled.items():
        remember_page(run, visit.source, name, page)
    for name, page in visit.noted.items():
        if name not in visit.asked:  # what a watchlist recognised meanwhile was read after all
            remember_page(run, visit.source, name, page)
    visit.noted.clear()
    visit.unsettled.clear()
