"""Webhooks as a receiver gets them: signed for this attempt, the same id for ever; receivers that misbehave in every way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import socket
import ssl
from pathlib import Path
from typing import Any

import digest_samples as samples
import pytest
import trustme
from desk import Desk, feed
from webserver import Reply, WebServer, tls_server

from monitor import app
from monitor.core.deliveries import Dispatch, Message, Output
from monitor.core.errors import ConfigError, SendError
from monitor.core.exchange import Secret
from monitor.outputs import webhook

KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
PLANNED = "2026-10-18T00:30:00Z"
ATTEMPTED = "2026-10-18T02:00:00Z"
PATH = "/services/T000/B000/hunter2"


def dispatch(*, repeat: bool = False, attempted_at: str = ATTEMPTED, **options: Any) -> Dispatch:
    return Dispatch(
        output=Output(id="hook", kind="webhook", options=webhook.Options(**options)),
        delivery="daily-2026-10-18",
        occasion="daily",
        message_id="<0a1b2c@policy-monitor.invalid>",
        planned_at=PLANNED,
        attempted_at=attempted_at,
        repeat=repeat,
    )


MESSAGE = webhook.render(samples.DAILY, dispatch(url="https://example.org"))


def send(web: WebServer, *, repeat: bool = False, message: Message = MESSAGE, **more: Any) -> str:
    given = {"url": web.url(PATH), "allow_private_hosts": True, "timeout_s": 1, **more}
    return webhook.send(message, dispatch(repeat=repeat, **given))


def failure(web: WebServer, **more: Any) -> SendError:
    with pytest.raises(SendError) as failed:
        send(web, **more)
    assert "hunter2" not in str(failed.value)
    return failed.value


def is_genuine(headers: Any, body: bytes, key: bytes) -> bool:
    """As a receiver checks it, by the words of the convention and by nothing of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split()


# ---- what arrives ----


def test_a_receiver_can_verify_what_it_was_sent_and_when(web: WebServer) -> None:
    web.answer(PATH, Reply(status=204))
    assert send(web, secret=Secret(SECRET)) == f"204 No Content from http://127.0.0.1:{web.port}"
    [asked] = web.requests
    assert (asked.method, asked.body) == ("POST", MESSAGE.body)
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert asked.headers["webhook-timestamp"] == "1792288800"  # of the attempt, not of the plan
    assert is_genuine(asked.headers, asked.body, KEY)
    assert not is_genuine(asked.headers, asked.body + b" ", KEY)


