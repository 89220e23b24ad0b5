"""The API of the page: which path means which call of the source, and what a call needs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from live_page import requests
from live_page.changes import Changes
from live_page.errors import PageError
from live_page.feel_box import evaluated
from live_page.masking import masked_json, masked_text
from live_page.requests import Query
from live_page.sources import PageSource
from live_page.steps import StepRing

MOST_LISTED: Final = 1000
_STATUSES: Final = ("SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    content_type: str
    body: bytes
    status: int = 200
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request to an endpoint."""

    names: tuple[str, ...]
    query: Query
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the API.

    Attributes:
        path: A pattern; its groups are the names in the path.
        permission: The field of `May` that a write needs; None: it needs none.
        changes: Sections that a write has changed.
    """

    method: str
    path: re.Pattern[str]
    handle: Callable[[Api, Call], Answer]
    permission: str | None = None
    changes: tuple[str, ...] = ()


class Api:
    """Answers requests to the API.

    Args:
        source: What is shown.
        ring: The steps of the time line.
        changes: Where a write notes what it has changed.
    """

    def __init__(self, source: PageSource, ring: StepRing, changes: Changes) -> None:
        self.source = source
        self.ring = ring
        self._changes = changes

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Return the answer of an endpoint.

        Raises:
            PageError: There is no such endpoint, the request is wrong, or the mode does not allow it.
        """
        is_known = False
        for endpoint in ENDPOINTS:
            found = endpoint.path.fullmatch(path)
            if found is None:
                continue
            is_known = True
            if endpoint.method == ("GET" if method == "HEAD" else method):
                self._check(endpoint)
                given = requests.json_body(body) if method == "POST" else {}
                answer = endpoint.handle(self, Call(found.groups(), Query(query), given))
                self._changes.note(*endpoint.changes)
                return answer
        if is_known:
            raise PageError(405, f"api/{path[:100]} does not take {method}.")
        raise PageError(404, f"There is no api/{path[:100]}; docs/page.md lists the endpoints.")

    def masked_json(self, value: Any) -> Answer:
        """Return a JSON answer without secret values."""
        shown = masked_json(value, self.source.secret_values())
        return Answer("application/json", json.dumps(shown, ensure_ascii=False, default=float).encode())

    def _check(self, endpoint: Endpoint) -> None:
        if endpoint.permission is not None and not getattr(self.source.may, endpoint.permission):
            raise PageError(
                403,
                "This page may not do that. A local page serves it only where the part is emulated; "
                "a page over a stack needs `apify-camunda ui --allow-changes` for replay, resolve and pause.",
            )


def _state(api: Api, call: Call) -> Answer:  # noqa: ARG001 - every endpoint has this shape
    return api.masked_json({**api.source.state(), "may": api.source.may.to_json()})


def _xml(api: Api, call: Call) -> Answer:
    text = masked_text(api.source.process_xml(call.names[0]), api.source.secret_values())
    return Answer("application/xml; charset=utf-8", text.encode())


def _deploy(api: Api, call: Call) -> Answer:
    name, content = (requests.text_of(call.body, each) for each in ("fileName", "content"))
    return api.masked_json(api.source.deploy(name, content))


def _correct(api: Api, call: Call) -> Answer:
    name, value = requests.text_of(call.body, "name"), requests.text_or_empty(call.body, "value")
    key, element_id = call.names
    return api.masked_json(api.source.correct(key, element_id, name, value))


def _start(api: Api, call: Call) -> Answer:
    return api.masked_json(api.source.start(call.names[0], requests.object_of(call.body, "variables")))


def _instances(api: Api, call: Call) -> Answer:
    limit = call.query.number("limit", default=200, most=MOST_LISTED)
    return api.masked_json(api.source.instances(call.query.text("processKey"), limit))


def _cancel(api: Api, call: Call) -> Answer:
    api.source.cancel(call.names[0])
    return api.masked_json({})


def _resolve_incident(api: Api, call: Call) -> Answer:
    api.source.resolve_incident(call.names[0], requests.optional_count(call.body, "retries"))
    return api.masked_json({})


def _start_run(api: Api, call: Call) -> Answer:
    actor, task = (requests.optional_text(call.body, each) for each in ("actorId", "taskId"))
    if (actor is None) == (task is None):
        raise PageError(400, "Give either actorId or taskId.")
    ends_as = None if call.body.get("status") is None else _status(call)
    return api.masked_json(api.source.start_run(actor, task, call.body.get("input"), ends_as))


def _finish_run(api: Api, call: Call) -> Answer:
    api.source.finish_run(call.names[0], _status(call))
    return api.masked_json({})


def _status(call: Call) -> str:
    """Return the status in which a run ends."""
    status = requests.text_of(call.body, "status")
    if status not in _STATUSES:
        raise PageError(400, f"status must be one of {', '.join(_STATUSES)}, but is {status[:80]!r}.")
    return status


