"""Names that a person typed: one that nothing bears is refused, with the nearest one that something does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from monitor import database
from monitor.archive.gathering import Archive
from monitor.config import Settings
from monitor.core.errors import UsageError
from monitor.core.toml_reading import did_you_mean
from monitor.eventlog import EventLog
from monitor.projections import health

# What the name of a stream begins with, before a colon; only `monitor` has none.
_STREAMS = ("source", "item", "watchlist", "match", "link", "delivery", "triage")


def check_source(settings: Settings, archive: Archive, name: str) -> None:
    """Raise UsageError for a source that is neither configured nor known to the log; no name is all of them."""
    known = {source.id for source in settings.sources}
    known |= {found.source for found in health.all_sources(archive.views.conn)}
    if name and name not in known:
        remedy = did_you_mean(name, sorted(known)) if known else "none is configured"
        raise UsageError("--source", f"{name!r} is no source", remedy)


def check_stream(settings: Settings, stream: str) -> None:
    """Raise UsageError for a stream that cannot have events: of no kind that there is, of no such source or watchlist.

    One that ends in `*` stands for all that begin so. What may yet come is let be, and so is no name: all of them.
    """
    with closing(database.open_reader(settings.log_path)) as db:
        log = EventLog(db)
        if stream in {"", "monitor"} or any(log.read(stream=stream, limit=1)):
            return
        kind, colon, name = stream.removesuffix("*").partition(":")
        is_beginning = stream.endswith("*")
        if kind not in _STREAMS or not colon:
            if not (is_beginning and not colon and any(known.startswith(kind) for known in _STREAMS)):
                raise UsageError(stream, "is no stream", _meant(log, stream))
            return
        known = _known(settings, log, kind)
        if known and not any(one.startswith(name) if is_beginning else one == name for one in known):
            raise UsageError(stream, f"there is no such {kind}", did_you_mean(name, known))


def _meant(log: EventLog, stream: str) -> str:
    """What somebody means who left out what a stream's name begins with, or wrote it wrong."""
    for kind in _STREAMS:
        if any(log.read(stream=f"{kind}:{stream}", limit=1)):
            return f'did you mean "{kind}:{stream}"?'
    kind, _, name = stream.partition(":")
    near = did_you_mean(kind, _STREAMS)
    return (
        near.replace('"?', f':{name}"?')
        if name and near.startswith("did")
        else f"{near}, then a colon and a name"
    )


def _known(settings: Settings, log: EventLog, kind: str) -> Sequence[str]:
    """What sources and watchlists there are, by the settings or the log; nothing for what need not be there yet."""
    if kind == "source":
        configured = {source.id for source in settings.sources}
    elif kind == "watchlist":
        configured = {file.stem for file in settings.watchlists.glob("*.toml")}
    else:
        return ()
    told = log.read(stream=f"{kind}:*", types=("SourceConfigured", "WatchlistRevised"))
    return sorted(configured | {event.stream.partition(":")[2] for event in told})
