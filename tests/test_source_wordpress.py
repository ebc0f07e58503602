"""The WordPress kind: windows of change that are proved complete, keys that last, and the feed where the API fails."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from desk import Desk
from webserver import Asked, Reply, WebServer

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Finding, Problem, Request, Response, Source, State, Total, Window
from monitor.core.items import Item
from monitor.sources import feed, wordpress
from monitor.sources.wordpress import Options

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
SITE = "https://agency.example"


def at(url: str = SITE, **options: Any) -> Source:
    return Source(id="wp", kind="wordpress", url=url, options=Options(**options))


def ask(source: Source | None = None, last_complete: datetime | None = None) -> list[Request]:
    return list(wordpress.requests(source or at(), State(now=NOW, last_complete=last_complete)))


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def answer(
    body: object, request: Request | None = None, *, total: int | None = None, pages: int | None = None
) -> Response:
    headers = {"content-type": "application/json; charset=UTF-8"}
    if total is not None:
        headers |= {"x-wp-total": str(total), "x-wp-totalpages": str(pages or 1)}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(request=request or ask()[0], url=SITE, body=raw, headers=headers, fetched_at=NOW)


def read(body: object, request: Request | None = None, **counts: int) -> Sequence[Finding]:
    return list(wordpress.parse(at(), answer(body, request, **counts)))


def post(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": "2026-03-30T08:00:00",
        "modified_gmt": "2026-03-30T08:00:00",
        "guid": {"rendered": f"{SITE}/?p={number}"},
        "link": f"{SITE}/post-{number}/",
        "title": {"rendered": f"Post {number}"},
        "excerpt": {"rendered": ""},
        "content": {"rendered": f"<p>Text {number}.</p>"},
        **fields,
    }


def other(found: Sequence[Finding]) -> list[Finding]:
    return [each for each in found if not isinstance(each, Item)]


@pytest.mark.parametrize(
    "options", [{"types": ()}, {"types": ("posts?x",)}, {"types": ("../users",)}, {"days": 0}]
)
def test_options_that_ask_for_nothing_sensible_are_errors(options: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(types|days): "):
        Options(**options)


def test_the_first_poll_reaches_back_days_and_later_ones_a_week_before_the_last() -> None:
    assert query(ask()[0])["modified_after"] == "2026-03-02T12:00:00Z"
    assert query(ask(at(days=7))[0])["modified_after"] == "2026-03-25T12:00:00Z"
    later = ask(last_complete=datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert query(later[0])["modified_after"] == "2026-03-24T12:00:00Z"


def test_what_is_asked_is_said_in_full() -> None:
    (request,) = ask()
    assert urlsplit(request.url).path == "/wp-json/wp/v2/posts"
    said = query(request)
    assert (said["per_page"], said["page"], said["orderby"], said["order"]) == (
        "100",
        "1",
        "modified",
        "desc",
    )
    assert set(said["_fields"].split(",")) == set(post(1))


@pytest.mark.parametrize(
    "url", [SITE, f"{SITE}/", f"{SITE}/wp-json/wp/v2/posts?per_page=10", f"{SITE}/wp-json/"]
)
def test_the_address_may_be_the_site_s_or_the_api_s(url: str) -> None:
    assert ask(at(url))[0].url == ask()[0].url


def test_each_type_is_a_walk_and_only_posts_have_a_feed_to_fall_back_on() -> None:
    posts, releases = ask(at(types=("posts", "press-release")))
    assert (posts.walk, releases.walk) == ("posts", "press-release")
    assert [each.url for each in posts.otherwise] == [f"{SITE}/feed/"]
    assert releases.otherwise == ()


def test_pages_are_followed_to_the_declared_count_and_never_beyond() -> None:
    first = read([post(n) for n in range(100)], total=101, pages=2)
    (second,) = other(first)
    assert isinstance(second, Request)
    assert (query(second)["page"], second.walk) == ("2", "posts")
    assert query(second)["modified_after"] == query(ask()[0])["modified_after"]
    assert other(read([post(100)], second, total=101, pages=2)) == [Total(walk="posts", count=101)]


def test_an_empty_page_among_many_ends_the_walk_short_of_its_count() -> None:
    assert other(read([], total=500, pages=5)) == [Total(walk="posts", count=500)]


def test_no_news_is_a_complete_answer() -> None:
    assert read([], total=0, pages=0) == [Total(walk="posts", count=0)]


def test_a_site_that_sends_all_its_posts_whatever_is_asked_is_read_as_a_window() -> None:
    old = post(2, modified_gmt="2019-01-01T00:00:00")
    assert other(read([post(1), old], total=4000, pages=40)) == [Window(walk="posts")]


def test_a_site_that_hides_its_counts_is_read_as_a_window_and_on_from_there() -> None:
    full = answer([post(n) for n in range(100)])
    assert other(list(wordpress.parse(at(), full))) == [Window(walk="posts")]
    (second,) = wordpress.earlier(at(), full)
    assert query(second)["page"] == "2"
    assert list(wordpress.earlier(at(), answer([post(1)]))) == []


def test_the_past_is_asked_by_publication_with_a_day_for_the_site_s_own_zone() -> None:
    (request,) = wordpress.past(at(), datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC))
    said = query(request)
    assert (said["after"], said["before"]) == ("2024-12-31T00:00:00Z", "2025-02-02T00:00:00Z")
    assert said["orderby"] == "date"
    assert "modified_after" not in said
    (second, *_) = other(read([post(1, modified_gmt="2019-01-01T00:00:00")], request, total=101, pages=2))
    assert isinstance(second, Request)
    assert (query(second)["after"], query(second)["page"]) == (said["after"], "2")


def test_titles_are_read_through_their_entities_and_dates_as_utc() -> None:
    (item,) = (
        each
        for each in read([post(1, title={"rendered": "AT&amp;T &#8211; 6G"})], total=1)
        if isinstance(each, Item)
    )
    assert item.title == "AT&T \u2013 6G"
    assert str(item.published) == "2026-03-30T08:00:00Z"


def test_the_key_outlives_title_and_address_and_the_feed_of_the_site_has_the_same() -> None:
    renamed = post(7, link=f"{SITE}/another-slug/", title={"rendered": "Another"})
    keys = {
        each.key for each in [*read([post(7)], total=1), *read([renamed], total=1)] if isinstance(each, Item)
    }
    body = (
        f"<rss version='2.0'><channel><item><title>Post 7</title><link>{SITE}/post-7/</link>"
        f"<guid isPermaLink='false'>{SITE.replace('https', 'http')}/?p=7</guid></item></channel></rss>"
    )
    source = Source(id="wp", kind="feed", url=SITE, options=feed.Options())
    keys |= {each.key for each in feed.parse(source, answer(body.encode())) if isinstance(each, Item)}
    assert keys == {f"wp:{SITE}/?p=7"}


def test_a_guid_that_is_hidden_is_made_as_wordpress_makes_it() -> None:
    bare = {name: value for name, value in post(7).items() if name != "guid"}
    assert [each.key for each in read([bare], total=1) if isinstance(each, Item)] == [f"wp:{SITE}/?p=7"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><html></html>", "a web page instead of JSON"),
        (
            {"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}},
            "rest_no_route No route",
        ),
        ({"posts": []}, "JSON that is no list"),
    ],
)
def test_a_site_without_the_api_is_told_with_the_way_out(body: object, says: str) -> None:
    with pytest.raises(NotUnderstood, match='kind = "feed"') as caught:
        read(body)
    assert says in str(caught.value)


def test_one_bad_post_costs_one_post() -> None:
    found = read([post(1), 7, {"id": "x"}, post(2)], total=4)
    assert [each.key[-3:] for each in found if isinstance(each, Item)] == ["p=1", "p=2"]
    assert len([each for each in found if isinstance(each, Problem)]) == 2


@pytest.fixture
def desk(tmp_path: Path, web: WebServer) -> Desk:
    return Desk(tmp_path, web)


class Site:
    """A WordPress site on loopback with so many posts; `down` closes its API."""

    def __init__(self, count: int) -> None:
        self.posts = [post(n) for n in range(count, 0, -1)]
        self.down = 0

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/site/feed/":
            return Reply(body=self.feed())
        if self.down:
            error = {"code": "rest_no_route", "message": "No route", "data": {"status": self.down}}
            return Reply(status=self.down, body=json.dumps(error).encode())
        said = parse_qs(urlsplit(asked.target).query)
        number, size = int(said["page"][0]), int(said["per_page"][0])
        pages = -(-len(self.posts) // size)
        if number > max(pages, 1):
            return Reply(status=400, body=b'{"code":"rest_post_invalid_page_number"}')
        return Reply(
            body=json.dumps(self.posts[(number - 1) * size : number * size]).encode(),
            headers={"X-WP-Total": str(len(self.posts)), "X-WP-TotalPages": str(pages)},
        )

    def feed(self) -> bytes:
        entries = "".join(
            f"<item><title>{each['title']['rendered']}</title><link>{each['link']}</link>"
            f"<guid isPermaLink='false'>{each['guid']['rendered']}</guid>"
            f"<pubDate>Mon, 30 Mar 2026 08:00:00 +0000</pubDate><description>Otherwise worded</description></item>"
            for each in self.posts[:10]
        )
        return f"<rss version='2.0'><channel><title>S</title>{entries}</channel></rss>".encode()


def test_all_posts_of_a_site_are_read_once_and_then_only_what_changes(desk: Desk) -> None:
    site = Site(250)
    desk.web.fallback = site
    desk.source("wp", kind="wordpress", path="/site")
    report = desk.report()
    assert (report.outcome, report.new) == ("ok", 250)
    before = len(desk.events())
    assert desk.report().new == 0
    assert len(desk.events()) == before
    site.posts[0] |= {"content": {"rendered": "<p>Other text.</p>"}, "modified_gmt": "2026-04-02T00:00:00"}
    site.posts.insert(0, post(251, title={"rendered": "Next G Alliance meets"}))
    report = desk.report()
    assert (report.new, report.revised) == (1, 1)
    assert desk.told() == [(f"wp:{SITE}/?p=251", "new", "live")]


@pytest.mark.parametrize("status", [401, 404, 500])
def test_where_the_api_fails_the_feed_brings_the_news_and_revises_nothing(desk: Desk, status: int) -> None:
    site = Site(12)
    desk.web.fallback = site
    desk.source("wp", kind="wordpress", path="/site")
    desk.poll()
    site.down = status
    site.posts.insert(0, post(13, title={"rendered": "Next G Alliance meets"}))
    report = desk.report()
    assert (report.new, report.revised) == (1, 0)
    site.down = 0
    report = desk.report()
    assert (report.outcome, report.new) == ("ok", 0)
    (event,) = desk.events("ItemRevised")
    assert (event.key, [change.field for change in event.changes]) == (f"wp:{SITE}/?p=13", ["body"])
