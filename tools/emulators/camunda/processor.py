"""Carries out the agenda of a command, step by step, until nothing is left to do."""

from typing import assert_never

from emulators.camunda.actions import (
    Action,
    Activate,
    ActivateInAdHoc,
    ActivateInner,
    AdHocDecision,
    Begin,
    CheckScope,
    Complete,
    OfferBuffered,
    StartInstance,
    Terminate,
    ThrowError,
    Trigger,
)
from emulators.camunda.activation import Activation
from emulators.camunda.ad_hoc import AdHocs
from emulators.camunda.completion import Completion
from emulators.camunda.events import Events
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.messages import Messages
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.store import Store

MAX_STEPS = 50_000
"""Steps of one command; a process that loops without ever waiting would never end."""


class Processor:
    """Hands each action to the part that carries it out."""

    def __init__(
        self,
        *,
        store: Store,
        lifecycle: Lifecycle,
        activation: Activation,
        completion: Completion,
        ad_hocs: AdHocs,
        events: Events,
        messages: Messages,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._activation = activation
        self._completion = completion
        self._ad_hocs = ad_hocs
        self._events = events
        self._messages = messages

    def run(self) -> None:
        """Carry out everything on the agenda, and what that puts there.

        Raises:
            Rejection: PROCESSING_ERROR, where it does not come to an end.
        """
        for _ in range(MAX_STEPS):
            if not self._store.agenda:
                return
            self._carry_out(self._store.agenda.popleft())
        raise Rejection(
            RejectionKind.PROCESSING_ERROR,
            f"A process took {MAX_STEPS} steps without waiting for anything: does it loop for ever?",
        )

    def _carry_out(self, action: Action) -> None:
        match action:
            case StartInstance():
                self._activation.start(action)
            case Activate():
                self._activation.activate(action)
            case ActivateInner():
                self._activation.activate_inner(action)
            case Begin():
                self._activation.begin(action)
            case ActivateInAdHoc() | AdHocDecision():
                self._decide(action)
            case Complete():
                self._completion.complete(action)
            case CheckScope():
                self._completion.check_scope(action)
            case Terminate(key):
                self._lifecycle.terminate(self._store.elements[key])
            case Trigger() | OfferBuffered() | ThrowError():
                self._occur(action)
            case _:
                assert_never(action)

    def _decide(self, action: ActivateInAdHoc | AdHocDecision) -> None:
        match action:
            case ActivateInAdHoc():
                self._activation.activate_in_ad_hoc(action)
            case AdHocDecision():
                self._ad_hocs.decide(action)
            case _:
                assert_never(action)

    def _occur(self, event: Trigger | OfferBuffered | ThrowError) -> None:
        match event:
            case Trigger():
                self._events.trigger(event)
            case OfferBuffered(key):
                self._messages.offer_buffered(key)
            case ThrowError():
                self._events.throw(event)
            case _:
                assert_never(event)
