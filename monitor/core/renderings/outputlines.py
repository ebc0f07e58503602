"""Outputs as plain lines: how each is, what waits for it, and what was given up."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from monitor.core.renderings.neutral import cut, plain
from monitor.core.wording import moment

_LONGEST = 400
_STATES: Mapping[str, str] = {"ok": "well", "new": "nothing was due yet", "abandoned": "given up"}


def condition(
    name: str,
    *,
    state: str,
    since: str,
    last_good_at: str,
    waiting: int,
    due_at: str,
    reason: str,
    given_up: Sequence[str],
    longest: int,
    width: int,
    zone: str,
) -> str:
    """How one output is: a line with its state, and below it why it takes nothing, and the ids of what was given up."""
    began = f" since {moment(since, zone)}" if since else ""
    facts = [
        f"{_STATES.get(state, state)}{began}",
        f"delivered {moment(last_good_at, zone)}" if last_good_at else "",
        f"{waiting} waiting" if waiting else "",
        f"next {moment(due_at, zone)}" if due_at else "",
    ]
    lost = f"given up in the last 30 days: {', '.join(given_up)}" if given_up else ""
    return "\n".join(
        [
            f"{plain(name).ljust(longest)}  {' · '.join(filter(None, facts))}",
            *_below(reason, longest, width),
            *_below(lost, longest, width),
        ]
    )


def _below(text: str, longest: int, width: int) -> Iterator[str]:
    indent = " " * (longest + 2)
    yield from textwrap.wrap(
        plain(cut(text, _LONGEST)),
        max(width, longest + 32),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
