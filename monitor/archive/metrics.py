"""Signs of life for other programs: a heartbeat file, and figures in a text file for Prometheus's node exporter."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from monitor.archive import output_states
from monitor.archive.output_states import OutputReport
from monitor.archive.source_states import SourceReport
from monitor.core.dates import to_text
from monitor.core.errors import ConfigError

STATES = ("ok", "new", "quiet", "overdue", "gap", "degraded", "blocked", "failing")


def write_heartbeat(path: Path, now: datetime) -> None:
    """Write when this program was last seen alive and its process: a file that is old tells that it hangs or is gone."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(f"{to_text(now)} {os.getpid()}\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, "heartbeat", error) from error


def write_metrics(
    path: Path,
    reports: Sequence[SourceReport],
    to: Sequence[OutputReport],
    *,
    position: int,
    now: datetime,
) -> None:
    """Write the figures of sources and of outputs (`to`), whole or not at all.

    Times are seconds since 1970; a source that never answered, or an output that never took anything, has none.
    """
    registry = CollectorRegistry()
    _gauge(registry, "monitor_last_tick_timestamp_seconds", "When the service last looked", now.timestamp())
    _gauge(registry, "monitor_log_position", "Events in the log", position)
    _add_sources(registry, reports)
    _add_outputs(registry, to)
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise _unwritable(path, "metrics", error) from error


def _add_sources(registry: CollectorRegistry, reports: Sequence[SourceReport]) -> None:
    _by(
        registry,
        "source",
        "monitor_source_last_good_timestamp_seconds",
        "Last poll that went well",
        ((r.line.id, _seconds(r.line.last_good_at)) for r in reports if r.line.last_good_at),
    )
    _by(
        registry,
        "source",
        "monitor_source_due_timestamp_seconds",
        "Next poll",
        ((r.line.id, _seconds(r.due_at)) for r in reports if r.due_at),
    )
    _by(
        registry,
        "source",
        "monitor_source_items",
        "Items that the source has shown",
        ((r.line.id, r.covers) for r in reports),
    )
    lagging = ((r.line.id, r.lag_s[0]) for r in reports if r.lag_s)
    _by(registry, "source", "monitor_source_lag_seconds", "Median from publishing to our seeing it", lagging)
    states = Gauge("monitor_source_state", "1 for the state it is in", ("source", "state"), registry=registry)
    for report in reports:
        for state in STATES:
            states.labels(report.line.id, state).set(state == report.line.state)


def _add_outputs(registry: CollectorRegistry, to: Sequence[OutputReport]) -> None:
    _by(
        registry,
        "output",
        "monitor_output_last_good_timestamp_seconds",
        "Last delivery that was taken",
        ((report.id, _seconds(report.last_good_at)) for report in to if report.last_good_at),
    )
    waiting = ((report.id, report.waiting) for report in to)
    _by(registry, "output", "monitor_output_waiting", "Deliveries that are planned and not taken", waiting)
    lost = ((report.id, len(report.given_up)) for report in to)
    _by(registry, "output", "monitor_output_given_up", "Deliveries given up in the last 30 days", lost)
    states = Gauge("monitor_output_state", "1 for the state it is in", ("output", "state"), registry=registry)
    for report in to:
        for state in output_states.STATES:
            states.labels(report.id, state).set(state == report.state)


def _gauge(registry: CollectorRegistry, name: str, what: str, value: float) -> None:
    Gauge(name, what, registry=registry).set(value)


def _by(
    registry: CollectorRegistry, label: str, name: str, what: str, values: Iterable[tuple[str, float]]
) -> None:
    gauge = Gauge(name, what, (label,), registry=registry)
    for id_, value in values:
        gauge.labels(id_).set(value)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _unwritable(path: Path, key: str, error: OSError) -> ConfigError:
    what = f"cannot be written ({error.strerror or error})"
    return ConfigError(str(path), what, f"choose another place for {key} under [service]")
