"""Text that a mail program sets anew to its reader's width: `format=flowed; delsp=yes`.

A line that ends with a space goes on in the next one, and that space is no part of the text: so a line may also end
between two Han characters. Whoever knows nothing of it reads lines of ordinary length. Docs: RFC 3676
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core.renderings.neutral import cells
from monitor.core.renderings.wrapping import TYPOGRAPHIC, Span, wrapped

# With the space that breaks the text and the one that goes on, lines stay below the 78 characters that the RFC asks for.
_WIDTH = 72
# Quotation marks, spaces and the separator of mailboxes mean something at the beginning of a line, and one space undoes that.
_STUFFED = (" ", ">", "From ")


def flowed(paragraphs: Iterable[str]) -> str:
    """Paragraphs, one line each, as flowed text; an empty one is an empty line. Lines end with LF."""
    return "".join(f"{_stuffed(line)}\n" for paragraph in paragraphs for line in _lines(paragraph))


def _lines(paragraph: str) -> Iterator[str]:
    """The lines of a paragraph; what has no place to part, as an address, has a line of its own length."""
    rest = paragraph.rstrip(" ")
    if " " not in rest and rest.isascii():
        yield rest
        return
    while cells(rest) > _WIDTH:
        end = _first_break(rest)
        if end >= len(rest):
            break
        yield f"{rest[:end]} "
        rest = rest[end:]
    yield rest


def _first_break(text: str) -> int:
    """How much of the text the first line takes, with the spaces at its end."""
    first = next(wrapped([Span(text=text[: _WIDTH * 2])], _WIDTH, TYPOGRAPHIC))
    end = sum(len(span.text) for span in first)
    return len(text) - len(text[end:].lstrip(" "))


def _stuffed(line: str) -> str:
    return f" {line}" if line.startswith(_STUFFED) else line
