"""Reads one HTTP/1.1 answer from its bytes as they come.

Plain answers, as services of AWS give them, are read here at a tenth of the price of a full reader: a status,
each header once, a length that is known from the start. Everything else is read by h11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from apify_camunda.platform.http_answer import MOST_BYTES, BadAnswer, HttpAnswer

if TYPE_CHECKING:
    from apify_camunda.platform.h11_reader import H11Reader

_MOST_HEAD_BYTES: Final = 64 * 1024
_VERSION: Final = b"HTTP/1.1 "
_FIRST_FINAL_STATUS: Final = 200
_WITHOUT_BODY: Final = (204, 304)


class PlainHead(NamedTuple):
    """The head of a plain answer.

    Attributes:
        headers: With names in lower case, each once.
        body_begins: After how many bytes its body begins.
        length: How many bytes its body has.
    """

    status: int
    reason: bytes
    headers: dict[bytes, bytes]
    body_begins: int
    length: int

    @property
    def keeps_connection(self) -> bool:
        """Whether the server leaves the connection open."""
        return self.headers.get(b"connection", b"").lower() != b"close"


def plain_head(received: bytearray) -> PlainHead | None:
    """Return the head of a plain answer; None where it is not there yet, or is not plain."""
    end = received.find(b"\r\n\r\n")
    if end < 0 or not received.startswith(_VERSION):
        return None
    first, *lines = bytes(received[:end]).split(b"\r\n")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            return None
        headers[name.lower()] = value.strip()
    status, length = first[9:12], headers.get(b"content-length", b"")
    is_plain = status.isdigit() and first[12:13] in (b"", b" ") and length.isdigit()
    if not is_plain or len(headers) != len(lines) or b"transfer-encoding" in headers:
        return None
    if int(status) < _FIRST_FINAL_STATUS or int(status) in _WITHOUT_BODY:
        return None
    return PlainHead(int(status), first[13:], headers, end + 4, int(length))


def is_strange(received: bytearray) -> bool:
    """Return whether what has come, and is no plain head, cannot become one."""
    start = bytes(received[: len(_VERSION)])
    return (
        not _VERSION.startswith(start)
        or b"\r\n\r\n" in received
        or b"\n\n" in received
        or len(received) > _MOST_HEAD_BYTES
    )


class AnswerReader:
    """Reads the answer to one POST.

    Attributes:
        has_begun: The head of the answer was read.
        keeps_connection: Once the answer is whole: the connection may carry another request.
    """

    def __init__(self) -> None:
        self._received = bytearray()
        self._head: PlainHead | None = None
        self._other: H11Reader | None = None
        self.has_begun = False
        self.keeps_connection = False

    def feed(self, data: bytes) -> HttpAnswer | None:
        """Take some bytes, b"" for the end of the connection; return the answer once it is whole.

        Raises:
            BadAnswer: See there; also where the connection ends within the answer.
        """
        if self._other is not None:
            return self._read_by_h11(self._other, data)
        self._received += data
        head = self._head or plain_head(self._received)
        if head is None:
            if not data or is_strange(self._received):
                self._other = _h11_reader()
                return self._read_by_h11(self._other, bytes(self._received), is_end=not data)
            return None
        self._head, self.has_begun = head, True
        if head.length > MOST_BYTES:
            raise BadAnswer(f"The answer has more than {MOST_BYTES:,} bytes.")
        ends = head.body_begins + head.length
        if len(self._received) < ends:
            if not data:
                raise BadAnswer("The server closed the connection.")
            return None
        self.keeps_connection = head.keeps_connection and len(self._received) == ends
        return HttpAnswer(head.status, head.headers, bytes(self._received[head.body_begins : ends]))

    def _read_by_h11(self, other: H11Reader, data: bytes, *, is_end: bool = False) -> HttpAnswer | None:
        answer = other.feed(data)
        if answer is None and is_end and data:
            answer = other.feed(b"")
        self.has_begun = other.has_begun
        self.keeps_connection = other.keeps_connection
        return answer


def _h11_reader() -> H11Reader:
    from apify_camunda.platform.h11_reader import H11Reader  # noqa: PLC0415  # h11 costs 8 ms of a cold start

    return H11Reader()
