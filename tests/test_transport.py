"""The wire: where connections may lead, how long they may last, and that they are used again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from webserver import Reply, WebServer, tls_client, tls_server

from monitor.transport import Route, Transport, TransportFailure, _Deadline, _Guard, is_public

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "8.8.8.8",
    "140.147.248.17",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::",
]


@pytest.fixture
def transport() -> Iterator[Transport]:
    with Transport(allow_private=True) as transport:
        yield transport


def get(transport: Transport, url: str, timeout_s: float = 30) -> httpx.Response:
    with httpx.Client(transport=transport, timeout=timeout_s, trust_env=False) as client:
        return client.get(url)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "127.1", "localhost", "0.0.0.0"],
)
def test_no_way_to_write_loopback_gets_through(web: WebServer, host: str) -> None:
    with pytest.raises(TransportFailure, match="which is not a public address") as caught:
        get(Transport(), f"http://{host}:{web.port}/")
    assert caught.value.failure == "private-address"
    assert web.connections == 0


def answer_names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let the system's resolver give these addresses for every name; numeric hosts are left to it."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolver(host: str, port: int, *args: object, **kinds: object) -> object:
        if not host.endswith(".example"):
            return real(host, port, *args, **kinds)  # type: ignore[arg-type] # as it was called
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return asked


def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_names(monkeypatch, "10.0.0.7", "127.0.0.1")
    with pytest.raises(
        TransportFailure, match=r"^inside\.example leads to 10\.0\.0\.7, which is not a public address$"
    ):
        get(Transport(), "http://inside.example/")


def test_of_a_name_with_mixed_addresses_only_the_public_ones_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer_names(monkeypatch, "127.0.0.1", "8.8.8.8", "10.0.0.7", "8.8.8.8")
    guard = _Guard(allow_private=False, route=None, deadline=_Deadline())
    assert guard._places("mixed.example", 80) == [("8.8.8.8", 80)]


def test_a_name_is_looked_up_once_and_the_checked_address_is_the_one_connected_to(
    web: WebServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_names(monkeypatch, "127.0.0.1")
    web.answer("/", Reply(body=b"hello"))
    assert get(transport, f"http://once.example:{web.port}/").content == b"hello"
    assert asked == ["once.example"]


def test_the_next_address_is_tried_where_one_does_not_answer(
    web: WebServer, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_names(monkeypatch, "127.0.0.9", "127.0.0.1")
    web.answer("/", Reply(body=b"hello"))
    assert get(transport, f"http://two.example:{web.port}/").content == b"hello"


def test_an_unknown_name_is_a_dns_failure(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kinds: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransportFailure, match=r"^Name or service not known$") as caught:
        get(transport, "http://nowhere.example/")
    assert caught.value.failure == "dns"


def test_a_closed_port_is_a_connect_failure(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransportFailure, match="refused") as caught:
        get(transport, f"http://127.0.0.1:{port}/")
    assert caught.value.failure == "connect"


def test_a_route_leads_a_public_name_to_where_it_says(web: WebServer) -> None:
    web.answer("/", Reply(body=b"hello"))
    with Transport(
        route=lambda host, port: ("127.0.0.1", web.port) if (host, port) == ("site.example", 80) else None
    ) as t:
        assert get(t, "http://site.example/").content == b"hello"
        with pytest.raises(TransportFailure, match="not a public address"):
            get(t, web.url("/"))
    assert web.requests[0].headers["host"] == "site.example"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("drip_head", [False, True])
def test_a_dripping_server_is_left_at_the_deadline(
    web: WebServer, transport: Transport, *, chunked: bool, drip_head: bool
) -> None:
    web.answer("/", Reply(body=bytes(100_000), drip_s=0.01, drip_head=drip_head, chunked=chunked))
    with (
        transport.within(0.3),
        pytest.raises(TransportFailure, match=r"^no complete answer within 0\.3 s$") as caught,
    ):
        get(transport, web.url("/"))
    assert caught.value.failure == "timeout"


def test_endless_interim_answers_are_left_at_the_deadline(web: WebServer, transport: Transport) -> None:
    web.answer("/", Reply(raw=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 10_000, drip_s=0.001))
    with transport.within(0.3), pytest.raises(TransportFailure, match="no complete answer within"):
        get(transport, web.url("/"))


def test_a_tls_handshake_without_an_end_is_left_at_the_deadline(transport: Transport) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        transport.within(0.3),
        pytest.raises(TransportFailure, match="no complete answer within") as caught,
    ):
        get(transport, f"https://127.0.0.1:{silent.getsockname()[1]}/", timeout_s=3600)
    assert caught.value.failure == "timeout"


def test_a_deadline_that_is_over_sends_nothing(web: WebServer, transport: Transport) -> None:
    with transport.within(0), pytest.raises(TransportFailure, match="no complete answer within 0 s"):
        get(transport, web.url("/"))
    assert web.connections == 0


def test_a_deadline_binds_only_the_thread_that_set_it(web: WebServer, transport: Transport) -> None:
    web.answer("/", Reply(body=b"hello"))
    with transport.within(0), ThreadPoolExecutor(1) as pool:
        assert pool.submit(get, transport, web.url("/")).result().content == b"hello"


def test_a_silent_server_is_left_at_the_timeout(web: WebServer, transport: Transport) -> None:
    web.answer("/", Reply(body=b"late", wait_s=60))
    with pytest.raises(TransportFailure, match=r"^the server fell silent$") as caught:
        get(transport, web.url("/"), timeout_s=0.5)
    assert caught.value.failure == "timeout"


@pytest.mark.parametrize(
    ("raw", "failure"),
    [
        (b"", "http"),
        (b"SSH-2.0-OpenSSH\r\n\x1b[31m\r\n", "http"),
        (b"HTTP/1.1 200 OK\r\n", "http"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "http"),
    ],
)
def test_an_answer_that_breaks_http_is_a_failure_in_printable_words(
    web: WebServer, transport: Transport, raw: bytes, failure: str
) -> None:
    web.answer("/", Reply(raw=raw))
    with pytest.raises(TransportFailure) as caught:
        get(transport, web.url("/"))
    assert caught.value.failure == failure
    assert str(caught.value).isprintable()
    assert 0 < len(str(caught.value)) <= 200


def test_a_kept_connection_that_the_server_closes_under_a_request_is_replaced(
    web: WebServer, transport: Transport
) -> None:
    web.answer("/", Reply(body=b"one"), Reply(hang_up=True), Reply(body=b"two"))
    assert get_in_turn(transport, web.url("/"), 2) == [b"one", b"two"]
    assert len(web.requests) == 3


def test_a_new_connection_that_is_closed_without_an_answer_is_not_asked_twice(
    web: WebServer, transport: Transport
) -> None:
    web.answer("/", Reply(hang_up=True))
    with pytest.raises(TransportFailure) as caught:
        get(transport, web.url("/"))
    assert caught.value.failure == "http"
    assert len(web.requests) == 1


def get_in_turn(transport: Transport, url: str, times: int) -> list[bytes]:
    with httpx.Client(transport=transport, trust_env=False) as client:
        return [client.get(url).content for _ in range(times)]


def test_requests_to_one_host_share_a_connection(web: WebServer, transport: Transport) -> None:
    web.answer("/", Reply(body=b"hello"))
    assert get_in_turn(transport, web.url("/"), 5) == [b"hello"] * 5
    assert web.connections == 1


def everywhere_to(server: WebServer) -> Route:
    return lambda _host, _port: ("127.0.0.1", server.port)


def test_a_trusted_certificate_for_the_right_name_is_read() -> None:
    with WebServer(tls=tls_server()) as secure:
        secure.answer("/", Reply(body=b"hello"))
        with Transport(route=everywhere_to(secure), ssl_context=tls_client()) as transport:
            assert get(transport, "https://secure.example/").content == b"hello"


@pytest.mark.parametrize(("host", "trusting"), [("secure.example", False), ("other.example", True)])
def test_a_certificate_that_is_unknown_or_for_another_name_is_a_tls_failure(
    host: str, *, trusting: bool
) -> None:
    with WebServer(tls=tls_server()) as secure:
        context = tls_client() if trusting else None
        with (
            Transport(route=everywhere_to(secure), ssl_context=context) as transport,
            pytest.raises(TransportFailure, match="its certificate is not valid: ") as caught,
        ):
            get(transport, f"https://{host}/")
    assert caught.value.failure == "tls"
    assert secure.requests == []


def test_a_server_that_speaks_no_tls_is_a_tls_failure(web: WebServer, transport: Transport) -> None:
    with pytest.raises(TransportFailure) as caught:
        get(transport, f"https://127.0.0.1:{web.port}/")
    assert caught.value.failure == "tls"
