"""What passes between the planner of deliveries and an output kind: who is told, on what occasion, and the message.

A kind renders (pure) and sends (I/O). What is owed to whom, when, and how often it is tried again is decided without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

# An alert is told at once, a daily or weekly digest at its hour, a heartbeat on a day without news where it is asked for.
# `edition` is a whole window of news made anew for files that others fetch; `sample` is a marked trial by a person.
Occasion = Literal["alert", "daily", "weekly", "heartbeat", "edition", "sample"]
# What follows an attempt of which nobody knows whether it arrived: made again as if nothing had been (files), or sent once
# more under the same id, marked as a possible repeat.
AfterUncertain = Literal["redo", "once more"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One configured destination (`[[output]]`). `options` is the kind's own `Options` value.

    `watchlists` are those that it tells of, all where it is empty. `recipient` is the one address of several that the
    table named: each is a destination of its own, so that no failure of one touches another, and `id` then carries it.
    `limit` bounds what a message displays, never what it accounts for. `bundle_s`: alerts that follow one within so many
    seconds come together. `at`, `weekday` (0 is Monday) and `timezone` are when digests are due.
    """

    id: str
    kind: str
    enabled: bool = True
    watchlists: tuple[str, ...] = ()
    recipient: str = ""
    alerts: bool = True
    daily: bool = True
    weekly: bool = True
    heartbeat: bool = False
    bundle_s: int = 600
    limit: int = 50
    at: str = "08:00"
    weekday: int = 0
    timezone: str = "UTC"
    language: Literal["en", "zh"] = "en"
    problem: str = ""
    options: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What a kind should know of one delivery beside its digest.

    `delivery` is its id, unique in its output for ever; `message_id` (`<…@…>`) never changes, whatever is tried again.
    `planned_at` is aware UTC text, and so is `attempted_at`, which is there only when it is sent. `repeat`: it may have arrived before.
    A kind that `HANDS_OVER` calls `handing_over` just before the act after which nobody could say whether it arrived.
    """

    output: Output
    delivery: str
    occasion: Occasion
    message_id: str
    planned_at: str
    attempted_at: str = ""
    repeat: bool = False
    handing_over: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent, byte for byte: kept beside the plan, so that a retry sends the same. `title` is one line for people.

    A kind that writes several files makes `body` a listing of them that it can read again.
    """

    body: bytes
    media_type: str
    title: str
