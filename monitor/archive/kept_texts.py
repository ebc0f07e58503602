"""Which full texts a log names and must hold, and which it may do without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from monitor.core.delivery_events import DeliveryPlanned
from monitor.core.envelopes import Event
from monitor.core.events import BodyErased, ItemPublished, ItemRevised, Payload

# The events that name texts.
TYPES = ("ItemPublished", "ItemRevised", "DeliveryPlanned", "BodyErased")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTexts:
    """Texts by their SHA-256. `needed` has the first position that names each, `erased` those taken out on purpose.

    `superseded` are the editions of files that a later one of the same output replaced: nobody will send them again.
    """

    needed: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    superseded: set[str] = field(default_factory=set)


def named_texts(events: Iterable[Event]) -> NamedTexts:
    """What these events name, in the order of the log."""
    found = NamedTexts()
    latest: dict[str, tuple[str, int]] = {}
    for event in events:
        match event.data:
            case BodyErased(sha256=sha256):
                found.erased.add(sha256)
            case DeliveryPlanned(media_type=kept, occasion="edition", output=output) if kept:
                if output in latest:
                    found.superseded.add(latest[output][0])
                latest[output] = (event.data.rendered_sha256, event.position)
            case _:
                for sha256 in _named_by(event.data):
                    found.needed.setdefault(sha256, event.position)
    for sha256, position in latest.values():
        found.needed.setdefault(sha256, position)
    found.superseded.difference_update(found.needed)
    return found


def _named_by(data: Payload | None) -> Iterator[str]:
    match data:
        case ItemPublished(body_sha256=sha256) if sha256:
            yield sha256
        case ItemRevised(changes=changes):
            yield from (str(change.new) for change in changes if change.field == "body" and change.new)
        case DeliveryPlanned(media_type=kept, rendered_sha256=sha256) if kept:
            yield sha256
        case _:
            pass
