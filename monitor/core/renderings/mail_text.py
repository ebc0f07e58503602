"""A letter as flowed plain text: for mutt, for a watch, for whoever turns HTML off. Our own signs are ASCII."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.renderings.flowed import flowed
from monitor.core.renderings.mail_letter import Bars, Letter, Part, Story, Topic
from monitor.core.renderings.neutral import cells
from monitor.core.renderings.remarks import Phrase, Piece, Remark
from monitor.core.renderings.telling import Told

_WIDTH = 72
_DOT = " | "
# A day with more than nine items.
_MANY = "#"


def render(letter: Letter) -> str:
    """The letter, its lines ended with LF; to be sent as `format=flowed; delsp=yes`."""
    return flowed(_paragraphs(letter))


def _paragraphs(letter: Letter) -> Iterator[str]:
    telling = letter.telling
    yield f"{letter.heading}: {telling.heading}"
    yield _DOT.join(telling.period)
    yield _DOT.join(letter.summary)
    for notice in telling.notices:
        yield from ("", f"! {notice}")
    for part in letter.parts:
        yield from _part(part)
    for words in telling.quiet:
        yield from ("", "", words)
    yield from _silent(letter.silent)
    yield from _closing(letter)


def _part(part: Part) -> Iterator[str]:
    chapter = part.chapter
    heading = f"{chapter.title} ({chapter.tally})" if chapter.tally else chapter.title
    yield from ("", "", heading, "=" * min(cells(heading), _WIDTH))
    if chapter.error:
        yield f"! {chapter.error}"
    for topic in part.topics:
        yield from _topic(topic, brief=chapter.brief)
    if part.more:
        yield from ("", part.more)


def _topic(topic: Topic, *, brief: bool) -> Iterator[str]:
    group = topic.group
    zh = f" | {group.zh}" if group.zh and group.zh != group.name else ""
    if group.name:
        yield from ("", f"{group.name}{zh}")
    if topic.bars:
        yield _bars(topic.bars)
    for story in topic.stories:
        yield from [] if brief else [""]
        yield from _story(story)
    if group.folded:
        yield from ("", group.why_folded)
        yield from (f"- {told.day} {_name(told)}" for told in group.folded)
        if group.more:
            yield f"- and {len(group.more):,} more: {group.where_more}"


def _story(story: Story) -> Iterator[str]:
    told = story.told
    change = f" {told.change}:" if told.change else ""
    see = f" (see {told.above})" if told.above else ""
    zh = f" | {told.zh}" if told.zh else ""
    yield f"* {told.day}{change} {_name(told)}{zh}{see}"
    if told.above:
        return
    if told.url:
        yield told.url
    yield from map(_remark, story.due)
    if told.brief:
        return
    if story.summary:
        yield story.summary
    yield from map(_remark, told.remarks)
    for other in story.elsewhere:
        yield f"- the same: {other.title}{f', {other.source}' if other.source else ''}"
        yield from [other.url] if other.url else []
    if story.more_elsewhere:
        yield f"- and {story.more_elsewhere:,} more of the same"


def _name(told: Told) -> str:
    return f"{told.citation} {told.title}".strip()


def _remark(remark: Remark) -> str:
    words = _DOT.join(_phrase(phrase) for phrase in remark.phrases)
    return f"- {remark.label}: {words}" if remark.label else f"- {words}"


def _phrase(phrase: Phrase) -> str:
    return "".join(map(_piece, phrase))


def _piece(piece: Piece) -> str:
    match piece.role:
        case "quote":
            return f'"{piece.text}"'
        case "old":
            return f"[-{piece.text}-]"
        case "new":
            return f"{{+{piece.text}+}}"
        case "arrow":
            return " -> "
        case "joint":
            return " - "
        case _:
            return piece.text


def _bars(bars: Bars) -> str:
    """A sign a day: `.` for none, a figure for so many."""
    days = "".join("." if n == 0 else str(n) if n < 10 else _MANY for n in bars.days)
    return f"{days} {bars.total:,} in {len(bars.days)} days"


def _silent(silent: Sequence[Bars]) -> Iterator[str]:
    if silent:
        yield from ("", "Without news, and how busy they were:")
        for bars in silent:
            yield f"{_bars(bars)}: {bars.name}"


def _closing(letter: Letter) -> Iterator[str]:
    yield from ("", "-" * _WIDTH)
    for remark in (*letter.telling.sources, *letter.telling.log):
        yield _remark(remark)
    if letter.telling.head:
        yield f"- head: {letter.telling.head_at}"
        yield letter.telling.head
    if letter.unsubscribe:
        yield f"- to receive this no more: {letter.unsubscribe}"
