"""`monitor digest`, `items`, `show`: reading what was recorded. None of them writes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.core.digests import Digest
    from monitor.core.language import Language
    from monitor.projections.items import StoredItem

FORMATS = ("terminal", "text", "markdown", "html", "json")


@click.command()
@click.option(
    "--since",
    default="",
    metavar="T",
    help="From this date or time on, or so long before the end: 12h, 7d, 2w (default: 1d).",
)
@click.option("--until", default="", metavar="T", help="Up to this date (included) or time (default: now).")
@click.option(
    "--clock",
    type=click.Choice(("recorded", "occurred")),
    default="recorded",
    help="Whose time counts: when we recorded it, or when the publisher says that it happened.",
)
@options.with_as_of
@click.option(
    "--watchlist", "watchlists", multiple=True, metavar="W", help="Only this watchlist (repeatable)."
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="terminal", show_default=True)
@options.with_language
@options.with_json
@options.with_config
def digest(
    *,
    since: str,
    until: str,
    clock: str,
    as_of: str,
    watchlists: tuple[str, ...],
    format_: str,
    language: Language | None,
    as_json: bool,
    config: Path,
) -> None:
    """Print what happened in a period to what the watchlists follow, and why it is here. Changes nothing."""
    from monitor import app

    settings = app.load_settings(config)
    found = app.digest(
        settings, since=since, until=until, by_clock=clock, as_of=as_of, only=watchlists, language=language
    )
    _tell([*app.period_notices(settings, found), *app.delivery_notices(settings, as_of=as_of)])
    text = _rendered(found, "json" if as_json else format_)
    if format_ == "terminal" and not as_json and len(text.splitlines()) > _screen_height():
        # None lets click tell less to show colours (LESS=-R); True would print them as codes.
        click.echo_via_pager(text, color=None if options.colourful() else False)
    else:
        click.echo(text, nl=not text.endswith("\n"), color=True)


def _screen_height() -> float:
    """Lines that fit on the screen; no limit where stdout is no terminal."""
    import shutil

    return shutil.get_terminal_size().lines if sys.stdout.isatty() else float("inf")


def _rendered(found: Digest, format_: str) -> str:
    if format_ == "terminal":
        from monitor.outputs import terminal

        return terminal.draw(
            found, width=options.width(), colour=options.colourful(), links=options.linkable()
        )
    from monitor.core.renderings import jsonlines, markdown, text, webpage

    if format_ == "text":
        return text.render(found, width=options.width())
    if format_ == "markdown":
        return markdown.render(found)
    return webpage.render(found) if format_ == "html" else jsonlines.render(found)


@click.command()
@click.argument("query", nargs=-1)
@click.option("--source", default="", metavar="ID", help="Only items first published by this source.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="At most so many.")
@options.with_as_of
@options.with_json
@options.with_config
def items(
    query: tuple[str, ...], *, source: str, limit: int, as_of: str, as_json: bool, config: Path
) -> None:
    """List recorded items, the latest first by their dates; each word of QUERY must stand in key, title or summary.

    An item without a date counts by when it was recorded. Words are whole words, and Chinese ones may be written in any
    script: 6G is not in 26GHz, 总务 is in 総務省. telecom* is every word that begins so.
    """
    from monitor import app
    from monitor.archive import showing

    settings = app.load_settings(config)
    with app.reading(settings, as_of=as_of) as archive:
        app.check_source(settings, archive, source)
        _tell(archive.notices)
        found = showing.find(archive, " ".join(query), source=source, limit=limit)
    if as_json:
        for item in found:
            options.echo_json(showing.item_as_json(item))
        return
    _print_items(found, limit, settings.digest.timezone)


def _print_items(found: Sequence[StoredItem], limit: int, zone: str) -> None:
    """Two lines an item, and in whose zone times are, where one is told."""
    from monitor.core.renderings.clocks import times_in
    from monitor.core.renderings.neutral import plain
    from monitor.core.wording import moment

    for item in found:
        withdrawn = "  withdrawn" if item.withdrawn else ""
        dated = moment(str(item.published), zone) if item.published else "no date"
        click.echo(f"{plain(item.key)}  {dated}{withdrawn}\n    {plain(item.title) or '(no title)'}")
    more = f"The latest {limit}; --limit shows more." if len(found) == limit else ""
    timed = any(item.published and item.published.precision == "second" for item in found)
    if not found:
        click.echo("nothing recorded fits; try fewer words, or `monitor poll` first")
    elif more or timed:
        click.echo(f"({' '.join(filter(None, (more, times_in(zone) if timed else '')))})")


@click.command()
@click.argument("key")
@options.with_as_of
@options.with_json
@options.with_config
def show(key: str, *, as_of: str, as_json: bool, config: Path) -> None:
    """Show one item: what it is, what is new since you were last told, why it matched, and all that happened to it.

    Of a text that was revised the words that went stand in [-these-] and those that came in {+these+}.

    KEY as it is printed (bill:117-hr-1060), or as people write it ("H.R. 1060 (117th)", 117-hr-1060).
    """
    from monitor import app
    from monitor.archive import showing

    settings = app.load_settings(config)
    with app.reading(settings, as_of=as_of) as archive:
        _tell(archive.notices)
        history = showing.history(archive, key)
    if as_json:
        options.echo_json(showing.history_as_json(history))
        return
    from monitor.core.renderings.histories import render

    click.echo(render(history, width=options.width(), zone=settings.digest.timezone), nl=False)


def _tell(notices: Sequence[str]) -> None:
    for notice in notices:
        options.say(notice)


COMMANDS = (digest, items, show)
