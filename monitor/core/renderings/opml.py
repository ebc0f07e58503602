"""The list of all feeds, for a reader to subscribe to at once, as OPML 2.0: http://opml.org/spec2.opml."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from lxml.builder import E

from monitor.core.renderings.channels import MARK, Channel, Site


def render(site: Site, subscriptions: Iterable[tuple[Channel, str]]) -> bytes:
    """Each feed once, with the address to subscribe to."""
    mark = "Sample: " if site.sample else ""
    document = E.opml(
        {"version": "2.0"},
        etree.Comment(f" written by {MARK} "),
        E.head(E.title(f"{mark}{site.title}"), E.ownerName(site.author)),
        E.body(*(_outline(channel, site, address) for channel, address in subscriptions)),
    )
    return etree.tostring(document, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _outline(channel: Channel, site: Site, address: str) -> etree._Element:
    return E.outline(
        type="rss",
        text=channel.title,
        title=channel.title,
        description=channel.about,
        xmlUrl=address,
        htmlUrl=f"{site.address}/",
    )
