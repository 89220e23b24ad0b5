"""The fakes as one cluster: a change of one of them is passed to the others."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree as ET

from apify_camunda.camunda.model import (
    ActivatedJob,
    CompleteJob,
    FailJob,
    JobOutcome,
    ProcessDefinition,
    PublishMessage,
    ThrowBpmnError,
)
from apify_camunda.identifiers import DefinitionKey, JobKey
from apify_camunda.json_types import JsonObject
from emulators.camunda.state import DEFAULT_TENANT

from tests.contract.camunda_ports import Ports
from tests.contract.engine_insight import HeldMessage, OpenIncident, OpenJob, SeenInstance
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock
from tests.fakes.documents import FakeDocuments
from tests.fakes.engine import Bystander, FakeEngine
from tests.fakes.job_queue import FakeJobQueue

TENANTS: Final = ("acme", "globex")
SEARCH_LAG: Final = timedelta(seconds=5)
_BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_ZEEBE: Final = "{http://camunda.org/schema/zeebe/1.0}"


@dataclass(frozen=True, slots=True)
class _Model:
    """What a process of the suites is made of; each has one event or one task at which it waits, or none.

    Attributes:
        message: The message that it waits for, or that starts it.
        goes_on: It waits on after a message.
    """

    process_id: str
    name: str | None
    job_type: str | None
    headers: dict[str, str]
    message: str | None
    is_message_start: bool
    goes_on: bool

    @classmethod
    def of(cls, content: bytes) -> _Model:
        root = ET.fromstring(content)
        [process] = root.iter(f"{_BPMN}process")
        definitions = list(root.iter(f"{_ZEEBE}taskDefinition"))
        messages = [each.get("name") for each in root.iter(f"{_BPMN}message")]
        return cls(
            process_id=process.attrib["id"],
            name=process.get("name"),
            job_type=definitions[0].get("type") if definitions else None,
            headers={each.attrib["key"]: each.attrib["value"] for each in root.iter(f"{_ZEEBE}header")},
            message=messages[0] if messages else None,
            is_message_start=process.find(f"{_BPMN}startEvent/{_BPMN}messageEventDefinition") is not None,
            goes_on=process.find(f"{_BPMN}boundaryEvent") is not None,
        )


@dataclass
class _Instance:
    """An instance that another client started."""

    key: int
    definition: ProcessDefinition
    variables: dict[str, Any]
    state: str = "ACTIVE"


class FakeWorld:
    """The fakes as one cluster.

    Args:
        is_new: Whether the catalogue is that of 8.10, which lists who waits and shows what was deleted.
    """

    def __init__(self, name: str, runner: asyncio.Runner, *, is_new: bool, is_tenanted: bool) -> None:
        self.name = name
        self._clock = FrozenClock()
        tenants = TENANTS if is_tenanted else (DEFAULT_TENANT,)
        self._engine = FakeEngine(self._clock, SEARCH_LAG, tenants=tenants)
        self._starts: dict[tuple[str, int, str], bool] = {}
        self._engine.starts, self._engine.subscriptions = self._starts, []
        self._queue = FakeJobQueue(self._clock)
        self._catalog = FakeCatalog(lists_waiting=is_new)
        self._catalog.sees_undeployed = is_new
        documents = FakeDocuments()
        self.ports = Ports(self._engine, self._queue, self._engine, self._catalog, documents, runner)
        self._keys = itertools.count(1001)
        self._models: dict[DefinitionKey, _Model] = {}
        self._newest: dict[tuple[str, str], ProcessDefinition] = {}
        self._instances: dict[int, _Instance] = {}
        self._jobs: dict[int, ActivatedJob] = {}

    # What others do

    def deploy(self, content: bytes, tenant: str = "") -> ProcessDefinition:
        model = _Model.of(content)
        definition = self._catalog.deploy(
            process_id=model.process_id,
            name=model.name,
            tenant=tenant or DEFAULT_TENANT,
            xml=content.decode(),
        )
        self._models[definition.key] = model
        self._newest[model.process_id, definition.tenant_id] = definition
        self._starts[_version(definition)] = not model.is_message_start
        if model.is_message_start and model.message is not None:
            self._engine.subscribe(model.message, None, lambda message: self._start(definition, message))
        return definition

    def undeploy(self, definition: ProcessDefinition) -> None:
        del self._starts[_version(definition)]
        is_draining = any(each.state == "ACTIVE" for each in self._of(definition))
        if is_draining:
            self._catalog.left_out.add(definition.process_id)
        self._catalog.undeploy(definition.process_id, version=definition.version)

    def start(self, process_id: str, tenant: str = "", /, **variables: Any) -> int:
        definition = self._newest[process_id, tenant or DEFAULT_TENANT]
        model = self._models[definition.key]
        instance = _Instance(next(self._keys), definition, dict(variables))
        self._add(instance)
        if model.job_type is not None:
            self._add_job(instance, model)
        if model.message is not None:
            self._wait(instance, model, model.message)
        elif model.job_type is None:
            self._end(instance, "COMPLETED")
        return instance.key

    async def meanwhile(self, deed: Callable[[], object]) -> None:
        deed()

    def cancel(self, instance_key: int) -> None:
        instance = self._instances[instance_key]
        self._end(instance, "TERMINATED")
        if instance_key in self._jobs:
            self._queue.cancel(self._jobs[instance_key].key)

    # Time

    def now(self) -> datetime:
        return self._clock.now()

    def advance(self, by: timedelta) -> None:
        self._clock.advance(by)

    def let_search_catch_up(self) -> None:
        self._clock.advance(SEARCH_LAG)

    def until_handed_back(self, instance_key: int) -> None:
        job = self.job(instance_key)
        assert job is not None
        assert job.state == "ACTIVATABLE"

    def seconds(self) -> float:
        return self._clock.now().timestamp()

    # What is seen

    def instances(self, definition: ProcessDefinition) -> list[SeenInstance]:
        ours = [
            SeenInstance(
                key,
                definition.version,
                start.tenant_id,
                frozenset({start.tag}),
                "ACTIVE" if self._models[definition.key].job_type else "COMPLETED",
                _kept(start.variables),
            )
            for key, start in enumerate(self._engine.started, start=1)
            if (start.process_id, start.version, start.tenant_id) == _version(definition)
        ]
        others = [
            SeenInstance(
                each.key,
                definition.version,
                definition.tenant_id,
                frozenset(),
                each.state,
                self.variables(each.key),
            )
            for each in self._of(definition)
        ]
        return ours + others

    def variables(self, instance_key: int) -> dict[str, Any]:
        variables = dict(self._instances[instance_key].variables)
        for outcome in self._outcomes(instance_key):
            if isinstance(outcome, CompleteJob):
                variables |= outcome.variables
        return variables

    def incidents(self, instance_key: int) -> list[OpenIncident]:
        """Return the incident of the job: it has no retries left, or threw an error without a catch."""
        found: list[OpenIncident] = []
        for outcome in self._outcomes(instance_key):
            match outcome:
                case FailJob(retries=0):
                    found.append(OpenIncident(1, "task", "JOB_NO_RETRIES", outcome.message))
                case ThrowBpmnError():
                    found.append(OpenIncident(1, "task", "UNHANDLED_ERROR_EVENT", outcome.error_code))
        return found

    def job(self, instance_key: int) -> OpenJob | None:
        job = self._jobs[instance_key]
        if not self._queue.is_there(job.key):
            return None
        failures = [each for each in self._outcomes(instance_key) if isinstance(each, FailJob)]
        return OpenJob(
            job.key,
            instance_key,
            job.element_instance_key,
            self._queue.state(job.key),
            failures[-1].retries if failures else job.retries,
            failures[-1].message if failures else "",
        )

    def messages(self) -> list[HeldMessage]:
        return [
            HeldMessage(each.key, each.command.name, each.command.correlation_key, each.command.tenant_id)
            for each in self._engine.held()
            if each.command.name == self.name
        ]

    # How the fakes hang together

    def _start(self, definition: ProcessDefinition, message: PublishMessage) -> None:
        instance = _Instance(next(self._keys), definition, dict(message.variables))
        self._add(instance)
        self._end(instance, "COMPLETED")

    def _add(self, instance: _Instance) -> None:
        definition = instance.definition
        self._instances[instance.key] = instance
        self._catalog.alive.add(definition.key)
        begun = Bystander(definition.process_id, definition.tenant_id, self._clock.now())
        self._engine.bystanders.append(begun)

    def _add_job(self, instance: _Instance, model: _Model) -> None:
        assert model.job_type is not None
        self._jobs[instance.key] = ActivatedJob(
            key=JobKey(next(self._keys)),
            type=model.job_type,
            process_instance_key=instance.key,
            process_id=model.process_id,
            process_version=instance.definition.version,
            definition_key=instance.definition.key,
            element_id="task",
            element_instance_key=next(self._keys),
            retries=2,
            deadline_ms=0,
            tenant_id=instance.definition.tenant_id,
            headers=model.headers,
            variables=dict(instance.variables),
        )
        self._queue.add(self._jobs[instance.key])

    def _wait(self, instance: _Instance, model: _Model, message: str) -> None:
        self._catalog.waiting.add(instance.definition.key)

        def take(came: PublishMessage) -> None:
            instance.variables |= came.variables
            self._catalog.correlated.add(instance.definition.key)
            if not model.goes_on:
                self._end(instance, "COMPLETED")

        self._engine.subscribe(message, str(instance.variables["orderId"]), take)

    def _end(self, instance: _Instance, state: str) -> None:
        instance.state = state
        if all(each.state != "ACTIVE" for each in self._of(instance.definition)):
            self._catalog.waiting.discard(instance.definition.key)
            self._catalog.alive.discard(instance.definition.key)

    def _of(self, definition: ProcessDefinition) -> list[_Instance]:
        return [each for each in self._instances.values() if each.definition.key == definition.key]

    def _outcomes(self, instance_key: int) -> list[JobOutcome]:
        if instance_key not in self._jobs:
            return []
        return [outcome for key, outcome in self._queue.reported if key == self._jobs[instance_key].key]


def _kept(variables: JsonObject) -> dict[str, Any]:
    """Return variables as an engine keeps them: half a character is dropped."""
    kept: dict[str, Any] = json.loads(json.dumps(variables, ensure_ascii=False).encode("utf-8", "replace"))
    return kept


def _version(definition: ProcessDefinition) -> tuple[str, int, str]:
    return definition.process_id, definition.version, definition.tenant_id
