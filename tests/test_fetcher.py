"""The fetcher: what it sends, what it takes for an answer, and what it says when there is none."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from fetching import LONG_AGO, NOW, SETTINGS, SOURCE, ask, document, redirect, refusal
from webserver import Reply, WebServer

from monitor.fetcher import Fetcher, NotModified, Validators


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(SETTINGS) as fetcher:
        yield fetcher


class TestAsking:
    def test_a_document_comes_with_its_headers_validators_and_size(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        headers = {"Content-Type": "Application/RSS+XML; charset=utf-8", "X-Odd": "a\x1b[31mb"}
        web.answer("/feed", Reply(body=b"<rss/>", headers=headers, etag='W/"1"', last_modified=LONG_AGO))
        fetched = document(fetcher, web.url("/feed?page=2"))
        assert fetched.response.body == b"<rss/>"
        assert fetched.response.url == web.url("/feed?page=2")
        assert fetched.response.media_type == "application/rss+xml"
        assert fetched.response.headers["x-odd"] == "a [31mb"
        assert fetched.response.fetched_at == NOW
        assert fetched.validators == Validators(etag='W/"1"', last_modified=LONG_AGO)
        assert (fetched.moved_to, fetched.wire_bytes) == ("", 6)
        assert fetched.elapsed_s > 0

    def test_it_says_who_asks_and_what_it_can_read(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x"))
        document(fetcher, web.url(), accept="application/json")
        assert web.requests[0].method == "GET"
        assert web.requests[0].headers == {
            "host": f"127.0.0.1:{web.port}",
            "user-agent": SETTINGS.user_agent,
            "accept": "application/json",
            "accept-encoding": "gzip, deflate",
        }

    def test_a_source_may_have_a_user_agent_of_its_own(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x"))
        document(fetcher, web.url(), source=replace(SOURCE, user_agent="sample agent a@b.example"))
        assert web.requests[0].headers["user-agent"] == "sample agent a@b.example"

    def test_no_cookie_is_kept(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x", headers={"Set-Cookie": "id=7; Path=/"}))
        document(fetcher, web.url())
        document(fetcher, web.url())
        assert "cookie" not in web.requests[1].headers

    def test_no_proxy_of_the_environment_is_used(
        self, web: WebServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        web.answer("/", Reply(body=b"x"))
        with Fetcher(SETTINGS) as fetcher:
            assert document(fetcher, web.url()).response.body == b"x"

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "feed.xml",
            "ftp://site.example/",
            "file:///etc/passwd",
            "http://",
            "http://a:b",
            "http://[::1",
            "http://x\n.example/",
            "http://site.example/\u202efeed",
        ],
    )
    def test_only_whole_http_and_https_addresses_are_asked(self, fetcher: Fetcher, url: str) -> None:
        error = refusal(fetcher, url)
        assert error.failure == "http"
        assert str(error).endswith(
            "is not an address that can be fetched; write a plain http:// or https:// address"
        )

    def test_a_user_agent_that_would_begin_another_header_is_refused(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        error = refusal(fetcher, web.url(), source=replace(SOURCE, user_agent="me\r\nX-Evil: 1"))
        assert str(error) == (
            "a-source: the header User-Agent would hold a character that may not be sent; "
            "write it without control characters and accents"
        )
        assert web.requests == []

    def test_validators_that_would_begin_another_header_are_refused(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        error = refusal(fetcher, web.url(), Validators(etag='"1"\r\nX-Evil: 1'))
        assert "the header If-None-Match would hold a character" in str(error)
        assert web.requests == []


class TestNotModified:
    def test_both_validators_are_sent_back_and_304_is_no_document(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer("/feed", Reply(body=b"<rss/>", etag='"1"', last_modified=LONG_AGO))
        first = document(fetcher, web.url("/feed"))
        again = ask(fetcher, web.url("/feed"), first.validators)
        assert isinstance(again, NotModified)
        assert again.validators == first.validators
        assert (again.fetched_at, again.wire_bytes, again.moved_to) == (NOW, 0, "")
        assert web.requests[1].headers["if-none-match"] == '"1"'
        assert web.requests[1].headers["if-modified-since"] == LONG_AGO

    def test_new_validators_of_a_304_replace_the_old_ones(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(status=304, headers={"ETag": '"2"'}))
        outcome = ask(fetcher, web.url(), Validators(etag='"1"', last_modified=LONG_AGO))
        assert outcome.validators == Validators(etag='"2"', last_modified=LONG_AGO)

    @pytest.mark.parametrize("validators", [None, Validators()])
    def test_304_without_having_asked_for_it_is_a_failure(
        self, web: WebServer, fetcher: Fetcher, validators: Validators | None
    ) -> None:
        web.answer("/", Reply(status=304))
        error = refusal(fetcher, web.url(), validators)
        assert (error.failure, error.status) == ("http", 304)

    @pytest.mark.parametrize("etag", ['"é"', '"\x1b[31m"', '"' + "x" * 2000 + '"'])
    def test_an_etag_that_could_not_be_sent_back_is_left_out(
        self, web: WebServer, fetcher: Fetcher, etag: str
    ) -> None:
        web.answer("/", Reply(body=b"x", headers={"ETag": etag}))
        assert document(fetcher, web.url()).validators == Validators()

    @pytest.mark.parametrize("date", ["Fri, 01 Mar 2041 10:00:00 GMT", "yesterday"])
    def test_a_date_that_is_no_past_date_is_left_out(
        self, web: WebServer, fetcher: Fetcher, date: str
    ) -> None:
        web.answer("/", Reply(body=b"x", last_modified=date))
        assert document(fetcher, web.url()).validators == Validators()

    def test_validators_of_a_redirect_go_only_where_they_came_from(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer("/old", redirect("/here"), redirect("/here"), redirect("/there"))
        web.answer("/here", Reply(body=b"here", last_modified=LONG_AGO))
        web.answer("/there", Reply(body=b"there", last_modified=LONG_AGO))
        first = document(fetcher, web.url("/old"))
        assert first.validators == Validators(last_modified=LONG_AGO, url=web.url("/here"))
        assert isinstance(ask(fetcher, web.url("/old"), first.validators), NotModified)
        assert document(fetcher, web.url("/old"), first.validators).response.body == b"there"
        assert [asked.path for asked in web.requests if "if-modified-since" in asked.headers] == ["/here"]


class TestStatuses:
    @pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 300, 418, 500, 502, 599])
    def test_nothing_but_200_is_a_document(self, web: WebServer, fetcher: Fetcher, status: int) -> None:
        web.answer("/", Reply(status=status, body=b"" if status == 204 else b"<rss/>"))
        error = refusal(fetcher, web.url())
        assert (error.failure, error.status, error.retry_at) == ("http", status, None)

    @pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
    def test_200_with_nothing_in_it_is_a_failure(
        self, web: WebServer, fetcher: Fetcher, headers: dict[str, str]
    ) -> None:
        web.answer("/", Reply(headers=headers))
        error = refusal(fetcher, web.url())
        assert (
            str(error)
            == f"a-source: {web.url()} answered 200 OK with nothing in it; the next poll tries again"
        )
        assert (error.failure, error.status) == ("http", 200)

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_page_that_is_gone_has_moved(self, web: WebServer, fetcher: Fetcher, status: int) -> None:
        web.answer("/", Reply(status=status))
        assert refusal(fetcher, web.url()).failure == "moved"

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refusal_is_blocked(self, web: WebServer, fetcher: Fetcher, status: int) -> None:
        web.answer("/", Reply(status=status, body=b"<html>Access Denied</html>"))
        error = refusal(fetcher, web.url())
        assert (error.failure, error.status) == ("blocked", status)
        assert (
            error.remedy
            == "the site may refuse this user_agent; give the source one of its own in config.toml"
        )

    def test_a_refused_key_is_named_with_its_header_and_remedy(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer(
            "/", Reply(status=403, body=b'{"error": {"code": "API_KEY_INVALID", "message": "\\u001b[31m"}}')
        )
        error = refusal(fetcher, web.url(), key_header="X-Api-Key")
        assert error.failure == "key"
        assert str(error) == (
            f"a-source: {web.url()} answered 403 Forbidden API_KEY_INVALID; "
            "give the source an api_key in config.toml that the site accepts (it is sent in the header X-Api-Key)"
        )

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_server_says_when_to_come_back(
        self, web: WebServer, fetcher: Fetcher, status: int
    ) -> None:
        body = b'{"error": {"code": "OVER_RATE_LIMIT"}}'
        web.answer("/", Reply(status=status, body=body, headers={"Retry-After": "90"}))
        error = refusal(fetcher, web.url())
        assert (error.failure, error.retry_at) == ("http", NOW + timedelta(seconds=90))
        assert error.remedy == "the site wants to be asked less often"
        assert "OVER_RATE_LIMIT" in error.what

    def test_an_error_page_that_drips_does_not_hide_the_status(self, web: WebServer) -> None:
        web.answer("/", Reply(status=500, body=b"x" * 10_000, drip_s=0.01))
        with Fetcher(replace(SETTINGS, deadline_s=1)) as fetcher:
            assert refusal(fetcher, web.url()).status == 500


class TestBodies:
    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_packed_document_is_unpacked(self, web: WebServer, fetcher: Fetcher, *, chunked: bool) -> None:
        packed = gzip.compress(b"<rss/>" * 1000)
        web.answer("/", Reply(body=packed, chunked=chunked, headers={"Content-Encoding": "gzip"}))
        fetched = document(fetcher, web.url())
        assert fetched.response.body == b"<rss/>" * 1000
        assert fetched.wire_bytes == len(packed)

    @pytest.mark.parametrize(
        ("reply", "failure", "what"),
        [
            (
                Reply(body=gzip.compress(b"x" * 99)[:-9], headers={"Content-Encoding": "gzip"}),
                "encoding",
                "ends in the middle of its gzip",
            ),
            (Reply(body=b"<rss/>", headers={"Content-Encoding": "gzip"}), "encoding", "is not valid gzip"),
            (
                Reply(body=b"<rss/>", headers={"Content-Encoding": "br"}),
                "encoding",
                "is encoded as 'br', which was not asked for",
            ),
            (
                Reply(body=b"<rss/>", headers={"Content-Length": "7"}, hang_up=True),
                "http",
                "closed connection without sending",
            ),
        ],
    )
    def test_a_broken_body_is_a_failure(
        self, web: WebServer, fetcher: Fetcher, reply: Reply, failure: str, what: str
    ) -> None:
        web.answer("/", reply)
        error = refusal(fetcher, web.url())
        assert error.failure == failure
        assert error.what.startswith(f"no usable answer from {web.url()}: ")
        assert what in error.what

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(body=b"x" * 1001),
            Reply(body=b"x" * 1001, chunked=True),
            Reply(body=b"x", headers={"Content-Length": "1001"}),
            Reply(body=gzip.compress(bytes(64 * 1024 * 1024)), headers={"Content-Encoding": "gzip"}),
        ],
        ids=["long", "chunked", "said to be long", "bomb"],
    )
    def test_a_body_over_the_limit_is_too_large(self, web: WebServer, reply: Reply) -> None:
        web.answer("/", reply)
        with Fetcher(replace(SETTINGS, max_bytes=1000)) as fetcher:
            error = refusal(fetcher, web.url())
        assert error.failure == "too-large"
        assert error.what.endswith("it is larger than 1,000 bytes")

    def test_a_body_at_the_limit_is_read(self, web: WebServer) -> None:
        web.answer("/", Reply(body=b"x" * 1000))
        with Fetcher(replace(SETTINGS, max_bytes=1000)) as fetcher:
            assert document(fetcher, web.url()).response.body == b"x" * 1000

    def test_the_deadline_covers_the_whole_chain(self, web: WebServer) -> None:
        web.answer("/", redirect("/slow"))
        web.answer("/slow", Reply(body=b"x" * 100_000, drip_s=0.01))
        with Fetcher(replace(SETTINGS, deadline_s=1)) as fetcher:
            error = refusal(fetcher, web.url())
        assert error.failure == "timeout"
        assert error.what == f"no usable answer from {web.url('/slow')}: no complete answer within 1 s"


class TestManyAtOnce:
    def test_an_answer_that_is_left_halfway_holds_no_connection(self, web: WebServer) -> None:
        web.answer("/", Reply(body=bytes(500_000)))
        with Fetcher(replace(SETTINGS, max_bytes=100_000)) as fetcher:
            errors = [refusal(fetcher, web.url()) for _ in range(3)]
            assert [error.failure for error in errors] == ["too-large"] * 3
            assert fetcher._transport._pool.connections == []

    def test_threads_do_not_mix_up_their_answers(self, web: WebServer, fetcher: Fetcher) -> None:
        web.fallback = lambda asked: Reply(body=asked.path.encode() * 1000)
        paths = [f"/page/{number}" for number in range(200)]
        with ThreadPoolExecutor(16) as pool:
            bodies = pool.map(lambda path: document(fetcher, web.url(path)).response.body, paths)
            assert list(bodies) == [path.encode() * 1000 for path in paths]
        assert web.connections <= 16

    def test_every_small_answer_leaves_its_connection_usable(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x", etag='"1"'))
        web.answer("/moved", redirect("/"))
        web.answer("/busy", Reply(status=503, body=b"<html>busy</html>"))
        for _ in range(3):
            document(fetcher, web.url("/moved"))
            assert isinstance(ask(fetcher, web.url(), Validators(etag='"1"')), NotModified)
            refusal(fetcher, web.url("/busy"))
            refusal(fetcher, web.url("/nowhere"))
        assert web.connections == 1
