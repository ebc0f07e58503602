"""A feed as Atom 1.0: https://www.rfc-editor.org/rfc/rfc4287."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from lxml.builder import ElementMaker

from monitor.core.dates import to_text
from monitor.core.renderings.channels import MARK, Channel, Site, Story
from monitor.core.renderings.scripts import language_of

MEDIA_TYPE = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})


def render(channel: Channel, site: Site, address: str) -> bytes:
    """The feed as a document that is served at `address`."""
    feed = _E.feed(
        {_LANG: channel.language},
        _E.id(channel.id),
        _E.title(_language(channel.title), channel.title),
        _E.subtitle(channel.about),
        _E.updated(to_text(channel.updated)),
        _E.author(_E.name(site.author)),
        _E.link(rel="self", type=MEDIA_TYPE, href=address),
        _E.generator(MARK),
        *(_E.entry(*_entry(story)) for story in channel.stories),
    )
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(story: Story) -> Iterator[etree._Element]:
    yield _E.id(story.id)
    yield _E.title(_language(story.title), story.title)
    yield _E.updated(to_text(story.updated))
    if story.published:
        yield _E.published(to_text(story.published))
    if story.url:
        yield _E.link(rel="alternate", href=story.url)
    for subject, name in story.topics:
        yield _E.category(term=subject, label=name)
    yield _E.summary(story.summary)
    yield _E.content({"type": "html"}, story.content)


def _language(text: str) -> dict[str, str]:
    language = language_of(text)
    return {_LANG: language} if language else {}
