"""An answer is the same in pieces of any size, and with both readers."""

from __future__ import annotations

import pytest
from apify_camunda.platform.http_answer import BadAnswer, HttpAnswer
from apify_camunda.platform.http_reader import AnswerReader

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Amzn-RequestId:  a b \r\n\r\nhello"
OTHERS = {
    "chunked": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "length twice": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "continued line": b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 5\r\n\r\nhello",
    "announced": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "bare line feeds": b"HTTP/1.1 200 OK\ncontent-length: 5\n\nhello",
    "older version": b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "no reason": b"HTTP/1.1 200\r\ncontent-length: 5\r\n\r\nhello",
}


def read(reader: AnswerReader, *pieces: bytes) -> HttpAnswer | None:
    """Feed a reader, and return the answer that the last piece made whole."""
    *before, last = pieces
    assert [reader.feed(piece) for piece in before] == [None] * len(before)
    return reader.feed(last)


@pytest.mark.parametrize("answer", [PLAIN, *OTHERS.values()], ids=["plain", *OTHERS])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_answer_in_pieces(answer: bytes, size: int) -> None:
    """An answer is whole with its last byte, in pieces of any size."""
    pieces = [answer[begin : begin + size] for begin in range(0, len(answer), size)]

    whole = read(AnswerReader(), *pieces)

    assert whole is not None
    assert (whole.status, whole.body) == (200, b"hello")


def test_headers_have_lower_names_and_no_outer_spaces() -> None:
    """Headers are found by their names in lower case, without the spaces around their values."""
    whole = AnswerReader().feed(PLAIN)

    assert whole is not None
    assert whole.headers == {b"content-length": b"5", b"x-amzn-requestid": b"a b"}


@pytest.mark.parametrize(
    ("answer", "keeps"),
    [
        pytest.param(PLAIN, True, id="plain"),
        pytest.param(OTHERS["chunked"], True, id="chunked"),
        pytest.param(PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: Close\r\n\r\n"), False, id="close"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
            False,
            id="chunked, close",
        ),
        pytest.param(OTHERS["older version"], False, id="older version"),
        pytest.param(PLAIN + b"HTTP", False, id="more than the answer"),
    ],
)
def test_connection_that_may_go_on(answer: bytes, keeps: bool) -> None:  # noqa: FBT001
    """A connection that the server closes, or with more than the answer, is not used again."""
    reader = AnswerReader()
    assert reader.feed(answer) is not None

    assert reader.keeps_connection is keeps


def test_answer_without_a_length_ends_with_the_connection() -> None:
    """An answer that does not say its length is whole when the connection ends."""
    whole = read(AnswerReader(), b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo", b"")

    assert whole is not None
    assert whole.body == b"hello"


def test_answer_that_may_have_no_body_has_none() -> None:
    """An answer with status 204 is whole with its head, with any length that it names."""
    whole = AnswerReader().feed(b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n")

    assert whole is not None
    assert whole.body == b""


@pytest.mark.parametrize(
    ("pieces", "has_begun"),
    [
        pytest.param([b""], False, id="nothing"),
        pytest.param([PLAIN[:20], b""], False, id="half a head"),
        pytest.param([PLAIN[:-1], b""], True, id="a byte is missing"),
        pytest.param([OTHERS["chunked"][:-8], b""], True, id="a chunk is missing"),
        pytest.param([b"SSH-2.0-OpenSSH\r\n\r\n"], False, id="no HTTP"),
        pytest.param([b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000], False, id="a head without end"),
        pytest.param([b"HTTP/1.1 200 OK\r\ncontent-length: 5 5\r\n\r\nhello"], False, id="no length"),
        pytest.param([b"HTTP/1.1 200 OK\r\ncontent-length: 33554433\r\n\r\n"], True, id="too large"),
    ],
)
def test_bad_answer_is_reported(pieces: list[bytes], has_begun: bool) -> None:  # noqa: FBT001
    """An incomplete answer is an error that says whether its head had come."""
    reader = AnswerReader()

    with pytest.raises(BadAnswer):
        read(reader, *pieces)

    assert reader.has_begun is has_begun
