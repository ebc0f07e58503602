"""Validators: what a server said of a version of a document, so that the next request can ask for changes only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.refusals import http_date

_KEEPABLE = re.compile(r"[\x20-\x7e]{1,1024}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified word for word as they were sent; empty where they were not.

    `url` is where redirects led, empty where there were none: validators mean nothing at another address. Keep them
    only once what came with them is recorded.
    """

    etag: str = ""
    last_modified: str = ""
    url: str = ""

    def conditions(self, url: str, *, redirected: bool) -> dict[str, str]:
        """The conditional headers for a request to `url`, which a redirect named or the source itself."""
        known_here = url == self.url if self.url else not redirected
        if not known_here:
            return {}
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def stated(headers: Mapping[str, str], *, url: str, now: datetime, known: Validators) -> Validators:
    """The validators of an answer; of `known` those that it does not name (RFC 9111 §4.3.4).

    One that could not be sent back is left out, and so is a date to come, which would mean "not modified" for ever.
    """
    etag = headers.get("etag", "")
    date = headers.get("last-modified", "")
    moment = http_date(date)
    in_time = moment is not None and moment <= now + timedelta(days=1)
    return Validators(
        etag=etag if _KEEPABLE.fullmatch(etag) else known.etag,
        last_modified=date if in_time and _KEEPABLE.fullmatch(date) else known.last_modified,
        url=url,
    )
