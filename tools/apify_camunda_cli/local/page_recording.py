"""Collects what was seen in a local world, so that an archive of live_page can repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from apify_camunda.inbound.domain.effect import Effect
from live_page import APIFY_TOKEN, SHORTEST_SECRET
from live_page.saved import Scenario, archive

from apify_camunda_cli.deployment.page_camunda import PageCamunda
from apify_camunda_cli.deployment.page_instances import Instance
from apify_camunda_cli.deployment.page_ledger import Ledger
from apify_camunda_cli.deployment.page_processes import OUTBOUND_TYPE
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import TOO_DEEP, is_too_deep
from apify_camunda_cli.local.page_apify import RecordedRun
from apify_camunda_cli.local.page_worlds import merged, repeated
from apify_camunda_cli.local.process_file import parse_process_file

MOST_SCENARIOS: Final = 10
_MOST_INSTANCES: Final = 200
_MOST_STARTS: Final = 1_000
_BY_A_PERSON: Final = "a person completed a task of it"
_CALLS: Final = "it calls another process, and a recording deploys one"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that a recording is made of."""

    ledger: Ledger
    runs: Sequence[RecordedRun]
    instances_of_runs: Mapping[str, str]
    resolved: frozenset[str]

    def runs_of(self, instance: Instance) -> list[RecordedRun]:
        """Return the runs that an instance has started."""
        return [run for run in self.runs if self.instances_of_runs.get(run.id) == instance.key]

    def runs_that_moved(self, instance: Instance) -> list[RecordedRun]:
        """Return the runs that a person started and whose events started or moved an instance."""
        moved = {run for run, effect in self._effects() if self._moved(instance, effect)}
        return [run for run in self.runs if run.is_by_hand and run.id in moved]

    def _effects(self) -> Iterator[tuple[str | None, Effect]]:
        for event, history in self.ledger.histories.items():
            known = self.ledger.known.get(event)
            run = known.deliveries[0].event.run().id if known else None
            yield from ((run, effect) for effect in history.effects)

    def _moved(self, instance: Instance, effect: Effect) -> bool:
        row, element = instance.row, effect.element
        if (element.process_id, element.version) != (
            row["processDefinitionId"],
            row["processDefinitionVersion"],
        ):
            return False
        if effect.kind == "start":
            return str(effect.reference) == instance.key
        return effect.kind == "message"


