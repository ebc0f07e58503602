"""Source kinds, one file each: the file's name is the kind that config.toml names.

A kind offers `Options`, `DEFAULT_URL`, `requests(source, state)` and `parse(source, response)`, and where following an
item costs further requests `follow(source, key, marker)`. All are pure: a bug report is a saved answer.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, cast

from monitor.core.exchange import Finding, Request, Response, Source, State


class Kind(Protocol):
    """What each module of this folder offers."""

    Options: type[Any]
    DEFAULT_URL: str

    def requests(self, source: Source, state: State) -> Iterable[Request]:
        """What to ask at a poll."""

    def parse(self, source: Source, response: Response) -> Iterable[Finding]:
        """Read an answer. Raises NotUnderstood where it is not what this kind of source sends."""


def kind_names() -> Sequence[str]:
    """Every kind: the folder is the registry."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def kind(name: str) -> Kind:
    """The module of a kind that `kind_names` lists."""
    return cast("Kind", importlib.import_module(f"{__name__}.{name}"))


def follow(source: Source, key: str, marker: str) -> Iterable[Request]:
    """What more to ask of an item that a watchlist recognised; nothing, for kinds that send everything at once."""
    follow_ = getattr(kind(source.kind), "follow", None)
    return () if follow_ is None else cast("Iterable[Request]", follow_(source, key, marker))
