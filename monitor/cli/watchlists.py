"""`monitor match` and `monitor watch`: trying and reading watchlists."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from monitor.cli import options


@click.command()
@click.option(
    "--watchlists",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of watchlists.",
)
@click.argument("items", metavar="ITEMS.jsonl", type=click.File(encoding="utf-8"))
def match(folder: Path, items: TextIO) -> int:
    """Match JSON Lines `{id, title, summary?, url?, published?, identifiers?}` against watchlists.

    Prints a line `{id, watchlist, subject, score, evidence}` a match. ITEMS may be - for stdin.
    """
    from monitor import app
    from monitor.core.exchange import Problem
    from monitor.pipeline import trying

    good, bad = app.watchlists_in(folder)
    for error in bad:
        options.say(str(error))
    if bad:
        return 2
    code = 0
    for found in trying.match_lines(good, items, name=getattr(items, "name", "items")):
        if isinstance(found, Problem):
            options.say(f"{found.where}: {found.what}; write one JSON object a line")
            code = 1
        else:
            options.echo_json(found)
    return code


@click.group()
def watch() -> None:
    """Read and check watchlists."""


@watch.command(name="list")
@options.with_json
@options.with_config
def list_(*, as_json: bool, config: Path) -> int:
    """List the watchlists and what each follows."""
    from monitor import app

    good, bad = app.watchlists_in(app.load_settings(config).watchlists)
    for watchlist in good:
        if as_json:
            subjects = [
                {"id": subject.id, "name": subject.name, "zh": subject.zh} for subject in watchlist.subjects
            ]
            options.echo_json(
                {
                    "id": watchlist.id,
                    "title": watchlist.title,
                    "priority": watchlist.priority,
                    "subjects": subjects,
                }
            )
            continue
        click.echo(f"{watchlist.id}  {watchlist.title}  ({watchlist.priority})")
        for subject in watchlist.subjects:
            click.echo(f"    {subject.id}  {subject.name}{f' {subject.zh}' if subject.zh else ''}")
    for error in bad:
        options.say(str(error))
    return 2 if bad else 0


@watch.command()
@options.with_config
def lint(*, config: Path) -> int:
    """Check every watchlist file; say what is wrong or doubtful, where, and what to do."""
    from monitor import app

    files = app.read_watchlists(app.load_settings(config).watchlists)
    errors = [str(error) for _, problems in files for error in problems]
    good = [watchlist for watchlist, _ in files if watchlist]
    warnings = [warning for watchlist in good for warning in watchlist.warnings]
    for text in (*errors, *warnings):
        click.echo(text)
    subjects = sum(len(watchlist.subjects) for watchlist in good)
    click.echo(f"{len(good)} watchlists, {subjects} subjects, {len(warnings)} warnings, {len(errors)} errors")
    return 2 if errors else 0


COMMANDS = (match, watch)
