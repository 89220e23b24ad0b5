"""Puts secrets into a job's variables: only those that its own element names, unless all are allowed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, cast

from apify_camunda.contracts.commands import ActivatedJob
from apify_camunda.contracts.element import ProcessDefinition
from apify_camunda.contracts.json_types import DefinitionKey, JsonObject
from apify_camunda.contracts.operations import FETCHED_VARIABLES
from apify_camunda.domain.bpmn_scan import scan_bpmn
from apify_camunda.domain.secret_refs import names_in, resolve
from apify_camunda.errors import ConfigurationError, EngineRejected
from apify_camunda.ports import ProcessCatalog, SecretSource

_MOST_KEPT: Final = 1000
_SecretsByElement = Mapping[str, frozenset[str]]


class SecretScope(Enum):
    """Which secrets a job may use."""

    ELEMENT = "element"
    """Those that its own element names in its inputs and headers."""
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The variables with secrets in them, and the values that must not leave us."""

    variables: JsonObject = field(repr=False)
    used: frozenset[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotVisibleYet:
    """The element's definition was deployed so lately that the catalogue does not show it."""


class ResolveSecrets:
    """Puts secrets into the variables of jobs; keeps what the definitions say, which never changes."""

    def __init__(
        self,
        *,
        secrets: SecretSource,
        catalog: ProcessCatalog | None,
        scope: SecretScope,
        job_type: str,
    ) -> None:
        self._secrets = secrets
        self._catalog = catalog
        self._scope = scope
        self._job_type = job_type
        self._kept: OrderedDict[DefinitionKey, _SecretsByElement] = OrderedDict()

    async def __call__(self, job: ActivatedJob) -> Resolved | NotVisibleYet:
        """Return the variables that the element template binds, with secrets put in.

        What else the process knows is neither looked at nor handed on.

        Raises:
            InvalidInput: A secret does not exist.
            ConfigurationError: Secrets or definitions cannot be read; a person must act.
            StoreUnavailable: The secret store did not answer.
            EngineUnavailable: The definition could not be asked for.
        """
        bound: JsonObject = {name: job.variables[name] for name in FETCHED_VARIABLES if name in job.variables}
        mentioned = names_in(bound)
        if not mentioned:
            return Resolved(bound, frozenset())
        allowed = await self._allowed(job)
        if allowed is None and self._scope is SecretScope.ELEMENT:
            return NotVisibleYet()
        secrets = await self._secrets.secrets()
        usable = mentioned if allowed is None else mentioned & allowed
        variables = cast(JsonObject, resolve(bound, secrets, allowed=usable))
        return Resolved(variables, frozenset(secrets[name] for name in usable if name in secrets))

    async def _allowed(self, job: ActivatedJob) -> frozenset[str] | None:
        """Return the names that the element mentions; None: all (by scope), or nobody knows yet."""
        if self._scope is SecretScope.ANY:
            return None
        by_element = self._kept.get(job.definition_key)
        if by_element is None:
            by_element = await self._read(job)
            if by_element is None:
                return None
            self._keep(job.definition_key, by_element)
        return by_element.get(job.element_id, frozenset())

    async def _read(self, job: ActivatedJob) -> _SecretsByElement | None:
        if self._catalog is None:
            raise ConfigurationError(
                "The secrets that an element names cannot be looked up without Camunda's REST API. Set "
                "CamundaRestUrl, or deploy with SecretScope=any."
            )
        try:
            xml = await self._catalog.xml(job.definition_key)
        except EngineRejected as error:
            raise ConfigurationError(
                f"The process definition {job.process_id} cannot be read ({error.message}). Grant the client "
                "READ_PROCESS_DEFINITION, or deploy with SecretScope=any."
            ) from error
        if xml is None:
            return None
        definition = ProcessDefinition(
            key=job.definition_key,
            process_id=job.process_id,
            version=job.process_version,
            tenant_id=job.tenant_id,
        )
        return scan_bpmn(xml, definition, inbound_type="", outbound_type=self._job_type).secrets

    def _keep(self, key: DefinitionKey, secrets: _SecretsByElement) -> None:
        self._kept[key] = secrets
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
