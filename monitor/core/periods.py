"""What a reader should know of the period of a digest: it may not be over, or nobody may have looked in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.core import wording
from monitor.core.digests import Period

# The usual period ends with the second in which it was asked for.
_NOW = timedelta(seconds=1)


def remarks(period: Period, *, now: datetime, asked_at: str, recorded: bool) -> Iterator[str]:
    """Why silence may say nothing here. `now` is the present, or the moment as of which is told.

    `asked_at` is when any source was asked last: before the period's end, or by the publishers' clock at all; empty
    where nobody knows. `recorded`: something was recorded in the period.
    """
    since, until = (datetime.fromisoformat(text) for text in (period.since, period.until))
    end = wording.moment(period.until, period.timezone)
    if since > now:
        ahead = " (what publishers date ahead may stand in it)" if period.clock == "occurred" else ""
        yield f"the period lies in the future: it begins {wording.moment(period.since, period.timezone)}{ahead}"
        return
    if until > now + _NOW:
        yield f"the period is not over: it ends {end}, and what is yet to come is not in it"
    if asked_at and asked_at < period.since and not recorded:
        last = wording.moment(asked_at, period.timezone)
        yield f"nothing was polled in this period: the last poll before its end was {last}"
