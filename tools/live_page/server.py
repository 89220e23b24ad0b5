"""The page over HTTP/1.1 on the loopback interface: token, headers, files, API and stream."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import traceback
from functools import partial
from typing import Any, Final

from emulators.loopback_http import HOST, BodyTooLarge, Exchange, LoopbackServer, MalformedBody

from live_page.admission import READS, admit
from live_page.api import Answer, Api
from live_page.assets import NOT_BUILT, asset
from live_page.changes import Changes
from live_page.errors import PageError
from live_page.headers import SECURITY_HEADERS
from live_page.sources import PageSource
from live_page.steps import StepRing
from live_page.stream import events

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
MOST_STREAMS: Final = 32
_TOKEN_BYTES: Final = 24  # 32 characters
_REFUSED_BODY_BYTES: Final = 65_536
_API: Final = "api/"
_LONGEST_NUMBER: Final = 18


class PageServer(LoopbackServer):
    """Serves the page until it is stopped.

    Args:
        source: What is shown.
        ring: The steps of the time line.
        changes: Which sections have changed.
        port: Where to listen; 0 is a free one.
    """

    def __init__(self, source: PageSource, ring: StepRing, changes: Changes, *, port: int = 0) -> None:
        self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._ring = ring
        served = _Served(Api(source, ring, changes), ring, changes, self._token)
        super().__init__(partial(_PageExchange, served), name="live-page", address=(HOST, port))

    @property
    def url(self) -> str:
        """Return the address of the page, with its token."""
        return f"{self.address}/{self._token}/"

    def wake(self) -> None:
        """Let streams look again at whether they are wanted."""
        self._ring.wake()


class _Served:
    """What all exchanges share."""

    def __init__(self, api: Api, ring: StepRing, changes: Changes, token: str) -> None:
        self.api = api
        self.ring = ring
        self.changes = changes
        self.token = token
        self.streams = threading.BoundedSemaphore(MOST_STREAMS)


class _PageExchange(Exchange):
    """One connection of a browser."""

    admits_pages = True

    def __init__(self, served: _Served, *connection: Any) -> None:
        self._served = served
        super().__init__(*connection)

    def serve(self) -> None:
        """Answer one request; an unexpected error is answered without its details."""
        try:
            self._serve()
        except PageError as error:
            self._refuse(error.status, error.message)
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - the browser gets an answer in any case
            traceback.print_exc(file=sys.stderr)
            self._refuse(500, "The page failed to answer; the terminal where it was started says why.")

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        port = int(self.server.server_address[1])
        try:
            admitted = admit(self.command, self.path, headers, token=self._served.token, port=port)
        except PageError:
            self._body(_REFUSED_BODY_BYTES)
            self.close_connection = True
            raise
        body = self._body(MAX_BODY_BYTES)
        if not admitted.path.startswith(_API):
            self._send(self._file(admitted.path))
        elif admitted.path == f"{_API}stream" and self.command in READS:
            self._stream(headers.get("last-event-id"))
        else:
            path = admitted.path.removeprefix(_API)
            self._send(self._served.api.answer(self.command, path, admitted.query, body))

    def _body(self, most_bytes: int) -> bytes:
        try:
            return self.read_body(most_bytes)
        except BodyTooLarge as error:
            said = f"The body has {error.size_bytes} bytes or more; at most {most_bytes} are taken."
            raise PageError(413, said) from error
        except MalformedBody as error:
            raise PageError(400, str(error)) from error

    def _file(self, name: str) -> Answer:
        if self.command not in READS:
            raise PageError(405, "Files of the page are read with GET.")
        found = asset(name)
        if found is not None:
            return Answer(*found)
        if name:
            raise PageError(404, "The page has no such file.")
        return Answer("text/plain; charset=utf-8", NOT_BUILT.encode(), 503)

    def _stream(self, last_event_id: str | None) -> None:
        if not self._served.streams.acquire(blocking=False):
            raise PageError(503, f"{MOST_STREAMS} browsers follow this page already; close one of them.")
        try:
            self.close_connection = True  # the end of the connection ends the stream
            self.send_response(200)
            for name, value in SECURITY_HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self._send_events(_number(last_event_id))
        finally:
            self._served.streams.release()

    def _send_events(self, after: int | None) -> None:
        if self.command == "HEAD":
            self.wfile.flush()
            return
        parts = events(self._served.ring, self._served.changes, after=after, is_wanted=lambda: self.is_wanted)
        for part in parts:
            self.wfile.write(part)
            self.wfile.flush()

    def _send(self, answer: Answer) -> None:
        headers = {**SECURITY_HEADERS, "Content-Type": answer.content_type}
        if answer.file_name is not None:
            headers["Content-Disposition"] = f'attachment; filename="{answer.file_name}"'
        self.write(answer.status, headers, answer.body)

    def _refuse(self, status: int, message: str) -> None:
        body = json.dumps({"error": {"message": message}}, ensure_ascii=False).encode()
        headers = {**SECURITY_HEADERS, "Content-Type": "application/json"}
        if status == 405:
            headers["Allow"] = "GET, HEAD, POST"
        self.write(status, headers, body)


def _number(text: str | None) -> int | None:
    """Return the number of the last step that a browser has, or None where it tells none."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > _LONGEST_NUMBER:
        return None
    return int(text)
