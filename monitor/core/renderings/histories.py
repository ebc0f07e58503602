"""One item's history as plain lines: what it is, what is new of it to its reader, and everything that happened to it.

a narrow margin of labels, the words beside it; then by the times at which it became known, each step by its position
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from monitor.core import wording
from monitor.core.envelopes import Event
from monitor.core.histories import Delivery, FullText, History, Link, Sighting, StandingMatch, Step, Telling
from monitor.core.renderings import decisions, fieldlines
from monitor.core.renderings.fieldlines import Texts
from monitor.core.renderings.neutral import cells, cut, plain
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Span, wrapped

_INDENT = 2
_MARGIN = 16
_STEPS_TOLD = 8
_LABEL = 11
_NARROWEST = 20
_WIDE = 60  # on a narrower page words stand below their label, not beside it
_LONGEST_SUMMARY = 6_000


def render(history: History, *, width: int) -> str:
    """The history as text of at most `width` columns; addresses are never broken."""
    return "\n".join(line.rstrip() for line in _lines(history, width)) + "\n"


def _lines(history: History, width: int) -> Iterator[str]:
    texts: Texts = {(text.old, text.new): text for text in history.texts}
    yield from _words(plain(history.title) or "(no title)", width, 0)
    yield plain(history.key)
    yield ""
    for label, text in _facts(history):
        yield from _labelled(label, text, width)
    if history.summary.strip():
        yield ""
        yield from _words(cut(plain(history.summary), _LONGEST_SUMMARY), width, _INDENT)
    yield from _section("Since you were last told", _since(history, texts, width))
    yield from _section("Why it is here", _why(history, width))
    yield from _section("What belongs to it", (line for link in history.links for line in _link(link, width)))
    sent = (line for delivery in history.deliveries for line in _delivery(delivery, width))
    yield from _section("What was sent of it", sent)
    yield from _section("What happened, in the order of the log", _timeline(history, texts, width))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading over its lines; neither, where there are none."""
    told = list(lines)
    if told:
        yield from ("", heading, *told)


def _facts(history: History) -> Iterator[tuple[str, str]]:
    if history.withdrawn:
        yield "withdrawn", history.withdrawn
    if history.stage:
        yield "stands", history.stage.text or history.stage.name
    if history.judgement:
        note = f": {history.judgement.note}" if history.judgement.note else ""
        yield "judged", f"{history.judgement.verdict}, {history.judgement.recorded_at}{note}"
    yield "published", history.published or "no date"
    yield "source", f"{history.source}, revision {history.revision}"
    yield "shown by", "; ".join(_sighting(sighting) for sighting in history.sightings)
    yield "address", history.url
    yield "also called", "; ".join(title for title in history.titles if title != history.title)
    yield "belongs to", ", ".join(history.identifiers)
    yield "topics", ", ".join(history.subjects)
    if history.text:
        yield "text", _full_text(history.text)
    for name, value in history.details:
        yield name.replace("_", " "), value


def _sighting(sighting: Sighting) -> str:
    first, last = sighting.first_at[:10], sighting.last_at[:10]
    return f"{sighting.source} {first}" if first == last else f"{sighting.source} {first} to {last}"


def _full_text(text: FullText) -> str:
    size = "" if text.size is None else f"{text.size:,} bytes, "
    if text.erased:
        return f"erased: {text.erased} ({size}sha256 {text.sha256})"
    return f"{size or 'missing (`monitor verify` says more), '}sha256 {text.sha256}"


def _since(history: History, texts: Texts, width: int) -> Iterator[str]:
    untold = history.untold
    yield from _words(_telling(untold.since), width, _INDENT)
    for field in untold.fields:
        for place, words in enumerate(fieldlines.told(field, texts)):
            yield from _labelled("" if place else fieldlines.name(field), words, width)
    latest = untold.steps[-_STEPS_TOLD:]
    for place, step in enumerate(latest):
        yield from _labelled("" if place else "moved", _moved(step), width)
    if earlier := len(untold.steps) - len(latest):
        yield from _labelled(
            "", f"and before that {wording.counted(earlier, 'more step')}, told below", width
        )
    if not untold.fields and not untold.steps:
        yield from _labelled("nothing", "it stands as it stood then", width)


def _telling(since: Telling) -> str:
    unsure = " (when a daily digest was shown before this moment is not in the log)" if since.unsure else ""
    match since.by:
        case "digest":
            return f"by the daily digest, shown with what was recorded before {since.at}"
        case "delivery":
            return f"by the delivery {since.name} of position {since.told_until}, taken {since.at}{unsure}"
        case "nobody":
            return f"nobody was told of it yet{unsure}; since it was first seen:"


def _why(history: History, width: int) -> Iterator[str]:
    if not history.matches:
        yield from _words("no subject of a watchlist recognises it", width, _INDENT)
    for match in history.matches:
        yield from _match(match, width)


def _match(match: StandingMatch, width: int) -> Iterator[str]:
    state = f"no longer: {match.withdrawn}" if match.withdrawn else f"score {match.score}, {match.origin}"
    words = f"{match.watchlist} / {match.subject} ({state}, since position {match.position})"
    if match.withdrawn:
        words = f"{match.watchlist} / {match.subject} ({state})"
    yield from _words(words, width, _INDENT, further=_INDENT)
    for quote, place in wording.quotations(match.evidence):
        yield from _words(f"“{quote}” {place}", width, _INDENT * 2)


