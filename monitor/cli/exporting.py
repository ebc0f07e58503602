"""`monitor export`, `backup`: data for other programs, and a copy of the log that can be trusted."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor.cli import options

FORMATS = ("jsonl", "csv")


@click.command()
@click.argument("table")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write this file, whole or not at all; one that is there is replaced. (Default: stdout.)",
)
@click.option("--as-of", default="", metavar="T", help="What the log held at that time.")
@options.with_config
def export(table: str, *, format_: str, output: Path | None, as_of: str, config: Path) -> None:
    """Write the events or a view's table (items, matches …) as JSON Lines or CSV for other programs.

    The columns are described in docs/views.md. In CSV a cell that a spreadsheet would compute gets an apostrophe in
    front. The last line on stderr says how many rows there are, and which moment of the log they show.
    """
    from monitor import app

    settings = app.load_settings(config)
    with options.bar(wanted=output is not None or not sys.stdout.isatty()) as bar:
        done = app.export(
            settings,
            table,
            format_=format_,
            stdout=sys.stdout.buffer,
            output=output,
            as_of=as_of,
            progress=bar,
        )
    for notice in done.notices:
        options.say(notice)
    click.echo(
        f"{done.rows} rows of {done.table} at position {done.head.position}, head {done.head.hash}", err=True
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@options.with_json
@options.with_config
def backup(file: Path, *, force: bool, as_json: bool, config: Path) -> None:
    """Copy the log with everything in it to FILE, also while `monitor run` writes to it, and verify the copy."""
    from monitor import app

    settings = app.load_settings(config)
    with options.bar() as bar:
        copy = app.backup(settings, file, force=force, progress=bar)
    if as_json:
        options.echo_json(
            {"file": str(copy.path), "events": copy.events, "head": copy.head, "size_bytes": copy.size_bytes}
        )
    else:
        click.echo(
            f"{file}: {copy.events} events, {copy.size_bytes:,} bytes, chain unbroken\nhead {copy.head}"
        )


COMMANDS = (export, backup)
