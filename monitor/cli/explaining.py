"""`monitor why`: why an item matched a subject, or which condition failed and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import completing, options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config import Settings
    from monitor.core.watchlists import Watchlist


@click.command()
@click.argument("key")
@click.argument("subject", shell_complete=completing.subjects)
@click.option("--edited", is_flag=True, help="By the watchlist files as they are now, not by those in force.")
@click.option(
    "--watchlists",
    "place",
    default=None,
    type=click.Path(path_type=Path, exists=True),
    metavar="PATH",
    help="By the watchlists of another file or folder.",
)
@click.option("--all", "everybody", is_flag=True, help="Name all who watch such words, found here or not.")
@options.with_as_of
@options.with_json
@options.with_config
def why(
    key: str,
    subject: str,
    *,
    edited: bool,
    place: Path | None,
    everybody: bool,
    as_of: str,
    as_json: bool,
    config: Path,
) -> None:
    """Explain why an item matches a subject, or why not: each term, where it stands, or what is lacking and how much.

    KEY as `show` takes it: bill:117-hr-1060, "H.R. 1060 (117th)", an address. SUBJECT is its id, or WATCHLIST/ID where
    several watchlists have it.
    """
    from monitor import app
    from monitor.archive import explaining

    settings = app.load_settings(config)
    lists = _edited(settings, place) if edited or place else None
    found, notices = app.why(settings, key, subject, edited=lists, as_of=as_of)
    for notice in notices:
        options.say(notice)
    if as_json:
        options.echo_json(explaining.as_json(found))
        return
    from monitor.core.renderings.explanations import render

    zone = settings.digest.timezone
    click.echo(render(found, width=options.width(), zone=zone, everybody=everybody), nl=False)


def _edited(settings: Settings, place: Path | None) -> Sequence[Watchlist]:
    """The watchlists of files, without those that cannot be used, which are told."""
    from monitor import app

    good, bad = app.edited_watchlists(settings, place)
    for error in bad:
        options.complain(error)
    return good


COMMANDS = (why,)
