"""Sources as plain lines: what there is, what each covers, when it is due; and how each is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.core import wording
from monitor.core.digests import SourceLine
from monitor.core.renderings.neutral import cut, plain

_LONGEST = 400
_WIDEST_NAME = 24
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """A configured source: `what` says what of its kind it asks for, `due` is a moment or why it has none."""

    id: str
    kind: str
    every_s: int
    what: str
    due: str
    items: int
    state: str


def catalogue(kinds: Iterable[tuple[str, str]], sources: Iterable[ListedSource], *, width: int) -> str:
    """Every kind with its sentence, and under it its sources, each with what it covers and when it is due."""
    listed = list(sources)
    longest = min(max((len(source.id) for source in listed), default=0), _WIDEST_NAME)
    lines: list[str] = []
    for name, sentence in kinds:
        lines += textwrap.wrap(f"{name}: {sentence}", width, subsequent_indent="  ")
        lines += [
            line for source in listed if source.kind == name for line in _listed(source, longest, width)
        ]
        lines.append("")
    return "\n".join(lines[:-1]) + "\n"


def _listed(source: ListedSource, longest: int, width: int) -> Iterator[str]:
    told = f"{source.items:,} items" if source.items else ""
    facts = [f"every {duration(source.every_s)}", source.due, told, source.state]
    yield f"  {source.id.ljust(longest)}  {' · '.join(filter(None, facts))}"
    indent = " " * (longest + 4)
    yield from _wrapped(source.what, width, indent)


def condition(
    line: SourceLine,
    *,
    news_on: str,
    due: str,
    lag_s: tuple[float, float] | None,
    longest: int,
    width: int,
    zone: str,
) -> str:
    """How one source is: a line with its state, and below it what there is to say. Moments are told in `zone`."""
    state = wording.state_name(line.state)
    since = f" since {wording.moment(line.since, zone)}" if line.since else ""
    heard = f"heard {wording.moment(line.last_good_at, zone)}" if line.last_good_at else "never heard"
    facts = [f"{state}{since}", heard, f"news {news_on}" if news_on else "", due, _lag(lag_s)]
    indent = " " * (longest + 2)
    first = textwrap.wrap(
        " · ".join(filter(None, facts)),
        max(width - longest - 2, 30),
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = [f"{(line.id if not place else '').ljust(longest)}  {text}" for place, text in enumerate(first)]
    lines += _wrapped(wording.detail_of(line), width, indent)
    return "\n".join(lines)


def _lag(lag_s: tuple[float, float] | None) -> str:
    return f"seen after {duration(lag_s[0])}, 19 of 20 within {duration(lag_s[1])}" if lag_s else ""


def duration(seconds: float) -> str:
    """`90 s`, `15 min`, `6 h`, `2 d`: the largest unit in which it is at least one."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        plain(cut(text, _LONGEST)),
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
