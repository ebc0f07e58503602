"""Assembly: the one place that chooses implementations, reads the clock and names a run. A file for each concern."""

from __future__ import annotations

from monitor.app.asking import (
    PollResult,
    backfill,
    let_gap_be,
    note_start,
    note_stop,
    poll,
    refused_answers,
    save_refused,
    show_life,
    try_source,
)
from monitor.app.keeping import backup, erasable, erase, events, export, rebuild, verify
from monitor.app.opening import Clock, chosen_sources, load_settings, only_service, reading, utc_now, writing
from monitor.app.shipping import read_watchlists, shipped_files, watchlists_in, write_shipped
from monitor.app.telling import (
    daily_digest_is_due,
    digest,
    digest_period,
    show_daily_digest,
    source_lines,
    source_reports,
)

__all__ = [
    "Clock",
    "PollResult",
    "backfill",
    "backup",
    "chosen_sources",
    "daily_digest_is_due",
    "digest",
    "digest_period",
    "erasable",
    "erase",
    "events",
    "export",
    "let_gap_be",
    "load_settings",
    "note_start",
    "note_stop",
    "only_service",
    "poll",
    "read_watchlists",
    "reading",
    "rebuild",
    "refused_answers",
    "save_refused",
    "shipped_files",
    "show_daily_digest",
    "show_life",
    "source_lines",
    "source_reports",
    "try_source",
    "utc_now",
    "verify",
    "watchlists_in",
    "write_shipped",
    "writing",
]
