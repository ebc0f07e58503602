"""Output kinds, one file each: the file's name is the kind that config.toml names.

A kind offers `Options`, `AFTER_UNCERTAIN`, `OCCASIONS`, `render(digest, dispatch) → Message` (pure) and
`send(message, dispatch) → answer`, which raises SendError. Neither knows of the log, of retries or of other outputs. One
that `HANDS_OVER` says in `send` when that begins (`Dispatch.handing_over`): cut short before, it is simply tried again. One
that writes files for others to fetch may name their `places(body, output)` and how long a `WINDOW` they show, and whether
it `KEEPS_UP` with what watchlists do not ask to be told, and which entries it `shows`, if not all.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion
from monitor.core.digests import Digest


class Kind(Protocol):
    """What each module of this folder offers."""

    Options: type[Any]
    AFTER_UNCERTAIN: AfterUncertain
    OCCASIONS: Sequence[Occasion]
    # Many addresses in the option of that name become a destination each; empty for kinds without.
    RECIPIENTS: str
    render: Callable[[Digest, Dispatch], Message]
    send: Callable[[Message, Dispatch], str]


def kind_names() -> Sequence[str]:
    """Every kind: the folder is the registry."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def kind(name: str) -> Kind:
    """The module of a kind that `kind_names` lists."""
    return cast("Kind", importlib.import_module(f"{__name__}.{name}"))
