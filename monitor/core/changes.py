"""What a source's statement of an item changes in what we know: the decider. Pure.

Two rules keep the log quiet and complete. A source revises an item only in the fields that this source itself changed
since it last spoke, so that two sources which word one document differently do not overwrite each other for ever. A
source's first word on an item that another one published only fills what is empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.core.dates import When
from monitor.core.events import ActionRecorded, ItemPublished, ItemRevised, Origin, Payload, Significance
from monitor.core.evidence import FieldChange, Value
from monitor.core.items import Item, content, content_hash, field_hashes
from monitor.core.text import fold

# Fields in which a reader looks for news; a change of any other is a change of metadata.
_SUBSTANCE = (
    "title",
    "summary",
    "body",
    "published",
    "details.status",
    "details.date",
    "details.deadline",
    "withdrawn",
)

# A publisher who says for the third time what it took back twice is changing its mind, not the document.
_FLAPS_AFTER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the log holds of an item, and what one source last said of it.

    `fields` are the current content by name, as `items.content` gives them (a body by its hash). `statement` is the
    source's own field hashes from its last word, or None if it never spoke of this item. `actions` are action keys.
    `withdrawn` is the reason why it is gone, if it is, and `withdrawn_by` the source that said so. `said` counts how
    often this source has said each content, by its hash.
    """

    revision: int
    fields: Mapping[str, Any]
    statement: Mapping[str, str] | None
    actions: frozenset[str] = field(default_factory=frozenset)
    withdrawn: str = ""
    withdrawn_by: str = ""
    said: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The events to append, in order, and the source's statement to remember."""

    events: Sequence[Payload]
    statement: Mapping[str, str]


def body_hash(body: str) -> str:
    """SHA-256 of the text's UTF-8 bytes: the name under which a body is kept; empty for an empty text."""
    return hashlib.sha256(body.encode()).hexdigest() if body else ""


def decide(
    known: Known | None,
    item: Item,
    *,
    source: str,
    origin: Origin,
    hashes: Mapping[str, str] | None = None,
) -> Decision:
    """What is new in `item` as `source` states it. Deciding twice on the same statement yields nothing.

    `hashes` are its `field_hashes`, where the caller has them already.
    """
    stated = field_hashes(item) if hashes is None else hashes
    if known is None:
        return Decision(
            events=[_published(item, stated, source, origin), *_actions(item, frozenset(), source, origin)],
            statement=stated,
        )
    events: list[Payload] = list(_revision(known, item, stated, source, origin))
    events.extend(_actions(item, known.actions, source, origin))
    return Decision(events=events, statement={**(known.statement or {}), **stated})


def _published(item: Item, stated: Mapping[str, str], source: str, origin: Origin) -> ItemPublished:
    return ItemPublished(
        key=item.key,
        source=source,
        origin=origin,
        kind=item.kind,
        title=item.title,
        summary=item.summary,
        url=item.url,
        published=item.published,
        titles=list(item.titles),
        subjects=list(item.subjects),
        identifiers=list(item.identifiers),
        details={name: value for name, value in item.details.items() if value},
        body_sha256=body_hash(item.body),
        content_hash=content_hash(stated),
    )


def _actions(item: Item, seen: frozenset[str], source: str, origin: Origin) -> Iterable[ActionRecorded]:
    for action in sorted(item.actions, key=lambda a: (a.when.at if a.when else "", a.key)):
        if action.key not in seen:
            yield ActionRecorded(
                key=item.key,
                source=source,
                origin=origin,
                action=action.key,
                text=action.text,
                when=action.when,
                code=action.code,
                type=action.type,
                chamber=action.chamber,
                system=action.system,
            )


def _revision(
    known: Known, item: Item, stated: Mapping[str, str], source: str, origin: Origin
) -> Iterable[ItemRevised]:
    changes = [
        FieldChange(field=name, old=_value(known.fields.get(name)), new=new)
        for name in _spoken_anew(known, stated)
        if _stable(new := _value(_as_kept(name, content(item)[name])))
        != _stable(_value(known.fields.get(name)))
    ]
    # Who took it away, or shows it for the first time, says that it is there.
    if known.withdrawn and (known.withdrawn_by == source or known.statement is None):
        changes.append(FieldChange(field="withdrawn", old=known.withdrawn, new=None))
    if changes:
        flaps = known.said.get(content_hash(stated), 0) >= _FLAPS_AFTER
        yield ItemRevised(
            key=item.key,
            source=source,
            origin=origin,
            revision=known.revision + 1,
            changes=changes,
            significance="flapping" if flaps else significance(changes),
            published=item.published if any(change.field == "published" for change in changes) else None,
            content_hash=content_hash(stated),
        )


def _spoken_anew(known: Known, stated: Mapping[str, str]) -> list[str]:
    """The fields in which this statement may change what is known."""
    if known.statement is None:
        return [name for name in stated if not known.fields.get(name)]
    return [name for name, hashed in stated.items() if known.statement.get(name) != hashed]


def _as_kept(name: str, value: Any) -> Any:
    return body_hash(value) if name == "body" else value


def _value(value: Any) -> Value:
    """A field's value as an event holds it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, When):
        return str(value)
    return [str(part) for part in value]


def _stable(value: Value) -> Any:
    return sorted(value) if isinstance(value, list) else (value or None)


def significance(changes: Iterable[FieldChange]) -> Significance:
    """How much a revision matters: typographic (dashes, width, spaces, case), metadata, or substantive.

    A fourth, flapping, is what `decide` says of a content that the source has taken back twice already.
    """
    real = [change for change in changes if _bare(change.old) != _bare(change.new)]
    if not real:
        return "typographic"
    return "substantive" if any(change.field in _SUBSTANCE for change in real) else "metadata"


def _bare(value: Value) -> Any:
    if isinstance(value, str):
        return " ".join(fold(value).lower.split())
    return sorted(value) if isinstance(value, list) else value
