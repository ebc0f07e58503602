"""Files that others read while we write them: each is whole, old or new, whatever happens in between."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


class ForeignFile(OSError):  # noqa: N818 - what it is, said plainly
    """A file of that name is there that this program did not write."""


def replace_files(folder: Path, contents: Mapping[str, bytes], *, mark: bytes) -> tuple[str, ...]:
    """Make the files of these names be these bytes; answers the names that had to be written.

    A file that is so already is left untouched, so that its date and its ETag hold. None is replaced before all are
    written and on the disk: a full disk leaves all as they were. Only files that hold `mark`, or nothing, are replaced.
    The folder is made if the one above it is there. Raises OSError; ForeignFile before anything was written.
    """
    folder.mkdir(exist_ok=True)
    changed = {name: content for name, content in contents.items() if _differs(folder / name, content, mark)}
    # The same name each time: what a killed process left is written over.
    parts = {folder / name: folder / f".{name}.part" for name in changed}
    try:
        for file, part in parts.items():
            _write(part, changed[file.name])
        for file, part in parts.items():
            part.replace(file)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    if changed:
        _settle(folder)
    return tuple(changed)


def _differs(file: Path, content: bytes, mark: bytes) -> bool:
    try:
        standing = file.read_bytes()
    except FileNotFoundError:
        return True
    if standing and mark not in standing:
        raise ForeignFile(f"{file} was not written by this program")
    return standing != content


def _write(file: Path, content: bytes) -> None:
    """A new file, with the rights that the owner's umask leaves: a web server is to read it."""
    file.unlink(missing_ok=True)
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _settle(folder: Path) -> None:
    """Put the new names themselves on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
