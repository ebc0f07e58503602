"""An output kind of the tests alone: each delivery is a POST to a server on loopback, under its Message-ID."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest
from monitor.core.errors import SendError

AFTER_UNCERTAIN: AfterUncertain = "once more"
OCCASIONS: Sequence[Occasion] = ("alert", "daily", "weekly", "heartbeat")
RECIPIENTS = "to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    url: str
    to: tuple[str, ...]


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """The keys of what is told."""
    keys = [entry.key for section in digest.sections for entry in section.entries]
    body = json.dumps({"occasion": dispatch.occasion, "keys": keys, "planned": dispatch.planned_at})
    return Message(body=body.encode(), media_type="application/json", title=dispatch.occasion)


def send(message: Message, dispatch: Dispatch) -> str:
    """Post it. Whoever takes it and hangs up without a word leaves us in the dark."""
    output = dispatch.output
    address = urlsplit(f"{output.options.url}/{output.recipient}/{dispatch.delivery}")
    headers = {"Message-ID": dispatch.message_id, "Repeat": str(dispatch.repeat)}
    connection = HTTPConnection(str(address.hostname), address.port, timeout=10)
    try:
        connection.request("POST", address.path, message.body, headers)
    except OSError as error:
        raise SendError(output.id, f"cannot be reached ({error})") from error
    try:
        answer = connection.getresponse()
    except (OSError, HTTPException) as error:
        raise SendError(output.id, f"broke off ({error})", unknown=True) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise SendError(output.id, f"answered {answer.status}")
    return f"{answer.status}"
