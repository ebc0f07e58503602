"""Recorded-shape answers and what each kind makes of them, found by folder: tests/sources/<kind>/<case>/.

`answer.*` is what came, `asked.json` the request and the source's options, `expected.json` the findings. A new case is
written once by running the test: read what it wrote, then run it again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from monitor import sources
from monitor.core.exchange import Request, Response, Source

CASES = sorted(path.parent for path in (Path(__file__).parent / "sources").glob("*/*/asked.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_answer_reads_as_it_was_read_before(case: Path) -> None:
    asked = json.loads((case / "asked.json").read_text(encoding="utf-8"))
    kind = sources.kind(case.parent.name)
    options = msgspec.convert(asked["options"], type=kind.Options)
    request = asked["request"]
    content_type = request.pop("content_type", "")
    response = Response(
        request=Request(**request),
        url=request["url"],
        body=next(case.glob("answer.*")).read_bytes(),
        headers={"content-type": content_type},
        fetched_at=datetime(2026, 4, 1, tzinfo=UTC),
    )
    source = Source(id="src", kind=case.parent.name, url=kind.DEFAULT_URL or request["url"], options=options)
    found = json.loads(
        msgspec.json.encode([{type(each).__name__: each} for each in kind.parse(source, response)])
    )
    expected = case / "expected.json"
    if not expected.exists():
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"wrote {expected}: read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_every_kind_has_a_recorded_answer() -> None:
    assert {case.parent.name for case in CASES} >= {"feed", "congress", "billstatus", "federal_register"}
