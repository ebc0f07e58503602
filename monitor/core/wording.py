"""What things are called in front of a reader: changes, dates, documents, sources, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.bills import Stage, ordinal
from monitor.core.digests import Period, Reason, SourceLine
from monitor.core.evidence import Evidence
from monitor.core.language import ENGLISH, Words, noted

_BILL_TYPES = {
    "hr": "H.R.",
    "s": "S.",
    "hjres": "H.J.Res.",
    "sjres": "S.J.Res.",
    "hconres": "H.Con.Res.",
    "sconres": "S.Con.Res.",
    "hres": "H.Res.",
    "sres": "S.Res.",
}
# Revisions of this significance are told with the word: a reader may stop there.
WEIGHTS = {"typographic": noted("typographic only"), "metadata": noted("metadata only")}
# The label of the period that ends now and is a day long.
LAST_DAY = noted("the last 24 hours")
_DAY_LONG = timedelta(days=1)
_BILL = re.compile(r"bill:(\d+)-([a-z]+)-(\d+)")
# Keys that are citations, and how the world writes them. A key of any other shape is an address, not a name.
_CITATIONS = {
    "law": "Pub. L. ",
    "frdoc": "FR Doc. ",
    "nsf": "NSF ",
    "nsf-award": "NSF award ",
    "crs": "CRS report ",
    "ecfs": "ECFS ",
    "grant": "Grants.gov ",
}
_FIELDS = {
    "title": noted("title"),
    "titles": noted("another title"),
    "summary": noted("summary"),
    "body": noted("text"),
    "subjects": noted("topics"),
    "identifiers": noted("number"),
    "details": noted("details"),
    "published": noted("date"),
    "actions": noted("history"),
    "url": noted("address"),
    "key": noted("its number"),
    "status": noted("status"),
    "deadline": noted("deadline"),
}
_STATES = {
    "new": noted("unread"),
    "ok": noted("well"),
    "failing": noted("failing"),
    "blocked": noted("blocked"),
    "degraded": noted("degraded"),
    "gap": noted("gap"),
    "overdue": noted("overdue"),
    "quiet": noted("quiet"),
}
_STAGES = {
    "introduced": noted("introduced"),
    "ordered reported": noted("ordered reported"),
    "on calendar": noted("on calendar"),
    "discharged": noted("discharged"),
    "reported": noted("reported"),
    "passed House": noted("passed House"),
    "passed Senate": noted("passed Senate"),
    "agreed to": noted("agreed to"),
    "passed both": noted("passed both"),
    "to President": noted("to President"),
    "received": noted("received"),
    "signed": noted("signed"),
    "vetoed": noted("vetoed"),
    "law": noted("law"),
    "failed in House": noted("failed in House"),
    "failed in Senate": noted("failed in Senate"),
    "House": noted("House"),
    "Senate": noted("Senate"),
    "President": noted("President"),
}
_DUE = {
    "comments close": noted("comments close"),
    "reply comments close": noted("reply comments close"),
    "applications close": noted("applications close"),
    "applications close, estimated": noted("applications close, estimated"),
    "meeting": noted("meeting"),
}
_CHANGES = {
    "new": noted("new"),
    "moved": noted("moved"),
    "revised": noted("revised"),
    "withdrawn": noted("withdrawn"),
}
# What tells one source's failure from another's of the same kind: the address that was asked.
_ADDRESS = re.compile(r"(?: from)? https?://\S*[^\s:;,.]")
_END_OF_DAY = "23:59:59"
# Rules that read the quoted words as they stand need no saying.
_PLAIN_RULES = frozenset({"", "phrase", "words", "exact", "text", "acronym", "case", "citation", "id", "key"})


def citation(key: str) -> str:
    """How people cite the document with that key (`H.R. 1060 (117th)`); nothing where the key is no citation."""
    if bill := _BILL.fullmatch(key):
        kind = _BILL_TYPES.get(bill[2], bill[2].upper())
        return f"{kind} {bill[3]} ({ordinal(int(bill[1][:9]))})"
    scheme, _, rest = key.partition(":")
    if scheme == "fcc":
        series, _, number = rest.partition("-")
        return f"{series} {number}" if series == "DA" else f"FCC {number}" if series == "FCC" else rest
    return f"{_CITATIONS[scheme]}{rest}" if scheme in _CITATIONS else ""


def field_name(field: str, say: Words = ENGLISH) -> str:
    """What a reader calls a field of an item; which of several titles (`titles[3]`) does not matter to one."""
    name = field.partition("[")[0]
    return say(_FIELDS[name]) if name in _FIELDS else name.replace("_", " ")


def state_name(state: str, say: Words = ENGLISH) -> str:
    """What a reader calls a source's state."""
    return say(_STATES[state]) if state in _STATES else state


