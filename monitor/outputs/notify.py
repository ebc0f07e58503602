"""Short notifications to the many services that Apprise knows: Telegram, Slack, Matrix, ntfy, Bark, DingTalk and more.

Identity: none that all services take; what may be a repeat says so in front.
Docs: https://github.com/caronc/apprise
Rate: one notification a delivery, and Apprise's own pauses; a service is asked again as docs/outputs.md says.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest
from monitor.core.errors import SendError
from monitor.core.exchange import Secret
from monitor.core.renderings import mail_subject, notification

if TYPE_CHECKING:
    import apprise

AFTER_UNCERTAIN: AfterUncertain = "once more"
OCCASIONS: tuple[Occasion, ...] = ("alert", "daily", "weekly", "heartbeat", "sample")
RECIPIENTS = ""
_STATUS = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`url` is an address of Apprise, such as `tgram://…`: it holds the key of its service, and is a secret whole."""

    url: Secret


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """A few lines; the title is the subject line that a mail would have."""
    body = notification.render(digest)
    title = mail_subject.subject_of(digest, dispatch)
    return Message(body=body.encode(), media_type="text/plain", title=title)


def send(message: Message, dispatch: Dispatch) -> str:
    """Hand it to Apprise. Raises SendError, which names the kind of service and nothing else of the address."""
    service = _service(dispatch)
    mark = "(possible repeat) " if dispatch.repeat else ""
    with _words() as words:
        taken = service.notify(body=message.body.decode(), title=f"{mark}{message.title}", body_format="text")
    name = service[0].service_name
    if not taken:
        # Its own words may hold the address; the status does not.
        status = next(iter(_STATUS.findall(words.getvalue())), "")
        what = f"{name} did not take it{f' (status {status})' if status else ''}"
        raise SendError(
            dispatch.output.id, what, "see that url is right, and that the service can be reached"
        )
    return f"taken by {name}"


def _service(dispatch: Dispatch) -> apprise.Apprise:
    try:
        import apprise  # noqa: PLC0415 - an extra that need not be installed, and slow to load
    except ImportError as error:
        remedy = "run, in the checkout: pip install '.[notify]'"
        raise SendError(dispatch.output.id, "Apprise is not installed", remedy) from error
    options: Options = dispatch.output.options
    service = apprise.Apprise()
    with _words():
        known = service.add(options.url.reveal())
    if not known or len(service) != 1:
        what = "url is not one address that Apprise knows"
        raise SendError(dispatch.output.id, what, "look at its list of services for how yours is written")
    return service


@contextlib.contextmanager
def _words() -> Iterator[io.StringIO]:
    """What Apprise says meanwhile, kept from every log: it names addresses and quotes what it sends."""
    said, loud = io.StringIO(), logging.getLogger("apprise")
    handler, before = logging.StreamHandler(said), (loud.propagate, loud.level)
    handler.setLevel(logging.WARNING)
    loud.addHandler(handler)
    loud.propagate, loud.level = False, logging.WARNING
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    try:
        yield said
    finally:
        loud.removeHandler(handler)
        loud.propagate, loud.level = before
