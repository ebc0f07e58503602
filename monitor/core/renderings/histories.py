"""One item's history as plain lines: what it is, what is new of it to its reader, and everything that happened to it.

a narrow margin of labels, the words beside it; then by the times at which it became known, each step by its position
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from monitor.core import wording
from monitor.core.envelopes import Event
from monitor.core.histories import Delivery, FullText, History, Link, Sighting, StandingMatch, Step, Telling
from monitor.core.renderings import clocks, decisions, fieldlines, margins
from monitor.core.renderings.fieldlines import Texts
from monitor.core.renderings.neutral import cut, plain

_STEPS_TOLD = 8
_LABEL = 11
_WIDE = 60  # on a narrower page words stand below their label, not beside it
_LONGEST_SUMMARY = 6_000


def render(history: History, *, width: int, zone: str) -> str:
    """The history as text of at most `width` columns, its moments in `zone`; addresses are never broken."""
    return "\n".join(line.rstrip() for line in _lines(history, width, zone)) + "\n"


def _lines(history: History, width: int, zone: str) -> Iterator[str]:
    texts: Texts = {(text.old, text.new): text for text in history.texts}
    yield from margins.words(plain(history.title) or "(no title)", width, 0)
    yield plain(history.key)
    yield ""
    for label, text in _facts(history, zone):
        yield from margins.labelled(label, text, width)
    if history.summary.strip():
        yield ""
        yield from margins.words(cut(plain(history.summary), _LONGEST_SUMMARY), width, margins.INDENT)
    yield from margins.section("Since you were last told", _since(history, texts, width, zone))
    yield from margins.section("Why it is here", _why(history, width))
    linked = (line for link in history.links for line in _link(link, width, zone))
    yield from margins.section("What belongs to it", linked)
    sent = (line for delivery in history.deliveries for line in _delivery(delivery, width, zone))
    yield from margins.section("What was sent of it", sent)
    yield from margins.section(
        "What happened, in the order of the log", _timeline(history, texts, width, zone)
    )


def _facts(history: History, zone: str) -> Iterator[tuple[str, str]]:
    if history.withdrawn:
        yield "withdrawn", history.withdrawn
    if history.stage:
        yield "stands", history.stage.text or history.stage.name
    if history.judgement:
        note = f": {history.judgement.note}" if history.judgement.note else ""
        judged_at = clocks.exact(history.judgement.recorded_at, zone)
        yield "judged", f"{history.judgement.verdict}, {judged_at}{note}"
    yield "published", clocks.exact(history.published, zone) or "no date"
    yield "source", f"{history.source}, revision {history.revision}"
    yield "shown by", "; ".join(_sighting(sighting, zone) for sighting in history.sightings)
    yield "address", history.url
    yield "also called", "; ".join(title for title in history.titles if title != history.title)
    yield "belongs to", ", ".join(history.identifiers)
    yield "topics", ", ".join(history.subjects)
    if history.text:
        yield "text", _full_text(history.text)
    for name, value in history.details:
        yield name.replace("_", " "), value


def _sighting(sighting: Sighting, zone: str) -> str:
    first, last = clocks.day(sighting.first_at, zone), clocks.day(sighting.last_at, zone)
    return f"{sighting.source} {first}" if first == last else f"{sighting.source} {first} to {last}"


def _full_text(text: FullText) -> str:
    size = "" if text.size is None else f"{text.size:,} bytes, "
    if text.erased:
        return f"erased: {text.erased} ({size}sha256 {text.sha256})"
    return f"{size or 'missing (`monitor verify` says more), '}sha256 {text.sha256}"


def _since(history: History, texts: Texts, width: int, zone: str) -> Iterator[str]:
    untold = history.untold
    yield from margins.words(_telling(untold.since, zone), width, margins.INDENT)
    for field in untold.fields:
        for place, words in enumerate(fieldlines.told(field, texts, zone)):
            yield from margins.labelled("" if place else fieldlines.name(field), words, width)
    latest = untold.steps[-_STEPS_TOLD:]
    for place, step in enumerate(latest):
        yield from margins.labelled("" if place else "moved", _moved(step, zone), width)
    if earlier := len(untold.steps) - len(latest):
        yield from margins.labelled(
            "", f"and before that {wording.counted(earlier, 'more step')}, told below", width
        )
    if not untold.fields and not untold.steps:
        yield from margins.labelled("nothing", "it stands as it stood then", width)


def _telling(since: Telling, zone: str) -> str:
    at = clocks.exact(since.at, zone)
    unsure = " (when a daily digest was shown before this moment is not in the log)" if since.unsure else ""
    match since.by:
        case "digest":
            return f"by the daily digest, shown with what was recorded before {at}"
        case "delivery":
            return f"by the delivery {since.name} of position {since.told_until}, taken {at}{unsure}"
        case "nobody":
            return f"nobody was told of it yet{unsure}; since it was first seen:"


def _why(history: History, width: int) -> Iterator[str]:
    if not history.matches:
        yield from margins.words("no subject of a watchlist recognises it", width, margins.INDENT)
    for match in history.matches:
        yield from _match(match, width)


def _match(match: StandingMatch, width: int) -> Iterator[str]:
    state = f"no longer: {match.withdrawn}" if match.withdrawn else f"score {match.score}, {match.origin}"
    words = f"{match.watchlist} / {match.subject} ({state}, since position {match.position})"
    if match.withdrawn:
        words = f"{match.watchlist} / {match.subject} ({state})"
    yield from margins.words(words, width, margins.INDENT, further=margins.INDENT)
    for quote, place in wording.quotations(match.evidence):
        yield from margins.words(f"“{quote}” {place}", width, margins.INDENT * 2)
    if match.conditions:
        yield from margins.words(match.conditions, width, margins.INDENT * 2, further=margins.INDENT)


def _link(link: Link, width: int, zone: str) -> Iterator[str]:
    whose = f" by {link.said_by}" if link.said_by else f" by {link.method}, score {link.score}"
    reason = f": {link.reason}" if link.reason else ""
    said_at = clocks.exact(link.recorded_at, zone)
    yield from margins.words(
        f"{link.key} ({link.relation}, {link.state}{whose}, {said_at}{reason})",
        width,
        margins.INDENT,
        further=margins.INDENT,
    )
    if link.title:
        yield from margins.words(link.title, width, margins.INDENT * 2)
    for quote, place in wording.quotations(link.evidence):
        yield from margins.words(f"“{quote}” {place}", width, margins.INDENT * 2)


def _delivery(delivery: Delivery, width: int, zone: str) -> Iterator[str]:
    attempts = wording.counted(delivery.attempts, "attempt")
    answer = f": {delivery.answer}" if delivery.answer else ""
    state = f"{delivery.state} {clocks.exact(delivery.recorded_at, zone)}, {attempts}{answer}"
    yield from margins.words(
        f"{delivery.output}/{delivery.delivery} ({state})", width, margins.INDENT, further=margins.INDENT
    )
    yield from margins.words(f"for {', '.join(delivery.matches)}", width, margins.INDENT * 2)
    yield from margins.words(f"message {delivery.message_id}", width, margins.INDENT * 2)
    yield from margins.words(f"text sha256 {delivery.rendered_sha256}", width, margins.INDENT * 2)


def _timeline(history: History, texts: Texts, width: int, zone: str) -> Iterator[str]:
    """Everything by position, under the times at which it was observed and recorded."""
    entries: list[Step | Event] = [*history.changes, *history.decisions]
    entries.sort(key=lambda entry: entry.position)
    room = margins.INDENT * 2 + len(str(entries[-1].position))
    revisions = {step.position: n for n, step in enumerate(_revised(history), start=2)}
    several = len(history.sightings) > 1
    for times, group in groupby(entries, lambda entry: _clocks(entry, zone)):
        yield from margins.words(times, width, margins.INDENT)
        for entry in group:
            if isinstance(entry, Event):
                label, words = decisions.told(entry.data, history.key, zone)
                paragraphs = [words]
            else:
                label = entry.kind
                paragraphs = _step(entry, revisions.get(entry.position, 1), texts, zone, several=several)
            number = f"{entry.position:>{room}}  "
            margin = len(number) + (_LABEL if width >= _WIDE else margins.INDENT)
            yield from margins.beside(f"{number}{label}", paragraphs, width, margin, further=margins.INDENT)


def _revised(history: History) -> Iterator[Step]:
    return (step for step in history.changes if step.kind == "revised")


def _clocks(entry: Step | Event, zone: str) -> str:
    origin = decisions.origin(entry.data) if isinstance(entry, Event) else entry.origin
    past = "" if origin in {"", "live"} else f", {origin}"
    recorded = f"recorded {clocks.exact(entry.recorded_at, zone)}{past}"
    if not entry.observed_at:
        return recorded
    if entry.observed_at == entry.recorded_at:
        return f"observed and {recorded}"
    return f"observed {clocks.exact(entry.observed_at, zone)}, {recorded}"


def _step(step: Step, revision: int, texts: Texts, zone: str, *, several: bool) -> list[str]:
    source = f"by {step.source}" if several or step.kind == "new" else ""
    match step.kind:
        case "new":
            return [" · ".join(filter(None, (clocks.exact(step.occurred, zone) or "undated", source)))]
        case "revised":
            fields = [
                f"{fieldlines.name(field)}: {' '.join(fieldlines.told(field, texts, zone)).replace('… …', '…')}"
                for field in step.fields
            ]
            return [
                ", ".join(filter(None, (f"revision {revision}", plain(step.significance), source))),
                *fields,
            ]
        case _:
            return [", ".join(filter(None, (_moved(step, zone), source)))]


def _moved(step: Step, zone: str) -> str:
    return " · ".join(filter(None, (clocks.exact(step.occurred, zone), plain(step.text))))
