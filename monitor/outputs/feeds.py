"""Feeds for readers: Atom, RSS and JSON Feed of each watchlist and of all, and an OPML of them, as files in a folder.

Identity: a `tag:` URI of the item's key, one entry an item: told again, it keeps its id and only `updated` rises.
Docs: RFC 4287, RFC 4151, https://www.rssboard.org/rss-specification, https://www.jsonfeed.org/version/1.1/
Rate: none; any web server serves the folder, and a file without news keeps its date.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from monitor import files
from monitor.core.deliveries import AfterUncertain, Dispatch, Message, Occasion, Output
from monitor.core.digests import Digest
from monitor.core.errors import SendError
from monitor.core.renderings import atom, jsonfeed, opml, rss
from monitor.core.renderings.channels import MARK, Channel, Site, channels
from monitor.core.renderings.neutral import plain, web_address, without_login
from monitor.core.wording import counted

AFTER_UNCERTAIN: AfterUncertain = "redo"
OCCASIONS: tuple[Occasion, ...] = ("edition",)
RECIPIENTS = ""

Format = Literal["atom", "rss", "json"]
_RENDER: Mapping[Format, Callable[[Channel, Site, str], bytes]] = {
    "atom": atom.render,
    "rss": rss.render,
    "json": jsonfeed.render,
}
_MEDIA_TYPE = "application/json"
_MOST_ENTRIES = 1000
_TAG = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
# A year in which the owner of the address had it; it may never change, else every entry is a new one to every reader.
_YEAR = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """`folder` is what a web server serves at `base_url`. The first of `formats` is the one that the OPML names.

    `newest` bounds the entries of a feed. `tag` is who names the entries, `authority,year`: without it the host of
    `base_url`; write it down before the feeds move to another host, and every entry keeps its id.
    """

    folder: Path
    base_url: str
    title: str = "Policy monitor"
    author: str = "Policy monitor"
    formats: tuple[Format, ...] = ("atom", "rss", "json")
    newest: int = 100
    tag: str = ""

    def __post_init__(self) -> None:
        _check_address(self.base_url)
        if not self.formats or len(set(self.formats)) < len(self.formats):
            raise ValueError('formats: names none, or one twice; write some of ["atom", "rss", "json"]')
        if not 1 <= self.newest <= _MOST_ENTRIES:
            raise ValueError(f"newest: {self.newest} is out of range; write 1 to {_MOST_ENTRIES}")
        for name in ("title", "author"):
            if not plain(getattr(self, name)):
                raise ValueError(f"{name}: is empty; readers show it, so write a few words")
        if self.tag and not _TAG.fullmatch(self.tag):
            raise ValueError(f"tag: {self.tag!r} names nobody; write one like news.example.org,2026")


def _check_address(text: str) -> None:
    parts = urlsplit(text)
    if not (parts.hostname or "").isascii():
        what = f"{without_login(text)!r} has a host in other letters"
        raise ValueError(f"base_url: {what}; write it as xn--…, as browsers send it")
    if web_address(text) != text:
        what = f"{without_login(text)!r} is not a web address as readers are given it"
        raise ValueError(f"base_url: {what}; write one like https://news.example.org/feeds")
    if parts.username or parts.password or "?" in text or "#" in text:
        remedy = "write the address of the folder alone, as readers ask for it"
        raise ValueError(f"base_url: holds a password, a query or a fragment; {remedy}")


def render(digest: Digest, dispatch: Dispatch) -> Message:
    """All files of an edition. The body is `{name: text}` as JSON, in a fixed order."""
    site = _site(dispatch)
    told = channels(digest, site)
    named = dict(_files(told, site, dispatch.output.options.formats))
    entries = counted(len(told[0].stories), "entry", "entries")
    return Message(
        body=msgspec.json.encode(named),
        media_type=_MEDIA_TYPE,
        title=f"{counted(len(told), 'feed')}, {entries}",
    )


def _site(dispatch: Dispatch) -> Site:
    options: Options = dispatch.output.options
    address = options.base_url.rstrip("/")
    return Site(
        address=address,
        title=plain(options.title),
        author=plain(options.author),
        tag=options.tag or f"{_authority(address)},{_YEAR}",
        newest=options.newest,
        sample=dispatch.occasion == "sample",
    )


def _authority(address: str) -> str:
    """The host as a tag URI may hold it: no port and no underscores."""
    return re.sub(r"[^a-z0-9.-]", "-", (urlsplit(address).hostname or "").lower()).strip("-.") or "localhost"


def _files(told: tuple[Channel, ...], site: Site, formats: tuple[Format, ...]) -> Iterator[tuple[str, str]]:
    for channel in told:
        for format_ in formats:
            name = f"{channel.name}.{format_}"
            yield name, _RENDER[format_](channel, site, site.address_of(name)).decode()
    subscriptions = [(channel, site.address_of(f"{channel.name}.{formats[0]}")) for channel in told]
    yield f"{'sample+' if site.sample else ''}feeds.opml", opml.render(site, subscriptions).decode()


def places(body: bytes, output: Output) -> list[Path]:
    """Where the files of a message stand."""
    folder: Path = output.options.folder
    return [folder / name for name in msgspec.json.decode(body, type=dict[str, str])]


def send(message: Message, dispatch: Dispatch) -> str:
    """Put the files where they differ; answers how many that were. Raises SendError, with all files as they were."""
    named = msgspec.json.decode(message.body, type=dict[str, str])
    folder = dispatch.output.options.folder
    try:
        written = files.replace_files(
            folder, {name: text.encode() for name, text in named.items()}, mark=MARK.encode()
        )
    except files.ForeignFile as error:
        remedy = "name a folder of its own for the feeds, or move that file away"
        raise SendError(dispatch.output.id, str(error), remedy, final=True) from error
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror or error})"
        remedy = "make room, or see that the folder is there and may be written to"
        raise SendError(dispatch.output.id, what, remedy) from error
    left = [] if dispatch.occasion == "sample" else _left_over(folder, named)
    more = f"; nothing goes into {', '.join(left)} any more: delete what nobody reads" if left else ""
    return f"{len(written)} of {counted(len(named), 'file')} written{more}"


def _left_over(folder: Path, named: Collection[str]) -> list[str]:
    """Our feeds of watchlists or in formats that are no more: they stay as they are, for whoever has subscribed."""
    with contextlib.suppress(OSError):  # all was written: what only tells of more must not undo that
        return sorted(
            file.name
            for file in folder.iterdir()
            if file.suffix.removeprefix(".") in _RENDER and not file.name.startswith(("sample+", "."))
            if file.name not in named and MARK.encode() in file.read_bytes()
        )
    return []
