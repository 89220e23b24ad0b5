"""Reads HTTP/1.1 answers of every kind with h11: in chunks, of unknown length, announced by others."""

from __future__ import annotations

import h11

from apify_camunda.platform.http_answer import MOST_BYTES, BadAnswer, HttpAnswer


class H11Reader:
    """Reads the answer to one POST in every form that HTTP/1.1 allows."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._http.send(
            h11.Request(method="POST", target="/", headers=[("host", ""), ("content-length", "0")])
        )
        self._http.send(h11.EndOfMessage())
        self._head: h11.Response | None = None
        self._parts: list[bytes] = []
        self._size_bytes = 0

    @property
    def has_begun(self) -> bool:
        """Whether the head of the answer was read."""
        return self._head is not None

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection may carry another request, once the answer is whole."""
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    def feed(self, data: bytes) -> HttpAnswer | None:
        """Take some bytes, b"" for the end of the connection; return the answer once it is whole.

        Raises:
            BadAnswer: What came is no HTTP, or the connection ends within the answer.
        """
        try:
            self._http.receive_data(data)
            while True:
                match self._http.next_event():
                    case h11.Response() as head:
                        self._head = head
                    case h11.Data(data=part):
                        self._take(bytes(part))
                    case h11.EndOfMessage():
                        return self._answer()
                    case h11.NEED_DATA | h11.PAUSED:
                        return None
                    case h11.ConnectionClosed():
                        raise BadAnswer("The server closed the connection.")
                    case _:  # an answer that announces the real one
                        pass
        except h11.RemoteProtocolError as error:
            raise BadAnswer(str(error)) from error

    def _take(self, part: bytes) -> None:
        self._size_bytes += len(part)
        if self._size_bytes > MOST_BYTES:
            raise BadAnswer(f"The answer has more than {MOST_BYTES:,} bytes.")
        self._parts.append(part)

    def _answer(self) -> HttpAnswer:
        assert self._head is not None
        return HttpAnswer(self._head.status_code, dict(self._head.headers), b"".join(self._parts))
