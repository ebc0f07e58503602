"""`monitor demo` and `monitor init`: the first two things that a newcomer does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from monitor.cli import options

if TYPE_CHECKING:
    from monitor.core.language import Language


@click.command()
@options.with_language
@options.with_json
def demo(*, language: Language | None, as_json: bool) -> None:
    """Show the main job on recorded answers: no network, no settings, nothing left behind."""
    from monitor import demo as show
    from monitor.outputs import terminal

    if as_json:
        from monitor.core.renderings import jsonlines

        click.echo(jsonlines.render(show.run(language=language).digest), nl=False)
        return
    outcome = show.run(say=lambda text: click.echo(text, err=True), language=language)
    text = terminal.draw(
        outcome.digest, width=options.width(), colour=options.colourful(), links=options.linkable()
    )
    click.echo(text, color=True, nl=False)


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Write a commented config.toml and the shipped watchlists into DIR (default: here).

    A file that is there already is kept as it is. Schemas for editors go to DIR/schemas; the files name them.
    """
    from monitor import app

    for path, written in app.write_shipped(folder):
        click.echo(f"{'wrote' if written else 'kept '} {path}")
    where = "" if folder == Path() else f" --config {folder / 'config.toml'}"
    click.echo(f"\nNext: monitor poll{where}, then monitor digest{where}")


@click.command()
@click.argument("what", type=click.Choice(["config", "watchlist"]))
def schema(what: Literal["config", "watchlist"]) -> None:
    """Print the JSON Schema of config.toml or of a watchlist, for editors that complete and check."""
    from monitor import app

    click.echo(app.schema(what), nl=False)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what a shell needs to complete commands, options and names: put it where your shell reads it."""
    from click.shell_completion import get_completion_class

    from monitor.cli import cli

    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"{shell} is not known")
    click.echo(found(cli, {}, "monitor", "_MONITOR_COMPLETE").source(), nl=False)


COMMANDS = (demo, init, schema, completion)
