"""JSON Schemas of config.toml and of a watchlist, for editors that complete and check as one types.

The tables of config.toml come from the classes that it is read into, so that a new option is known at once; a
watchlist's grammar is written out here, and a test holds it to the reader's. A file names its schema in its first line
(`#:schema PATH`, relative to the file), as taplo and VS Code read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from monitor import config, outputs, sources
from monitor.core.exchange import Secret
from monitor.core.fetches import FetchSettings
from monitor.core.watchlists import FIELDS, FIELDS_ON_REQUEST, Telling

What = Literal["config", "watchlist"]
WHATS: tuple[What, ...] = ("config", "watchlist")
_DRAFT = "http://json-schema.org/draft-07/schema#"
_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_ID = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$"}
_DURATION = {"type": "string", "pattern": r"^\s*[0-9]{1,6}[smhdw]\s*$", "examples": ["15m", "1h", "1d"]}
_SECRET = {
    "type": "object",
    "properties": {"env": _TEXT, "file": _TEXT},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "description": "Where a key comes from: an environment variable or a file. Keys themselves never stand here.",
}
_SOURCE: Mapping[str, Any] = {
    "id": _ID,
    "url": {"type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?://"},
    "every": _DURATION,
    "fastest": _DURATION,
    "quiet_after": _DURATION,
    "enabled": _FLAG,
    "user_agent": _TEXT,
    "min_items": {"type": "integer", "minimum": 0, "maximum": 100_000},
    "api_key": _SECRET,
}
_OUTPUT: Mapping[str, Any] = {
    "id": _ID,
    "enabled": _FLAG,
    "watchlists": {"type": "array", "items": _TEXT, "description": "Only these; all, where none is named."},
    "alerts": _FLAG,
    "daily": _FLAG,
    "weekly": _FLAG,
    "heartbeat": {**_FLAG, "description": "true: also on a day without news."},
    "bundle": {**_DURATION, "description": "Alerts within so long of one another come together."},
    "limit": {"type": "integer", "minimum": 1, "description": "How many entries a message shows."},
    "at": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    "weekday": {"enum": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]},
    "timezone": _TEXT,
    "language": {"enum": ["en", "zh"]},
}


# Where schemas lie beside settings: `monitor init` writes them into the first, this checkout has them in the second.
SCHEMA_FOLDERS = ("schemas", "docs/schemas")


def schema_line(folder: Path, what: What) -> str:
    """The line by which a file in that folder names its schema; empty where no schema lies beside or above it."""
    here = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() follows links, and an editor does not
    for above in (here, here.parent):
        for name in SCHEMA_FOLDERS:
            if (above / name / f"{what}.json").is_file():
                found = Path(os.path.relpath(above / name, here)).as_posix()
                return f"#:schema {found if found.startswith('.') else f'./{found}'}/{what}.json\n"
    return ""


def schema(what: What) -> str:
    """The schema as JSON text (draft 7, which editors of TOML read)."""
    made = {"$schema": _DRAFT, **(_config() if what == "config" else _watchlist())}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _watchlist() -> dict[str, Any]:
    subject = {
        "name": {**_TEXT, "description": "Shown; it matches nothing."},
        **dict.fromkeys(("zh", "ja", "ko", "note"), _TEXT),
        "id": {**_ID, "description": "Permanent: a subject under another id begins anew."},
        "enabled": {**_FLAG, "description": "false: the subject rests, and matches nothing."},
        "any": {**_terms(), "description": "One of these is enough."},
        "all": {**_terms(), "description": "Each of these is needed."},
        "none": {**_terms(), "description": "Each of these forbids."},
        "keys": {**_TEXTS, "description": "Only items whose key is one of these patterns: bill:119-*"},
    }
    return {
        "title": "A watchlist",
        **_table(
            {
                "title": {
                    "type": "string",
                    "minLength": 1,
                    "description": "Heads its section of the digest.",
                },
                "priority": {
                    "enum": ["high", "normal", "low"],
                    "default": "normal",
                    "description": "Its room in the digest; of high, news comes at once.",
                },
                "on": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"enum": list(get_args(Telling))},
                    "description": "What is told of an item that it recognises.",
                },
                "note": {**_TEXT, "description": "For people."},
                "enabled": {**_FLAG, "description": "false: all its subjects rest."},
                "subject": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        **_table(subject, ["id"]),
                        "anyOf": [{"required": ["any"]}, {"required": ["all"]}],
                    },
                },
            },
            ["title", "subject"],
        ),
    }


def _terms() -> dict[str, Any]:
    places = {"type": "array", "minItems": 1, "items": {"enum": [*FIELDS, *FIELDS_ON_REQUEST]}}
    term = {
        "text": {**_TEXT, "description": "A phrase."},
        "regex": {**_TEXT, "description": "A pattern in the syntax of RE2."},
        "id": {**_TEXT, "description": "A citation, or the key of an item."},
        "case": {**_FLAG, "description": "Whether capitals matter."},
        "fuzzy": {"type": "integer", "minimum": 50, "maximum": 100},
        "near": {**_TEXTS, "minItems": 1, "description": "One of these must stand near."},
        "within": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 30},
        "in": places,
    }
    one_of = [{"required": [key]} for key in ("text", "regex", "id")]
    return {"type": "array", "items": {"anyOf": [_TEXT, {**_table(term), "oneOf": one_of}]}}


def _config() -> dict[str, Any]:
    fetch = {**_properties(FetchSettings), **_properties(config.PollSettings)}
    tables = {
        "log": _table(_properties(config.FileSettings)),
        "watchlists": _table(_properties(config.FileSettings)),
        "fetch": _table(fetch, ["user_agent"]),
        "digest": _table(_properties(config.DigestSettings)),
        "service": _table(_properties(config.ServiceSettings)),
        "source": _array(_source(name) for name in sources.kind_names()),
        "output": _array(_one(name, outputs.kind(name).Options, _OUTPUT) for name in outputs.kind_names()),
    }
    return {"title": "config.toml of the policy monitor", **_table(tables, ["fetch"])}


def _source(kind: str) -> dict[str, Any]:
    """A source of that kind, which names its address where the kind has none of its own."""
    found = sources.kind(kind)
    made = _one(kind, found.Options, _SOURCE)
    return made if found.DEFAULT_URL else {**made, "required": [*made["required"], "url"]}


def _one(kind: str, options: type[Any], common: Mapping[str, Any]) -> dict[str, Any]:
    """A table of that kind: what every one takes, and its own options."""
    needed = [f.name for f in fields(options) if f.default is MISSING and f.default_factory is MISSING]
    keys = {**common, "kind": {"const": kind}, **_properties(options)}
    return {"title": kind, **_table(keys, ["id", "kind", *needed])}


def _properties(cls: type[Any]) -> dict[str, Any]:
    """The keys of a class, as msgspec describes them."""
    made = msgspec.json.schema(cls, schema_hook=lambda found: _SECRET if found is Secret else _TEXT)
    found = made["$defs"][cls.__name__]["properties"]
    return {str(key): value for key, value in found.items()}


def _table(properties: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _array(tables: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Any number of tables; which keys each takes depends on its kind."""
    made = list(tables)
    kinds = [one["properties"]["kind"]["const"] for one in made]
    choose = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": table}
        for kind, table in zip(kinds, made, strict=True)
    ]
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["id", "kind"],
            "properties": {"kind": {"enum": kinds}},
            "allOf": choose,
        },
    }
