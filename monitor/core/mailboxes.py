"""Addresses of mailboxes as config.toml names them: plain enough that no server, header or command line misreads one."""

from __future__ import annotations

import re
from email.utils import parseaddr
from urllib.parse import urlsplit

from monitor.core.renderings.neutral import plain, web_address

# The addresses that people have, of those that RFC 5321 allows: no quoted names, no spaces, no letters beyond ASCII.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_ADDRESS = 254
_LONGEST_NAME = 80
_LIST_ID = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", re.ASCII | re.IGNORECASE)
_MAILTO = re.compile(r"mailto:[!#-;=?-~]+", re.ASCII)
# Longer ones would be cut by servers on the way.
_LONGEST_LINE = 900


def is_address(text: str) -> bool:
    """Whether the text is an address alone, `anna@example.org`; one without a dot names a mailbox of this machine."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def address_in(text: str) -> str:
    """The address of `anna@example.org` or `Anna <anna@example.org>`; nothing where the text is neither."""
    name, address = parseaddr(text)
    sane = plain(text) == text and "=?" not in name and len(name) <= _LONGEST_NAME
    rebuilt = text == address or (text.endswith(f" <{address}>") and bool(name))
    return address if sane and rebuilt and is_address(address) else ""


def is_list_id(text: str) -> bool:
    """Whether the text may name a list for ever, `news.example.org` (RFC 2919)."""
    return len(text) <= _LONGEST_ADDRESS and _LIST_ID.fullmatch(text) is not None


def is_way_out(text: str) -> bool:
    """Whether the text is where somebody can end the mails: `mailto:…` or `https://…`, as headers hold them.

    It stands in every mail: one that holds a user or a password is none.
    """
    if len(text) > _LONGEST_LINE:
        return False
    if _MAILTO.fullmatch(text):
        return is_address(urlsplit(text).path)
    is_sound = text.startswith("https://") and web_address(text) == text
    return is_sound and "@" not in urlsplit(text).netloc
