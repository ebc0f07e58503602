"""A digest on a terminal: the lines of the plain text, painted. As an output it is what `monitor run` prints.

`draw` decides nothing but the paint. A pipe, a pager or a mail takes `monitor.core.renderings.text`, which has the
same lines in ASCII signs.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from rich.color import ColorSystem
from rich.style import Style

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest
from monitor.core.errors import SendError
from monitor.core.renderings.lines import Page, lay_out
from monitor.core.renderings.telling import tell
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Line, Part, Span
from monitor.core.wording import counted

# The sixteen colours of the terminal's own theme, so that dark and light are its owner's choice; dim and bold for order.
_PAINT: Mapping[Part, Style] = {
    "words": Style(),
    "quiet": Style(dim=True),
    "strong": Style(bold=True),
    "dot": Style(dim=True),
    "quote": Style(),
    "old": Style(color="red"),
    "new": Style(color="green"),
    "alarm": Style(color="yellow"),
    "heading": Style(bold=True),
    "chapter": Style(bold=True),
    "rule": Style(dim=True),
    "subject": Style(color="bright_blue"),
    "title": Style(bold=True),
    "citation": Style(),
    "day": Style(),
    "link": Style(dim=True),
    "stage": Style(),
    "label-new": Style(color="green"),
    "label-revised": Style(color="yellow"),
    "label-moved": Style(color="cyan"),
    "label-withdrawn": Style(color="red"),
    "label-aside": Style(dim=True),
    "label-alarm": Style(color="yellow"),
}


AFTER_UNCERTAIN: AfterUncertain = "redo"
OCCASIONS: Sequence[Occasion] = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = ""
# What `send` answers.
PRINTED = "printed"
_PAINTED = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`width` is how many columns the text may take."""

    width: int = 80

    def __post_init__(self) -> None:
        """Raise ValueError for a width in which nothing can be read."""
        if not 40 <= self.width <= 400:
            raise ValueError(f"width: {self.width} is not between 40 and 400; write such a whole number")


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """The digest as it will be printed, painted; whoever prints it to a file takes the paint off."""
    options: Options = dispatch.output.options
    text = draw(digest, width=options.width, colour=True, links=False)
    entries = sum(len(section.entries) + section.omitted for section in digest.sections)
    return Message(
        body=text.encode(),
        media_type="text/plain",
        title=f"{dispatch.occasion}: {counted(entries, 'entry', 'entries')}",
    )


def send(message: Message, dispatch: Dispatch) -> str:
    """Print it to stdout. Raises SendError where nobody can read that."""
    text = message.body.decode()
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        text = _PAINTED.sub("", text)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise SendError(
            dispatch.output.id, f"stdout cannot be written to ({error})", "give it a reader"
        ) from error
    return PRINTED


def draw(digest: Digest, *, width: int, colour: bool, links: bool) -> str:
    """The digest for a terminal `width` columns wide.

    `colour` paints; `links` puts addresses behind titles (OSC 8) instead of printing them. Without either, the answer
    holds no escape at all.
    """
    page = Page(width=width, marks=TYPOGRAPHIC, addresses=not links)
    return paint(lay_out(tell(digest), page), colour=colour)


def paint(lines: Iterable[Line], *, colour: bool) -> str:
    """Lines as a terminal shows them. Without `colour`, only what a line links to needs an escape."""
    return "".join(f"{_painted(line, colour=colour)}\n" for line in lines)


def _painted(line: Line, *, colour: bool) -> str:
    if not colour and not any(span.link for span in line):
        return "".join(span.text for span in line).rstrip()
    return "".join(_linked(_coloured(span, colour=colour), span.link) for span in line)


def _coloured(span: Span, *, colour: bool) -> str:
    return _PAINT[span.part].render(span.text, color_system=ColorSystem.STANDARD) if colour else span.text


def _linked(text: str, address: str) -> str:
    """The text with the address behind it. The id, the same each time, joins a title that runs over two lines."""
    if not address:
        return text
    return f"\x1b]8;id={crc32(address.encode()):08x};{address}\x1b\\{text}\x1b]8;;\x1b\\"
