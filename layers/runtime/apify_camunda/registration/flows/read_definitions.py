"""Reads the BPMN of definitions that are new or out of date; one that cannot be read stops no other."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import (
    ConnectorError,
    EngineRejected,
    EngineUnavailable,
    InvalidInput,
    StoreRejected,
)
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.bpmn_scan import BpmnScan, scan_bpmn
from apify_camunda.registration.domain.definitions import Known, ScannedDefinition
from apify_camunda.registration.domain.model_warnings import model_warnings
from apify_camunda.registration.ports import Registry

log = logging.getLogger(__name__)

_MOST_FAILURES = 20
"""After so many in one tick the cluster itself is in trouble; each may have taken seconds."""


@dataclass(frozen=True, slots=True)
class ReadDefinitions:
    """What a tick has read.

    Attributes:
        unreadable: Listed definitions that could not be read, with the reason.
        left: How many have not been read yet.
    """

    scanned: Mapping[DefinitionKey, ScannedDefinition]
    unreadable: tuple[tuple[ProcessDefinition, str], ...]
    left: int


class DefinitionReader:
    """Reads the newest deployments first, and what failed before last.

    Args:
        reads: Definitions that are read in one tick; the others follow in the next.
    """

    def __init__(
        self,
        *,
        catalog: ProcessCatalog,
        registry: Registry,
        clock: Clock,
        inbound_type: str,
        job_type: str,
        reads: int,
    ) -> None:
        self._catalog = catalog
        self._registry = registry
        self._clock = clock
        self._inbound_type = inbound_type
        self._job_type = job_type
        self._reads = reads
        self._failures: Counter[DefinitionKey] = Counter()

    async def __call__(
        self,
        cluster: str,
        new: Mapping[DefinitionKey, ProcessDefinition | None],
        *,
        earlier: Known,
        deadline: Deadline,
    ) -> ReadDefinitions:
        """Read and keep definitions, as far as the tick allows.

        Args:
            cluster: The cluster that they are of.
            new: By key what is known of them; None where only the key is known.
            earlier: What an earlier scan found in some of them; what is known of their instances is kept.
            deadline: When to stop.
        """
        self._failures = Counter({key: count for key, count in self._failures.items() if key in new})
        scanned: dict[DefinitionKey, ScannedDefinition] = {}
        unreadable: list[tuple[ProcessDefinition, str]] = []
        failures = 0
        for key in sorted(new, key=lambda key: (self._failures[key], -key))[: self._reads]:
            if failures == _MOST_FAILURES or deadline.has_passed(self._clock.now()):
                break
            definition = new[key]
            try:
                found = await self._read(key, definition)
                if found is not None:
                    scanned[key] = earlier[key].rescanned(found) if key in earlier else found
                    await self._registry.save_definition(cluster, scanned[key])
            except (EngineRejected, EngineUnavailable, StoreRejected) as error:
                failures += 1
                scanned.pop(key, None)
                self._note(key, definition, error)
                if definition is not None:
                    unreadable.append((definition, error.message))
                continue
            if found is None:  # not visible yet
                self._failures[key] += 1
        return ReadDefinitions(scanned, tuple(unreadable), len(new) - len(scanned))

    async def _read(
        self, key: DefinitionKey, definition: ProcessDefinition | None
    ) -> ScannedDefinition | None:
        definition = definition or await self._catalog.definition(key)
        xml = await self._catalog.xml(key) if definition else None
        if definition is None or xml is None:
            return None
        return self._scanned(definition, xml)

    def _scanned(self, definition: ProcessDefinition, xml: str) -> ScannedDefinition:
        try:
            scan = scan_bpmn(xml, definition, inbound_type=self._inbound_type)
            self._warn(definition, xml)
        except InvalidInput as error:
            scan = BpmnScan((), (("", error.message),))
        now = self._clock.now()
        return ScannedDefinition(definition, scan.elements, scan.problems, scan.notes, scanned_at=now)

    def _warn(self, definition: ProcessDefinition, xml: str) -> None:
        """Log what is odd about the model, once for each version that is read."""
        for each in model_warnings(
            xml, definition.process_id, inbound_type=self._inbound_type, job_type=self._job_type
        ):
            element = f"{definition.process_id}/{definition.version}/{each.element_id}"
            log.warning("element was suspicious", extra=LogFacts(element=element, error=each.text))

    def _note(self, key: DefinitionKey, definition: ProcessDefinition | None, error: ConnectorError) -> None:
        self._failures[key] += 1
        facts = LogFacts(definition_key=key, error=error.message)
        if definition is not None:
            facts |= LogFacts(tenant_id=definition.tenant_id, process_id=definition.process_id)
        log.warning("definition was not readable", extra=facts)
