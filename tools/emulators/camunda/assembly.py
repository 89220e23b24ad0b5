"""Puts the engine's parts together, once; the only module that knows them all."""

from emulators.camunda.activation import Activation
from emulators.camunda.ad_hoc import AdHocs
from emulators.camunda.clock import EngineClock
from emulators.camunda.completion import Completion
from emulators.camunda.definitions import Definitions
from emulators.camunda.events import Events
from emulators.camunda.flow import Flow
from emulators.camunda.incidents import Incidents
from emulators.camunda.jobs import Jobs
from emulators.camunda.lifecycle import Lifecycle
from emulators.camunda.loops import Loops
from emulators.camunda.messages import Messages
from emulators.camunda.processor import Processor
from emulators.camunda.scheduler import Scheduler
from emulators.camunda.scopes import Scopes
from emulators.camunda.store import Store
from emulators.camunda.timers import Timers
from emulators.camunda.waiting import Waiting


class Assembly:
    """The engine's parts over one store."""

    def __init__(self, clock: EngineClock, *, drains: bool = False) -> None:
        store = self.store = Store(clock)
        self.scopes = Scopes(store)
        self.incidents = Incidents(store)
        self.messages = Messages(store)
        timers = Timers(store)
        self.jobs = Jobs(store, self.scopes, self.incidents)
        self.definitions = Definitions(store, self.messages, timers, drains=drains)
        self.scheduler = Scheduler(store, self.jobs, self.messages, timers)
        flow = Flow(store, self.scopes)
        loops = Loops(store, self.scopes)
        waiting = Waiting(store, self.scopes, self.messages, timers)
        lifecycle = Lifecycle(
            store=store,
            scopes=self.scopes,
            waiting=waiting,
            jobs=self.jobs,
            incidents=self.incidents,
            messages=self.messages,
            flow=flow,
        )
        ad_hocs = AdHocs(store, self.scopes, lifecycle, self.jobs)
        activation = Activation(
            store=store,
            scopes=self.scopes,
            lifecycle=lifecycle,
            waiting=waiting,
            jobs=self.jobs,
            loops=loops,
            ad_hocs=ad_hocs,
            incidents=self.incidents,
            definitions=self.definitions,
        )
        completion = Completion(
            store=store,
            scopes=self.scopes,
            lifecycle=lifecycle,
            flow=flow,
            loops=loops,
            ad_hocs=ad_hocs,
            incidents=self.incidents,
            waiting=waiting,
        )
        self.processor = Processor(
            store=store,
            lifecycle=lifecycle,
            activation=activation,
            completion=completion,
            ad_hocs=ad_hocs,
            events=Events(store, lifecycle, waiting, self.incidents),
            messages=self.messages,
        )
