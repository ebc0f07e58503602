"""A feed as RSS 2.0: https://www.rssboard.org/rss-specification, with what its profile recommends beside it."""

from __future__ import annotations

import html
from collections.abc import Iterator
from email.utils import format_datetime

from lxml import etree
from lxml.builder import ElementMaker

from monitor.core.renderings import atom
from monitor.core.renderings.channels import MARK, Channel, Site, Story

MEDIA_TYPE = "application/rss+xml"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMES = {"atom": atom.NAMESPACE, "content": _CONTENT, "dc": _DC}
_E = ElementMaker()
# RSS does not say whether a title is text or HTML, and readers differ: without these two it is the same in both.
_BRACKETS = str.maketrans("<>", "‹›")


def render(channel: Channel, site: Site, address: str) -> bytes:
    """The feed as a document that is served at `address`."""
    root = ElementMaker(nsmap=_NAMES).rss({"version": "2.0"}, _E.channel(*_channel(channel, site, address)))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _channel(channel: Channel, site: Site, address: str) -> Iterator[etree._Element]:
    yield _E.title(channel.title.translate(_BRACKETS))
    yield _E.link(f"{site.address}/")
    yield _E.description(channel.about.translate(_BRACKETS))
    yield _E.language(channel.language)
    if channel.stories:
        yield _E.lastBuildDate(format_datetime(channel.updated, usegmt=True))
    yield _E.generator(MARK)
    yield _E(f"{{{atom.NAMESPACE}}}link", rel="self", type=MEDIA_TYPE, href=address)
    for story in channel.stories:
        yield _E.item(*_item(story, site))


def _item(story: Story, site: Site) -> Iterator[etree._Element]:
    yield _E.title(story.title.translate(_BRACKETS))
    if story.url:
        yield _E.link(story.url)
    yield _E.description(html.escape(story.summary, quote=False))
    yield _E(f"{{{_DC}}}creator", site.author)
    for _, name in story.topics:
        yield _E.category(name)
    yield _E.guid({"isPermaLink": "false"}, story.id)
    # RSS has no date of a change: this is when there was last news of the item. Readers know it again by its guid.
    yield _E.pubDate(format_datetime(story.updated, usegmt=True))
    yield _E(f"{{{_CONTENT}}}encoded", story.content)
