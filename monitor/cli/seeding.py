"""`monitor seed`: subjects proposed from documents."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from monitor.cli import options


@click.command()
@click.argument("documents", metavar="DOCUMENT…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the watchlist to a new file.")
@options.with_json
def seed(documents: tuple[Path, ...], *, out: Path | None, as_json: bool) -> None:
    """Propose subjects from documents (.txt, .md, .html, .pdf): names, aliases, numbers, evidence, likely sources.

    Prints a watchlist to keep, edit and move into your folder of watchlists. Changes nothing else.
    """
    from monitor import app

    proposals = app.seed(documents)
    toml = app.seeds_as_toml(proposals, documents)
    if out:
        app.write_seeds(out, toml)
    if as_json:
        for one in proposals:
            options.echo_json(asdict(one))
    elif not out:
        click.echo(toml, nl=False)
    most = sum(one.importance == 3 for one in proposals)
    options.say(
        f"{len(proposals)} subjects proposed, {most} of them important" + (f"; see {out}" if out else "")
    )


COMMANDS = (seed,)
