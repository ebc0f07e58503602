"""What a zoo of publishers is made of: a behaviour, poll by poll, with what must come of it; and feeds by the entry.

A behaviour is data. `test_zoo` configures its sources, lets a web server on loopback answer as the script says, polls
through the real program, and compares what the log, the views and the server then hold with `Then`, poll by poll.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from desk import Desk
from webserver import Asked, Reply

from monitor import app
from monitor.core.events import GapClosed, GapSuspected, SourceFailed, SourceMoved
from monitor.pipeline.accounting import PollReport

KEY_NAME, KEY = "ZOO_KEY", "s3cret-of-the-zoo"
WITH_KEY = {"api_key": f'{{ env = "{KEY_NAME}" }}'}
_SAID_OF_SOURCES = ("SourceFailed", "SourceRecovered", "SourceMoved", "GapSuspected", "GapClosed")
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
_SAID_OF_ITEMS = ("ItemPublished", "ItemRevised", "ItemWithdrawn", "ActionRecorded")

Serve = Callable[[Asked], Reply | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A source. `host` is the name in its address, which then leads to the loopback server all the same.

    In values of `keys`, {url} is that server's own address.
    """

    id: str = "news"
    kind: str = "feed"
    path: str = ""
    host: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What a poll comes to, by the log, the views and the server; what is not named must not happen.

    `outcome` and `state` (in health) are a word a source, `said` what the log says of the sources, `asked` how many
    requests came.
    """

    outcome: str = "ok"
    new: int = 0
    revised: int = 0
    withdrawn: int = 0
    steps: int = 0
    said: str = ""
    state: str = "ok"
    asked: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """How the server answers during one poll: by path, or (`serve`) by a function; and what must come of it.

    A path that is not named goes on as it did. `days` pass before the poll. `conditions` are those of its first
    request (`etag`, `modified`), `says` stands in its error or problems, `due_h` are the hours to the next one.
    """

    answers: Mapping[str, Reply | Sequence[Reply]] = field(default_factory=dict)
    then: Then
    serve: Serve | None = None
    days: float = 0
    everything: bool = True
    conditions: str | None = None
    says: str = ""
    due_h: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One publisher's way. `says` is the fact behind it, `check` what is looked at when all is over.

    `fetch` are further keys of [fetch]. `open_web` refuses private addresses, and leads names ending in .example and
    .gov to the server. `tls` speaks https under a certificate that nobody knows.
    """

    name: str
    says: str
    polls: Sequence[Poll]
    sources: Sequence[Configured] = (Configured(),)
    check: Callable[[Keeper], None] = lambda _: None
    fetch: Mapping[str, str] = field(default_factory=dict)
    open_web: bool = False
    tls: bool = False


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Who lets a behaviour out, poll by poll, and looks what it has done."""

    desk: Desk
    behaviour: Behaviour
    reports: list[list[PollReport]] = field(default_factory=list)

    def configure(self) -> None:
        """Write the settings."""
        self.desk.fetch = dict(self.behaviour.fetch)
        if self.behaviour.open_web:
            self.desk.fetch["allow_private_hosts"] = "false"
        for source in self.behaviour.sources:
            keys = {
                name: value.replace("{url}", self.desk.web.url("")) for name, value in source.keys.items()
            }
            self.desk.source(source.id, source.kind, source.path, host=source.host, **keys)

    def poll(self, poll: Poll) -> Then:
        """Let the server answer so, poll once, and say what came of it."""
        web, before = self.desk.web, len(self.desk.web.requests)
        position = self._position()
        for path, replies in poll.answers.items():
            web.answer(path, *([replies] if isinstance(replies, Reply) else replies))
        if poll.serve:
            web.fallback = poll.serve
        self.desk.clock.advance(days=poll.days)
        more = {"route": self._route} if self.behaviour.open_web else {}
        reports = list(self.desk.poll(everything=poll.everything, **more).reports)
        self.reports.append(reports)
        return self._came(reports, position, len(web.requests) - before)

    def _came(self, reports: Sequence[PollReport], position: int, asked: int) -> Then:
        events = self._events(position)
        counts = [sum(event.type == name for event in events) for name in _SAID_OF_ITEMS]
        lines = {
            line.id: line.state for line in app.source_lines(self.desk.settings(), clock=self.desk.clock)[0]
        }
        return Then(
            outcome=" ".join(report.outcome for report in reports),
            new=counts[0],
            revised=counts[1],
            withdrawn=counts[2],
            steps=counts[3],
            said=", ".join(_in_words(event) for event in events if event.type in _SAID_OF_SOURCES),
            state=" ".join(lines[source.id] for source in self.behaviour.sources),
            asked=asked,
        )

    def due_h(self) -> float:
        """Hours until the first source is due, by the report of the last poll."""
        due = datetime.fromisoformat(self.reports[-1][0].due_at)
        return (due - self.desk.clock()).total_seconds() / 3600

    def said(self) -> str:
        """All errors and problems of the last poll."""
        return "; ".join(" ".join([report.error, *report.problems]) for report in self.reports[-1])

    def titles(self) -> list[str]:
        """The titles of all items as they were published, in order."""
        return [event.title for event in self.desk.events("ItemPublished")]

    def keys(self) -> list[str]:
        """The keys of all items, in order."""
        return [event.key for event in self.desk.events("ItemPublished")]

    def dates(self) -> list[str]:
        """When each item was published as it claims: a day, a moment, or nothing."""
        return [str(event.published or "") for event in self.desk.events("ItemPublished")]

    def changes(self) -> list[tuple[str, str]]:
        """(field, significance) of all that was revised, in order."""
        revised = self.desk.events("ItemRevised")
        return [(change.field, event.significance) for event in revised for change in event.changes]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query of the log's file answers."""
        with app.reading(self.desk.settings()) as archive:
            return [tuple(row) for row in archive.log.database.conn.execute(sql)]

    def _route(self, host: str, _port: int) -> tuple[str, int] | None:
        return ("127.0.0.1", self.desk.web.port) if host.endswith((".example", ".gov")) else None

    def _position(self) -> int:
        if not self.reports:
            return 0
        with app.reading(self.desk.settings()) as archive:
            return archive.log.head().position

    def _events(self, position: int) -> list[Any]:
        with app.reading(self.desk.settings()) as archive:
            return list(archive.log.read(after=position))


