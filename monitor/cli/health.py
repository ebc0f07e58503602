"""`monitor health`: how each source and each output does, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.archive.output_states import OutputReport
    from monitor.archive.source_states import SourceReport

# What a person has to do something about.
_NEEDS_A_PERSON = frozenset(
    {"failing", "blocked", "degraded", "gap", "overdue", "quiet", "abandoned", "unusable"}
)
_WIDEST_NAME = 24


@click.command()
@options.with_as_of
@options.with_json
@options.with_config
def health(*, as_of: str, as_json: bool, config: Path) -> int:
    """Show how each source does (working, quiet, degraded, blocked, failing since when, gaps, lag, next poll) and each output.

    Of an output: when it last took something, what waits, since when and why it takes nothing, what was given up. Exits 1
    if one needs a person, or a watchlist does.
    """
    from monitor import app
    from monitor.core.renderings.clocks import times_in

    settings = app.load_settings(config)
    zone = settings.digest.timezone
    reports, notices = app.source_reports(settings, as_of=as_of)
    to = app.output_reports(settings, as_of=as_of)
    broken = [] if as_of else app.watchlist_notices(settings)
    for notice in (*notices, *([] if as_of else settings.notices), *broken):
        options.say(notice)
    idle = {source.id for source in settings.sources if not source.enabled}
    told = [report for report in reports if report.line.id not in idle or report.line.state != "new"]
    told.sort(key=lambda report: report.line.state in {"ok", "new"})  # trouble first
    if as_json:
        for line in (*map(_source_as_json, reports), *map(_output_as_json, to)):
            options.echo_json(line)
    else:
        _print(told, [report for report in to if report.state != "off"], zone)
        off = len(reports) - len(told)
        more = f"{off} more are off: `monitor sources` lists them. " if off else ""
        click.echo(f"{more}{times_in(zone)}{'' if zone == 'UTC' else ' Days of news are counted in UTC.'}")
    states = {*(report.line.state for report in told), *(report.state for report in to)}
    return int(bool(broken) or not states.isdisjoint(_NEEDS_A_PERSON))


def _source_as_json(report: SourceReport) -> dict[str, Any]:
    more = {name: value for name, value in asdict(report).items() if name not in {"line", "covers"}}
    nothing = {"waiting": 0, "given_up": []}
    return {"about": "source", **asdict(report.line), "items": report.covers, **more, **nothing}


def _output_as_json(report: OutputReport) -> dict[str, Any]:
    nothing = {"items": 0, "url": "", "news_on": "", "lag_s": None}
    return {"about": "output", **asdict(report), **nothing}


def _print(sources: Sequence[SourceReport], to: Sequence[OutputReport], zone: str) -> None:
    """A line or more each; outputs stand below the sources, under a heading."""
    longest = max((len(report.line.id) for report in sources), default=0)
    for report in sources:
        click.echo(_source(report, longest, zone))
    if to:
        click.echo("\nOutputs")
    longest = max((len(report.id) for report in to), default=0)
    for each in to:
        click.echo(_output(each, longest, zone))
    if to:
        click.echo("")


def _source(report: SourceReport, longest: int, zone: str) -> str:
    from monitor.core.renderings.sourcelines import condition
    from monitor.core.wording import moment

    return condition(
        report.line,
        news_on=report.news_on,
        due=f"next {moment(report.due_at, zone)}" if report.due_at else "",
        lag_s=report.lag_s,
        longest=min(longest, _WIDEST_NAME),
        width=options.width(),
        zone=zone,
    )


def _output(report: OutputReport, longest: int, zone: str) -> str:
    from monitor.core.renderings.outputlines import condition

    return condition(
        report.id,
        state=report.state,
        since=report.since,
        last_good_at=report.last_good_at,
        waiting=report.waiting,
        due_at=report.due_at,
        reason=report.detail,
        given_up=[one.delivery for one in report.given_up],
        longest=min(longest, _WIDEST_NAME),
        width=options.width(),
        zone=zone,
    )


COMMANDS = (health,)