def change_name(change: str, say: Words = ENGLISH) -> str:
    """What a reader calls a kind of change."""
    return say(_CHANGES[change]) if change in _CHANGES else change


def due_name(what: str, say: Words = ENGLISH) -> str:
    """What a reader calls that which is due."""
    return say(_DUE[what]) if what in _DUE else what


def day_and_time(claim: str, timezone: str) -> tuple[str, str]:
    """The day of a claim and, where the publisher stated one, its time, in the reader's zone.

    `2021-02-15` stays that day everywhere, and has no time; what is no date comes back as it is.
    """
    if len(claim) <= 10:
        return claim, ""
    try:
        moment = datetime.fromisoformat(claim).astimezone(ZoneInfo(timezone))
    except ValueError:
        return claim[:10], ""
    return moment.date().isoformat(), f"{moment:%H:%M}"


def moment(claim: str, timezone: str) -> str:
    """`2021-02-15` or `2021-02-15 22:00`: as exact as the claim, in the reader's zone."""
    return " ".join(part for part in day_and_time(claim, timezone) if part)


def as_of_words(as_of: str, timezone: str, say: Words = ENGLISH) -> str:
    """`as of 2026-10-10 08:00`; `as of 2026-10-10` where that day's last second is meant."""
    at = _local(as_of, timezone)
    if at is not None and f"{at:%H:%M:%S}" == _END_OF_DAY:
        return say("as of {day}", day=say.dated(at.date().isoformat()))
    return say("as of {day}", day=say.dated(moment(as_of, timezone)))


def is_last_day(period: Period) -> bool:
    """Whether the period is the day before the digest, and its maker called it so."""
    since, until = (_local(text, "UTC") for text in (period.since, period.until))
    return period.label == LAST_DAY and since is not None and until is not None and until - since == _DAY_LONG


def days_between(earlier: str, later: str, timezone: str) -> int:
    """Whole days from one claim to another; 0 where either is no date."""
    try:
        first, last = (datetime.fromisoformat(day_and_time(c, timezone)[0]) for c in (earlier, later))
    except ValueError:
        return 0
    return (last - first).days


