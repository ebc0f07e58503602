"""What a log says of each item, content by content, as a reader of its events would put it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from publishing import Shown

from monitor import app
from monitor.core.errors import LogError
from monitor.core.events import ItemPublished, ItemRevised

# Position, origin, what stood there from then on.
Content = tuple[int, str, Shown]


def rows(settings: app.Settings, sql: str, *, of_views: bool = False) -> list[Any]:
    """Rows of the log's file, or of its views; none where a poll died before there was a log."""
    try:
        with app.reading(settings) as archive:
            return (archive.views if of_views else archive.log.database).conn.execute(sql).fetchall()
    except LogError:
        return []


def contents(
    settings: app.Settings, name: Callable[[ItemPublished], str] = lambda data: data.key
) -> dict[str, list[Content]]:
    """The contents of each item by its name, which must have been published once. The log must be sound."""
    found: dict[str, list[Content]] = {}
    names: dict[str, str] = {}
    if not rows(settings, "SELECT 1"):
        return {}
    with app.reading(settings) as archive:
        assert archive.log.verify() == archive.log.head().position
        for event in archive.log.read(types=("ItemPublished", "ItemRevised")):
            data = event.data
            if isinstance(data, ItemPublished):
                names[data.key] = name(data)
                assert names[data.key] not in found, f"{names[data.key]} was published twice"
                first = replace(_first(data), key=names[data.key])
                found[first.key] = [(event.position, data.origin, first)]
            elif isinstance(data, ItemRevised):
                before = found[names[data.key]]
                before.append((event.position, data.origin, _next(before[-1][2], data)))
    return found


def _first(data: ItemPublished) -> Shown:
    at = data.published.at if data.published else ""
    return Shown(key=data.key, title=data.title, summary=data.summary, published=at)


def _next(stands: Shown, data: ItemRevised) -> Shown:
    """The content after a revision, which must say rightly what stood there."""
    told = asdict(stands)
    for change in data.changes:
        assert (change.old or "") == told[change.field]
        told[change.field] = change.new or ""
    return Shown(**told)
