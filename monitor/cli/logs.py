"""`monitor log`: what the log holds, for a person or a machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.core.envelopes import Event


@click.command(name="log")
@click.argument("stream", default="", metavar="[STREAM]")
@click.option(
    "--after", default=0, type=click.IntRange(min=0), metavar="N", help="Only events after this position."
)
@click.option("--type", "types", multiple=True, metavar="T", help="Only events of this type (repeatable).")
@click.option("--run", default="", metavar="ID", help="Only what this run of the program appended.")
@click.option(
    "--since",
    default="",
    metavar="T",
    help="Only recorded from this date or time on, or in the last 12h, 7d, 2w.",
)
@click.option("--until", default="", metavar="T", help="Only recorded up to this date (included) or time.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many, the first ones.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="At most so many, the last ones.")
@click.option(
    "-f", "--follow", is_flag=True, help="Then wait, and print what is appended, until Ctrl-C ends it."
)
@options.with_json
@options.with_config
def log_(
    stream: str,
    *,
    after: int,
    types: tuple[str, ...],
    run: str,
    since: str,
    until: str,
    limit: int | None,
    last: int | None,
    follow: bool,
    as_json: bool,
    config: Path,
) -> None:
    """Print events in order. STREAM is one stream (item:bill:117-hr-1060), or ends in * for all that begin so."""
    from monitor import app
    from monitor.archive.following import Choice

    _refuse_nonsense(types, until=until, limit=limit, last=last, follow=follow)
    choice = Choice(stream=stream or None, types=types, run=run or None, after=after, limit=limit, last=last)
    settings = app.load_settings(config)
    app.check_stream(settings, stream)
    count, unread = 0, Unread(at_once=follow)
    try:
        for event in app.events(settings, choice, since=since, until=until, follow=follow):
            _print(event, settings.digest.timezone, as_json=as_json)
            unread.note(event)
            count += 1
    except KeyboardInterrupt:
        if not follow:
            raise
    unread.tell()
    if not count and not follow:
        click.echo("no event fits", err=True)


class Unread:
    """The events whose type or schema this version does not know: a reader gets all the rest, and is told of it.

    What is followed has no end to tell it at, so `at_once` tells of each kind when it first comes.
    """

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once
        self._many: Counter[str] = Counter()

    def note(self, event: Event) -> None:
        """Count an event that was printed without what it says."""
        if event.data is None:
            kind = f"{event.type} {event.schema}"
            self._many[kind] += 1
            if self.at_once and self._many[kind] == 1:
                _say_unread(f"position {event.position}", kind)

    def tell(self) -> None:
        """At the end, how many there were and of which kinds."""
        if self._many and not self.at_once:
            many = self._many.total()
            _say_unread(f"{many:,} {'event' if many == 1 else 'events'}", ", ".join(sorted(self._many)))


def _say_unread(what: str, kinds: str) -> None:
    options.say(
        f"{what} of a type or schema unknown to this version ({kinds}), printed without data; update the monitor"
    )


def _refuse_nonsense(
    types: tuple[str, ...], *, until: str, limit: int | None, last: int | None, follow: bool
) -> None:
    from monitor.core.errors import UsageError
    from monitor.core.events import TYPES
    from monitor.core.toml_reading import did_you_mean

    unknown = [type_ for type_ in types if type_ not in TYPES]
    if unknown:
        remedy = did_you_mean(unknown[0], TYPES)
        raise UsageError("--type", f"{unknown[0]!r} is no type of event", remedy)
    if limit and last:
        raise UsageError("--last", "does not go with --limit", "the first ones or the last ones: choose one")
    if follow and until:
        raise UsageError(
            "--until", "does not go with --follow", "a log that is followed has no end; leave it out"
        )


def _print(event: Event, zone: str, *, as_json: bool) -> None:
    from monitor.archive import showing
    from monitor.core.renderings import eventlines

    if as_json:
        options.echo_json(showing.event_as_json(event))
    else:
        click.echo(eventlines.render(event, width=options.width(), zone=zone))


COMMANDS = (log_,)
