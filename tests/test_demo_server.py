"""The demo's server: which answer it gives to which request, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_reading import get

from monitor.core.errors import MonitorError
from monitor.demo.server import ANSWERS, Answer, DemoServer, load_answers

NEXT_G = "http://www.nextgalliance.org/feed/"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


def test_one_path_on_two_hosts_has_two_answers(server: DemoServer) -> None:
    assert b"<title>Next G Alliance</title>" in get(server, NEXT_G).body
    assert b"<title>IOWN Global Forum</title>" in get(server, "http://iowngf.org/feed/").body


def test_the_host_may_carry_a_port_and_capitals(server: DemoServer) -> None:
    assert get(server, "http://IOWNGF.org:80/feed/").status == 200


@pytest.mark.parametrize(
    "url", ["http://iowngf.org/", "http://nowhere.example/feed/", "http://iowngf.org/../feed/"]
)
def test_what_was_not_recorded_is_not_found(server: DemoServer, url: str) -> None:
    assert get(server, url).status == 404


def test_the_second_moment_brings_other_answers(server: DemoServer) -> None:
    first = get(server, NEXT_G)
    server.moment = 2
    second = get(server, NEXT_G)
    assert (first.status, second.status) == (200, 200)
    assert first.body != second.body


def test_parameters_that_the_index_does_not_name_are_ignored(server: DemoServer) -> None:
    plain = get(server, "http://api.congress.gov/v3/bill/119")
    asked = get(
        server, "http://api.congress.gov/v3/bill/119?format=json&limit=250&offset=0&sort=updateDate+desc"
    )
    assert plain.body == asked.body


def test_a_parameter_that_the_index_names_chooses_the_answer() -> None:
    answers = [
        Answer(host="a.example", path="/list", file="page-2", query={"page": "2"}, body=b"second"),
        Answer(host="a.example", path="/list", file="page-1", body=b"first"),
    ]
    with DemoServer(answers) as server:
        assert get(server, "http://a.example/list?page=2&limit=9").body == b"second"
        assert get(server, "http://a.example/list?page=1").body == b"first"


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"demo-nga-1"'},
        {"If-None-Match": '"other", "demo-nga-1"'},
        {"If-Modified-Since": "Mon, 05 May 2025 12:00:00 GMT"},
        {"If-Modified-Since": "Fri, 09 May 2025 00:00:00 GMT"},
    ],
)
def test_who_has_this_version_gets_304_and_no_body(server: DemoServer, condition: dict[str, str]) -> None:
    answer = get(server, NEXT_G, condition)
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", '"demo-nga-1"')


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"demo-nga-2"'},
        {"If-None-Match": '"demo-nga-2"', "If-Modified-Since": "Mon, 05 May 2025 12:00:00 GMT"},
        {"If-Modified-Since": "Sun, 04 May 2025 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ],
)
def test_who_has_another_version_gets_the_whole_answer(server: DemoServer, condition: dict[str, str]) -> None:
    assert get(server, NEXT_G, condition).status == 200


def test_answers_say_nothing_of_today(server: DemoServer) -> None:
    answer = get(server, NEXT_G)
    assert set(answer.headers) == {"content-type", "etag", "last-modified", "content-length", "connection"}


def test_after_its_end_nothing_listens() -> None:
    with DemoServer() as server:
        assert get(server, NEXT_G).status == 200
    with pytest.raises(ConnectionRefusedError):
        get(server, NEXT_G)


def test_a_recorded_status_is_given() -> None:
    with DemoServer([Answer(host="a.example", path="/", file="", body=b"sorry", status=503)]) as server:
        assert get(server, "http://a.example/").status == 503


# ── the files


def test_every_file_is_in_the_index_and_every_entry_has_its_file() -> None:
    lying = {str(path.relative_to(ANSWERS)) for path in ANSWERS.glob("*/*")}
    assert lying == {f"{answer.host}/{answer.file}" for answer in load_answers()}


def test_no_request_has_two_answers_at_one_moment() -> None:
    seen = [
        (a.host, a.path, tuple(sorted(a.query.items())), moment)
        for a in load_answers()
        for moment in a.moments
    ]
    assert len(seen) == len(set(seen))


def test_a_files_number_is_its_first_moment() -> None:
    assert [a.file for a in load_answers() if not a.file.startswith(f"{a.moments[0]}-")] == []


@pytest.mark.parametrize(
    ("index", "complaint"),
    [
        ('[[answer]]\nhost = "a"\npath = "/"\nfile = "gone"', "gone"),
        ('[[answer]]\nhost = "a"\npath = "/"\nfile = "x"\nmonents = [1]', "monents"),
        ("[[answer", "Expected"),
    ],
)
def test_a_faulty_index_is_named_with_its_fault(tmp_path: Path, index: str, complaint: str) -> None:
    (tmp_path / "index.toml").write_text(index, encoding="utf-8")
    with pytest.raises(MonitorError, match=complaint) as caught:
        load_answers(tmp_path)
    assert caught.value.where == str(tmp_path / "index.toml")
