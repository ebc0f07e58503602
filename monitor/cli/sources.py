"""`monitor sources`, `backfill`: what is asked, and what was published before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import options
from monitor.cli.polling import print_reports, progress_line, report_as_json

if TYPE_CHECKING:
    from monitor.archive.source_states import SourceReport
    from monitor.config import Settings
    from monitor.core.exchange import Source
    from monitor.core.renderings.sourcelines import ListedSource
    from monitor.pipeline.recording import RefusedAnswer

_MOST_SHOWN = 20


@click.group(invoke_without_command=True)
@options.with_json
@options.with_config
@click.pass_context
def sources(context: click.Context, *, as_json: bool, config: Path) -> None:
    """List kinds and sources: what each covers and when each is due. `monitor sources try ID` polls one for a trial."""
    if context.invoked_subcommand:
        given = context.get_parameter_source("config")
        if given is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"write --config after `{context.invoked_subcommand}`")
        return
    from monitor import app

    settings = app.load_settings(config)
    reports = _reports(settings)
    if as_json:
        for source in settings.sources:
            options.echo_json(_as_json(source, reports.get(source.id)))
        return
    from monitor import sources as kinds
    from monitor.core.renderings.clocks import times_in
    from monitor.core.renderings.sourcelines import catalogue

    sentences = [(name, _sentence(name)) for name in kinds.kind_names()]
    zone = settings.digest.timezone
    listed = [_listed(source, reports.get(source.id), zone) for source in settings.sources]
    click.echo(catalogue(sentences, listed, width=options.width()), nl=False)
    click.echo(f"{times_in(zone)} ← a kind that can be asked for its past: `monitor backfill`")


@sources.command("try")
@click.argument("source", metavar="ID")
@options.with_json
@options.with_config
def try_(*, source: str, as_json: bool, config: Path) -> int:
    """Poll one source without recording anything, and show what a poll would record and match."""
    from monitor import app
    from monitor.core.renderings.neutral import plain

    settings = app.load_settings(config)
    found = app.try_source(settings, source)
    if as_json:
        findings = [
            {"change": what, "key": key, "title": title, "watchlists": list(lists)}
            for what, key, title, lists in found.findings
        ]
        options.echo_json({"report": report_as_json(found.report), "findings": findings})
        return int(found.report.outcome in {"failed", "partial"})
    print_reports([found.report], settings.digest.timezone)
    for what, key, title, lists in found.findings[:_MOST_SHOWN]:
        recognised = f"  → {', '.join(lists)}" if lists else ""
        click.echo(f"  {what:<9}  {plain(key)}  {plain(title)}{recognised}")
    if len(found.findings) > _MOST_SHOWN:
        click.echo(f"  and {len(found.findings) - _MOST_SHOWN:,} more (--json has all)")
    click.echo("Nothing was recorded.")
    return int(found.report.outcome in {"failed", "partial"})


@sources.command("refused")
@click.argument("source", metavar="ID")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the latest of them into this file, as it came.",
)
@click.option("--force", is_flag=True, help="Also where such a file is there already.")
@options.with_json
@options.with_config
def refused(*, source: str, output: Path | None, force: bool, as_json: bool, config: Path) -> int:
    """Show the last answers of a source that were refused, because they were not what its kind sends."""
    from monitor import app
    from monitor.core.renderings.clocks import exact
    from monitor.core.renderings.neutral import plain

    settings = app.load_settings(config)
    found = app.refused_answers(settings, source)
    for answer in found:
        if as_json:
            options.echo_json(_refused_as_json(source, answer))
        else:
            click.echo(
                f"{exact(answer.fetched_at, settings.digest.timezone)}  {answer.size:,} bytes of"
                f" {plain(answer.media_type) or 'no stated type'}"
            )
            click.echo(f"  {plain(answer.url)}\n  {plain(answer.reason)}")
    if not found and not as_json:
        click.echo(f"no answer of {source} was refused")
    if output and found:
        app.save_refused(settings, found[0], output, force=force)
        options.say(f"wrote {len(found[0].body):,} bytes into {output}: do not open them in a browser unread")
    return 0


def _refused_as_json(source: str, answer: RefusedAnswer) -> dict[str, Any]:
    return {
        "source": source,
        "url": answer.url,
        "observed_at": answer.fetched_at,
        "reason": answer.reason,
        "media_type": answer.media_type,
        "size_bytes": answer.size,
    }


@sources.command("accept")
@click.argument("source", metavar="ID")
@options.with_config
def accept(*, source: str, config: Path) -> int:
    """Let a gap be: you know that entries of this source may have gone unseen, and no more is to be said of it."""
    from monitor import app

    gap = app.let_gap_be(app.load_settings(config), source)
    click.echo(f"{source}: closed the gap ({gap})" if gap else f"{source} has no gap")
    return 0 if gap else 1


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option("--from", "since", required=True, metavar="DATE", help="From this date or time on.")
@click.option("--to", "until", default="", metavar="DATE", help="Up to this date, included (default: now).")
@options.with_json
@options.with_config
def backfill(*, source: str, since: str, until: str, as_json: bool, config: Path) -> int:
    """Load what a source published before. It is recorded as past: it is matched, and alerts nobody."""
    from monitor import app

    settings = app.load_settings(config)
    with progress_line() as progress:
        report = app.backfill(settings, source, since=since, until=until, progress=progress, say=options.say)
    if as_json:
        options.echo_json(report_as_json(report))
    else:
        print_reports([report], settings.digest.timezone)
    return int(report.outcome in {"failed", "partial"})


def _reports(settings: Settings) -> dict[str, SourceReport]:
    """How each source does; nothing where there is no log yet."""
    from monitor import app

    if not settings.log_path.exists():
        return {}
    return {report.line.id: report for report in app.source_reports(settings)[0]}


def _sentence(kind: str) -> str:
    """What a kind is, in the words of its own file; with a mark if it can be asked for its past."""
    from monitor import sources as kinds

    module = kinds.kind(kind)
    return f"{(module.__doc__ or '').partition(chr(10))[0]}{' ←' if hasattr(module, 'past') else ''}"


def _listed(source: Source, report: SourceReport | None, zone: str) -> ListedSource:
    from monitor.core.renderings.sourcelines import ListedSource

    due = _next(report.due_at, zone) if report and report.due_at else "due now"
    state = report.line.state if report and report.line.state not in {"ok", "new"} else ""
    return ListedSource(
        id=source.id,
        kind=source.kind,
        every_s=source.every_s,
        what=_what(source),
        due=_off(source) or due,
        items=report.covers if report else 0,
        state=state,
    )


def _off(source: Source) -> str:
    if not source.enabled:
        return "off"
    return f"not polled: {source.key_problem}" if source.key_problem else ""


def _next(due_at: str, zone: str) -> str:
    from monitor.core.wording import moment

    return f"next {moment(due_at, zone)}" if due_at else ""


def _what(source: Source) -> str:
    """What of its kind the source asks for: the options that differ from the usual ones, and the address."""
    from monitor.core.urls import redact

    told = [f"{name} {_words(value)}" for name, value in _options(source)]
    return " · ".join([*told, redact(source.url)])


def _options(source: Source) -> Iterator[tuple[str, Any]]:
    for field in fields(source.options):
        value = getattr(source.options, field.name)
        if value and value != field.default:
            yield field.name, value


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _as_json(source: Source, report: SourceReport | None) -> dict[str, Any]:
    from monitor import sources as kinds
    from monitor.core.urls import redact

    return {
        "id": source.id,
        "kind": source.kind,
        "enabled": source.enabled,
        "every_s": source.every_s,
        "url": redact(source.url),
        "options": {name: _words(value) for name, value in _options(source)},
        "state": report.line.state if report else "new",
        "items": report.covers if report else 0,
        "due_at": report.due_at if report else "",
        "problem": source.key_problem,
        "has_past": hasattr(kinds.kind(source.kind), "past"),
    }


COMMANDS = (sources, backfill)
