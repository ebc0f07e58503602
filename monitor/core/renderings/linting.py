"""Findings on watchlists in lines: place and level first, so that an editor can jump there; then what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.core import wording
from monitor.core.linting.findings import NEVER, Finding
from monitor.core.linting.slips import Level
from monitor.core.renderings.excerpts import pointed
from monitor.core.renderings.neutral import cells, plain
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Line, Part, Span, fitted, wrapped

_NARROWEST = 40
_INDENT = 4
_PARTS: dict[Level, Part] = {"error": "alarm", "warning": "label-revised", "note": "label-aside"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was looked at: of so many `files`, `refused` cannot be used, and are in none of the other numbers.

    `items` of the log were tried; where it is None, `untried` says why not.
    """

    watchlists: int
    subjects: int
    files: int = 0
    refused: int = 0
    items: int | None = None
    untried: str = ""


def lay_out(
    findings: Sequence[Finding], summary: Summary, *, width: int, notes: bool = False
) -> Iterator[Line]:
    """The findings of each file, in the order in which they come, and what they come to.

    Notes are only counted, unless they are asked for.
    """
    width = max(width, _NARROWEST)
    shown: list[Finding] = []
    for _, group in groupby(findings, key=lambda one: one.file):
        of_file = list(group)
        shown = [one for one in of_file if notes or one.level != "note"]
        for together in _joined(one for one in shown if one.rule != NEVER):
            yield from _findings(together, width)
        yield from _never([one for one in shown if one.rule == NEVER], summary, width)
        yield from _hidden(of_file[0].file, len(of_file) - len(shown), width)
        if shown:
            yield ()
    if findings and not shown:
        yield ()
    yield from wrapped([Span(text=totals(findings, summary), part="strong")], width, TYPOGRAPHIC)
    yield from wrapped([Span(text=_about_the_log(summary), part="quiet")], width, TYPOGRAPHIC)


def _joined(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    """Those on one term together, where the first of them comes."""
    by_term: dict[tuple[object, ...], list[Finding]] = {}
    for place, one in enumerate(findings):
        by_term.setdefault((one.line, one.subject, one.term or place), []).append(one)
    return by_term.values()


def _hidden(file: str, notes: int, width: int) -> Iterator[Line]:
    if notes:
        shows = "--notes shows " + ("it" if notes == 1 else "them")
        said = f": {wording.counted(notes, 'note')}; {shows}"
        yield from wrapped(
            [Span(text=plain(file), part="quiet"), Span(text=said, part="quiet")], width, TYPOGRAPHIC
        )


def totals(findings: Sequence[Finding], summary: Summary) -> str:
    """`1 of 12 files refused, 11 watchlists, 205 subjects, 3 warnings, 2 errors, 41 notes`."""
    many = Counter(one.level for one in findings)
    refused = f"{summary.refused} of {wording.counted(summary.files, 'file')} refused"
    counted = [
        *([refused] if summary.refused else []),
        wording.counted(summary.watchlists, "watchlist"),
        wording.counted(summary.subjects, "subject"),
        *(wording.counted(many[level], level) for level in ("warning", "error", "note")),
    ]
    return ", ".join(counted)


def _about_the_log(summary: Summary) -> str:
    if summary.items is None:
        return f"Not tried over a log ({summary.untried}), so nothing is said of how often terms are found."
    return f"Tried over {wording.counted(summary.items, 'item')} of the log."


def _findings(together: Sequence[Finding], width: int) -> Iterator[Line]:
    """The first with its place, and what else there is to say of the same term."""
    yield from _finding(together[0], width)
    for one in together[1:]:
        level = Span(text=one.level, part=_PARTS[one.level])
        for line in wrapped([level, Span(text=f": {plain(one.what)}")], width - _INDENT, TYPOGRAPHIC):
            yield (Span(text=" " * _INDENT), *line)
        yield from _indented(Span(text=f"→ {plain(one.remedy)}", part="quiet"), width)


def _finding(one: Finding, width: int) -> Iterator[Line]:
    """`file:line: level: what`, what stands there, and the remedy below it; all indented where they go on."""
    head = (
        Span(text=f"{_address(one)}: ", part="quiet"),
        Span(text=one.level, part=_PARTS[one.level]),
        Span(text=": "),
    )
    about = f"{one.subject}: " if one.subject and f'"{one.subject}"' not in one.what else ""
    what = Span(text=plain(f"{about}{one.what}"))
    room = width - sum(cells(span.text) for span in head)
    if cells(what.text) <= room:
        yield (*head, what)
    else:
        yield from wrapped((*head[:-1], Span(text=":")), width, TYPOGRAPHIC)
        yield from _indented(what, width)
    if one.place:
        yield from ((Span(text=line),) for line in pointed(one.place, width))
    yield from _indented(Span(text=f"→ {plain(one.remedy)}", part="quiet"), width)


def _address(one: Finding) -> str:
    """`file`, `file:line` or `file:line:column`, as far as it is known."""
    numbers = (one.line, one.place.column if one.place else 0)
    return plain(one.file) + "".join(f":{number}" for number in numbers if number)


def _never(found: Sequence[Finding], summary: Summary, width: int) -> Iterator[Line]:
    """The subjects of a file whose terms found nothing, a line each: there are many, and most of them may wait."""
    if not found:
        return
    items = wording.counted(summary.items or 0, "item")
    words = f"terms that found nothing in {items}, by subject"
    yield from wrapped(
        [
            Span(text=f"{plain(found[0].file)}: ", part="quiet"),
            Span(text="note", part=_PARTS["note"]),
            Span(text=f": {words}"),
        ],
        width,
        TYPOGRAPHIC,
    )
    yield from _indented(Span(text=f"→ {found[0].remedy}", part="quiet"), width)
    for one in found:
        missing = [f'"{plain(count.term)}"' for count in one.counts if not count.items]
        share = "all" if len(missing) == len(one.counts) else f"{len(missing)} of {len(one.counts)}"
        told = f"{one.line:{_INDENT + 1}}  {plain(one.subject)}  {share}: {', '.join(missing)}"
        yield (Span(text=fitted(told, width, TYPOGRAPHIC)),)


def _indented(span: Span, width: int) -> Iterator[Line]:
    for line in wrapped([span], width - _INDENT, TYPOGRAPHIC):
        yield (Span(text=" " * _INDENT), *line)
