"""Answers one request of Apify's API: finds its route, checks its token, waits where it asks to."""

from __future__ import annotations

from emulators.apify import rejections
from emulators.apify.machine import Machine
from emulators.apify.rate_limits import RateLimits
from emulators.apify.rejections import MAX_BODY_BYTES, Rejection
from emulators.apify.routes import all_routes
from emulators.apify.routing import Answer, Call, Outcome, Request, json_answer
from emulators.apify.shared_state import SharedState


class Api:
    """Apify's API over one machine."""

    def __init__(self, live: SharedState) -> None:
        self._live = live
        self._routes = all_routes()
        self._rates = RateLimits()

    def answer(self, request: Request) -> Answer:
        """Return the answer; while it waits for a run, other requests go on."""
        try:
            with self._live.use() as machine:
                outcome = self._outcome(machine, request)
            if isinstance(outcome, Answer):
                return outcome
            run = outcome.run
            self._live.wait(lambda _: run.is_terminal, outcome.until)
            with self._live.use():
                return outcome.answer()
        except Rejection as rejection:
            return refused(rejection)

    def _outcome(self, machine: Machine, request: Request) -> Outcome:
        function, params = self._routes.find(request)
        if len(request.body) > MAX_BODY_BYTES:
            raise rejections.request_too_large(len(request.body))
        if request.token:
            caller = machine.directory.caller(request.token)
            if caller.access == "read" and request.method not in ("GET", "HEAD"):
                raise rejections.insufficient_permissions()
            self._rates.count(caller, request.segments, machine.now)
        return function(Call(machine, request, params))


def refused(rejection: Rejection) -> Answer:
    """Return a refusal as Apify writes it."""
    return json_answer(rejection.body(), rejection.status)
