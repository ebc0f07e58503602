"""What publishers' records say of a bill, brought to one form: its steps, its texts, its summary, its titles."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from monitor.core.dates import WASHINGTON, When, on_day, parse_when
from monitor.core.items import Action
from monitor.core.text import line, plain

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(AM|PM)?", re.ASCII | re.IGNORECASE)
# "(consideration: CR H1-2; text: CR H1)": where the Record printed a step, which is added days after the step.
_RECORD_PAGES = re.compile(r"\s*\((?=[^()]*\bCR [SHED]\d)[^()]*\)")
_WORDS = re.compile(r"\w+")
# Systems that report a bill's steps. The Senate's code 0 is left out by some answers and given by others.
_HOUSE_SYSTEMS = {"1", "2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action as a publisher prints it: every part as text, empty where it is not given."""

    day: str
    time: str = ""
    text: str = ""
    code: str = ""
    type: str = ""
    system_code: str = ""
    system: str = ""


def actions(steps: Iterable[Step]) -> tuple[Action, ...]:
    """The steps as actions, in the order given, each under a key that the same step keeps from poll to poll.

    Publishers number no steps and print some twice, so a key is a hash of what the step says and of its place among
    those that say the same. Steps without words are artefacts of the publisher's system and are left out.
    """
    seen: Counter[str] = Counter()
    found = []
    for step in steps:
        said = replace(step, text=line(step.text))
        if said.text:
            identity = _identity(said)
            found.append(_action(said, f"{identity}|{seen[identity]}"))
            seen[identity] += 1
    return tuple(found)


def _identity(step: Step) -> str:
    # Letters and digits alone: how the text was tidied may change with the monitor, the key may not.
    words = " ".join(
        _WORDS.findall(unicodedata.normalize("NFKC", _RECORD_PAGES.sub("", step.text)).casefold())
    )
    return "|".join((step.day, _clock(step.time), step.system_code or "0", step.code, words))


def _action(step: Step, identity: str) -> Action:
    return Action(
        key=hashlib.sha256(identity.encode()).hexdigest()[:16],
        text=step.text,
        when=_moment(step),
        code=step.code,
        type=step.type,
        chamber=_chamber(step.system_code, step.system),
        system=step.system,
    )


def _moment(step: Step) -> When | None:
    """When the step was taken, on Washington's clock; a day where no time is given."""
    clock = _clock(step.time)
    moment = parse_when(f"{step.day}T{clock}") if clock else None
    return replace(moment, zone=WASHINGTON) if moment else parse_when(step.day)


def _clock(text: str) -> str:
    """`20:37:00` of `08:37PM`, `20:37` and `20:37:00`; nothing of what is no time of day."""
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return ""
    hour = int(match[1])
    if match[4]:
        hour = hour % 12 + (12 if match[4].upper() == "PM" else 0)
    return f"{hour:02}:{match[2]}:{match[3] or '00'}"


def _chamber(code: str, system: str) -> str:
    if code in _HOUSE_SYSTEMS:
        return "House"
    return "Senate" if code == "0" or system == "Senate" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """A printed text of a bill (`Reported in House`), and its date as printed; empty for those that carry none."""

    type: str
    date: str = ""


def text_versions(versions: Iterable[TextVersion]) -> tuple[Action, ...]:
    """Each text as an action, "Text published: Reported in House", in the order given.

    A text has no number: its key is a hash of type and day. Publishers list texts without a type, which are left out.
    """
    found: dict[str, Action] = {}
    for version in versions:
        if type_ := line(version.type):
            when = washington_day(version.date)
            identity = f"text|{when or ''}|{' '.join(_WORDS.findall(type_.casefold()))}"
            key = hashlib.sha256(identity.encode()).hexdigest()[:16]
            found.setdefault(key, Action(key=key, text=f"Text published: {type_}", when=when, type="Text"))
    return tuple(found.values())


def washington_day(text: str) -> When | None:
    """The day in Washington of a date that publishers print as an instant: T04:00:00Z, T05:00:00Z, T03:59:59Z."""
    moment = parse_when(text)
    if moment is None:
        return None
    try:
        return on_day(moment.instant.astimezone(ZoneInfo(WASHINGTON)).date(), text=text.strip())
    except OverflowError:
        return None  # the first hours of the year 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A summary of one stage of a bill; `text` may be HTML. Days and instants are ISO 8601 texts."""

    day: str
    updated: str
    version: str
    text: str


def latest_summary(summaries: Sequence[Summary]) -> str:
    """The plain text of the summary of the latest stage; of several of one day, the one written last.

    Publishers leave a stage without its day for weeks: it counts then from the day of its last writing.
    """
    told = [summary for summary in summaries if summary.text.strip()]
    return (
        plain(max(told, key=lambda s: (s.day or s.updated[:10], s.updated, s.version)).text) if told else ""
    )


def other_titles(title: str, titles: Iterable[str]) -> tuple[str, ...]:
    """The titles other than `title`, each once, in the order given."""
    told = dict.fromkeys(text for raw in titles if (text := line(raw)))
    told.pop(title, None)
    return tuple(told)
