"""Redirects and secrets: where the fetcher lets itself be sent, and that a key reaches its own origin alone."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fetching import SETTINGS, SOURCE, ask, document, examples_to, redirect, refusal
from webserver import Reply, WebServer, tls_client, tls_server

from monitor.core.errors import FetchError
from monitor.core.exchange import Secret, Source
from monitor.fetcher import Fetcher, Validators

KEY = "k3y-of-the-test"
WITH_KEY = replace(SOURCE, api_key=Secret(KEY))
HEADER = {"key_header": "X-Api-Key"}


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(SETTINGS) as fetcher:
        yield fetcher


class TestRedirects:
    @pytest.mark.parametrize(
        ("first", "second", "moved"),
        [(301, 308, True), (308, 301, True), (301, 302, False), (307, 308, False), (303, 303, False)],
    )
    def test_only_a_wholly_permanent_chain_has_moved(
        self, web: WebServer, fetcher: Fetcher, first: int, second: int, *, moved: bool
    ) -> None:
        web.answer("/a", redirect("/b", first))
        web.answer("/b", redirect("c?d=1#part", second))
        web.answer("/c", Reply(body=b"x", etag='"1"'))
        fetched = document(fetcher, web.url("/a"))
        assert fetched.response.url == web.url("/c?d=1")
        assert fetched.response.request.url == web.url("/a")
        assert fetched.moved_to == (web.url("/c?d=1") if moved else "")
        assert ask(fetcher, web.url("/a"), fetched.validators).moved_to == fetched.moved_to

    def test_five_redirects_are_followed_and_a_sixth_is_not(self, web: WebServer, fetcher: Fetcher) -> None:
        for number in range(6):
            web.answer(f"/{number}", redirect(f"/{number + 1}"))
        web.answer("/6", Reply(body=b"x"))
        assert document(fetcher, web.url("/1")).response.body == b"x"
        error = refusal(fetcher, web.url("/0"))
        assert error.failure == "redirect"
        assert error.what == f"{web.url('/5')} redirects to '/6', after 5 redirects already"

    @pytest.mark.parametrize(
        "location",
        [
            "",
            "ftp://site.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://a:b/",
            "//\x1b[2J",
        ],
    )
    def test_a_redirect_to_no_http_address_is_refused(
        self, web: WebServer, fetcher: Fetcher, location: str
    ) -> None:
        web.answer("/", redirect(location))
        error = refusal(fetcher, web.url())
        assert (error.failure, error.status) == ("redirect", 302)
        assert error.what.endswith("which is not an http or https address")

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "169.254.169.254",
            "10.0.0.1",
            "100.64.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1]",
            "2130706433",
            "0x7f.1",
            "127.1",
            "localhost",
            "user@127.0.0.1",
        ],
    )
    def test_a_public_site_cannot_redirect_into_a_private_network(self, web: WebServer, host: str) -> None:
        web.answer("/", redirect(f"http://{host}:{web.port}/inside"))
        with Fetcher(replace(SETTINGS, allow_private_hosts=False), route=examples_to(web)) as fetcher:
            error = refusal(fetcher, "http://public.example/")
        assert error.failure == "private-address"
        assert (
            error.remedy == "set allow_private_hosts = true under [fetch] only to poll something of your own"
        )
        assert [asked.path for asked in web.requests] == ["/"]


class TestKeys:
    def test_the_key_goes_in_its_header_and_nowhere_else(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x"))
        document(fetcher, web.url("/?page=1"), source=WITH_KEY, **HEADER)
        asked = web.requests[0]
        assert [name for name, value in asked.headers.items() if KEY in value] == ["x-api-key"]
        assert asked.headers["x-api-key"] == KEY
        assert asked.target == "/?page=1"

    def test_no_key_is_sent_where_the_request_names_no_header(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/", Reply(body=b"x"))
        document(fetcher, web.url(), source=WITH_KEY)
        assert KEY not in str(web.requests)

    def test_the_key_follows_a_redirect_within_its_origin(self, web: WebServer, fetcher: Fetcher) -> None:
        web.answer("/a", redirect("/b"))
        web.answer("/b", Reply(body=b"x"))
        document(fetcher, web.url("/a"), source=WITH_KEY, **HEADER)
        assert [asked.headers["x-api-key"] for asked in web.requests] == [KEY, KEY]

    def test_the_key_does_not_leave_its_origin_not_even_on_the_way_back(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        with WebServer() as other:
            web.answer("/a", redirect(other.url("/b")))
            other.answer("/b", redirect("/still/there"))
            other.answer("/still/there", redirect(web.url("/c")))
            web.answer("/c", Reply(body=b"x"))
            document(fetcher, web.url("/a"), source=WITH_KEY, **HEADER)
            assert "x-api-key" in web.requests[0].headers
            assert [asked.path for asked in other.requests] == ["/b", "/still/there"]
            assert [asked.path for asked in web.requests] == ["/a", "/c"]
            assert KEY not in str(other.requests)
            assert KEY not in str(web.requests[1:])

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_refusal_where_the_key_was_withheld_names_the_new_address(
        self, web: WebServer, fetcher: Fetcher, status: int
    ) -> None:
        with WebServer() as other:
            web.answer("/a", redirect(other.url("/b?token=t")))
            other.answer("/b", Reply(status=status))
            error = refusal(fetcher, web.url("/a"), source=WITH_KEY, **HEADER)
            assert f"if {other.url('').rstrip('/')} is where the source is now" in error.remedy
            assert "the key stays with its own" in error.remedy
            assert "token=t" not in str(error)
            plain = refusal(fetcher, web.url("/a"), source=WITH_KEY)
            assert "the key stays" not in plain.remedy

    def test_a_refusal_of_a_key_that_was_sent_says_nothing_of_another_host(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer("/", Reply(status=403))
        assert "another host" not in refusal(fetcher, web.url(), source=WITH_KEY, **HEADER).remedy

    @pytest.mark.parametrize("url", ["https://secure.example/", "https://me:pass@secure.example/"])
    def test_a_request_with_a_secret_is_not_redirected_to_an_open_line(
        self, web: WebServer, url: str
    ) -> None:
        source = WITH_KEY if "@" not in url else SOURCE
        error, asked = redirected_to_an_open_line(web, url, source=source, **HEADER)
        assert error is not None
        assert error.failure == "redirect"
        assert "which is not encrypted, while the request carries a key" in error.what
        assert asked == []

    def test_a_request_without_a_secret_may_be(self, web: WebServer) -> None:
        error, asked = redirected_to_an_open_line(web, "https://secure.example/")
        assert error is None
        assert asked == ["/open"]

    def test_a_key_that_would_begin_another_header_is_refused_unseen(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        error = refusal(fetcher, web.url(), source=replace(SOURCE, api_key=Secret(KEY + "\n")), **HEADER)
        assert error.failure == "key"
        assert str(error) == (
            "a-source: the header X-Api-Key would hold a character that may not be sent; "
            "look for a line break or a stray character where the key is kept"
        )
        assert web.requests == []

    def test_user_and_password_of_a_url_are_sent_as_such_and_not_kept(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer("/", Reply(body=b"x", etag='"1"'))
        fetched = document(fetcher, web.url().replace("//", "//me:pass@"))
        assert web.requests[0].headers["authorization"] == "Basic bWU6cGFzcw=="
        assert fetched.response.url == web.url()


def redirected_to_an_open_line(
    web: WebServer, url: str, *, source: Source = SOURCE, **request: str
) -> tuple[FetchError | None, list[str]]:
    """What a redirect from https to http ends in, and what was then asked for."""
    with WebServer(tls=tls_server()) as secure:
        secure.answer("/", redirect("http://open.example/open"))
        web.answer("/open", Reply(body=b"x"))
        ports = {443: secure.port, 80: web.port}
        with Fetcher(
            SETTINGS, route=lambda _, port: ("127.0.0.1", ports[port]), ssl_context=tls_client()
        ) as fetcher:
            try:
                ask(fetcher, url, None, source, **request)
            except FetchError as error:
                return error, [asked.path for asked in web.requests]
    return None, [asked.path for asked in web.requests]


class TestSecrecy:
    SECRETS = (KEY, "hunter2", "s3ss10n")

    @pytest.fixture
    def url(self, web: WebServer) -> str:
        return web.url("/feed?api_key=hunter2").replace("//", "//me:hunter2@")

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(body=b"x", headers={"Set-Cookie": "s3ss10n"}),
            Reply(status=403),
            Reply(status=404),
            Reply(status=304),
            Reply(body=b""),
            Reply(hang_up=True),
            Reply(body=b"x", headers={"Content-Encoding": "br"}),
            redirect("http://me:hunter2@127.0.0.1:1/?token=hunter2"),
            redirect("ftp://me:hunter2@site.example/?token=hunter2"),
            redirect("/feed?signature=hunter2"),
        ],
    )
    def test_no_secret_is_in_any_log_or_error(
        self, web: WebServer, url: str, reply: Reply, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        web.answer("/feed", reply)
        told = ""
        with Fetcher(SETTINGS) as fetcher:
            try:
                ask(fetcher, url, None, WITH_KEY, **HEADER)
            except FetchError as error:
                told = f"{error} {error!r} {''.join(traceback.format_exception(error))}"
        assert len(caplog.records) == 1
        assert [secret for secret in self.SECRETS if secret in caplog.text + told] == []

    def test_each_fetch_logs_one_line(
        self, web: WebServer, url: str, fetcher: Fetcher, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        web.answer("/feed", Reply(body=b"12345"))
        document(fetcher, url)
        (record,) = caplog.records
        shown = web.url("/feed?api_key=●●●").replace("//", "//●●●@")
        assert (record.name, record.levelname) == ("monitor.fetcher", "DEBUG")
        assert record.getMessage().startswith(f"a-source: GET {shown}: fetched, 5 bytes, 0.")

    def test_no_secret_is_in_the_representation_of_what_passes_around(
        self, web: WebServer, fetcher: Fetcher
    ) -> None:
        web.answer("/", Reply(body=b"x", etag='"1"'))
        fetched = document(fetcher, web.url(), source=WITH_KEY, **HEADER)
        same = ask(fetcher, web.url(), Validators(etag='"1"'), WITH_KEY, **HEADER)
        assert KEY not in repr((fetched, same, fetcher, SETTINGS, WITH_KEY))