def test_the_signature_is_that_of_the_convention_own_example() -> None:
    """Known to the libraries of the convention: id, time and body as they stand in their tests."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = webhook.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_is_no_base64_is_the_key_as_it_stands(web: WebServer) -> None:
    web.answer(PATH, Reply())
    send(web, secret=Secret("open sesame"))
    [asked] = web.requests
    assert is_genuine(asked.headers, asked.body, b"open sesame")


def test_without_a_secret_nothing_is_signed(web: WebServer) -> None:
    web.answer(PATH, Reply())
    send(web)
    assert "webhook-signature" not in web.requests[0].headers


def test_whatever_is_tried_again_bears_the_same_id_and_says_that_it_may_be_a_repeat(web: WebServer) -> None:
    web.answer(PATH, Reply())
    send(web)
    send(web, repeat=True, attempted_at="2026-10-18T03:00:00Z")
    first, second = (asked.headers for asked in web.requests)
    for name in ("webhook-id", "idempotency-key"):
        assert (first[name], second[name]) == ("0a1b2c", "0a1b2c")
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert ("x-possible-repeat" in first, second["x-possible-repeat"]) == (False, "yes")


def test_a_token_and_further_headers_go_along(web: WebServer) -> None:
    web.answer(PATH, Reply())
    send(web, token=Secret("sesame"), headers={"X-Team": "policy"})
    headers = web.requests[0].headers
    assert (headers["authorization"], headers["x-team"]) == ("Bearer sesame", "policy")


def test_the_body_is_one_object_with_the_digest_as_the_command_prints_it() -> None:
    body = json.loads(MESSAGE.body)
    assert (body["type"], body["id"], body["occasion"]) == ("digest.daily", "0a1b2c", "daily")
    assert (body["output"], body["delivery"], body["planned_at"]) == ("hook", "daily-2026-10-18", PLANNED)
    printed = Path(__file__).parent / "digests" / "daily" / "digest.json"
    assert body["digest"] == json.loads(printed.read_bytes())
    assert MESSAGE.title.startswith("Digest: ")


def test_hostile_words_are_data_and_nothing_else() -> None:
    message = webhook.render(samples.HOSTILE, dispatch(url="https://example.org"))
    text = message.body.decode()
    assert json.loads(text)["digest"]["notices"] == list(samples.NASTY)
    assert text.count("\n") == 1
    assert text.rstrip("\n").isprintable()
    assert message.title.isprintable()


# ---- receivers that do not take it ----


@pytest.mark.parametrize("status", [400, 402, 406, 409, 410, 413, 422, 451])
def test_a_no_to_this_message_is_final(web: WebServer, status: int) -> None:
    web.answer(PATH, Reply(status=status))
    error = failure(web)
    assert (error.final, error.unknown) == (True, False)
    assert f"answered {status}" in str(error)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 425, 429, 500, 502, 503, 504, 599])
def test_a_no_that_may_pass_or_can_be_mended_is_tried_again(web: WebServer, status: int) -> None:
    web.answer(PATH, Reply(status=status))
    error = failure(web)
    assert (error.final, error.unknown) == (False, False)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(web: WebServer, status: int) -> None:
    web.answer(PATH, Reply(status=status, headers={"Location": web.url("/elsewhere")}))
    web.answer("/elsewhere", Reply())
    error = failure(web)
    assert "no redirect is followed; write the address where it is now" in str(error)
    assert [asked.path for asked in web.requests] == [PATH]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(wait_s=30),
        Reply(hang_up=True),
        Reply(raw=f"what is {PATH}?\r\n\r\n".encode()),
        Reply(body=b"x", drip_s=0.2, drip_head=True, headers={"X-Long": "x" * 500}),
    ],
    ids=["silent", "gone", "garbage", "dripping"],
)
def test_without_an_answer_to_all_of_it_nobody_knows(web: WebServer, reply: Reply) -> None:
    web.answer(PATH, reply)
    error = failure(web)
    assert (error.final, error.unknown) == (False, True)
    assert len(web.asked(PATH)) == 1


def test_an_answer_without_end_is_not_read(web: WebServer) -> None:
    web.answer(PATH, Reply(body=b"x" * 200, drip_s=0.5))
    assert send(web).startswith("200 OK")


def test_a_receiver_that_is_away_has_not_been_sent_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SendError) as failed:
        webhook.send(MESSAGE, dispatch(url=f"http://127.0.0.1:{port}{PATH}", allow_private_hosts=True))
    assert str(failed.value) == (
        f"hook: http://127.0.0.1:{port} did not take it: Connection refused; "
        "see that the receiver runs, and that host and port are right"
    )
    assert (failed.value.final, failed.value.unknown) == (False, False)


def test_a_host_that_does_not_exist_has_not_been_sent_anything() -> None:
    with pytest.raises(SendError, match="check the host in url") as failed:
        webhook.send(MESSAGE, dispatch(url="https://hook.invalid/"))
    assert not failed.value.unknown


def test_an_address_in_the_private_network_is_refused_unless_that_is_wanted(web: WebServer) -> None:
    error = failure(web, allow_private_hosts=False)
    assert "127.0.0.1, which is not a public address; say allow_private_hosts = true only" in str(error)
    assert not error.unknown
    assert web.connections == 0


def test_only_a_certificate_that_can_be_trusted_is_spoken_to(tmp_path: Path) -> None:
    authority, other = trustme.CA(), tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with WebServer(tls=tls_server()) as web:
        web.answer(PATH, Reply())
        for ca_file in (None, other):
            error = failure(web, ca_file=ca_file)
            assert "name who signed its certificate in ca_file" in str(error)
            assert not error.unknown
        assert web.requests == []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with WebServer(tls=context) as web:
        web.answer(PATH, Reply())
        assert send(web, ca_file=tmp_path / "ca.pem").startswith("200 OK")
    assert "cannot be used" in str(failure(web, ca_file=tmp_path / "none.pem"))


# ---- what nobody may read ----


def test_no_secret_reaches_a_log_or_an_error(web: WebServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    web.answer(PATH, Reply(status=500, body=PATH.encode() + SECRET.encode()))
    given: dict[str, Any] = {"url": "", "secret_url": Secret(web.url(PATH)), "secret": Secret(SECRET)}
    error = failure(web, **given, token=Secret("sesame"))
    for told in (str(error), repr(error), caplog.text, repr(dispatch(**given))):
        for secret in ("hunter2", SECRET, "sesame"):
            assert secret not in told
    assert web.requests[0].headers["authorization"] == "Bearer sesame"


def test_a_user_and_a_password_in_the_secret_address_go_in_their_header_and_into_no_error(
    web: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    web.answer(PATH, Reply(), Reply(status=500), Reply(raw=b"what is desk:hunter2?\r\n\r\n"))
    address = Secret(web.url(PATH).replace("://", "://desk:hunter2@"))
    said = [send(web, url="", secret_url=address)]
    asked = web.requests[0]
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"desk:hunter2").decode()
    assert (asked.path, asked.headers["host"]) == (PATH, f"127.0.0.1:{web.port}")
    said += [str(failure(web, url="", secret_url=address)) for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        away = f"http://desk:hunter2@127.0.0.1:{free.getsockname()[1]}/"
    said.append(str(failure(web, url="", secret_url=Secret(away))))
    assert "hunter2" not in caplog.text + "".join(said)
    assert "desk" not in caplog.text + "".join(said)


@pytest.mark.parametrize(
    "url",
    [
        "desk:hunter2@a.example/hook",
        "https:/desk:hunter2@a.example/",
        "https:\\\\desk:hunter2@a.example/",
        "https://desk:hunter2/x@a.example/",
        "https://desk:hunter2@a.example/",
        "https://hunter2@a.example/",
        "ftp://desk:hunter2@a.example/",
        " https://desk:hunter2@a.example/",
    ],
)
def test_a_password_in_an_address_that_is_refused_is_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match=r"^url: ") as refused:
        webhook.Options(url=url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "", "secret_url": Secret("ftp://hunter2/")}, "secret_url holds no address"),
        ({"url": "", "secret_url": Secret("https://hunter2\n/")}, "secret_url holds no address"),
        ({"token": Secret("hunter2\r\nX: y")}, "token holds a character that cannot be sent"),
        ({"secret": Secret("whsec_hunter2!")}, "secret cannot sign: what follows whsec_ is not base64"),
    ],
)
def test_a_secret_that_cannot_be_used_is_said_and_not_shown(
    web: WebServer, options: dict[str, Any], words: str
) -> None:
    assert words in str(failure(web, **options))
    assert web.connections == 0


# ---- settings ----


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "url: write it, or secret_url"),
        ({"url": "https://a.example", "secret_url": Secret("x")}, "one of the two"),
        ({"url": "a.example/hook"}, "is no address"),
        ({"url": "https://xn--/hook"}, "is no address"),
        ({"url": "file:///etc/passwd"}, "is no address"),
        ({"url": "https://user:pass@a.example"}, "^url: holds a user or a password; write token, or the whole as secret_url$"),
        ({"url": "http://a.example", "token": Secret("x")}, "token: would cross the network"),
        ({"url": "https://a.example", "timeout_s": 0}, "timeout_s: 0"),
        ({"url": "https://a.example", "headers": {"Webhook-Id": "1"}}, "not yours to set; take it out"),
        ({"url": "https://a.example", "headers": {"Authorization": "x"}}, "write token"),
        ({"url": "https://a.example", "headers": {"X Y": "1"}}, "no name of a header"),
        ({"url": "https://a.example", "headers": {"X-Y": "1\r\nZ: 2"}}, "cannot be sent"),
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace(".", r"\.")):
        webhook.Options(**options)


def test_a_webhook_is_configured_tried_and_told_of_news(
    tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    desk = Desk(tmp_path, web)
    desk.source("news")
    web.answer(
        "/news",
        Reply(body=feed(("a", "Nothing"))),
        Reply(body=feed(("b", "Next G Alliance meets"), ("a", "Nothing"))),
    )
    web.answer(PATH, Reply(status=503), Reply())
    desk.tables += (
        f'\n[[output]]\nid = "hook"\nkind = "webhook"\nurl = "{web.url(PATH)}"\nallow_private_hosts = true\n'
        'secret = { env = "HOOK_SECRET" }\nheaders = { X-Team = "policy" }\n'
    )
    desk.poll()
    app.deliver(desk.settings(), clock=desk.clock)
    desk.poll()
    desk.clock.advance(days=1)
    [refused] = app.deliver(desk.settings(), clock=desk.clock)
    assert refused.outcome == "failed"
    desk.clock.advance(minutes=2)
    [taken] = app.deliver(desk.settings(), clock=desk.clock)
    assert taken.outcome == "succeeded"
    first, second = web.asked(PATH)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 120
    assert is_genuine(second.headers, second.body, KEY)
    [entry] = [one for each in json.loads(second.body)["digest"]["watchlists"] for one in each["entries"]]
    assert entry["title"] == "Next G Alliance meets"


def test_a_secret_in_config_toml_itself_is_refused(tmp_path: Path, web: WebServer) -> None:
    desk = Desk(tmp_path, web)
    desk.tables += '\n[[output]]\nid = "hook"\nkind = "webhook"\nurl = "https://a.example"\nsecret = "x"\n'
    with pytest.raises(ConfigError, match="a key never stands in config"):
        desk.settings()
