"""Apify over HTTP/1.1: reads requests, injects faults, and writes answers. It has no rules of Apify."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

from emulators.apify import rejections
from emulators.apify.api import Api, refused
from emulators.apify.faults import AnswerWith, DelayAnswer, DropAnswer, DropRequest, Faults, RequestFault
from emulators.apify.rejections import MAX_BODY_BYTES, Rejection
from emulators.apify.routing import Answer, Request, read_target
from emulators.apify.shared_state import SharedState
from emulators.loopback_http import BodyTooLarge, Exchange, LoopbackServer, MalformedBody, cut

_RATE_LIMIT_SHOWN = "250000"


class ApifyServer(LoopbackServer):
    """A server of the emulated Apify."""

    def __init__(self, address: tuple[str, int], api: Api, state: SharedState, faults: Faults) -> None:
        """Prepare to listen."""
        super().__init__(partial(_Exchange, api, state, faults), name="apify-http", address=address)


class _Exchange(Exchange):
    """Hands requests to the API, unless a fault hits them."""

    def __init__(self, api: Api, state: SharedState, faults: Faults, *connection: Any) -> None:
        self._api = api
        self._state = state
        self._faults = faults
        super().__init__(*connection)

    def serve(self) -> None:
        segments, query = read_target(self.path)
        path = "/" + "/".join(segments)
        try:
            body = self._read_body()
        except Rejection as rejection:
            self.close_connection = True
            self._write(path, refused(rejection))
            return
        request = Request(
            method=self.command,
            segments=segments,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            base_url=f"http://{self.headers.get('Host') or self._own_address()}",
            client_ip=self.client_address[0],
        )
        fault = self._faults.take_for_request(request.method, path, query)
        answer = self._answer(request, fault)
        if answer is None:
            self.close_connection = True
            cut(self.connection)
        else:
            self._write(path, answer)

    def _answer(self, request: Request, fault: RequestFault | None) -> Answer | None:
        if fault:
            self._note("fault", method=request.method, path=request.path, fault=type(fault).__name__)
        match fault:
            case None:
                return self._api.answer(request)
            case DropRequest():
                return None
            case DropAnswer():
                self._api.answer(request)
                return None
            case DelayAnswer(seconds):
                answer = self._api.answer(request)
                self._state.sleep(seconds)
                return answer
            case AnswerWith():
                if fault.after_effect:
                    self._api.answer(request)
                return _faulty_answer(fault)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            raise Rejection(411, "invalid-request", "This emulator needs a Content-Length.")
        try:
            body = self.read_body(MAX_BODY_BYTES)
        except MalformedBody as malformed:
            raise rejections.invalid_input(str(malformed)) from malformed
        except BodyTooLarge as too_large:
            raise rejections.request_too_large(too_large.size_bytes) from too_large
        return _decoded(body, self.headers.get("Content-Encoding"))

    def _own_address(self) -> str:
        host, port = self.server.server_address[:2]
        return f"{host!s}:{port}"

    def _write(self, path: str, answer: Answer) -> None:
        self._note("request", method=self.command, path=path, status=answer.status)
        headers = {"Content-Type": answer.content_type} if answer.content_type else {}
        headers |= {**answer.headers, "X-RateLimit-Limit": _RATE_LIMIT_SHOWN}
        self.write(answer.status, headers, answer.body)

    def _note(self, kind: str, **facts: str | int | None) -> None:
        with self._state.use() as machine:
            machine.note(kind, **facts)


def _faulty_answer(fault: AnswerWith) -> Answer:
    if fault.raw_body is not None:
        return Answer(
            status=fault.status, body=fault.raw_body, content_type="text/html", headers=fault.headers
        )
    answer = refused(Rejection(fault.status, fault.error_type, fault.message))
    return Answer(
        status=answer.status, body=answer.body, content_type=answer.content_type, headers=fault.headers
    )


def _decoded(body: bytes, encoding: str | None) -> bytes:
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "identity": bytes,
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
    }
    name = (encoding or "identity").lower()
    if name not in decoders:
        message = f'Content-Encoding "{encoding}" is not supported.'
        raise Rejection(415, "unsupported-content-encoding", message)
    try:
        return decoders[name](body)
    except (OSError, EOFError, zlib.error):
        raise rejections.invalid_input("The request body could not be decompressed.") from None
