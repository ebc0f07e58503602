"""`monitor judge`: what a reader says of an item."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.archive.judging import Judged
    from monitor.config import Settings

_MARGIN = " " * 4


@click.command()
@click.argument("key", required=False)
@click.argument("verdict", required=False, type=click.Choice(("relevant", "noise", "later")))
@click.option("--note", default="", metavar="TEXT", help="Why, in your words; it is recorded.")
@click.option("--list", "listing", is_flag=True, help="List what was judged, the latest first.")
@options.with_json
@options.with_config
def judge(
    key: str | None, verdict: str | None, *, note: str, listing: bool, as_json: bool, config: Path
) -> None:
    """Say of an item that it is relevant, noise, or to be looked at later. The last verdict counts.

    KEY as it is printed (bill:117-hr-1060), or as people write it ("H.R. 1060 (117th)", 117-hr-1060).
    """
    from monitor import app
    from monitor.core.errors import UsageError

    settings = app.load_settings(config)
    if listing:
        if key or note:
            raise UsageError("--list", "lists all that was judged", "leave KEY, the verdict and --note out")
        _list(settings, as_json=as_json)
        return
    if not key or not verdict:
        remedy = "write `monitor judge KEY relevant`, `noise` or `later`; or --list"
        raise UsageError("judge", "says nothing without a key and a verdict", remedy)
    judged = app.judge(settings, key, verdict, note=note)  # type: ignore[arg-type] # click has checked it
    if as_json:
        options.echo_json(asdict(judged))
    else:
        click.echo(_told(judged))


def _told(judged: Judged) -> str:
    from monitor.core.renderings.neutral import plain

    name, note = plain(judged.key), f": {plain(judged.note)}" if judged.note else ""
    if not judged.is_new:
        return f"{name} is judged {judged.verdict} already{note}; nothing was recorded"
    before = f" (it was {judged.before})" if judged.before not in {"", judged.verdict} else ""
    return f"{name} is judged {judged.verdict}{before}{note}"


def _list(settings: Settings, *, as_json: bool) -> None:
    from monitor import app

    found, notices = app.judged(settings)
    for notice in notices:
        options.say(notice)
    for judged in found:
        if as_json:
            named = asdict(judged)
            options.echo_json(
                {name: named[name] for name in ("key", "title", "verdict", "note", "recorded_at")}
            )
            continue
        click.echo(_line(judged, settings.digest.timezone))
    if not found and not as_json:
        click.echo("nothing was judged yet; `monitor judge KEY relevant|noise|later` does")


def _line(judged: Judged, zone: str) -> str:
    """The verdict, when it was recorded and the key; below it the title, and the note as long as it is."""
    from monitor.core.renderings.clocks import exact
    from monitor.core.renderings.neutral import cut, plain
    from monitor.core.renderings.wrapping import TYPOGRAPHIC, Span, wrapped

    room = options.width() - len(_MARGIN)
    note = [Span(text=f"note: {plain(judged.note)}")] if judged.note else []
    noted = ("".join(span.text for span in line) for line in wrapped(note, room, TYPOGRAPHIC))
    head = f"{judged.verdict:<8}  {exact(judged.recorded_at, zone)}  {plain(judged.key)}"
    return f"\n{_MARGIN}".join([head, cut(plain(judged.title), room) or "(no title)", *noted])


COMMANDS = (judge,)