def _in_words(event: Any) -> str:
    match event.data:
        case SourceFailed(failure=failure):
            return f"{event.type} {failure}"
        case SourceMoved(adopted=adopted):
            return f"{event.type} adopted" if adopted else str(event.type)
        case GapSuspected(why=why):
            return f"{event.type} {why}"
        case GapClosed(how=how):
            return f"{event.type} {how}"
    return str(event.type)


# Feeds by the entry


def hours(number: float) -> str:
    """So many hours after the beginning of May 2025, as a feed prints it."""
    return format_datetime(datetime(2025, 5, 1, tzinfo=UTC) + timedelta(hours=number))


def entry(
    number: int,
    title: str | None = None,
    *,
    guid: str | None = None,
    link: str | None = None,
    date: str | None = None,
    more: str = "",
) -> str:
    """An entry of RSS; what is given as nothing is left out. `title` and `more` go in as they are."""
    parts = {
        "guid": f"n{number}" if guid is None else escape(guid),
        "title": f"Notice {number}" if title is None else title,
        "link": f"https://agency.example/{number}" if link is None else escape(link),
        "pubDate": hours(number) if date is None else date,
    }
    return "".join(f"<{name}>{text}</{name}>" for name, text in parts.items() if text) + more


def rss(*entries: str, head: str = "") -> bytes:
    """A feed of these entries."""
    items = "".join(f"<item>{each}</item>" for each in entries)
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    channel = f"<channel><title>News</title>{head}{items}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0"{names}>{channel}</rss>'.encode()


def feed(*entries: int | str, head: str = "", **reply: Any) -> Reply:
    """A feed as it is answered; a number stands for the notice of that number."""
    return Reply(
        body=rss(*(each if isinstance(each, str) else entry(each) for each in entries), head=head), **reply
    )


# What comes of it


NO_NEWS = Then(outcome="unchanged")


def failed(failure: str, state: str = "failing", *, asked: int = 1) -> Then:
    """A poll that fails for the first time, or for another reason than before."""
    return Then(outcome="failed", said=f"SourceFailed {failure}", state=state, asked=asked)


def still(state: str = "failing", *, asked: int = 1) -> Then:
    """A poll that fails as the one before it did: no event."""
    return Then(outcome="failed", state=state, asked=asked)


def answered(content: object) -> Reply:
    """JSON as an API sends it."""
    return Reply(body=json.dumps(content).encode(), headers={"Content-Type": "application/json"})


def queries(keeper: Keeper, path: str) -> list[dict[str, list[str]]]:
    """The queries of the requests for a path, in order."""
    return [query_of(asked) for asked in keeper.desk.web.asked(path)]


def query_of(asked: Asked) -> dict[str, list[str]]:
    """The parameters of a request."""
    return parse_qs(urlsplit(asked.target).query)
