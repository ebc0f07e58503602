"""A digest as a notification: a few lines for a phone or a chat, the most urgent first, each with its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core import wording
from monitor.core.digests import Digest, Entry
from monitor.core.language import Words
from monitor.core.renderings.mail_subject import by_urgency
from monitor.core.renderings.neutral import excerpt, plain, web_address

_MOST = 8
_LONGEST_TITLE = 140
_LONGEST_NOTICE = 200
_MOST_NOTICES = 2


def render(digest: Digest) -> str:
    """Lines of plain text, ended with LF: every entry that is told, or how many more there are; never empty."""
    return "\n".join(_lines(digest)) + "\n"


def _lines(digest: Digest) -> Iterator[str]:
    say, entries = digest.period.words, by_urgency(digest.sections)
    for notice in digest.notices[:_MOST_NOTICES]:
        yield f"! {excerpt(notice, _LONGEST_NOTICE)}"
    for entry in entries[:_MOST]:
        yield from _entry(entry, say)
    more = len(entries[_MOST:]) + sum(section.omitted for section in digest.sections)
    if more:
        yield say("and {n} more: {where}", n=f"{more:,}", where="monitor digest")
    poorly = [source for source in digest.sources if source.state != "ok"]
    if poorly or not entries:
        yield _health(len(digest.sources), len(poorly), say)


def _entry(entry: Entry, say: Words) -> Sequence[str]:
    """The entry, and where it leads."""
    cited = plain(wording.citation(entry.key))
    title = excerpt(entry.title or entry.title_zh, _LONGEST_TITLE)
    name = f"{cited} {title}".strip() or say("(no title)")
    change = "" if entry.change == "new" else say.noted_beside(wording.change_name(entry.change, say))
    address = web_address(entry.url)
    return (f"- {name}{change}", *([f"  {address}"] if address else []))


def _health(sources: int, poorly: int, say: Words) -> str:
    if poorly:
        return say.many(
            sources,
            "{poorly} of {n} source not well",
            "{poorly} of {n} sources not well",
            poorly=f"{poorly:,}",
        )
    return say.many(sources, "{n} source well", "{n} sources well")
