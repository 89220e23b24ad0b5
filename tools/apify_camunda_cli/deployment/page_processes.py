"""What the page shows of deployed processes and their elements, from Camunda, the registry and the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from apify_camunda.errors import InvalidInput
from apify_camunda.registration.domain.model_warnings import ModelWarning, model_warnings
from live_page import PageError
from live_page.sources import JsonObject

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.page_camunda import Definition, PageCamunda
from apify_camunda_cli.deployment.page_elements import PageElement, read_elements, shown_properties
from apify_camunda_cli.deployment.page_ledger import PageLedger
from apify_camunda_cli.deployment.page_reasons import hints_for_messages
from apify_camunda_cli.deployment.page_registered import Registered
from apify_camunda_cli.deployment.page_waiting import waits_for, webhook_of

INBOUND_TYPE: Final = "io.camunda:apify-inbound:1"
OUTBOUND_TYPE: Final = "io.camunda:apify-outbound:1"
_OPERATION: Final = "operation.type"


@dataclass(frozen=True, slots=True)
class PageProcesses:
    """Reads processes and elements for one request of the page."""

    container: Container
    camunda: PageCamunda
    ledger: PageLedger

    async def processes(self) -> JsonObject:
        """Return the deployed processes with their elements."""
        definitions = await self.camunda.definitions()
        counts = await self.camunda.counts(each.key for each in definitions)
        registered = await Registered.read(self.container)
        return {
            "items": [
                {
                    "key": each.key,
                    "processId": each.process_id,
                    "version": each.version,
                    "name": each.name,
                    "tenantId": each.tenant_id,
                    "resourceName": each.resource_name,
                    "isLatest": each.is_latest,
                    "counts": counts[each.key],
                    **await self._shown_elements(each, registered),
                }
                for each in definitions
            ]
        }

    async def _shown_elements(self, definition: Definition, registered: Registered) -> JsonObject:
        """Return the elements of a definition, and a note for each warning at another element."""
        elements = await self._elements(definition)
        warnings = await self._warnings(definition)
        names = {each.id for each in elements}
        return {
            "elements": [_noted(registered.shown(definition, each), warnings) for each in elements],
            "notes": [f"{each.element_id} {each.text}" for each in warnings if each.element_id not in names],
        }

    async def _warnings(self, definition: Definition) -> Sequence[ModelWarning]:
        types = _types(self.container)
        try:
            xml = await self.camunda.xml(definition.key)
            return model_warnings(
                xml,
                definition.process_id,
                inbound_type=types["inbound_type"],
                job_type=types["outbound_type"],
            )
        except (InvalidInput, PageError):
            return ()

    async def _elements(self, definition: Definition) -> tuple[PageElement, ...]:
        try:
            xml = await self.camunda.xml(definition.key)
            return read_elements(xml, definition.process_id, **_types(self.container))
        except (InvalidInput, PageError):
            return ()

    async def found(self, key: str, element_id: str) -> tuple[Definition, PageElement]:
        """Return an element and its definition.

        Raises:
            PageError: There is no such element with a template of ours.
        """
        definitions = await self.camunda.definitions()
        definition = next((each for each in definitions if each.key == key), None)
        if definition is None:
            raise PageError(404, f"There is no process definition with the key {key[:80]}.")
        elements = await self._elements(definition)
        found = next((each for each in elements if each.id == element_id), None)
        if found is None:
            raise PageError(
                404, f"No element {element_id[:80]!r} with a template of ours is in this process."
            )
        return definition, found

    async def element(self, key: str, element_id: str) -> JsonObject:
        """Return one element with its properties, what it waits for, and its last verdicts."""
        definition, found = await self.found(key, element_id)
        registered = await Registered.read(self.container)
        inbound = registered.inbound(definition, found)
        verdicts = [] if inbound is None else await self.ledger.verdicts_of(self.container, inbound)
        subscriptions = await self.camunda.open_subscriptions(definition, found.id)
        return {
            **_noted(registered.shown(definition, found), await self._warnings(definition)),
            "properties": shown_properties(found),
            "waitsFor": waits_for(
                found,
                subscriptions,
                await hints_for_messages(self.container, self.camunda, self.ledger, subscriptions),
            ),
            "webhook": None if inbound is None else await webhook_of(self.container, inbound),
            "verdicts": verdicts,
        }

    async def operations(self) -> Mapping[tuple[str, str], str]:
        """Return the operation of each element, by process and element id; a newer version counts first."""
        found: dict[tuple[str, str], str] = {}
        for definition in await self.camunda.definitions():
            for element in await self._elements(definition):
                name = definition.process_id, element.id
                found.setdefault(name, dict(element.properties).get(_OPERATION, ""))
        return found


def _types(container: Container) -> dict[str, str]:
    """Return the types that the deployment serves."""
    environment = container.deployment.environment
    return {
        "inbound_type": environment.get("INBOUND_TYPE") or INBOUND_TYPE,
        "outbound_type": environment.get("OUTBOUND_JOB_TYPE") or OUTBOUND_TYPE,
    }


def _noted(element: JsonObject, warnings: Sequence[ModelWarning]) -> JsonObject:
    """Return an element with the warnings of the model about it as notes."""
    mine = [f"It {each.text}" for each in warnings if each.element_id == element["id"]]
    return {**element, "notes": [*element["notes"], *mine]}
