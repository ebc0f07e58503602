"""Editing watchlists: a file's text is changed, checked, written whole, and what it replaced is kept in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor import config
from monitor.app.judging import backtest
from monitor.app.opening import Clock, reading, utc_now, writing
from monitor.app.schemas import schema_line
from monitor.archive import exporting, revising, suggesting
from monitor.archive.revising import Near, Revision
from monitor.archive.suggesting import Suggestions
from monitor.config import Settings
from monitor.core import editing
from monitor.core.backtests import Backtest
from monitor.core.errors import MonitorError, UsageError, WatchlistError
from monitor.core.toml_reading import did_you_mean
from monitor.core.watchlists import Subject, Watchlist, read_watchlist

_NEW_LIST = 'title    = "{}"\npriority = "normal"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A watchlist's text before and after; `watchlist` is what the new one says, None where it cannot be used.

    `errors` are why it cannot. A file that is not there yet has no text before.
    """

    id: str
    file: Path
    before: str
    after: str
    watchlist: Watchlist | None
    errors: Sequence[WatchlistError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an edit does to all that the log holds; None where there is no log to try it on. `near` is what it misses."""

    found: Backtest | None
    near: Sequence[Near] = ()


def place_of(settings: Settings, name: str) -> tuple[str, str]:
    """The watchlist and the subject that `LIST/SUBJECT`, or a subject's id that only one list has, mean."""
    known = _subjects(settings)
    if "/" in name:
        list_, _, subject = name.partition("/")
        if list_ not in known:
            raise UsageError(list_, "no such watchlist", did_you_mean(list_, sorted(known)))
        if known[list_] and subject not in known[list_]:
            raise UsageError(name, "no such subject in that watchlist", did_you_mean(subject, known[list_]))
        return list_, subject
    having = [list_ for list_, subjects in known.items() if name in subjects]
    if len(having) > 1:
        raise UsageError(name, f"is a subject of {' and '.join(having)}", f"say which: {having[0]}/{name}")
    if not having:
        names = sorted({subject for subjects in known.values() for subject in subjects})
        raise UsageError(name, "no such subject", did_you_mean(name, names) if names else "none is followed")
    return having[0], name


def edit(settings: Settings, list_: str, change: Callable[[str], str], *, new: bool = False) -> Edit:
    """The watchlist's text under a change, checked, not yet written. `new`: the list may not be there yet.

    Raises UsageError where the change cannot be made.
    """
    file = _file(settings, list_, new=new)
    before = _text(file)
    named = schema_line(settings.watchlists, "watchlist")
    return checked(settings, list_, before, change(before or named + _NEW_LIST.format(list_)))


def checked(settings: Settings, list_: str, before: str, after: str) -> Edit:
    """A new text for a watchlist, and what is wrong with it."""
    file = settings.watchlists / f"{list_}.toml"
    watchlist, errors = read_watchlist(
        after.removeprefix("\ufeff"), file=f"{settings.watchlists.name}/{file.name}"
    )
    return Edit(id=list_, file=file, before=before, after=after, watchlist=watchlist, errors=errors)


def write_edits(
    settings: Settings, edited: Sequence[Edit], *, force: bool = False, clock: Clock = utc_now
) -> None:
    """Write the files, each whole, after their texts so far are in the log. Raises the first error, unless `force`.

    Raises UsageError where somebody else has changed a file meanwhile.
    """
    for one in edited:
        if one.errors and not force:
            first = one.errors[0]
            remedy = f"{first.remedy}; nothing was written (--force writes it)"
            raise WatchlistError(first.where, first.what, remedy, place=first.place)
        _check_untouched(one)
    with writing(settings, clock=clock) as run:
        for one in edited:
            previous, errors = read_watchlist(one.before.removeprefix("\ufeff"), file=one.file.name)
            if previous:
                revising.note_revision(run, previous)
            elif one.before:
                revising.set_aside(run, one.id, one.before, str(errors[0]))
    settings.watchlists.mkdir(parents=True, exist_ok=True)
    for one in edited:
        file = one.file.resolve()  # a link stays one
        with exporting.whole_file(file) as part:
            part.write_bytes(one.after.encode())
            if file.exists():
                part.chmod(file.stat().st_mode & 0o777)
            _check_untouched(one)  # opening the log takes a while


def _check_untouched(edited: Edit) -> None:
    if _text(edited.file) != edited.before:
        raise UsageError(
            str(edited.file), "was changed by somebody else meanwhile", "look at it, and try again"
        )


def preview(settings: Settings, edited: Edit, subject: str = "", *, clock: Clock = utc_now) -> Preview:
    """What an edit that can be used gains and loses over the log, and which titles come near the subject's terms."""
    if edited.watchlist is None or not settings.log_path.exists():
        return Preview(found=None)
    chosen = f"{edited.id}/{subject}" if subject and subject in _ids(edited.watchlist) else ""
    found, _ = backtest(settings, [edited.watchlist], only_these=True, subject=chosen, clock=clock)
    if not chosen:
        return Preview(found=found)
    with reading(settings) as archive:
        return Preview(found=found, near=revising.nearest(archive, edited.watchlist, subject))


def history(settings: Settings, list_: str) -> list[Revision]:
    """Every text that a watchlist had in the log, the latest first. Raises UsageError for one that it never had."""
    with reading(settings) as archive:
        found = revising.history(archive, list_)
        if not found:
            known = {
                event.stream.partition(":")[2] for event in archive.log.read(types=("WatchlistRevised",))
            }
            remedy = (
                did_you_mean(list_, sorted(known)) if known else "`monitor poll` brings watchlists into force"
            )
            raise UsageError(list_, "the log knows no such watchlist", remedy)
    return found


def suggest(settings: Settings, key: str) -> Suggestions:
    """Terms by which an item of the log could be recognised. Raises UsageError for a key that it does not know."""
    with reading(settings) as archive:
        return suggesting.suggest(archive, key)


def watchlist_named(settings: Settings, list_: str) -> Watchlist:
    """A watchlist as it stands in its file. Raises UsageError, or the first thing that is wrong with it."""
    file = _file(settings, list_, new=False)
    watchlist, errors = config.read_watchlist_file(file)
    if watchlist is None:
        raise errors[0]
    return watchlist


def text_of(settings: Settings, list_: str) -> str:
    """The text of a watchlist's file. Raises UsageError where there is none."""
    return _text(_file(settings, list_, new=False))


def list_names(settings: Settings) -> list[str]:
    """The ids of all watchlists that have a file."""
    return sorted(file.stem for file in settings.watchlists.glob("*.toml"))


def _file(settings: Settings, list_: str, *, new: bool) -> Path:
    known = list_names(settings)
    if list_ not in known and not new:
        raise UsageError(
            list_, "no such watchlist", did_you_mean(list_, known) if known else "the folder is empty"
        )
    if editing.id_of_name(list_) != list_.replace(".", "-").replace("_", "-"):
        raise UsageError(list_, "cannot name a watchlist", "use small letters, digits and -")
    return settings.watchlists / f"{list_}.toml"


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise MonitorError(str(file), f"cannot be read ({error})", "mend it by hand") from error


def _subjects(settings: Settings) -> Mapping[str, Sequence[str]]:
    """The subjects of each file of the folder, also of one that is switched off or cannot be used."""
    found = {}
    for file in sorted(settings.watchlists.glob("*.toml")):
        try:
            found[file.stem] = editing.subjects(_text(file), file=file.stem)
        except MonitorError:
            found[file.stem] = []
    return found


def _ids(watchlist: Watchlist) -> set[str]:
    return {subject.id for subject in watchlist.subjects}


def subjects_of(watchlist: Watchlist) -> Sequence[tuple[Subject, bool]]:
    """Every subject in order of the file, and whether it is switched on."""
    both = [*((one, True) for one in watchlist.subjects), *((one, False) for one in watchlist.resting)]
    return sorted(both, key=lambda pair: pair[0].line)
