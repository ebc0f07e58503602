"""What a shell is offered as one types: names of watchlists and of their subjects, read from the files as they are.

Nothing here may print or fail: a file that cannot be read offers nothing.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem


def lists(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The ids of watchlists, with their titles."""
    return _beginning(begun, ((id_, table.get("title")) for id_, table in _tables(context)))


def subjects(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The ids of subjects, with their names; `LIST/ID` behind a slash, and where several lists have one."""
    return _beginning(begun, _subjects(context, whole="/" in begun))


def both(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Watchlists and subjects."""
    return [*lists(context, parameter, begun), *subjects(context, parameter, begun)]


def _beginning(begun: str, offered: Iterator[tuple[str, Any]]) -> list[CompletionItem]:
    from monitor.core.renderings.neutral import excerpt

    return [
        CompletionItem(excerpt(id_, 100), help=excerpt(help_, 60) if isinstance(help_, str) else None)
        for id_, help_ in offered
        if id_.startswith(begun)
    ]


def _subjects(context: click.Context, *, whole: bool) -> Iterator[tuple[str, Any]]:
    found = [(id_, one["id"], one.get("name")) for id_, table in _tables(context) for one in _named(table)]
    many = Counter(subject for _, subject, _ in found)
    for list_, subject, name in found:
        yield (f"{list_}/{subject}" if whole or many[subject] > 1 else subject), name


def _named(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    tables = table.get("subject")
    return [
        one
        for one in (tables if isinstance(tables, list) else [])
        if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]


def _tables(context: click.Context) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each watchlist of the settings, by its id; empty where it cannot be read."""
    config = Path(context.params.get("config") or "config.toml")
    named = _read(config).get("watchlists", {})
    path = named.get("path", "watchlists") if isinstance(named, dict) else "watchlists"
    for file in sorted((config.parent / str(path)).glob("*.toml")):
        yield file.stem, _read(file)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
