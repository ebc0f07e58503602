"""Deadlines that items state, as one iCalendar file to which calendar programs subscribe.

Identity: a UUID of the item's key and of what is due; moved, it keeps its UID and SEQUENCE rises.
Docs: RFC 5545, RFC 7986
Rate: none; any web server serves the file, and without news it keeps its date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor import files
from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion, Output
from monitor.core.digests import Digest, Entry
from monitor.core.errors import SendError
from monitor.core.renderings import deadlines
from monitor.core.renderings.neutral import plain

AFTER_UNCERTAIN: AfterUncertain = "redo"
OCCASIONS: tuple[Occasion, ...] = ("edition",)
RECIPIENTS = ""
# How far back news is looked through for what is due: calls for proposals are published up to a year ahead.
WINDOW = timedelta(days=400)
# A date that moved is wrong in a calendar, be it news to its readers or not.
KEEPS_UP = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`path` is the file to write, ending in `.ics`; `title` is the calendar's name in a program."""

    path: Path
    title: str = "Policy deadlines"

    def __post_init__(self) -> None:
        if self.path.suffix != ".ics":
            raise ValueError(f"path: {str(self.path)!r} is no calendar's name; let it end in .ics")
        if not plain(self.title):
            raise ValueError("title: is empty; calendar programs show it, so write a few words")


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """The whole calendar; a trial's is named as one."""
    options: Options = dispatch.output.options
    mark = "Sample: " if dispatch.occasion == "sample" else ""
    body = deadlines.render(digest, f"{mark}{options.title}")
    return Message(body=body, media_type=deadlines.MEDIA_TYPE, title=f"{mark}{plain(options.title)}")


def shows(entry: Entry) -> bool:
    """Whether an entry of a digest stands in a calendar: if something is due."""
    return bool(entry.deadlines)


def places(_body: bytes, output: Output) -> list[Path]:
    """Where the file of a message stands."""
    options: Options = output.options
    return [options.path]


def send(message: Message, dispatch: Dispatch) -> str:
    """Put the file if it differs; a trial's stands beside it. Raises SendError, with the file as it was."""
    path: Path = dispatch.output.options.path
    name = f"sample+{path.name}" if dispatch.occasion == "sample" else path.name
    try:
        written = files.replace_files(path.parent, {name: message.body}, mark=deadlines.MARK.encode())
    except files.ForeignFile as error:
        remedy = "name another file for the calendar, or move that one away"
        raise SendError(dispatch.output.id, str(error), remedy, final=True) from error
    except OSError as error:
        what = f"{path} cannot be written ({error.strerror or error})"
        remedy = "make room, or see that its folder is there and may be written to"
        raise SendError(dispatch.output.id, what, remedy) from error
    return f"{name} written" if written else f"{name} is as it was"
