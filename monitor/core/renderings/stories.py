"""One item as the body of a feed's entry: what happened, where it stands, what is due, why it is here.

A feed is read once and kept, so nothing is folded; only what is absurdly long is cut. The HTML is built, never pasted,
and bears no class and no style: readers take those out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.builder import ElementMaker

from monitor.core import wording
from monitor.core.differences import Run, came_and_went, compare_words, in_words
from monitor.core.digests import Change, Deadline, Entry, Period, Reason, Related
from monitor.core.evidence import FieldChange
from monitor.core.language import ENGLISH, Words
from monitor.core.renderings import clocks
from monitor.core.renderings.neutral import cells, cut, excerpt, plain, web_address
from monitor.core.renderings.stage_words import stage_words

_LONGEST_NAME = 120
_LONGEST_TITLE = 280
_LONGEST_LINE = 300
_LONGEST_TEXT = 1200
_LONGEST_RUN = 600
_SHORT_VALUE = 80
_MOST_CHANGES = 20
_MOST_FIELDS = 20
_MOST_DIFFERENCES = 8
_MOST_ROWS = 20
_MOST_QUOTES = 8
_E = ElementMaker()
_Node = etree._Element | str  # noqa: SLF001 - lxml has no public name for what its builder makes


def title_of(entry: Entry, say: Words = ENGLISH) -> str:
    """One line: the citation, where the key is one, and the title."""
    citation = excerpt(wording.citation(entry.key), _LONGEST_NAME)
    title = excerpt(entry.title, _LONGEST_TITLE) or excerpt(entry.title_zh, _LONGEST_NAME)
    return f"{citation} {title}".strip() or say("(no title)")


def summary_of(entry: Entry, say: Words = ENGLISH) -> str:
    """One line of plain text: what happened last, for which subjects, and how the item sums itself up."""
    change = entry.changes[-1] if entry.changes else None
    what = excerpt(change.text, _LONGEST_LINE) if change else ""
    names = dict.fromkeys(excerpt(wording.subject_name(each, say), _LONGEST_NAME) for each in entry.reasons)
    kind = wording.change_name(change.kind if change else entry.change, say).capitalize()
    happened = f"{kind}{f': {what}' if what else ''}"
    parts = (happened, ", ".join([*names][:_MOST_ROWS]), excerpt(entry.summary, _LONGEST_LINE))
    return " · ".join(part for part in parts if part)


def content_of(entry: Entry, period: Period) -> str:
    """The whole entry as a fragment of HTML, its times in the zone of `period`, and its labels in that language."""
    say = period.words
    standing = [each for each in entry.deadlines if not each.cancelled]
    parts: list[etree._Element] = [
        *_changes(entry, period),
        *_stands(entry, period),
        *_listed(say("Deadlines"), (_deadline(each, period) for each in standing[:_MOST_ROWS])),
        *_summary(entry),
        *_listed(say("Why"), (_reason(reason, say) for reason in entry.reasons[:_MOST_ROWS])),
        *_listed(say("The same elsewhere"), (_related(each) for each in entry.related[:_MOST_ROWS])),
        *_link(entry),
        _E.p(say("Times in {zone}.", zone=plain(period.timezone))),
    ]
    return "".join(etree.tostring(part, method="html", encoding="unicode") for part in parts)


def _listed(label: str, rows: Iterable[etree._Element]) -> Iterator[etree._Element]:
    given = list(rows)
    if given:
        yield _E.p(_E.b(label))
        yield _E.ul(*given)


def _changes(entry: Entry, period: Period) -> Iterator[etree._Element]:
    say = period.words
    for change in entry.changes[: -_MOST_CHANGES - 1 : -1]:
        kind = wording.change_name(change.kind, say).capitalize()
        yield _E.p(_E.b(kind), f" {_when(entry, change, period)}", *_words(change, say))
        if rows := _fields(change, period):
            yield _E.ul(*rows)
    if more := len(entry.changes) - _MOST_CHANGES:
        yield from (
            [_E.p(say.many(more, "and {n} earlier change", "and {n} earlier changes"))] if more > 0 else []
        )


def _when(entry: Entry, change: Change, period: Period) -> str:
    """The publisher's date, when we saw it, and for what is new also where."""
    say = period.words
    seen = say("seen {moment}", moment=_day(change.recorded_at, period))
    source = say("in {source}", source=entry.source) if change.kind == "new" and entry.source else ""
    said = (_day(change.occurred, period), seen, source)
    return say.joined(*(excerpt(each, _LONGEST_NAME) for each in said))


def _words(change: Change, say: Words) -> Iterator[_Node]:
    if change.significance in wording.WEIGHTS:
        yield say(", {weight}", weight=say(wording.WEIGHTS[change.significance]))
    if text := excerpt(change.text, _LONGEST_TEXT):
        yield f": {text}"


def _fields(change: Change, period: Period) -> list[etree._Element]:
    say = period.words
    fields = [clocks.redated(each, period.timezone, wording.moment) for each in _single(change.fields)]
    rows = [_E.li(*_field(each, say)) for each in fields[:_MOST_FIELDS]]
    more = len(fields) - len(rows)
    return [*rows, _E.li(say.many(more, "and {n} more field", "and {n} more fields"))] if more else rows


def _single(changes: Iterable[FieldChange]) -> Iterator[FieldChange]:
    """Changed details as the fields that they are: `deadline`, not `details`."""
    for change in changes:
        if not isinstance(change.old, dict) and not isinstance(change.new, dict):
            yield change
            continue
        old, new = (value if isinstance(value, dict) else {} for value in (change.old, change.new))
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield FieldChange(field=name, old=old.get(name), new=new.get(name))


