"""Seeding: documents are read, whatever their format, and what they name is proposed as subjects."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from pathlib import Path

from monitor.app.schemas import schema_line
from monitor.app.shipping import shipped_files
from monitor.archive import exporting
from monitor.core import extraction
from monitor.core.encodings import in_utf8
from monitor.core.errors import UsageError
from monitor.core.extraction import Document, Gazetteer, Proposal
from monitor.core.extraction.as_toml import as_toml
from monitor.core.extraction.gazetteer import read_entries
from monitor.core.extraction.repairing import repair
from monitor.core.text import plain

FORMATS = (".txt", ".md", ".html", ".htm", ".pdf")
_MOST_BYTES = 50_000_000
_MOST_CHARACTERS = 5_000_000
_MOST_PAGES = 2000
# A share of characters; a document with some bad ones is still one.
_MOST_UNREADABLE = 0.05


def seed(paths: Sequence[Path]) -> list[Proposal]:
    """The subjects that the documents propose.

    Raises UsageError for a document that cannot be read, and where none of them names anything.
    """
    found = extraction.propose([read_document(path) for path in paths], known_names())
    if not found:
        remedy = "write the subjects by hand (docs/watchlists.md), or name another document"
        raise UsageError(", ".join(map(str, paths)), "names nothing that could be followed", remedy)
    return found


def known_names() -> Gazetteer:
    """The names that ship with the program."""
    files = sorted((shipped_files() / "seeds" / "gazetteer").glob("*.toml"))
    return Gazetteer.of(
        entry for file in files for entry in read_entries(file.read_text(encoding="utf-8"), file=file.name)
    )


def seeds_as_toml(proposals: Sequence[Proposal], paths: Sequence[Path]) -> str:
    """The proposals as the text of a watchlist."""
    return as_toml(proposals, title="Proposed from " + ", ".join(path.name for path in paths))


def write_seeds(file: Path, toml: str) -> None:
    """Write a new file, whole, which names its schema where one lies beside it.

    Raises UsageError where there is a file already, or it cannot be written.
    """
    if file.exists():
        raise UsageError(
            str(file), "is there already", "choose another name: what you edited is not written over"
        )
    try:
        with exporting.whole_file(file) as part:
            part.write_bytes((schema_line(file.parent, "watchlist") + toml).encode())
    except OSError as error:
        raise UsageError(
            str(file), f"cannot be written ({error.strerror})", "choose another place"
        ) from error


def read_document(path: Path) -> Document:
    """A document, repaired. Raises UsageError for one that is too large, of another format, or without text."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise UsageError(str(path), f"is no {', '.join(FORMATS)}", "save it as one of these, best as text")
    text = _pages(path) if ending == ".pdf" else _letters(path, is_page=ending.startswith(".htm"))
    if len(text) > _MOST_CHARACTERS:
        raise UsageError(str(path), f"holds more than {_MOST_CHARACTERS} characters", "split it")
    if text.count("\0") + text.count("\ufffd") > len(text) * _MOST_UNREADABLE:
        raise UsageError(str(path), "is no text: most of it cannot be read", "save it as text in UTF-8")
    if not text.strip():
        raise UsageError(str(path), "holds no text", "a scan has to go through text recognition first")
    return repair(path.stem, text)


def _letters(path: Path, *, is_page: bool) -> str:
    utf8, _ = in_utf8(_bytes(path), "")
    text = (
        utf8.partition(b"?>")[2].decode(errors="replace").removeprefix("\ufeff")
    )  # behind an XML declaration
    return plain(text) if is_page else text


def _pages(path: Path) -> str:
    """The text of a PDF, a page after the other; a page that cannot be read is left out."""
    from pypdf import PdfReader  # noqa: PLC0415 - slow to load, and wanted by this command alone
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - as above

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # our own error says what matters
    try:
        reader = PdfReader(io.BytesIO(_bytes(path)))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UsageError(str(path), "is protected by a password", "save it without")
        if len(reader.pages) > _MOST_PAGES:
            raise UsageError(str(path), f"has more than {_MOST_PAGES} pages", "split it")
        return "\n\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(str(path), f"is no PDF that can be read ({error})", "save it as text") from error


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(str(path), f"is larger than {_MOST_BYTES} bytes", "split it")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(str(path), f"cannot be read ({error.strerror})", "check its name") from error
