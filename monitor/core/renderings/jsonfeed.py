"""A feed as JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.core.dates import to_text
from monitor.core.renderings.channels import MARK, Channel, Site, Story

MEDIA_TYPE = "application/feed+json"
_VERSION = "https://jsonfeed.org/version/1.1"


def render(channel: Channel, site: Site, address: str) -> bytes:
    """The feed as a document that is served at `address`."""
    feed = {
        "version": _VERSION,
        "title": channel.title,
        "home_page_url": f"{site.address}/",
        "feed_url": address,
        "description": channel.about,
        "authors": [{"name": site.author}],
        "language": channel.language,
        "_generator": {"about": "the program that wrote this feed", "name": MARK},
        "items": [_item(story) for story in channel.stories],
    }
    return msgspec.json.format(msgspec.json.encode(feed), indent=1) + b"\n"


def _item(story: Story) -> dict[str, Any]:
    return {
        "id": story.id,
        **({"url": story.url} if story.url else {}),
        "title": story.title,
        "summary": story.summary,
        "content_html": story.content,
        **({"date_published": to_text(story.published)} if story.published else {}),
        "date_modified": to_text(story.updated),
        "tags": [name for _, name in story.topics],
    }
