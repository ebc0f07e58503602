"""`monitor watch lint`: what is wrong or doubtful in watchlists, before anybody trusts them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.core.linting.findings import Finding
    from monitor.core.renderings.linting import Summary


@click.command()
@click.argument("path", metavar="[FILE|DIR]", required=False, type=click.Path(path_type=Path, exists=True))
@click.option("--notes", is_flag=True, help="Print the notes too, which are only counted otherwise.")
@options.with_json
@options.with_config
def lint(path: Path | None, *, notes: bool, as_json: bool, config: Path) -> int:
    """Check watchlist files: what is wrong or doubtful, where, and what to do. Changes nothing.

    Without a name, the folder of your settings. Terms are also tried over all that the log holds. Exit 2 if a file cannot
    be used as it stands.
    """
    from monitor import app

    settings = None if path and not config.exists() else app.load_settings(config)
    with options.bar() as bar:
        findings, summary = app.lint(settings, path, progress=bar)
    if as_json:
        _print_json(findings, summary)
    else:
        _print(findings, summary, notes=notes)
    return 2 if any(one.level == "error" for one in findings) else 0


def _print(findings: list[Finding], summary: Summary, *, notes: bool) -> None:
    from monitor.core.renderings.linting import lay_out
    from monitor.outputs import terminal

    lines = lay_out(findings, summary, width=options.width(), notes=notes)
    click.echo(terminal.paint(lines, colour=options.colourful()), nl=False, color=True)


def _print_json(findings: list[Finding], summary: Summary) -> None:
    """A line a finding, and one for the whole."""
    for one in findings:
        said = asdict(one)
        place = said.pop("place")
        options.echo_json({"type": "finding", **said, "column": place["column"] if place else 0})
    options.echo_json({"type": "summary", **asdict(summary)})
