"""`monitor match` and `monitor watch`: trying and reading watchlists."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli import backtesting, drafting, editing, following, linting, options

if TYPE_CHECKING:
    from monitor.core.errors import WatchlistError
    from monitor.core.watchlists import Watchlist
    from monitor.pipeline.trying import Answer


class _Items(click.File):
    """A file of items, or stdin as long as somebody has it open."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The open file. Fails where `-` is asked for and stdin is closed."""
        if value == "-" and sys.stdin is None:
            self.fail("stdin is closed; name a file, or pipe the items in", param, ctx)
        return super().convert(value, param, ctx)


@click.command()
@click.option(
    "--watchlists",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of watchlists.",
)
@click.argument("items", metavar="ITEMS.jsonl", type=_Items("rb"))
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that share the work. [default: one for little, a few for much]",
)
def match(folder: Path, items: BinaryIO, jobs: int | None) -> int:
    """Match JSON Lines `{id, title, summary?, url?, published?, identifiers?}` against watchlists.

    Prints a line `{id, watchlist, subject, score, evidence, conditions}` a match, in the order of ITEMS, as soon as its
    item was read. ITEMS may be - for stdin. A line that is no item is told on stderr, and the others go on.
    """
    from monitor.pipeline import sharing

    good, bad = _read(folder)
    for error in bad:
        options.complain(error)
    if bad:
        return 2
    try:
        with closing(sharing.answers(items, good, name=items.name, jobs=jobs)) as answers:
            return _print_answers(answers)
    except KeyboardInterrupt:
        options.say("interrupted; what was printed is right, and not all")
        return 1


def _read(folder: Path) -> tuple[list[Watchlist], list[WatchlistError]]:
    """The watchlists of the folder, and what is wrong with others. Raises UsageError for a folder without any."""
    from monitor import config
    from monitor.core.errors import UsageError

    remedy = "name a folder of watchlists (*.toml)"
    if not folder.is_dir():
        raise UsageError(str(folder), "there is no such folder", remedy)
    good, bad = config.load_watchlists(folder)
    if not good and not bad:
        raise UsageError(str(folder), "no watchlist in that folder", remedy)
    return good, bad


def _print_answers(answers: Iterable[Answer]) -> int:
    """Each as soon as it is there. Return 1 if a line was no item, else 0."""
    code = 0
    out = sys.stdout.buffer
    for answer in answers:
        for problem in answer.problems:
            options.say(f"{problem.where}: {problem.what}; write one JSON object a line")
            code = 1
        for notice in answer.notices:
            options.say(f"{notice.where}: {notice.what}")
        out.write(answer.matches)
        out.flush()
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
            click.echo(f"    {subject.id}  {subject.name}{f'  {subject.zh}' if subject.zh else ''}")
    for error in bad:
        options.complain(error)
    return 2 if bad else 0


for _command in (*following.COMMANDS, *editing.COMMANDS, *drafting.COMMANDS):
    watch.add_command(_command)
watch.add_command(linting.lint)
watch.add_command(backtesting.backtest)

COMMANDS = (match, watch)
