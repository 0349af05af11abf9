"""MLLP: what comes out never depends on the chunks, and nothing is lost silently."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.connectors.hl7v2_pam.codec import Frame, FramingError, MllpDecoder, encode

ONE = b"MSH|^~\\&|A\rPID|1"
TWO = b"MSH|^~\\&|B\rPID|2"
pieces = st.sampled_from(
    [b"\x0b", b"\x1c", b"\r", b"\n", b"MSH|", b"M", b"S", b"H", b"x", b"\x0bMSH|a\x1c\r", b" ", b"\x00"]
)
streams = st.lists(pieces | st.binary(max_size=6), max_size=30).map(b"".join)


def decode(*chunks: bytes, max_size: int = 1000, keep: int = 100) -> list[Frame]:
    decoder = MllpDecoder(max_size, keep)
    out: list[Frame] = []
    for chunk in chunks:
        out += decoder.feed(chunk)
    return out + decoder.close()


def kinds(frames: list[Frame]) -> list[str]:
    return ["error" if isinstance(frame, FramingError) else "message" for frame in frames]


def error_of(frame: Frame) -> FramingError:
    assert isinstance(frame, FramingError)
    return frame


def test_several_frames_in_one_chunk() -> None:
    assert decode(encode(ONE) + encode(TWO)) == [ONE, TWO]


@pytest.mark.parametrize("between", [b"", b"\r", b"\n", b"\r\n", b"\r\n\r\n "])
def test_end_without_its_carriage_return(between: bytes) -> None:
    assert decode(b"\x0b" + ONE + b"\x1c" + between + encode(TWO)) == [ONE, TWO]


def test_bytes_before_the_start_are_kept_and_told() -> None:
    error, good = decode(b"\r\nHELLO" + encode(ONE))
    assert error_of(error).raw == b"HELLO"
    assert "<VT>" in error_of(error).reason_fr
    assert good == ONE


def test_missing_start() -> None:
    error, good = decode(ONE + b"\x1c\r" + encode(TWO))
    assert error_of(error).raw == ONE
    assert good == TWO


def test_missing_end_then_a_new_message() -> None:
    error, good = decode(b"\x0b" + ONE + b"\r" + encode(TWO))
    assert error_of(error).raw == ONE + b"\r"
    assert "<FS>" in error_of(error).reason_fr
    assert good == TWO


def test_start_character_inside_a_message_belongs_to_it() -> None:
    assert decode(b"\x0bMSH|a\x0bb\x1c\r") == [b"MSH|a\x0bb"]


def test_empty_frame() -> None:
    error, good = decode(b"\x0b\x1c\r" + encode(ONE))
    assert "vide" in error_of(error).reason_fr
    assert good == ONE


def test_oversize_keeps_the_beginning_and_the_next_message() -> None:
    big = b"MSH|" + b"x" * 5000
    error, good = decode(encode(big) + encode(ONE))
    assert error_of(error).raw == big[:100]
    assert "1000 octets" in error_of(error).reason_fr
    assert good == ONE
    assert kinds(decode(b"\x0b" + big + encode(ONE))) == ["error", "message"]


def test_an_endless_message_does_not_fill_the_memory() -> None:
    decoder = MllpDecoder(1000, 100)
    decoder.feed(b"\x0bMSH|")
    for _ in range(200):
        decoder.feed(b"x" * 1000)
        assert decoder.pending < 3000
    assert decoder.feed(b"\x1c\r" + encode(ONE)) == [ONE]


def test_endless_garbage_does_not_fill_the_memory() -> None:
    decoder = MllpDecoder(1000, 100)
    for _ in range(50):
        decoder.feed(b"garbage " * 100)
        assert len(decoder._junk) <= 100
        assert not decoder._buffer


def test_closing_tells_what_was_cut() -> None:
    decoder = MllpDecoder()
    assert decoder.feed(b"\x0bMSH|half") == []
    assert decoder.pending
    (error,) = decoder.close()
    assert error_of(error).raw == b"MSH|half"
    assert not decoder.pending
    assert decoder.feed(encode(ONE)) == [ONE]
    assert decoder.close() == []


def test_a_limit_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="max_size"):
        MllpDecoder(1)


@given(streams, st.lists(st.integers(0, 200), max_size=12), st.integers(4, 40))
def test_chunks_do_not_matter(stream: bytes, cuts: list[int], max_size: int) -> None:
    edges = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    whole = decode(stream, max_size=max_size, keep=16)
    assert decode(*chunks, max_size=max_size, keep=16) == whole
    assert decode(*(bytes([b]) for b in stream), max_size=max_size, keep=16) == whole


@given(
    st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: not set(b) & {0x0B, 0x1C} and b.strip(b"\r\n \t\0")))
)
def test_round_trip(messages: list[bytes]) -> None:
    assert decode(b"".join(map(encode, messages))) == messages


@given(streams, st.binary(max_size=30).filter(lambda b: not set(b) & {0x0B, 0x1C}))
def test_a_message_after_anything_is_still_read(noise: bytes, body: bytes) -> None:
    assert decode(noise + encode(b"MSH|" + body), max_size=1000)[-1] == b"MSH|" + body
