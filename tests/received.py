"""What must hold of deliveries after any death: of what the log says, and of what came to those who were told.

    for broken in broken_promises(events, texts, came): ...     # nothing

Every (match, output) is in one plan, every plan came to an end and arrived, all that came is the text that was planned,
every repeat has the id of the first, and no item is told to an output twice, however many watchlists recognise it.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import icalendar
from mail_servers import Taken
from webserver import Asked

# Two are of two lists, one is of all: each goes out once, at the most urgent pace.
NEWS = {
    "news:a": "Next G Alliance meets",
    "news:b": "Rural broadband",
    "news:c": "Open RAN in Palau",
    "news:d": "Next G Alliance and Open RAN",
    "news:e": "Open RAN, the Next G Alliance and broadband",
    "frdoc:2025-00007": "Maine and broadband",
}
DUE = {"frdoc:2025-00007": "2025-07-15"}
PACES = {
    "news:a": "daily",
    "news:b": "weekly",
    "news:c": "alert",
    "news:d": "alert",
    "news:e": "alert",
    "frdoc:2025-00007": "weekly",
}
# An output that was new when it was killed: its first week is not over yet.
NEW = "new"
POSTS = ("post:ada", "post:bo")
HOOKS = ("hook", NEW)
MAIL = "mail:cy@example.org"
SCREEN = "screen"
FILES = ("feeds", "calendar")
_REPEAT = b"X-Possible-Repeat: yes\r\n"
_PAINTED = re.compile(r"\x1b\[[0-9;]*m")

Plans = Mapping[tuple[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one trial: requests and mails that came whole and were taken; `folder` has the files and the screen."""

    asked: Sequence[Asked]
    mails: Sequence[Taken]
    folder: Path

    def screen(self) -> str:
        """All that was printed."""
        return (self.folder / "screen").read_text(encoding="utf-8")

    def files(self) -> dict[str, tuple[float, bytes]]:
        """Every file that is published, with its date."""
        found = [*(self.folder / "feeds").iterdir(), *self.folder.glob("*.ics")]
        return {file.name: (file.stat().st_mtime, file.read_bytes()) for file in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A message as it came to one output."""

    output: str
    id: str
    sha256: str
    is_repeat: bool
    text: str


def broken_promises(events: Sequence[Any], texts: Mapping[str, bytes], came: Came) -> Iterator[str]:
    """What is promised and not so. `events` are those of the log, `texts` what was planned, by its hash."""
    plans = {(e.data.output, e.data.delivery): e.data for e in events if e.type == "DeliveryPlanned"}
    yield from _accounts(plans, [e for e in events if e.type == "ItemMatched"])
    yield from _ends(plans, events)
    arrivals = [*map(_posted, came.asked), *map(_mailed, came.mails)]
    for output in (*POSTS, *HOOKS, MAIL):
        own = [one for one in arrivals if one.output == output]
        yield from _came(output, [plan for (to, _), plan in plans.items() if to == output], own)
        yield from _told_once(output, {one.id: one.text for one in own})
    yield from _paces(arrivals)
    yield from _shown(
        [texts[plan.rendered_sha256].decode() for (to, _), plan in plans.items() if to == SCREEN], came
    )
    yield from _published(came)


def _owed(output: str) -> set[str]:
    return {key for key, pace in PACES.items() if output != NEW or pace != "weekly"}


def _accounts(plans: Plans, matched: Sequence[Any]) -> Iterator[str]:
    """Every match is in one plan of every output, and so is every change."""
    told = Counter((plan.output, position) for plan in plans.values() for position in plan.matches)
    every = (*POSTS, *HOOKS, MAIL, SCREEN, *FILES)
    wanted = {(to, e.position) for to in every for e in matched if e.data.key in _owed(to)}
    if told.keys() != wanted or set(told.values()) != {1}:
        yield f"matches and plans differ: {told} {wanted}"
    changes = Counter((plan.output, position) for plan in plans.values() for position in plan.changes)
    if set(changes.values()) != {1}:
        yield f"a change was told twice: {changes}"


def _ends(plans: Plans, events: Sequence[Any]) -> Iterator[str]:
    """Each plan has one end: taken, or given up because nobody knows twice whether it arrived."""
    for place, plan in plans.items():
        words = [
            e for e in events if (getattr(e.data, "output", ""), getattr(e.data, "delivery", "")) == place
        ]
        taken = sum(e.type == "DeliverySucceeded" for e in words)
        given_up = [e.data for e in words if e.type == "DeliveryFailed" and e.data.final]
        unknown = sum(e.type == "DeliveryUncertain" for e in words)
        if taken + len(given_up) != 1:
            yield f"{plan.output} {plan.delivery} was taken {taken} times and given up {len(given_up)} times"
        if given_up and unknown != 2:
            yield f"{plan.output} {plan.delivery} was given up ({given_up[0].answer}) after {unknown} uncertain attempts"


def _posted(asked: Asked) -> _Arrival:
    """A courier's delivery has its recipient and id in the path; a webhook's its id in a header."""
    _, _trial, channel, *rest = asked.path.split("/")
    return _Arrival(
        output=f"post:{channel}" if rest else channel,
        id=asked.headers["message-id" if rest else "webhook-id"],
        sha256=hashlib.sha256(asked.body).hexdigest(),
        is_repeat=asked.headers.get("repeat") == "True" or "x-possible-repeat" in asked.headers,
        text=asked.body.decode(),
    )


def _mailed(mail: Taken) -> _Arrival:
    content = mail.content.removeprefix(_REPEAT)
    message = email.message_from_bytes(content, policy=email.policy.default)
    plain = message.get_body(("plain",))
    assert plain is not None
    return _Arrival(
        output=MAIL,
        id=str(message["Message-ID"]),
        sha256=hashlib.sha256(content).hexdigest(),
        is_repeat=mail.content.startswith(_REPEAT),
        text=plain.get_content(),
    )


def _came(output: str, plans: Sequence[Any], arrivals: Sequence[_Arrival]) -> Iterator[str]:
    """Each plan arrived, at most twice, byte for byte as planned, under one id; the second time it is marked."""
    named = {_id(output, plan): plan for plan in plans}
    by_id: dict[str, list[_Arrival]] = {}
    for one in arrivals:
        by_id.setdefault(one.id, []).append(one)
    if len(named) != len(plans) or named.keys() != by_id.keys():
        yield f"{output}: planned {sorted(named)} and came {sorted(by_id)}"
    for id_ in named.keys() & by_id.keys():
        came, plan = by_id[id_], named[id_]
        if len(came) > 2:
            yield f"{output}: {plan.delivery} came {len(came)} times"
        if {one.sha256 for one in came} != {plan.rendered_sha256}:
            yield f"{output}: {plan.delivery} is not the text that was planned"
        if not all(one.is_repeat for one in came[1:]):
            yield f"{output}: {plan.delivery} came again and was not marked"


def _id(output: str, plan: Any) -> str:
    return plan.message_id.strip("<>").partition("@")[0] if output in HOOKS else str(plan.message_id)


def _told_once(output: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Each item stands in one message, repeats aside. A courier's texts have keys, all others titles."""
    for key, title in NEWS.items():
        cue = key if output in POSTS else title
        holding = [one for one in texts.values() if cue in " ".join(one.split())]
        wanted = key in _owed(output)
        if len(holding) != wanted:
            yield f"{output} was told of {title!r} in {len(holding)} messages"


def _paces(arrivals: Sequence[_Arrival]) -> Iterator[str]:
    """Each item goes to each output at its own pace, that of the most urgent of its watchlists."""
    for output in (*POSTS, *HOOKS):
        bodies = {one.id: json.loads(one.text) for one in arrivals if one.output == output}
        paces = sorted((key, body["occasion"]) for body in bodies.values() for key in _keys(body))
        if paces != sorted((key, pace) for key, pace in PACES.items() if key in _owed(output)):
            yield f"{output} was told {paces}"


def _keys(body: Any) -> list[str]:
    if "keys" in body:
        return list(body["keys"])
    return [entry["key"] for section in body["digest"]["watchlists"] for entry in section["entries"]]


def _shown(planned: Sequence[str], came: Came) -> Iterator[str]:
    """Each text was printed whole at least once."""
    texts = [_PAINTED.sub("", one) for one in planned]
    times = [came.screen().count(one) for one in texts]
    if not all(1 <= count <= 2 for count in times):
        yield f"the screen shows its texts {times} times"
    yield from _told_once(SCREEN, {str(number): text for number, text in enumerate(texts)})


def _published(came: Came) -> Iterator[str]:
    """The files are whole, nothing lies beside them, and each has all the news once."""
    files = {name: content for name, (_, content) in came.files().items()}
    if parts := [name for name in files if name.startswith(".")]:
        yield f"left behind: {parts}"
    for name in ("all.atom", "all.rss"):
        read = feedparser.parse(files.get(name, b""))
        if read.bozo or not _all_once(titles := [entry.title for entry in read.entries]):
            yield f"{name} shows {titles}"
    if not _all_once(titles := [item["title"] for item in json.loads(files["all.json"])["items"]]):
        yield f"all.json shows {titles}"
    calendar = icalendar.Calendar.from_ical(files["deadlines.ics"])
    if [str(event.start) for event in calendar.events] != [*DUE.values()]:
        yield f"the calendar shows {[str(event.start) for event in calendar.events]}"


def _all_once(shown: Sequence[str]) -> bool:
    """Whether these are all the news; before a title may stand what the document is."""
    return len(shown) == len(NEWS) and all(
        any(one.endswith(title) for one in shown) for title in NEWS.values()
    )