def _repeat(api: Api, call: Call) -> Answer:
    api.source.repeat_delivery(call.names[0])
    return api.masked_json({})


def _test(api: Api, call: Call) -> Answer:
    api.source.test_webhook(call.names[0])
    return api.masked_json({})


def _timeline(api: Api, call: Call) -> Answer:
    limit = call.query.number("limit", default=MOST_LISTED, most=MOST_LISTED)
    largest = 2**62
    if call.query.text("before") is not None:
        texts = api.ring.before(call.query.number("before", default=0, most=largest), limit)
    else:
        texts = api.ring.after(call.query.number("after", default=0, most=largest), limit)
    head = f'"firstSeq": {api.ring.first_seq}, "lastSeq": {api.ring.last_seq}'
    return Answer("application/json", f'{{"steps": [{",".join(texts)}], {head}}}'.encode())


def _events(api: Api, call: Call) -> Answer:
    limit = call.query.number("limit", default=500, most=MOST_LISTED)
    return api.masked_json(api.source.events(limit, call.query.text("cursor")))


def _resolve_event(api: Api, call: Call) -> Answer:
    happened = requests.flag_of(call.body, "happened")
    return api.masked_json(api.source.resolve_event(call.names[0], happened=happened))


def _pause(api: Api, call: Call) -> Answer:
    verb, direction = call.names
    return api.masked_json(api.source.set_paused(direction, paused=verb == "pause"))


def _feel(api: Api, call: Call) -> Answer:
    is_unary = call.body.get("unary", False) is True
    expression = requests.text_or_empty(call.body, "expression")
    if not expression.strip():
        raise PageError(400, "There is no expression to evaluate; type one, for example 1 + 2.")
    return api.masked_json(evaluated(expression, call.body.get("context", {}), is_unary=is_unary))


def _save(api: Api, call: Call) -> Answer:  # noqa: ARG001 - every endpoint has this shape
    return Answer("application/zip", api.source.save(), file_name="recorded.zip")


def _asking(name: str) -> Callable[[Api, Call], Answer]:
    """Return what answers with a method of the source that takes the names of the path."""
    return lambda api, call: api.masked_json(getattr(api.source, name)(*call.names))


_EVERYTHING = ("processes", "instances", "apify", "events", "ledger")


def _endpoint(
    method: str,
    path: str,
    handle: Callable[[Api, Call], Answer],
    permission: str | None = None,
    changes: tuple[str, ...] = (),
) -> Endpoint:
    pattern = re.compile(re.sub(r"[A-Z]+", "([^/]+)", path))
    return Endpoint(method, pattern, handle, permission, changes)


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    _endpoint("GET", "state", _state),
    _endpoint("GET", "processes", _asking("processes")),
    _endpoint("GET", "processes/KEY/xml", _xml),
    _endpoint("GET", "processes/KEY/elements/ID", _asking("element")),
    _endpoint("POST", "processes/KEY/elements/ID/properties", _correct, "deploy", ("processes", "instances")),
    _endpoint("POST", "deploy", _deploy, "deploy", ("processes", "instances")),
    _endpoint("POST", "examples/NAME/load", _asking("load_example"), "deploy", _EVERYTHING),
    _endpoint("POST", "processes/KEY/start", _start, "start", ("instances", "processes")),
    _endpoint("GET", "instances", _instances),
    _endpoint("GET", "instances/KEY/variables", _asking("variables")),
    _endpoint("POST", "instances/KEY/cancel", _cancel, "cancel", ("instances", "processes")),
    _endpoint("POST", "incidents/KEY/resolve", _resolve_incident, "resolve_incident", ("instances",)),
    _endpoint("GET", "apify", _asking("apify")),
    _endpoint("POST", "apify/runs", _start_run, "apify", ("apify",)),
    _endpoint("POST", "apify/runs/ID/finish", _finish_run, "apify", ("apify",)),
    _endpoint("POST", "apify/deliveries/ID/repeat", _repeat, "apify", ("apify",)),
    _endpoint("POST", "apify/webhooks/ID/test", _test, "apify", ("apify",)),
    _endpoint("GET", "timeline", _timeline),
    _endpoint("GET", "events", _events),
    _endpoint("GET", "events/ID", _asking("event")),
    _endpoint("POST", "events/ID/replay", _asking("replay"), "ledger", ("events", "ledger")),
    _endpoint("POST", "events/ID/resolve", _resolve_event, "ledger", ("events", "ledger")),
    _endpoint("GET", "ledger", _asking("ledger")),
    Endpoint("POST", re.compile(r"(pause|resume)/(inbound|outbound)"), _pause, "pause", ("state",)),
    _endpoint("POST", "feel", _feel, "feel"),
    _endpoint("POST", "save", _save, "save"),
)