def _link(link: Link, width: int) -> Iterator[str]:
    whose = f" by {link.said_by}" if link.said_by else f" by {link.method}, score {link.score}"
    reason = f": {link.reason}" if link.reason else ""
    yield from _words(
        f"{link.key} ({link.relation}, {link.state}{whose}, {link.recorded_at}{reason})",
        width,
        _INDENT,
        further=_INDENT,
    )
    if link.title:
        yield from _words(link.title, width, _INDENT * 2)
    for quote, place in wording.quotations(link.evidence):
        yield from _words(f"“{quote}” {place}", width, _INDENT * 2)


def _delivery(delivery: Delivery, width: int) -> Iterator[str]:
    attempts = wording.counted(delivery.attempts, "attempt")
    answer = f": {delivery.answer}" if delivery.answer else ""
    state = f"{delivery.state} {delivery.recorded_at}, {attempts}{answer}"
    yield from _words(f"{delivery.output}/{delivery.delivery} ({state})", width, _INDENT, further=_INDENT)
    yield from _words(f"for {', '.join(delivery.matches)}", width, _INDENT * 2)
    yield from _words(f"message {delivery.message_id}", width, _INDENT * 2)
    yield from _words(f"text sha256 {delivery.rendered_sha256}", width, _INDENT * 2)


def _timeline(history: History, texts: Texts, width: int) -> Iterator[str]:
    """Everything by position, under the times at which it was observed and recorded."""
    entries: list[Step | Event] = [*history.changes, *history.decisions]
    entries.sort(key=lambda entry: entry.position)
    room = _INDENT * 2 + len(str(entries[-1].position))
    revisions = {step.position: n for n, step in enumerate(_revised(history), start=2)}
    several = len(history.sightings) > 1
    for clocks, group in groupby(entries, _clocks):
        yield from _words(clocks, width, _INDENT)
        for entry in group:
            if isinstance(entry, Event):
                label, words = decisions.told(entry.data, history.key)
                paragraphs = [words]
            else:
                label = entry.kind
                paragraphs = _step(entry, revisions.get(entry.position, 1), texts, several=several)
            number = f"{entry.position:>{room}}  "
            margin = len(number) + (_LABEL if width >= _WIDE else _INDENT)
            yield from _beside(f"{number}{label}", paragraphs, width, margin, further=_INDENT)


def _revised(history: History) -> Iterator[Step]:
    return (step for step in history.changes if step.kind == "revised")


def _clocks(entry: Step | Event) -> str:
    origin = decisions.origin(entry.data) if isinstance(entry, Event) else entry.origin
    past = "" if origin in {"", "live"} else f", {origin}"
    if not entry.observed_at:
        return f"recorded {entry.recorded_at}{past}"
    if entry.observed_at == entry.recorded_at:
        return f"observed and recorded {entry.recorded_at}{past}"
    return f"observed {entry.observed_at}, recorded {entry.recorded_at}{past}"


def _step(step: Step, revision: int, texts: Texts, *, several: bool) -> list[str]:
    source = f"by {step.source}" if several or step.kind == "new" else ""
    match step.kind:
        case "new":
            return [" · ".join(filter(None, (step.occurred or "undated", source)))]
        case "revised":
            fields = [
                f"{fieldlines.name(field)}: {' '.join(fieldlines.told(field, texts)).replace('… …', '…')}"
                for field in step.fields
            ]
            return [
                ", ".join(filter(None, (f"revision {revision}", plain(step.significance), source))),
                *fields,
            ]
        case _:
            return [", ".join(filter(None, (_moved(step), source)))]


def _moved(step: Step) -> str:
    return " · ".join(filter(None, (step.occurred, plain(step.text))))


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    """A line with its label in the margin; nothing where there is nothing to say."""
    if words := plain(text):
        yield from _beside(f"{' ' * _INDENT}{plain(label)}", [words], width, _MARGIN)


def _beside(
    label: str, paragraphs: Iterable[str], width: int, margin: int, *, further: int = 0
) -> Iterator[str]:
    """Paragraphs beside a label, the later lines of each `further` in; the label alone where it needs the room."""
    begun = cells(label) < margin
    if not begun:
        yield label
    for paragraph in paragraphs:
        for line in _words(paragraph, width, margin, further=further):
            yield line if not begun else f"{label.ljust(margin)}{line[margin:]}"
            begun = False


def _words(text: str, width: int, indent: int, *, further: int = 0) -> Iterator[str]:
    """Words in lines that begin at `indent`, after the first `further` in; an address or a hash is never broken."""
    words = plain(text)
    room = max(width - indent, _NARROWEST)
    further = further if cells(words) > room else 0
    for line in _whole(words, room - further):
        yield f"{' ' * indent}{line}"
        indent += further
        further = 0


def _whole(words: str, room: int) -> Iterator[str]:
    """Lines of at most `room` columns; what has no place to part, and is longer, has a line of its own."""
    for part in re.split(rf"(?<!\S)([!-~]{{{room + 1},}})(?!\S)", words):
        if part[room:] and " " not in part:
            yield part
            continue
        for line in wrapped([Span(text=part)], room, TYPOGRAPHIC):
            yield "".join(span.text for span in line)
