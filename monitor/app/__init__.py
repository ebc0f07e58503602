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
from monitor.app.delivering import (
    chosen_outputs,
    deliver,
    delivery_notices,
    output_reports,
    send_sample,
    would_deliver,
)
from monitor.app.editing import (
    checked,
    edit,
    history,
    list_names,
    place_of,
    preview,
    subjects_of,
    suggest,
    text_of,
    watchlist_named,
)
from monitor.app.editing import write as write_edits
from monitor.app.explaining import why
from monitor.app.judging import backtest, edited_watchlists, judge, judged
from monitor.app.keeping import backup, erasable, erase, events, export, rebuild, verify
from monitor.app.linting import lint
from monitor.app.naming import check_source, check_stream
from monitor.app.opening import Clock, chosen_sources, load_settings, only_service, reading, utc_now, writing
from monitor.app.schemas import schema
from monitor.app.seeding import seed, seeds_as_toml, write_seeds
from monitor.app.shipping import read_watchlists, shipped_files, watchlists_in, write_shipped
from monitor.app.telling import (
    digest,
    digest_period,
    period_notices,
    source_lines,
    source_reports,
    watchlist_notices,
)

__all__ = [
    "Clock",
    "PollResult",
    "backfill",
    "backtest",
    "backup",
    "check_source",
    "check_stream",
    "checked",
    "chosen_outputs",
    "chosen_sources",
    "deliver",
    "delivery_notices",
    "digest",
    "digest_period",
    "edit",
    "edited_watchlists",
    "erasable",
    "erase",
    "events",
    "export",
    "history",
    "judge",
    "judged",
    "let_gap_be",
    "lint",
    "list_names",
    "load_settings",
    "note_start",
    "note_stop",
    "only_service",
    "output_reports",
    "period_notices",
    "place_of",
    "poll",
    "preview",
    "read_watchlists",
    "reading",
    "rebuild",
    "refused_answers",
    "save_refused",
    "schema",
    "seed",
    "seeds_as_toml",
    "send_sample",
    "shipped_files",
    "show_life",
    "source_lines",
    "source_reports",
    "subjects_of",
    "suggest",
    "text_of",
    "try_source",
    "utc_now",
    "verify",
    "watchlist_named",
    "watchlist_notices",
    "watchlists_in",
    "why",
    "would_deliver",
    "write_edits",
    "write_seeds",
    "write_shipped",
    "writing",
]
