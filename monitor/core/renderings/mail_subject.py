"""The subject line of a mail: what matters most, and how much more there is; never longer than a line."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core import wording
from monitor.core.deliveries import Dispatch
from monitor.core.digests import Digest, Entry, Section
from monitor.core.language import Words, noted
from monitor.core.renderings.neutral import cells, cut, excerpt, plain

_URGENCY = ("high", "normal", "low")
_LONGEST = 140
_LONGEST_TITLE = 90
_LONGEST_OF_TWO = 56
# What people call by its number; of others the title says more in little room.
_KNOWN_BY_NUMBER = ("bill:", "law:")
_OPENINGS = {
    "alert": noted("Alert: {titles}"),
    "weekly": noted("Week: {titles}"),
    "sample": noted("Sample: {titles}"),
}
# Read as an encoded word, a title could hold what no title shows: https://www.rfc-editor.org/rfc/rfc2047
_ENCODED_WORD = "=?"


def subject_of(digest: Digest, dispatch: Dispatch) -> str:
    """One line of at most 140 columns, the most urgent watchlist's first entries first."""
    say = digest.period.words
    opening = _OPENINGS.get(dispatch.occasion, noted("Digest: {titles}"))
    omitted = sum(section.omitted for section in digest.sections)
    said = _titles(by_urgency(digest.sections), omitted, say) or _silence(digest, say)
    return cut(say(opening, titles=said).replace(_ENCODED_WORD, "= ?"), _LONGEST)


def by_urgency(sections: Sequence[Section]) -> list[Entry]:
    """News before what was there before; each item once."""
    ordered = sorted(sections, key=lambda one: _URGENCY.index(one.priority))
    found = {entry.key: entry for section in ordered for entry in section.entries}
    return sorted(found.values(), key=lambda entry: entry.origin != "live")


def _titles(entries: Sequence[Entry], omitted: int, say: Words) -> str:
    if not entries:
        return ""
    shown = [_title(entry, _LONGEST_OF_TWO, say) for entry in entries[:2]]
    if len(entries) == 1 and not omitted:
        shown = [_title(entries[0], _LONGEST_TITLE, say)]
    more = len(entries) - len(shown) + omitted
    return say.parted(*shown, say("and {n} more", n=f"{more:,}") if more else "")


def _title(entry: Entry, room: int, say: Words) -> str:
    """`H.R. 1060 (117th) Winning the… (moved)`; that something is new goes without saying."""
    citation = wording.citation(entry.key)
    title = plain((entry.title or entry.title_zh)[: room * 16])
    cited = citation if entry.key.startswith(_KNOWN_BY_NUMBER) or not title else ""
    what = "" if entry.change == "new" else say.noted_beside(wording.change_name(entry.change, say))
    name = f"{plain(cited)} {title}".strip() or say("(no title)")
    return f"{cut(name, room - cells(what), '...' if name.isascii() else '…')}{what}"


def _silence(digest: Digest, say: Words) -> str:
    poorly = [source for source in digest.sources if source.state != "ok"]
    if len(poorly) == 1:
        state = wording.state_name(poorly[0].state, say)
        return say.parted(
            say("nothing new"), say("{source} is {state}", source=excerpt(poorly[0].id, 60), state=state)
        )
    well = len(digest.sources) - len(poorly)
    how = (
        say.many(len(poorly), "{n} source not well", "{n} sources not well")
        if poorly
        else say.many(well, "{n} source well", "{n} sources well")
    )
    return say.parted(say("nothing new"), how)
