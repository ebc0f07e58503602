"""Source kinds, one file each: the file's name is the kind that config.toml names.

A kind offers `Options`, `DEFAULT_URL`, `requests(source, state)` and `parse(source, response)`. It may offer `follow`
(where following an item costs further requests), `earlier`, `past`, `split` and `vanished`; and `VERSION`, to be raised
when it reads the same answers otherwise than before. All are pure: a bug report is a saved answer.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
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


@cache
def kind_names() -> Sequence[str]:
    """Every kind: the folder is the registry."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def kind(name: str) -> Kind:
    """The module of a kind that `kind_names` lists."""
    return cast("Kind", importlib.import_module(f"{__name__}.{name}"))


# What a kind may offer beside the two functions; each is asked for by its name, and nothing is done where it is absent.


def follow(source: Source, key: str, marker: str) -> Iterable[Request]:
    """What more to ask of an item that a watchlist recognised; nothing, for kinds that send everything at once."""
    return _offered(source, "follow", key, marker)


def earlier(source: Source, response: Response) -> Iterable[Request]:
    """The page that goes on below this answer: page 2, for a list whose `Window` overflowed."""
    return _offered(source, "earlier", response)


def past(source: Source, since: datetime, until: datetime) -> Iterable[Request]:
    """What was published between two moments (aware UTC): to fill a gap, or to load a source's past."""
    return _offered(source, "past", since, until)


def split(source: Source, request: Request) -> Iterable[Request]:
    """Smaller windows that together cover that of `request`; nothing where it is as small as can be."""
    return _offered(source, "split", request)


def vanished(source: Source, key: str, marker: str, now: datetime) -> str:
    """Why an item that a `Snapshot` no longer names counts as withdrawn; empty where going was to be expected.

    `marker` is what the item last carried. Kinds that say nothing of it: whatever vanishes is withdrawn.
    """
    why = getattr(kind(source.kind), "vanished", None)
    return "no longer listed" if why is None else str(why(source, key, marker, now))


def offers(source: Source, name: str) -> bool:
    """Whether a kind offers one of these (`past`, say)."""
    return hasattr(kind(source.kind), name)


def _offered(source: Source, name: str, *values: object) -> Iterable[Request]:
    function = getattr(kind(source.kind), name, None)
    return () if function is None else cast("Iterable[Request]", function(source, *values))
