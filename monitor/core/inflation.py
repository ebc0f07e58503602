"""Content encodings: an answer's bytes freed of gzip or deflate, never beyond a limit.

64 KiB of gzip can hold 64 MiB, so that no chunk may be inflated first and measured afterwards; and what unpacks to
hundreds of times its size is no document, at whatever limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Self

ACCEPTED = "gzip, deflate"
# Documents shrink to a tenth, lists full of repetition to a hundredth; nulls and spaces to a thousandth.
_MOST_RATIO = 200
_ANY_RATIO_BYTES = 4 * 1024 * 1024
_MAGIC = b"\x1f\x8b"
_PLAIN = {"", "identity"}
_GZIP = {"gzip", "x-gzip"}


class TooLarge(ValueError):  # noqa: N818 - reads as the sentence it is
    """More came, or was packed inside, than the limit allows. The message is a few plain words."""

    @classmethod
    def than(cls, max_bytes: int) -> Self:
        """The error for what is larger than the limit."""
        return cls(f"it is larger than {max_bytes:,} bytes")


class Garbled(ValueError):  # noqa: N818 - reads as the sentence it is
    """The bytes are not what their Content-Encoding says. The message is a few plain words."""


def inflate(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> tuple[bytes, int]:
    """The whole content, and how many bytes came. Neither passes `max_bytes`: TooLarge is raised before it would.

    Nor does the content pass 200 times what came, once it is beyond 4 MiB: then it is a bomb.
    `encoding` is the value of Content-Encoding. Raises Garbled where it is unknown or untrue.
    """
    decoder = _decoder(encoding.strip().lower())
    content = BytesIO()  # it gives up its bytes without a second copy
    wire = 0
    for chunk in chunks:
        wire += len(chunk)
        most = max(_ANY_RATIO_BYTES, _MOST_RATIO * wire)
        for part in decoder.feed(chunk, min(max_bytes, most) + 1 - content.tell()):
            content.write(part)
        if max(content.tell(), wire) > max_bytes:
            raise TooLarge.than(max_bytes)
        if content.tell() > most:
            msg = f"it unpacks to more than {_MOST_RATIO} times its size, beyond 4 MB"
            raise TooLarge(msg)
    if wire:
        decoder.finish()
    return content.getvalue(), wire


def _decoder(encoding: str) -> _Identity | _Zipped:
    if encoding in _PLAIN:
        return _Identity()
    if encoding in _GZIP or encoding == "deflate":
        return _Zipped(encoding)
    shown = "".join(c for c in encoding if c.isprintable())[:40]
    msg = f"the answer is encoded as {shown!r}, which was not asked for"
    raise Garbled(msg)


class _Identity:
    """Content that is not encoded."""

    def feed(self, chunk: bytes, limit: int) -> Iterator[bytes]:
        yield chunk[:limit]

    def finish(self) -> None:
        pass


class _Zipped:
    """Content in gzip (of one or more members), or in zlib's or raw deflate."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._member = zlib.decompressobj(31) if encoding in _GZIP else None
        self._head = b""
        self._ended = False

    def feed(self, chunk: bytes, limit: int) -> Iterator[bytes]:
        """What the next chunk holds, in parts, together no longer than `limit` (at least 1)."""
        while chunk and limit > 0 and not self._ended:
            member = self._member or self._choose_deflate(chunk)
            if member is None:
                return
            part = self._decompress(member, self._head + chunk, limit)
            self._head = b""
            yield part
            limit -= len(part)
            chunk = self._after(member)

    def _choose_deflate(self, chunk: bytes) -> zlib._Decompress | None:
        """Old servers send raw deflate where the standard means zlib's; the first two bytes tell them apart."""
        first = (self._head + chunk)[:2]
        if len(first) < 2:
            self._head = first
            return None
        is_zlib = first[0] & 0x0F == 8 and int.from_bytes(first, "big") % 31 == 0
        self._member = zlib.decompressobj(15 if is_zlib else -15)
        return self._member

    def _decompress(self, member: zlib._Decompress, data: bytes, limit: int) -> bytes:
        try:
            return member.decompress(data, limit)
        except zlib.error as error:
            msg = f"the answer is not valid {self._encoding}"
            raise Garbled(msg) from error

    def _after(self, member: zlib._Decompress) -> bytes:
        """The start of a further gzip member. Anything else after the end is padding, which servers do send."""
        rest = member.unused_data
        if not member.eof or not rest:
            return b""
        if self._encoding == "deflate" or not _MAGIC.startswith(rest[:2]):
            self._ended = True
            return b""
        self._member = zlib.decompressobj(31)
        return rest

    def finish(self) -> None:
        """Raise where the content stopped in the middle."""
        if self._member is None or not self._member.eof:
            msg = f"the answer ends in the middle of its {self._encoding}"
            raise Garbled(msg)
