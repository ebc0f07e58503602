"""A letter as flowed plain text: for mutt, for a watch, for whoever turns HTML off. Our own signs are ASCII."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.language import Words, words_of
from monitor.core.renderings.beside import Beside
from monitor.core.renderings.flowed import flowed
from monitor.core.renderings.mail_letter import Letter
from monitor.core.renderings.neutral import cells
from monitor.core.renderings.phrases import Phrase, Piece
from monitor.core.renderings.remarks import Remark
from monitor.core.renderings.telling import Chapter, Group, Told

_WIDTH = 72
_DOT = " | "
# A day with more than nine items.
_MANY = "#"


def render(letter: Letter) -> str:
    """The letter, its lines ended with LF; to be sent as `format=flowed; delsp=yes`."""
    return flowed(_paragraphs(letter))


def _paragraphs(letter: Letter) -> Iterator[str]:
    telling = letter.telling
    say = words_of(letter.language)
    yield say.labelled(letter.heading, telling.heading)
    yield _DOT.join(telling.period)
    yield _DOT.join(letter.summary)
    for notice in telling.notices:
        yield from ("", f"! {notice}")
    for chapter in telling.chapters:
        yield from _chapter(chapter, say)
    for words in telling.quiet:
        yield from ("", "", words)
    yield from _silent(letter)
    yield from _closing(letter)


def _chapter(chapter: Chapter, say: Words) -> Iterator[str]:
    tally = say.noted_beside(chapter.tally) if chapter.tally else ""
    heading = f"{chapter.title}{tally}"
    yield from ("", "", heading, "=" * min(cells(heading), _WIDTH))
    if chapter.error:
        yield f"! {chapter.error}"
    for group in chapter.groups:
        yield from _group(group, say, brief=chapter.brief)
    if chapter.more:
        yield from ("", chapter.more)


def _group(group: Group, say: Words, *, brief: bool) -> Iterator[str]:
    zh = f" | {group.zh}" if group.zh and group.zh != group.name else ""
    if group.name:
        yield from ("", f"{group.name}{zh}")
    if group.in_days:
        yield _bars(group.days, group.in_days)
    for told in group.news:
        yield from [] if brief else [""]
        yield from _told(told, say)
    if group.folded:
        yield from ("", group.why_folded)
        yield from (f"- {told.day} {_name(told)}" for told in group.folded)
        if group.more:
            yield f"- {group.where_more}"


def _told(told: Told, say: Words) -> Iterator[str]:
    zh = f" | {told.zh}" if told.zh else ""
    name = f"{_name(told)}{zh}{say.noted_beside(told.see) if told.above else ''}"
    yield f"* {told.day} {say.labelled(told.change, name) if told.change else name}"
    if told.above:
        return
    if told.url:
        yield told.url
    if not told.brief and told.beside.summary:
        yield told.beside.summary
    if not told.brief:
        yield from (_remark(remark, say) for remark in told.remarks)
    yield from (_remark(remark, say) for remark in told.beside.due)
    yield from [] if told.brief else _also(told.beside, say)


def _also(beside: Beside, say: Words) -> Iterator[str]:
    for also in beside.also:
        yield f"- {say.labelled(beside.label, say.joined(also.title, also.source))}"
        yield from [also.url] if also.url else []
    if beside.more:
        yield f"- {beside.more}"


def _name(told: Told) -> str:
    return f"{told.citation} {told.title}".strip()


def _remark(remark: Remark, say: Words) -> str:
    words = _DOT.join(_phrase(phrase) for phrase in remark.phrases)
    return f"- {say.labelled(remark.label, words) if remark.label else words}"


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


def _bars(days: Sequence[int], said: str) -> str:
    """A sign a day: `.` for none, a figure for so many."""
    signs = "".join("." if n == 0 else str(n) if n < 10 else _MANY for n in days)
    return f"{signs} {said}"


def _silent(letter: Letter) -> Iterator[str]:
    if letter.silent:
        say = words_of(letter.language)
        heading = say("Without news, and how busy they were")
        yield from ("", say.labelled(heading, "").rstrip())
        for bars in letter.silent:
            yield say.labelled(_bars(bars.days, bars.said), bars.name)


def _closing(letter: Letter) -> Iterator[str]:
    say = words_of(letter.language)
    yield from ("", "-" * _WIDTH)
    for remark in (*letter.telling.sources, *letter.telling.log):
        yield _remark(remark, say)
    if letter.telling.head:
        yield f"- {say.labelled(letter.telling.head_label, letter.telling.head_at)}"
        yield letter.telling.head
    if letter.unsubscribe:
        yield say("- to receive this no more: {address}", address=letter.unsubscribe)
