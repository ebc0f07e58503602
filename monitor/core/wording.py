"""What things are called in front of a reader: changes, dates, documents, sources, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.bills import Stage, ordinal
from monitor.core.digests import Period, Reason, SourceLine
from monitor.core.evidence import Evidence

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
# The label of the period that ends now and is a day long.
LAST_DAY = "the last 24 hours"
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
    "title": "title",
    "titles": "another title",
    "summary": "summary",
    "body": "text",
    "subjects": "topics",
    "identifiers": "number",
    "details": "details",
    "published": "date",
    "actions": "history",
    "url": "address",
    "key": "its number",
}
_STATES = {"new": "unread", "ok": "well"}
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


def field_name(field: str) -> str:
    """What a reader calls a field of an item; which of several titles (`titles[3]`) does not matter to one."""
    name = field.partition("[")[0]
    return _FIELDS.get(name, name.replace("_", " "))


def state_name(state: str) -> str:
    """What a reader calls a source's state."""
    return _STATES.get(state, state)


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


def as_of_words(as_of: str, timezone: str) -> str:
    """`as of 2026-10-10 08:00`; `as of 2026-10-10` where that day's last second is meant."""
    at = _local(as_of, timezone)
    if at is not None and f"{at:%H:%M:%S}" == _END_OF_DAY:
        return f"as of {at.date().isoformat()}"
    return f"as of {moment(as_of, timezone)}"


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
    since, until = (_local(text, period.timezone) for text in (period.since, period.until))
    if all(
        moment is None or (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        for moment in (since, until)
    ):
        first, last = (since and since.date()), (until and (until - timedelta(seconds=1)).date())
        if first and first == last:
            return first.isoformat()
        return _from_to(first.isoformat() if first else "", last.isoformat() if last else "")
    return _from_to(*(f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (since, until)))


def _local(text: str, timezone: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    except ValueError:
        return None


def _from_to(since: str, until: str) -> str:
    if since and until:
        return f"{since} to {until}"
    if since:
        return f"since {since}"
    return f"until {until}" if until else "from the beginning"


def clock_words(period: Period) -> str:
    """Which of the two clocks the period is read on."""
    return "as the publishers date it" if period.clock == "occurred" else "as recorded"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 item`, `2 items`, `6,416 bills`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def stage_names(stage: Stage) -> tuple[str, ...]:
    """The stages that a bill has gone through, the present one last, in words."""
    path = stage.path if stage.path and stage.path[-1] == stage.name else (*stage.path, stage.name)
    return tuple(_stage_name(name) for name in path if name)


def _stage_name(name: str) -> str:
    return " ".join(w.capitalize() if w in {"house", "senate"} else w for w in re.split(r"[_\s-]+", name))


def quotations(evidence: Iterable[Evidence]) -> tuple[tuple[str, str], ...]:
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
            else (piece.quote, _whence(piece))
        )
        places = fields.setdefault(shown, [])
        if field_name(piece.field) not in places:
            places.append(field_name(piece.field))
    return tuple((quote, f"in {listed(places)}{whence}") for (quote, whence), places in fields.items())


def _whence(piece: Evidence) -> str:
    if piece.rule == "regex":
        return ""  # a pattern is no words: what it found says why
    said = piece.term.casefold() in {piece.quote.casefold(), ""}
    rule = (
        ""
        if piece.rule in _PLAIN_RULES
        else piece.rule
        if piece.score >= 100
        else f"{piece.rule} {piece.score}"
    )
    return "".join(f", {note}" for note in ("" if said else f"for {piece.term}", rule) if note)


def subject_name(reason: Reason) -> str:
    """The subject as its watchlist names it, else its id."""
    return reason.name or reason.subject


def reason_of(source: SourceLine) -> str:
    """What is wrong with a source, without its own name and address: what other sources may have in common with it."""
    return _ADDRESS.sub("", detail_of(source))


def detail_of(source: SourceLine) -> str:
    """What there is to say of a source, without its own name in front."""
    return source.detail.removeprefix(f"{source.id}: ")


def source_phrases(sources: Sequence[SourceLine], timezone: str) -> tuple[str, ...]:
    """What a reader should know of sources that have the same state for the same reason: who, since when, what, when last well."""
    first, *others = sources
    who = counted(len(sources), "source") if others else first.id
    what = reason_of(first) if others else detail_of(first)
    ids = ", ".join(source.id for source in sources) if others else ""
    return tuple(words for words in (who, *_since(sources, timezone, what), ids) if words)


def _since(sources: Sequence[SourceLine], timezone: str, what: str) -> tuple[str, ...]:
    state = sources[0].state
    if state == "overdue":
        asked = _earliest((source.since or source.last_good_at for source in sources), timezone)
        return (f"not asked since {asked}" if asked else "", what)
    since = _earliest((source.since for source in sources), timezone)
    read = [source.last_good_at for source in sources if source.last_good_at]
    last = f"last well {_earliest(read, timezone)}" if read else ""
    unread = len(sources) - len(read)
    never = "" if not unread or state == "new" else f"{unread} never read well" if read else "never read well"
    return (f"since {since}" if since else "", what, last, never)


def _earliest(claims: Iterable[str], timezone: str) -> str:
    """The moment that all claims have in common, or the earliest and that others are later."""
    moments = sorted({moment(claim, timezone) for claim in claims if claim})
    return f"{moments[0]} or later" if len(moments) > 1 else "".join(moments)
