"""`monitor log`: what the log holds, for a person or a machine."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli import options


@click.command(name="log")
@click.argument("stream", default="", metavar="[STREAM]")
@click.option(
    "--after", default=0, type=click.IntRange(min=0), metavar="N", help="Only events after this position."
)
@click.option("--type", "types", multiple=True, metavar="T", help="Only events of this type (repeatable).")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@options.with_json
@options.with_config
def log_(
    stream: str, *, after: int, types: tuple[str, ...], limit: int | None, as_json: bool, config: Path
) -> None:
    """Print events in order. STREAM is one stream (item:bill:117-hr-1060), or ends in * for all that begin so."""
    from monitor import app
    from monitor.core.errors import UsageError
    from monitor.core.events import TYPES
    from monitor.core.renderings import eventlines
    from monitor.pipeline import showing

    unknown = [type_ for type_ in types if type_ not in TYPES]
    if unknown:
        raise UsageError("--type", f"{unknown[0]!r} is no type of event", f"known: {', '.join(TYPES)}")
    with app.reading(app.load_settings(config)) as archive:
        for event in archive.log.read(after, stream=stream or None, types=types, limit=limit):
            if as_json:
                options.echo_json(showing.event_as_json(event))
            else:
                click.echo(eventlines.render(event, width=options.width()))


COMMANDS = (log_,)
