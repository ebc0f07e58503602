"""The events of deliveries: what was about to be sent, each attempt, and how it went. Part of the catalogue in `events`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfigured:
    """An output is delivered to from now on: it is owed what was recorded after `begins_after`."""

    output: str
    kind: str
    begins_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlanned:
    """What is about to be sent, written down before it is: the matches by position, and the rendered text by hash.

    `matches` are those that this output is told of for the first time, `changes` the positions of all that it tells (an
    item published, revised, moved, withdrawn). Where `media_type` is given, the text itself is kept among the bodies.
    All that is owed on this `occasion` up to `until_position` is in this delivery or an earlier one.
    """

    output: str
    delivery: str
    matches: list[int]
    rendered_sha256: str
    message_id: str
    occasion: str = ""
    changes: list[int] = field(default_factory=list)
    until_position: int = 0
    title: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempted:
    """A sending began. An attempt without an outcome is uncertain. `repeat`: it may have arrived before."""

    output: str
    delivery: str
    attempt: int
    repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySucceeded:
    """The other side took it."""

    output: str
    delivery: str
    attempt: int
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed:
    """The other side did not take it. `final` where no further attempt follows.

    `replaced_by` is the later edition that holds all that this one had to tell, so that nobody need send it any more.
    """

    output: str
    delivery: str
    attempt: int
    answer: str
    final: bool = False
    replaced_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUncertain:
    """Nobody knows whether an attempt arrived: it was found without an outcome, or `answer` is what broke off."""

    output: str
    delivery: str
    attempt: int
    answer: str = ""
