"""`monitor watch backtest`: edited watchlists on the past, before they are trusted with the future."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import completing, options

if TYPE_CHECKING:
    from monitor.core.backtests import Backtest


@click.command()
@click.argument("path", metavar="[FILE|DIR]", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--since",
    default="",
    metavar="T",
    help="Only items first recorded from this date or time on, or in the last 12h, 7d, 2w.",
)
@click.option(
    "--subject",
    default="",
    metavar="S",
    shell_complete=completing.subjects,
    help="Only this subject (its id, or WATCHLIST/ID).",
)
@click.option(
    "--samples",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="Items to show of those gained, lost or told by other words, for each subject; the latest by their dates.",
)
@click.option("--all", "everything", is_flag=True, help="Also the subjects that are the same.")
@options.with_json
@options.with_config
def backtest(
    path: Path | None,
    *,
    since: str,
    subject: str,
    samples: int,
    everything: bool,
    as_json: bool,
    config: Path,
) -> int:
    """Compare edited watchlists with those in force over everything recorded: what they gain, lose and would alert.

    Without a name, the folder of your settings as it is on disk. A FILE is compared with the watchlist of its name, and
    with nothing where there is none; of a DIR also what it lacks is told. Nothing is recorded.
    """
    from monitor import app

    settings = app.load_settings(config)
    lists, errors = app.edited_watchlists(settings, path)
    for error in errors:
        options.complain(error)
    if errors:
        return 2
    with options.bar() as bar:
        found, notices = app.backtest(
            settings,
            lists,
            only_these=path is not None and path.is_file(),
            since=since,
            subject=subject,
            samples=samples,
            progress=bar,
        )
    for notice in notices:
        options.say(notice)
    _print(found, str(path or settings.watchlists), subject, everything=everything, as_json=as_json)
    return 0


def _print(found: Backtest, name: str, subject: str, *, everything: bool, as_json: bool) -> None:
    from monitor.archive import backtesting
    from monitor.core.backtests import edited
    from monitor.core.renderings.backtests import Heading, lay_out
    from monitor.outputs import terminal

    told = found.subjects if everything else edited(found)
    if as_json:
        for line in backtesting.as_json(found, told):
            options.echo_json(line)
        return
    heading = Heading(name=name, subject=subject, everything=everything)
    lines = lay_out(found, heading, width=options.width())
    click.echo(terminal.paint(lines, colour=options.colourful()), nl=False, color=True)
