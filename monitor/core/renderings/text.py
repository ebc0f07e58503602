"""A digest as plain text: for a pipe, a pager, a mail. Our own signs are ASCII, every address is printed."""

from __future__ import annotations

from monitor.core.digests import Digest
from monitor.core.renderings.lines import Page, lay_out
from monitor.core.renderings.telling import tell
from monitor.core.renderings.wrapping import ASCII


def render(digest: Digest, *, width: int = 80) -> str:
    """The digest in lines of `width` columns, addresses and the chain head whole."""
    page = Page(width=width, marks=ASCII, addresses=True)
    lines = ("".join(span.text for span in line).rstrip() for line in lay_out(tell(digest), page))
    return "\n".join(lines) + "\n"