def period_words(period: Period) -> str:
    """`2021-02-01 to 2021-05-31`: whole days where the period begins and ends with a day, with times otherwise."""
    say = period.words
    since, until = (_local(text, period.timezone) for text in (period.since, period.until))
    if all(
        moment is None or (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        for moment in (since, until)
    ):
        first, last = (since and since.date()), (until and (until - timedelta(seconds=1)).date())
        return _from_to(first.isoformat() if first else "", last.isoformat() if last else "", say)
    begins, ends = (f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (since, until))
    return _from_to(begins, ends, say)


def _local(text: str, timezone: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    except ValueError:
        return None


def _from_to(since: str, until: str, say: Words) -> str:
    since, until = say.dated(since), say.dated(until)
    if since and since == until:
        return since
    if since and until:
        return say("{since} to {until}", since=since, until=until)
    if since:
        return say("since {day}", day=since)
    return say("until {day}", day=until) if until else say("from the beginning")


def clock_words(period: Period) -> str:
    """Which of the two clocks the period is read on."""
    say = period.words
    return say("as the publishers date it") if period.clock == "occurred" else say("as recorded")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 item`, `2 items`, `6,416 bills`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return ENGLISH.listed(words)


def stage_names(stage: Stage, say: Words = ENGLISH) -> tuple[str, ...]:
    """The stages that a bill has gone through, the present one last, in words."""
    path = stage.path if stage.path and stage.path[-1] == stage.name else (*stage.path, stage.name)
    return tuple(stage_name(name, say) for name in path if name)


def stage_name(name: str, say: Words = ENGLISH) -> str:
    """What a reader calls a stage of a bill."""
    if name in _STAGES:
        return say(_STAGES[name])
    return " ".join(w.capitalize() if w in {"house", "senate"} else w for w in re.split(r"[_\s-]+", name))


def quotations(evidence: Iterable[Evidence], say: Words = ENGLISH) -> tuple[tuple[str, str], ...]:
    """Each distinct quoted text with where it stands and, where the text does not say it, for which term.

    `(“6G”, in title and summary)`, `(“第6世代”, in title, for 6G)`, `(“Next Gee”, in summary, for Next G, fuzzy 91)`.
    """
    pieces = list(evidence)
    own = {piece.term for piece in pieces if piece.rule == "key"}
    fields: dict[tuple[str, str], list[str]] = {}
    for piece in pieces:
        if piece.term in own and piece.rule != "key":
            continue  # the item is what the term names: that its address says so too is no further reason
        shown = (
            (citation(piece.quote) or piece.quote, "")
            if piece.rule == "key"
            else (piece.quote, _whence(piece, say))
        )
        places = fields.setdefault(shown, [])
        if (name := field_name(piece.field, say)) not in places:
            places.append(name)
    return tuple(
        (quote, say.joined(say("in {places}", places=say.listed(places)), whence))
        for (quote, whence), places in fields.items()
    )


def _whence(piece: Evidence, say: Words) -> str:
    if piece.rule == "regex":
        return ""  # a pattern is no words: what it found says why
    said = piece.term.casefold() in {piece.quote.casefold(), ""}
    rule = "" if piece.rule in _PLAIN_RULES else say("fuzzy") if piece.rule == "fuzzy" else piece.rule
    score = f" {piece.score}" if rule and piece.score < 100 else ""
    return say.joined("" if said else say("for {term}", term=piece.term), f"{rule}{score}")


def subject_name(reason: Reason, say: Words = ENGLISH) -> str:
    """The subject as its watchlist names it to such a reader, else its id."""
    return say.names(reason.name or reason.subject, reason.zh)[0]


def reason_of(source: SourceLine) -> str:
    """What is wrong with a source, without its own name and address: what other sources may have in common with it."""
    return _ADDRESS.sub("", detail_of(source))


def detail_of(source: SourceLine) -> str:
    """What there is to say of a source, without its own name in front."""
    return source.detail.removeprefix(f"{source.id}: ")


def source_phrases(sources: Sequence[SourceLine], timezone: str, say: Words = ENGLISH) -> tuple[str, ...]:
    """What a reader should know of sources that have the same state for the same reason: who, since when, what, when last well."""
    first, *others = sources
    who = say.many(len(sources), "{n} source", "{n} sources") if others else first.id
    what = reason_of(first) if others else detail_of(first)
    ids = ", ".join(source.id for source in sources) if others else ""
    return tuple(words for words in (who, *_since(sources, timezone, what, say), ids) if words)


def _since(sources: Sequence[SourceLine], timezone: str, what: str, say: Words) -> tuple[str, ...]:
    state = sources[0].state
    if state == "overdue":
        asked = _earliest((source.since or source.last_good_at for source in sources), timezone, say)
        return (say("not asked since {moment}", moment=asked) if asked else "", what)
    since = _earliest((source.since for source in sources), timezone, say)
    read = [source.last_good_at for source in sources if source.last_good_at]
    last = say("last well {moment}", moment=_earliest(read, timezone, say)) if read else ""
    unread = len(sources) - len(read)
    never = "" if not unread or state == "new" else _never(unread if read else 0, say)
    return (say("since {day}", day=since) if since else "", what, last, never)


def _never(some: int, say: Words) -> str:
    return say("{n} never read well", n=some) if some else say("never read well")


def _earliest(claims: Iterable[str], timezone: str, say: Words) -> str:
    """The moment that all claims have in common, or the earliest and that others are later."""
    moments = sorted({moment(claim, timezone) for claim in claims if claim})
    first = say.dated(moments[0]) if moments else ""
    return say("{moment} or later", moment=first) if len(moments) > 1 else first
