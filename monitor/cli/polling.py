"""`monitor poll` and `monitor run`: asking the sources, once or on schedule."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.pipeline.accounting import PollReport


_WIDEST_NAME = 24
_MOST_PROBLEMS = 5
_FEW = 3


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Poll every enabled source, due or not.")
@options.with_json
@options.with_config
def poll(sources: tuple[str, ...], *, everything: bool, as_json: bool, config: Path) -> int:
    """Poll sources once: those that are due, the named ones, or all; match and record what is new."""
    from monitor import app

    settings = app.load_settings(config)
    with progress_line() as progress:
        result = app.poll(settings, sources, everything=everything, progress=progress)
    for notice in result.notices:
        options.say(notice)
    if as_json:
        for report in result.reports:
            options.echo_json(report_as_json(report))
    else:
        print_reports(result.reports, settings.digest.timezone)
    if result.broken_watchlists:
        return 2
    return int(any(report.outcome in {"failed", "partial"} for report in result.reports))


@click.command()
@options.with_config
def run(config: Path) -> None:
    """Poll and deliver on schedule, and print the daily digest, until told to stop (Ctrl-C or SIGTERM)."""
    from monitor import app, service

    service.run(app.load_settings(config), say=options.say)
    sys.stdout.flush()
    os._exit(0)  # all is recorded; a thread that still sits in a slow read has nothing to say any more


def report_as_json(report: PollReport) -> dict[str, Any]:
    """The report as every command prints it: docs/json.md."""
    told = asdict(report)
    told["size_bytes"] = told.pop("bytes")
    return told


def print_reports(reports: Sequence[PollReport], zone: str) -> None:
    """A line a source, and what went wrong below it; then who is not due, and when the next one is, in `zone`."""
    from monitor.core.renderings.neutral import plain

    if not reports:
        click.echo("no source is enabled; edit config.toml")
    longest = min(max((len(report.source) for report in reports), default=0), _WIDEST_NAME)
    polled = [report for report in reports if report.outcome != "not-due"]
    for report in polled:
        name = report.source.ljust(longest)
        click.echo(f"{name}  {report.outcome:<9}  {', '.join(_counts(report))}  ({report.elapsed_s:.1f} s)")
        for text in _troubles(report):
            click.echo(_below(plain(text), longest + 2))
    _print_waiting([report for report in reports if report.outcome == "not-due"], zone)
    if len(polled) > _FEW:
        click.echo(_total(polled))


def _print_waiting(waiting: Sequence[PollReport], zone: str) -> None:
    from monitor.core.wording import moment

    if not waiting:
        return
    first = min(waiting, key=lambda report: report.due_at)
    when = f"{moment(first.due_at, zone)} {zone}"
    if len(waiting) == 1:
        click.echo(f"{first.source}  not due before {when} (poll it now: monitor poll {first.source})")
    else:
        click.echo(
            f"{len(waiting)} sources are not due; the next is {first.source} at {when} (--all polls every one)"
        )


def _counts(report: PollReport) -> list[str]:
    from monitor.core.wording import counted

    new = f"{report.new} there already (first poll, no news)" if report.baseline else f"{report.new} new"
    return [counted(report.items, "item"), new, *(f"{n} {word}" for n, word in _further(report) if n)]


def _total(reports: Sequence[PollReport]) -> str:
    """All in one line: how many went how, and what they brought."""
    outcomes: dict[str, int] = {}
    for report in reports:
        outcomes[report.outcome] = outcomes.get(report.outcome, 0) + 1
    how = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    new = sum(report.new for report in reports if not report.baseline)
    return f"{len(reports)} sources: {how}; {new} new, {sum(report.matched for report in reports)} matched"


def _troubles(report: PollReport) -> Iterator[str]:
    """What went wrong, without the source's own name, which stands in front already."""
    for text in [report.error, *report.problems[:_MOST_PROBLEMS]]:
        if text:
            yield text.removeprefix(f"{report.source}: ").replace(f"; {report.source}: ", "; ")
    if len(report.problems) > _MOST_PROBLEMS:
        yield f"and {len(report.problems) - _MOST_PROBLEMS} more entries could not be read (--json names all)"


def _below(text: str, indent: int) -> str:
    """A paragraph under a source's line; addresses are never broken."""
    import textwrap

    margin = " " * indent
    return textwrap.fill(
        text,
        max(options.width(), indent + 30),
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _further(report: PollReport) -> list[tuple[int, str]]:
    return [
        (report.revised, "revised"),
        (report.moved, "moved"),
        (report.withdrawn, "withdrawn"),
        (report.matched, "matched"),
    ]


@contextmanager
def progress_line() -> Iterator[Callable[[str, int], None]]:
    """A line that counts pages, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _source, _pages: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed} pages"),
        TextColumn("{task.fields[source]}", markup=False),
    )
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("poll", total=None, source="")
        yield lambda source, pages: bar.update(task, advance=pages, source=source)


COMMANDS = (poll, run)