def _field(change: FieldChange, say: Words) -> Iterator[_Node]:
    name = excerpt(wording.field_name(change.field, say), _LONGEST_NAME)
    if change.field == "body":
        one_sided = say("appeared") if change.new else say("is gone")
        what = say("changed") if change.old and change.new else one_sided
        yield f"{name} {what}"
        return
    yield f"{name}: "
    moved = came_and_went(change.old, change.new)
    if moved is not None:
        came, went = (excerpt(", ".join(each), _LONGEST_TEXT) for each in moved)
        yield from _before_and_after(went, came) if came or went else [say("in another order")]
        return
    old, new = plain(in_words(change.old)), plain(in_words(change.new))
    if not old or not new or max(cells(old), cells(new)) <= _SHORT_VALUE:
        yield from _before_and_after(cut(old, _LONGEST_TEXT), cut(new, _LONGEST_TEXT))
        return
    yield from _word_by_word(old, new, say)


def _before_and_after(old: str, new: str) -> Iterator[_Node]:
    if old:
        yield _E("del", old)
    if old and new:
        yield " → "
    if new:
        yield _E.ins(new)


def _word_by_word(old: str, new: str, say: Words) -> Iterator[_Node]:
    runs = compare_words(old, new, changes=_MOST_DIFFERENCES)
    if not runs:
        yield say("rewritten at length") if old != new else say("changed in invisible characters only")
    tags = {"old": "del", "new": "ins"}
    for place, run in enumerate(runs):
        gap = " … " if place else "… "
        text = gap if run.mark == "gap" else cut(_beside_gaps(runs, place), _LONGEST_RUN)
        yield _E(tags[run.mark], text) if run.mark in tags else text


def _beside_gaps(runs: Sequence[Run], place: int) -> str:
    """The run's words, without the space that the gap beside it brings."""
    text = runs[place].text
    if place and runs[place - 1].mark == "gap":
        text = text.lstrip()
    return text.rstrip() if place + 1 < len(runs) and runs[place + 1].mark == "gap" else text


def _stands(entry: Entry, period: Period) -> Iterator[etree._Element]:
    """The stages that a bill has gone through, the present one with its own words."""
    say = period.words
    names = wording.stage_names(entry.stage, say) if entry.stage else ()
    if entry.stage is None or not names:
        return
    path = "".join(f"{excerpt(name, _LONGEST_NAME)} – " for name in names[:-1])
    text = excerpt(stage_words(entry.stage.text, say), _LONGEST_LINE)
    now = excerpt(names[-1], _LONGEST_NAME)
    said = text[len(now) :] if text.casefold().startswith(now.casefold()) else f"; {text}" if text else ""
    since = "" if said and said != f"; {text}" else f" {excerpt(_day(entry.stage.since, period), 40)}"
    yield _E.p(_E.b(say("Stands")), f" {path}", _E.strong(now), f"{since}{said}")


def _deadline(deadline: Deadline, period: Period) -> etree._Element:
    row = _E.li(
        f"{excerpt(wording.due_name(deadline.what, period.words), _LONGEST_NAME)} ",
        _E.strong(_day(deadline.when, period)),
    )
    if deadline.moved_from:
        row.extend([_E.span(period.words(", moved from "), _E("del", _day(deadline.moved_from, period)))])
    if quote := excerpt(deadline.quote, _LONGEST_LINE):
        row.append(_E.span(f": “{quote}”"))
    return row


def _day(claim: str, period: Period) -> str:
    return excerpt(period.words.dated(wording.moment(claim, period.timezone)), _LONGEST_NAME)


def _summary(entry: Entry) -> Iterator[etree._Element]:
    if text := excerpt(entry.summary, _LONGEST_TEXT):
        yield _E.blockquote(_E.p(text))


def _reason(reason: Reason, say: Words) -> etree._Element:
    both = say.names(reason.name or reason.subject, reason.zh)
    names = [excerpt(each, _LONGEST_NAME) for each in (*both, reason.watchlist)]
    row = _E.li(_E.em(" · ".join(name for name in names if name)), say.labelled("", ""))
    if reason.withdrawn:
        row.append(_E.span(say("no longer: {why}", why=excerpt(reason.withdrawn, _LONGEST_LINE))))
        return row
    quotations = wording.quotations(reason.evidence, say)
    for place, (quote, where) in enumerate(quotations[:_MOST_QUOTES]):
        row.append(_quotation(quote, where, joint="; " if place else ""))
    if (more := len(quotations) - _MOST_QUOTES) > 0:
        row.append(_E.span(f"; {say.many(more, 'and {n} more place', 'and {n} more places')}"))
    return row


def _quotation(quote: str, where: str, *, joint: str) -> etree._Element:
    marked = _E.mark(excerpt(quote, _LONGEST_LINE))
    return _E.span(f"{joint}“", marked, f"” {excerpt(where, _LONGEST_LINE)}")


def _related(related: Related) -> etree._Element:
    title = excerpt(related.title, _LONGEST_TITLE) or excerpt(related.key, _LONGEST_NAME)
    address, source = web_address(related.url), excerpt(related.source, _LONGEST_NAME)
    named = _E.a({"href": address}, title) if address else _E.span(title)
    return _E.li(named, *([f", {source}"] if source else []))


def _link(entry: Entry) -> Sequence[etree._Element]:
    address = web_address(entry.url)
    return [_E.p(_E.a({"href": address}, address))] if address else []
