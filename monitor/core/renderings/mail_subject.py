"""The subject line of a mail: what matters most, and how much more there is; never longer than a line."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core import wording
from monitor.core.deliveries import Dispatch
from monitor.core.digests import Digest, Entry, Section
from monitor.core.renderings.neutral import cut, excerpt, plain

_URGENCY = ("high", "normal", "low")
_LONGEST = 140
_LONGEST_TITLE = 90
_LONGEST_OF_TWO = 56
# What people call by its number; of others the title says more in little room.
_KNOWN_BY_NUMBER = ("bill:", "law:")
_OPENINGS = {"alert": "Alert", "weekly": "Week", "sample": "Sample"}
# Read as an encoded word, a title could hold what no title shows: https://www.rfc-editor.org/rfc/rfc2047
_ENCODED_WORD = "=?"


def subject_of(digest: Digest, dispatch: Dispatch) -> str:
    """One line of at most 140 columns, the most urgent watchlist's first entries first."""
    opening = _OPENINGS.get(dispatch.occasion, "Digest")
    omitted = sum(section.omitted for section in digest.sections)
    said = _titles(_by_urgency(digest.sections), omitted) or _silence(digest)
    return cut(f"{opening}: {said}".replace(_ENCODED_WORD, "= ?"), _LONGEST)


def _by_urgency(sections: Sequence[Section]) -> list[Entry]:
    """News before what was there before; each item once."""
    ordered = sorted(sections, key=lambda one: _URGENCY.index(one.priority))
    found = {entry.key: entry for section in ordered for entry in section.entries}
    return sorted(found.values(), key=lambda entry: entry.origin != "live")


def _titles(entries: Sequence[Entry], omitted: int) -> str:
    if not entries:
        return ""
    shown = [_title(entry, _LONGEST_OF_TWO) for entry in entries[:2]]
    if len(entries) == 1 and not omitted:
        shown = [_title(entries[0], _LONGEST_TITLE)]
    more = len(entries) - len(shown) + omitted
    return "; ".join([*shown, *([f"and {more:,} more"] if more else [])])


def _title(entry: Entry, room: int) -> str:
    """`H.R. 1060 (117th) Winning the… (moved)`; that something is new goes without saying."""
    citation = wording.citation(entry.key)
    title = plain((entry.title or entry.title_zh)[: room * 16])
    cited = citation if entry.key.startswith(_KNOWN_BY_NUMBER) or not title else ""
    what = "" if entry.change == "new" else f" ({entry.change})"
    name = f"{plain(cited)} {title}".strip() or "(no title)"
    return f"{cut(name, room - len(what), '...' if name.isascii() else '…')}{what}"


def _silence(digest: Digest) -> str:
    poorly = [source for source in digest.sources if source.state != "ok"]
    if len(poorly) == 1:
        return f"nothing new; {excerpt(poorly[0].id, 60)} is {wording.state_name(poorly[0].state)}"
    well = wording.counted(len(digest.sources) - len(poorly), "source")
    return f"nothing new; {len(poorly):,} sources not well" if poorly else f"nothing new; {well} well"
