"""Explaining: why a subject recognises an item, or why it does not."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.app.opening import reading
from monitor.archive import explaining
from monitor.config import Settings
from monitor.core.explaining.traces import Explanation
from monitor.core.watchlists import Watchlist


def why(
    settings: Settings,
    key: str,
    subject: str,
    *,
    edited: Sequence[Watchlist] | None = None,
    as_of: str = "",
) -> tuple[Explanation, Sequence[str]]:
    """The explanation by the watchlists in force, or by those that are `edited`; and what a reader should know.

    Raises UsageError for an item or a subject that is not known.
    """
    with reading(settings, as_of=as_of) as archive:
        return explaining.why(archive, key, subject, edited), archive.notices
