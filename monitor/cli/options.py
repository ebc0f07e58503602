"""Options that many commands share, and how they print."""

from __future__ import annotations

import json
import logging
import os
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


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


def colourful() -> bool:
    """Whether stdout is a terminal that wants colour; NO_COLOR and TERM=dumb say no."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to print in: the terminal's or $COLUMNS, else 80; never more than is good to read."""
    import shutil

    return max(40, min(shutil.get_terminal_size((80, 24)).columns, 120))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logger = logging.getLogger("monitor")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
