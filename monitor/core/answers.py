"""Reading an answer that may be anything: what it is, and its parts where they are what they should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from lxml import etree

from monitor.core.errors import NotUnderstood
from monitor.core.exchange import Response
from monitor.core.text import line

# As much of an answer as a message quotes, in characters.
_QUOTED = 120
_DIGITS = re.compile(r"[0-9]{1,18}")
_HTML_STARTS = (b"<!doctype html", b"<html")


def is_html(body: bytes) -> bool:
    """Whether this is a web page: what a publisher's error or challenge looks like under status 200."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower().startswith(_HTML_STARTS)


def json_object(response: Response, where: str) -> dict[str, Any]:
    """The JSON object of an answer. Raises NotUnderstood for anything else, and for an API's own error report."""
    answer = _json(response, where)
    if not isinstance(answer, dict):
        raise NotUnderstood(where, "answered with JSON that is no object", "check the address of the source")
    _refuse_error(answer, where)
    return answer


def json_list(response: Response, where: str, remedy: str) -> list[Any]:
    """The JSON list of an answer. Raises NotUnderstood for anything else, with what an object says went wrong."""
    answer = _json(response, where, remedy)
    if not isinstance(answer, list):
        said = line(" ".join(filter(None, (words(answer, "code"), words(answer, "message")))))
        raise NotUnderstood(where, f"the API answered: {said[:_QUOTED] or 'JSON that is no list'}", remedy)
    return answer


def _json(response: Response, where: str, remedy: str = "open the address in a browser") -> Any:
    if is_html(response.body):
        raise NotUnderstood(where, "answered with a web page instead of JSON", remedy)
    try:
        return msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotUnderstood(where, f"answered with broken JSON ({error})", "poll again later") from error


def _refuse_error(answer: Mapping[str, Any], where: str) -> None:
    if not (report := answer.get("error") or answer.get("errors")):
        return
    code, message = words(report, "code"), words(report, "message")
    said = line(" ".join(filter(None, (code, message))) or msgspec.json.encode(report).decode())
    error = NotUnderstood(where, f"the API answered: {said[:_QUOTED]}", "see what it asks for")
    if code.startswith("API_KEY"):
        error = NotUnderstood(where, f"the API answered: {said[:_QUOTED]}", "check the key in api_key")
        error.failure = "key"
    raise error


def words(record: Any, *path: str) -> str:
    """The text (or whole number) at the end of that path, trimmed; empty where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, Mapping) else None
    if isinstance(record, bool):
        return ""
    return str(record).strip() if isinstance(record, (str, int)) else ""


def number(record: Any, *path: str) -> int | None:
    """The whole number at the end of that path, as a number or in ASCII digits; None for anything else, and below 0."""
    text = words(record, *path)
    return int(text) if _DIGITS.fullmatch(text) else None


def entries(record: Any, *path: str) -> list[Any]:
    """The list at the end of that path; empty where there is none."""
    for name in path:
        record = record.get(name) if isinstance(record, Mapping) else None
    return record if isinstance(record, list) else []


def xml_root(body: bytes, where: str, root: str) -> etree._Element:
    """The root element of an XML answer, which must be named `root`. Raises NotUnderstood.

    A document type is refused: these publishers send none, and it is the door of entity bombs.
    """
    if is_html(body):
        raise NotUnderstood(where, "answered with a web page instead of XML", "open the address in a browser")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        element = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUnderstood(where, f"answered with broken XML ({error})", "poll again later") from error
    if element.getroottree().docinfo.doctype:
        raise NotUnderstood(where, "sent XML with a document type", "check the address of the source")
    if (name := etree.QName(element).localname) != root:
        raise NotUnderstood(
            where, f"sent <{name[:_QUOTED]}> instead of <{root}>", "check the address of the source"
        )
    return element
