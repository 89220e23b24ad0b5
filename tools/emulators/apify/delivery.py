"""The threads that keep the machine going: they call webhooks when it is time, and tell what happened."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from emulators.apify.clock import Clock
from emulators.apify.dispatches import DueCall
from emulators.apify.faults import Faults
from emulators.apify.machine import Machine
from emulators.apify.shared_state import SharedState
from emulators.apify.state import Call
from emulators.apify.timeline import TraceEvent
from emulators.apify.webhook_client import WebhookClient

_CALLS_AT_ONCE = 8


class Delivery:
    """One thread that waits for what is due, and some that make the calls."""

    def __init__(
        self,
        live: SharedState,
        clock: Clock,
        faults: Faults,
        tell: Callable[[Sequence[TraceEvent]], None],
        timeout_s: float,
    ) -> None:
        self._live = live
        self._clock = clock
        self._faults = faults
        self._tell = tell
        self._client = WebhookClient(timeout_s)
        self._pool = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix="apify-webhook-call")
        self._thread = threading.Thread(target=self._work, name="apify-webhook-delivery", daemon=True)
        self._is_held = False
        self._is_telling = False

    @property
    def is_telling(self) -> bool:
        """Whether a listener is just getting something that has happened."""
        return self._is_telling

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End all threads; the live machine has been closed."""
        self._client.close()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def hold(self) -> None:
        """Make no calls until they are released."""
        self._is_held = True

    def release(self) -> None:
        """Make the calls that were held back, and those that come."""
        self._is_held = False
        self._live.wake()

    def _work(self) -> None:
        while self._live.wait(self._has_work):
            self._work_once()
        self._work_once()

    def _has_work(self, machine: Machine) -> bool:
        return machine.has_trace or (machine.has_due_calls and not self._is_held)

    def _work_once(self) -> None:
        with self._live.use() as machine:
            stays_idle = self._is_held or self._live.is_closed
            calls = [] if stays_idle else machine.take_due_calls()
            trace = machine.take_trace()
            self._is_telling = bool(trace)
        self._tell(trace)
        if trace:
            self._is_telling = False
            self._live.wake()
        for call in calls:
            self._pool.submit(self._call, call)

    def _call(self, due: DueCall) -> None:
        started_at = self._clock.now()
        response = self._client.call(due)
        if self._faults.take_for_delivery(due.url):
            response = self._client.call(due)
        with self._live.use() as machine:
            machine.record_call(
                due.dispatch_id,
                Call(
                    started_at=started_at,
                    finished_at=self._clock.now(),
                    response_status=response.status,
                    response_body=response.body,
                    error_message=response.error,
                ),
            )
