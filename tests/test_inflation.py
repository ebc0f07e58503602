"""Content encodings: whatever the chunks, all of it or a clear refusal, and never more than the limit."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.inflation import Garbled, TooLarge, inflate


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "plain": ("", bytes),
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "x-gzip": (" X-GZip ", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "two members": ("gzip", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
    "padding": ("gzip", lambda data: gzip.compress(data) + bytes(64)),
}


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@given(data=st.binary(min_size=1), size=st.integers(1, 40), packer=st.sampled_from(sorted(PACKERS)))
def test_content_comes_out_as_it_went_in_however_it_is_cut(data: bytes, size: int, packer: str) -> None:
    encoding, pack = PACKERS[packer]
    packed = pack(data)
    assert inflate(cut(packed, size), encoding, max_bytes=10_000) == (data, len(packed))


@given(
    data=st.binary(min_size=1, max_size=500),
    short=st.integers(0, 499),
    packer=st.sampled_from(sorted(PACKERS)),
)
def test_one_byte_over_the_limit_is_too_large(data: bytes, short: int, packer: str) -> None:
    encoding, pack = PACKERS[packer]
    with pytest.raises(TooLarge):
        inflate(cut(pack(data), 16), encoding, max_bytes=min(short, len(data) - 1))


@given(noise=st.binary(max_size=300), size=st.integers(1, 40), encoding=st.sampled_from(["gzip", "deflate"]))
def test_noise_is_refused_or_read_and_nothing_else(noise: bytes, size: int, encoding: str) -> None:
    try:
        content, wire = inflate(cut(noise, size), encoding, max_bytes=1000)
    except (Garbled, TooLarge):
        return
    assert wire == len(noise)
    assert len(content) <= 1000


@pytest.mark.parametrize("packer", ["gzip", "zlib", "raw deflate"])
def test_content_that_ends_in_the_middle_is_garbled(packer: str) -> None:
    encoding, pack = PACKERS[packer]
    packed = pack(b"a long enough text, said once")
    for end in range(1, len(packed)):
        with pytest.raises(Garbled, match=f"the answer ends in the middle of its {encoding}"):
            inflate([packed[:end]], encoding, max_bytes=1000)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "\x1b[31mred"])
def test_an_encoding_that_was_not_asked_for_is_refused_in_printable_words(encoding: str) -> None:
    with pytest.raises(Garbled, match="which was not asked for") as caught:
        inflate([b"data"], encoding, max_bytes=1000)
    assert str(caught.value).isprintable()


def test_no_content_is_no_error_in_any_encoding() -> None:
    assert inflate([], "gzip", max_bytes=10) == (b"", 0)


def test_a_bomb_costs_no_more_memory_than_the_limit() -> None:
    bomb = cut(gzip.compress(bytes(64 * 1024 * 1024)), 64 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate(bomb, "gzip", max_bytes=1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_a_small_document_may_pack_as_it_likes() -> None:
    data = b" " * 4 * 1024 * 1024
    packed = gzip.compress(data)
    assert inflate(cut(packed, 1024), "gzip", max_bytes=2**30) == (data, len(packed))


@pytest.mark.parametrize("size", [512, 64 * 1024, 2**20])
def test_what_packs_better_than_any_document_is_refused_before_it_is_unpacked(size: int) -> None:
    bomb = cut(gzip.compress(bytes(40 * 1024 * 1024)), size)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="unpacks to more than 200 times its size, beyond 4 MB"):
            inflate(bomb, "gzip", max_bytes=48 * 1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024 * 1024


def test_endless_empty_gzip_is_too_large_by_what_came_over_the_wire() -> None:
    with pytest.raises(TooLarge):
        inflate([gzip.compress(b"")] * 100, "gzip", max_bytes=1000)
