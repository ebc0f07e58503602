"""`monitor verify`, `rebuild`: can the log be trusted, and the views anew from it."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli import options


@click.command()
@options.with_json
@options.with_config
def verify(*, as_json: bool, config: Path) -> None:
    """Check the log's whole chain of hashes; name the first position that is not as it was appended."""
    from monitor import app

    with app.reading(app.load_settings(config)) as archive:
        count = archive.log.verify()
        head = archive.log.head()
    if as_json:
        options.echo_json({"events": count, "head": head.hash})
    else:
        click.echo(f"{count} events, no gap, chain unbroken\nhead {head.hash}")


@click.command()
@click.argument("views", metavar="[VIEW]...", nargs=-1)
@options.with_config
def rebuild(views: tuple[str, ...], *, config: Path) -> None:
    """Drop views and derive them again from the log (all, if none is named). Sends nothing."""
    from monitor import app, projections
    from monitor.core.errors import UsageError

    known = [view.NAME for view in projections.views()]
    for view in views:
        if view not in known:
            raise UsageError(view, "no such view", f"known: {', '.join(known)}")
    with app.writing(app.load_settings(config)) as run:
        names = projections.rebuild(run.database, run.log, views)
    click.echo(f"rebuilt {', '.join(names)}")


COMMANDS = (verify, rebuild)
