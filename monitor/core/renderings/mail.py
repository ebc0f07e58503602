"""A digest as a whole mail, byte for byte: headers, flowed text, and a page of HTML.

It is made once, when its delivery is planned, and says nothing of when or how often it is sent.
Docs: RFC 5322, RFC 2045, RFC 2919, RFC 2369, RFC 8058, RFC 3834
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from zoneinfo import ZoneInfo

from monitor.core.deliveries import Dispatch
from monitor.core.digests import Digest
from monitor.core.renderings import mail_page, mail_text
from monitor.core.renderings.mail_letter import letter_of
from monitor.core.renderings.mail_subject import subject_of

MEDIA_TYPE = "message/rfc822"
# Any server may take it: lines of ASCII, ended with CRLF.
_SEVEN_BITS = policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """Who writes to whom. `sender` and `reply_to` may have a name beside the address; the rest is as headers hold it."""

    sender: str
    recipient: str
    list_id: str
    reply_to: str = ""
    unsubscribe: str = ""


def render(digest: Digest, dispatch: Dispatch, between: Correspondence) -> tuple[str, bytes]:
    """The subject line, and the whole message."""
    subject = subject_of(digest, dispatch)
    head = "".join(
        f"{name}: {_folded(name, text)}\r\n" for name, text in _headers(subject, digest, dispatch, between)
    )
    return subject, head.encode("ascii") + _content(digest, dispatch, between).as_bytes()


def _headers(
    subject: str, digest: Digest, dispatch: Dispatch, between: Correspondence
) -> Iterator[tuple[str, str]]:
    root = _root(digest, dispatch)
    yield "From", between.sender
    yield "To", between.recipient
    if between.reply_to:
        yield "Reply-To", between.reply_to
    yield "Subject", subject
    yield "Date", _date(dispatch)
    yield "Message-ID", dispatch.message_id
    yield "In-Reply-To", root
    yield "References", root
    yield "List-Id", f"<{between.list_id}>"
    if between.unsubscribe:
        yield "List-Unsubscribe", f"<{between.unsubscribe}>"
    if between.unsubscribe.startswith("https:"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield "Auto-Submitted", "auto-generated"
    yield "Content-Language", digest.period.language
    yield "X-Policy-Monitor-Occasion", dispatch.occasion


def _folded(name: str, text: str) -> str:
    """The value over as many lines as it needs, encoded where it is not ASCII.

    Not by EmailMessage: it encodes an address or a Message-ID that is longer than a line, and nobody decodes those.
    """
    if text.isascii() and " " not in text:
        return text
    header = Header(header_name=name, maxlinelen=76)
    if name in {"From", "Reply-To"}:
        display, address = parseaddr(text)
        text = formataddr((display, address)) if display.isascii() else f"<{address}>"
        if not display.isascii():
            header.append(display, "utf-8")
    header.append(text, "us-ascii" if text.isascii() else "utf-8")
    return header.encode(linesep="\r\n")


def _date(dispatch: Dispatch) -> str:
    planned = datetime.fromisoformat(dispatch.planned_at)
    return format_datetime(planned.astimezone(ZoneInfo(dispatch.output.timezone)))


def _root(digest: Digest, dispatch: Dispatch) -> str:
    """A message that was never sent, to which all of one thread are answers: so mail programs keep them together.

    Alerts go by the first subject that they tell of, digests by their output.
    """
    name = f"{dispatch.output.id}\n{dispatch.occasion == 'sample'}"
    first = next((section for section in digest.sections if section.entries), None)
    if dispatch.occasion == "alert" and first is not None and first.entries[0].reasons:
        name = f"{first.id}\n{first.entries[0].reasons[0].subject}"
    host = dispatch.message_id.rpartition("@")[2].strip("<>")
    return f"<{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]}@{host}>"


def _content(digest: Digest, dispatch: Dispatch, between: Correspondence) -> EmailMessage:
    """The text, then what is to be preferred where it can be shown: the page."""
    letter = letter_of(digest, dispatch, between.unsubscribe)
    content = EmailMessage(policy=_SEVEN_BITS)
    content.set_content(
        mail_text.render(letter), charset="utf-8", params={"format": "flowed", "delsp": "yes"}
    )
    content.add_alternative(mail_page.render(letter), subtype="html", charset="utf-8")
    # Its own would be another one each time, and what is planned is the same whoever renders it.
    content.set_boundary(f"=_{hashlib.sha256(dispatch.message_id.encode()).hexdigest()[:32]}")
    return content