@dataclass
class Recorder:
    """Remembers what cannot be asked for later, and makes archives.

    Args:
        world_document: The world's Apify, as a world file has it.
        secrets: What processes call `{{secrets.NAME}}`.
        values: Secret values, tokens among them; they are never written down.
    """

    world_document: Mapping[str, Any]
    secrets: Mapping[str, str]
    values: Sequence[str]
    _starts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _ended_by_hand: set[str] = field(default_factory=set)

    def note_world(self, document: Mapping[str, Any]) -> None:
        """Note that the world got what another one holds."""
        self.world_document = merged(self.world_document, document)

    def note_start(self, instance_key: str, variables: Mapping[str, Any]) -> None:
        """Note with which variables an instance was started."""
        if len(self._starts) < _MOST_STARTS:
            self._starts[instance_key] = dict(variables)

    def note_end(self, run_id: str) -> None:
        """Note that a person ended a run."""
        self._ended_by_hand.add(run_id)

    async def archive(
        self,
        camunda: PageCamunda,
        ledger: Ledger,
        runs: Sequence[RecordedRun],
        instances_of_runs: Mapping[str, str],
    ) -> bytes:
        """Return the archive of the newest instances that can be repeated."""
        seen = _Seen(ledger, runs, instances_of_runs, await camunda.instances_with_resolved_incidents())
        instances, _ = await camunda.instances(None, _MOST_INSTANCES)
        replacements = self._replacements()
        scenarios: list[Scenario] = []
        left_out: list[str] = []
        for instance in instances:
            name = f"instance {instance.key} of {instance.row['processDefinitionId']}"
            why = await self._left_out(camunda, instance, seen)
            if why is None and len(scenarios) == MOST_SCENARIOS:
                why = f"a recording has at most {MOST_SCENARIOS} instances, and newer ones go first"
            if why is not None:
                left_out.append(_replaced(f"{name}: {why}.", replacements))
                continue
            scenarios.append(_without_secrets(await self._scenario(camunda, instance, seen), replacements))
        secrets = {
            name: replacements.get(value, f"recorded-secret-{name}") for name, value in self.secrets.items()
        }
        return archive(scenarios, secrets=secrets, left_out=left_out)

    async def _left_out(self, camunda: PageCamunda, instance: Instance, seen: _Seen) -> str | None:
        """Return why an instance cannot be repeated, or None where it can."""
        types = {instance.types[name] for name in instance.passed if name in instance.types}
        reasons = (
            (instance.row["state"] == "TERMINATED", "it was cancelled"),
            (instance.row.get("parentProcessInstanceKey"), "another instance called it"),
            (instance.key in seen.resolved, "an incident of it was resolved"),
            ("USER_TASK" in types, _BY_A_PERSON),
            ("CALL_ACTIVITY" in instance.types.values(), _CALLS),
            (any(run.status is None for run in seen.runs_of(instance)), "a run of it goes on"),
            (
                not instance.incidents and any(each["type"] == OUTBOUND_TYPE for each in instance.jobs),
                "it was still at work",
            ),
        )
        why = next((reason for holds, reason in reasons if holds), None)
        return why or await self._unstartable(camunda, instance, seen)

    async def _unstartable(self, camunda: PageCamunda, instance: Instance, seen: _Seen) -> str | None:
        xml = await camunda.xml(str(instance.row["processDefinitionKey"]))
        try:
            process = parse_process_file(xml.encode(errors="replace"), Path("recorded.bpmn"))
        except UsageError:
            return "its file has no executable process"
        if process.process_id != instance.row["processDefinitionId"]:
            return "its process is not the first one of its file"
        if not process.starts_by_hand and not seen.runs_that_moved(instance):
            return "it was started neither by hand nor by a run that a person started"
        if process.starts_by_hand:
            for name, value in (await self._variables(camunda, instance)).items():
                if value == TOO_DEEP or is_too_deep(value):
                    return f"its variable {name[:80]!r} is {TOO_DEEP}"
        return None

    async def _scenario(self, camunda: PageCamunda, instance: Instance, seen: _Seen) -> Scenario:
        xml = await camunda.xml(str(instance.row["processDefinitionKey"]))
        process = parse_process_file(xml.encode(errors="replace"), Path("recorded.bpmn"))
        events = seen.runs_that_moved(instance)
        mine = sorted([*seen.runs_of(instance), *events], key=seen.runs.index)
        return Scenario(
            name=f"{_file_name(process.process_id)}-{instance.key}",
            bpmn=xml,
            world=repeated(self.world_document, mine, events, self._ended_by_hand),
            variables=await self._variables(camunda, instance) if process.starts_by_hand else {},
            state="ended" if instance.row["state"] == "COMPLETED" else "stuck",
            completed=instance.passed,
            incidents=[f"{each['errorType']} at {each['elementId']}" for each in instance.incidents],
        )

    async def _variables(self, camunda: PageCamunda, instance: Instance) -> Mapping[str, Any]:
        known = self._starts.get(instance.key)
        if known is not None:
            return known
        rows = await camunda.variables(instance.key)
        return {row["name"]: row["value"] for row in rows if not row["scope"]}

    def _replacements(self) -> dict[str, str]:
        """Return what is written for each secret value."""
        long = [value for value in dict.fromkeys(self.values) if len(value) >= SHORTEST_SECRET]
        return {value: f"recorded-token-{number}" for number, value in enumerate(long, 1)}


def _file_name(process_id: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in process_id)[:60] or "process"


def _without_secrets(scenario: Scenario, replacements: dict[str, str]) -> Scenario:
    return Scenario(
        name=scenario.name,
        bpmn=_replaced(scenario.bpmn, replacements),
        world=_replaced(scenario.world, replacements),
        variables=_replaced(scenario.variables, replacements),
        state=scenario.state,
        completed=scenario.completed,
        incidents=scenario.incidents,
    )


def _replaced(value: Any, replacements: dict[str, str]) -> Any:
    """Return a value with secret values replaced in its texts and names, at any depth; longest first.

    What looks like a token of Apify gets a replacement, too, the same one wherever it is.
    """
    match value:
        case str():
            for secret in sorted(replacements, key=len, reverse=True):
                value = value.replace(secret, replacements[secret])
            return APIFY_TOKEN.sub(
                lambda found: replacements.setdefault(found[0], f"recorded-token-{len(replacements) + 1}"),
                value,
            )
        case Mapping():
            return {
                _replaced(name, replacements): _replaced(item, replacements) for name, item in value.items()
            }
        case list() | tuple():
            return [_replaced(item, replacements) for item in value]
        case _:
            return value
