"""Recorded answers bent at random: each kind reads what is left of them, or says that it does not understand them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import sources
from monitor.core.errors import SourceError
from monitor.core.exchange import Finding, Request, Response, Source
from monitor.core.items import Item, content_hash, field_hashes

CASES = sorted(path.parent for path in (Path(__file__).parent / "sources").glob("*/*/asked.json"))
JSON_CASES = [case for case in CASES if (case / "answer.json").exists()]
# Pieces that parsers stumble over.
PIECES = [
    *(
        piece.encode()
        for piece in ("<", ">", "&", "&#xD800;", "&#0;", "&co;", "]]>", "<![CDATA[", "<!--", "-->", "<?")
    ),
    *(
        piece.encode()
        for piece in ("\0", "\x1b[2J", "²", "\u202e", "http://[/", "{", "null", '"', "1e999", "9" * 5000)
    ),
    *(
        b"\xff",
        b"\xed\xa0\x80",
        b"\x81",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="punycode"?>',
    ),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["²", "http://[/"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def case_id(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def findings(case: Path, body: bytes) -> list[Finding]:
    """What is read; nothing where the kind says that it does not understand. Any other error goes through."""
    asked = json.loads((case / "asked.json").read_text(encoding="utf-8"))
    kind = sources.kind(case.parent.name)
    options = msgspec.convert(asked["options"], type=kind.Options)
    content_type = asked["request"].pop("content_type", "")
    request = Request(**asked["request"])
    response = Response(
        request=request,
        url=request.url,
        body=body,
        headers={"content-type": content_type},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    source = Source(id="src", kind=case.parent.name, url=kind.DEFAULT_URL or request.url, options=options)
    try:
        return list(kind.parse(source, response))
    except SourceError:
        return []


def assert_recordable(found: list[Finding]) -> None:
    """Everything can be written down."""
    assert msgspec.json.encode(found)
    assert all(content_hash(field_hashes(each)) for each in found if isinstance(each, Item))


@pytest.mark.parametrize("case", CASES, ids=case_id)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_bytes_bent_anywhere_raise_nothing_but_a_source_error(case: Path, data: st.DataObject) -> None:
    body = next(case.glob("answer.*")).read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.sampled_from([start, start + 1, start + 7, len(body)]))
        body = body[:start] + data.draw(st.sampled_from([*PIECES, b""]) | st.binary(max_size=4)) + body[end:]
    assert_recordable(findings(case, body))


@pytest.mark.parametrize("case", JSON_CASES, ids=case_id)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_values_of_other_types_raise_nothing_but_a_source_error(case: Path, data: st.DataObject) -> None:
    answer = json.loads((case / "answer.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        bend(answer, data)
    assert_recordable(findings(case, json.dumps(answer).encode()))


def bend(answer: Any, data: st.DataObject) -> None:
    """Put another value somewhere into the answer."""
    places = walk(answer)
    if places:
        container, name = data.draw(st.sampled_from(places))
        container[name] = data.draw(VALUES)


def walk(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: its container and its name there."""
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for name in names for place in [(value, name), *walk(value[name])]]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_an_answer_that_is_not_bent_is_read(case: Path) -> None:
    assert findings(case, next(case.glob("answer.*")).read_bytes())
