"""Options that many commands share, and how they print."""

from __future__ import annotations

import json
import logging
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from monitor.core.errors import MonitorError


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--config` and `-v`; the command receives `config: Path`."""
    command = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=lambda _context, _parameter, value: _log_to_stderr() if value else None,
        help="Log to stderr.",
    )(command)
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="MONITOR_CONFIG",
        default=Path("config.toml"),
        show_default=True,
        help="The settings file (or $MONITOR_CONFIG).",
    )(command)


def with_as_of(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--as-of`; the command receives `as_of: str`, empty for the present."""
    return click.option(
        "--as-of",
        default="",
        metavar="T",
        help="From what the log held at that time (a date means its end; in the zone of [digest], unless T names one).",
    )(command)


def with_language(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--language`; the command receives `language`, None where it is left to the settings."""
    help_ = "Language of headings and labels (default: as config.toml has it)."
    return click.option("--language", type=click.Choice(("en", "zh")), help=help_)(command)


def with_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`; the command receives `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="JSON Lines on stdout, nothing else there.")(
        command
    )


def echo_json(value: Any) -> None:
    """One JSON object on one line; what a terminal would obey or not show is written as an escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    unseen = {c for c in set(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    click.echo(text.translate({ord(c): json.dumps(c)[1:-1] for c in unseen}))


def say(text: str) -> None:
    """What is no data: on stderr, with the program's name, and nothing in it that a terminal would obey."""
    from monitor.core.renderings.neutral import plain

    click.echo(f"monitor: {plain(text)}", err=True)


def complain(error: MonitorError) -> None:
    """What went wrong, on stderr; of a file that is wrong also the line, with a caret below the place."""
    from monitor.core.errors import ConfigError
    from monitor.core.renderings.excerpts import pointed

    if not isinstance(error, ConfigError) or error.place is None:
        say(str(error))
        return
    say(error.pointed())
    for line in pointed(error.place, width()):
        click.echo(line, err=True)


def colourful() -> bool:
    """Whether stdout is a terminal that wants colour; NO_COLOR and TERM=dumb say no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def linkable() -> bool:
    """Whether stdout is a terminal that puts an address behind a title: multiplexers and plain consoles lose it."""
    plain = os.environ.get("TMUX") or os.environ.get("STY")
    return sys.stdout.isatty() and not plain and os.environ.get("TERM", "") not in {"dumb", "linux", ""}


def width() -> int:
    """Columns to print in: the terminal's or $COLUMNS, else 80; never more than is good to read."""
    import shutil

    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


@contextmanager
def bar(*, wanted: bool = True) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr, where that is a terminal and one is `wanted`; nothing elsewhere.

    It is told what is being done, how much of it, and of how much (0: nobody knows).
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda _name, _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("opening", total=None)

        def tell(name: str, done: int, of: int) -> None:
            nonlocal task
            if progress.tasks[0].description != name:  # a total that was known cannot be taken back
                progress.remove_task(task)
                task = progress.add_task(name, total=None)
            progress.update(task, completed=done, total=of or None)

        yield tell


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logger = logging.getLogger("monitor")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
