"""Makes the webhooks at Apify equal to what the deployed processes need; keeps no state that it cannot lose.

What is wanted is worked out in each tick, so what failed or was cut off is tried again at the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from apify_camunda.apify.port import ApifyAccounts
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.ports import ProcessCatalog
from apify_camunda.errors import EngineRejected, TransientError
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.json_types import JsonObject
from apify_camunda.platform.deadline import Deadline
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock, Metrics, SecretSource
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.element_report import ElementReport
from apify_camunda.registration.domain.plan import Deployment, Observed, plan
from apify_camunda.registration.domain.problem import registration_states
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.registration.domain.retained_listeners import retain
from apify_camunda.registration.domain.wanted_registrations import listeners_by_hand, wanted_registrations
from apify_camunda.registration.flows.apify_identities import ApifyIdentities
from apify_camunda.registration.flows.catch_up_gaps import CatchUpGaps
from apify_camunda.registration.flows.converge_webhooks import ConvergeWebhooks
from apify_camunda.registration.flows.open_accounts import Account, OpenAccounts
from apify_camunda.registration.flows.report_elements import ReportElements
from apify_camunda.registration.flows.scan_definitions import ScanConfig, ScanDefinitions
from apify_camunda.registration.ports import EventParking, Registry
from apify_camunda.webhooks.routes import registration_route

log = logging.getLogger(__name__)

_TIME_FOR_THE_REPORT = timedelta(seconds=20)
_SHARE_OF_THE_SCAN = 0.5
"""Of a tick's time: even if Camunda answers slowly, there is time left for the webhooks."""


@dataclass(frozen=True, slots=True)
class ReconcileConfig:
    """What is ours.

    Attributes:
        deployment_id: Begins the ids of our registrations; two deployments never touch each other's webhooks.
        public_url: Where Apify reaches the HTTP API.
        inbound_type: The `inbound.type` of our elements.
        job_type: The job type of our elements.
        xml_reads: Definitions whose XML is read in one tick.
    """

    deployment_id: str
    public_url: str
    inbound_type: str
    job_type: str = "io.camunda:apify-outbound:1"
    xml_reads: int = 200


class ReconcileWebhooks:
    """Runs one tick: from the webhooks that there are towards those that are wanted."""

    def __init__(
        self,
        *,
        catalog: ProcessCatalog,
        accounts: ApifyAccounts,
        registry: Registry,
        parking: EventParking,
        secrets: SecretSource,
        clock: Clock,
        metrics: Metrics,
        config: ReconcileConfig,
    ) -> None:
        self._registry = registry
        self._secrets = secrets
        self._clock = clock
        self._metrics = metrics
        self._config = config
        self._deployment = Deployment(config.deployment_id, config.public_url)
        self._scan = ScanDefinitions(
            catalog=catalog,
            registry=registry,
            clock=clock,
            config=ScanConfig(config.inbound_type, config.job_type, xml_reads=config.xml_reads),
        )
        self._identities = ApifyIdentities(accounts=accounts, clock=clock)
        self._open_accounts = OpenAccounts(accounts=accounts, identities=self._identities)
        self._catch_up = CatchUpGaps(registry=registry, parking=parking, clock=clock)
        self._report = ReportElements(registry=registry, clock=clock, metrics=metrics)

    async def __call__(self, deadline: Deadline) -> JsonObject:
        """Run one tick and return what it found and did; what failed is tried again at the next.

        Raises:
            ConfigurationError: A person must correct the deployment first.
        """
        self._metrics.count("ReconcileHeartbeat", 0)  # so that an alarm sees ticks which never come to an end
        try:
            if await self._registry.is_paused("inbound"):
                self._metrics.count("ReconcileHeartbeat")
                return {"status": "paused"}
            if not await self._registry.begin_tick(until=deadline.at):
                return {"status": "busy"}
            try:
                # An operator who paused meanwhile saw no tick, and may have removed what this one creates.
                if await self._registry.is_paused("inbound"):
                    return {"status": "paused"}
                return await self._tick(deadline)
            finally:
                await self._registry.end_tick()
        except TransientError as error:
            log.warning("tick was cut short", extra=LogFacts(error=error.message))
            return {"status": "postponed", "reason": error.message}
        except EngineRejected as error:
            facts = LogFacts(rejection=error.rejection, error=error.message)
            log.exception("catalogue was refused", extra=facts)
            return {"status": "refused", "reason": error.message}

    async def _tick(self, deadline: Deadline) -> JsonObject:
        enough = deadline.earlier_by(_TIME_FOR_THE_REPORT)
        deployed = await self._scan(self._share_of(deadline))
        secrets = await self._secrets.secrets()
        keys = await self._secrets.signing_keys()
        resolved, unresolved = await self._identities.resolve(deployed.elements, secrets)
        rows = await self._registry.registrations()
        accounts = await self._open_accounts((each.desired.token for each in resolved), rows, secrets)
        observed = await self._observe(rows, accounts, keys)
        for listed in observed.webhooks.values():
            self._metrics.count("WebhooksOfUser", len(listed))
        leaving = await self._leaving(observed, deployed.elements) if unresolved else {}
        wanted = retain(wanted_registrations(resolved, self._deployment.id), unresolved, observed, leaving)
        by_hand = listeners_by_hand(deployed.elements, secrets, observed.routes)
        steps = plan(wanted, by_hand, observed, self._deployment)
        converge = ConvergeWebhooks(
            registry=self._registry,
            clock=self._clock,
            public_url=self._config.public_url,
            accounts=accounts,
            keys=keys,
        )
        failed = await converge(steps, enough)
        registered = await self._registry.registrations()
        caught_up = await self._catch_up(registered, accounts, enough)
        states = registration_states(registered, failed)
        named = [(each, states.get(each.registration(self._deployment.id))) for each in resolved]
        await self._report(ElementReport(deployed, named, unresolved, secrets, self._config.public_url))
        if converge.repaired:
            self._metrics.count("WebhooksRepaired", converge.repaired)
        self._metrics.count("ReconcileHeartbeat")
        return {
            "status": "ok",
            "elements": len(deployed.elements),
            "faulty": len(deployed.faulty) + sum(each.is_faulty for each in unresolved),
            "registrations": len(wanted),
            "steps": [type(step).__name__ for step in steps],
            "failed": [*sorted(failed)],
            "caughtUp": caught_up,
            "unread": deployed.unread,
        }

    def _share_of(self, deadline: Deadline) -> Deadline:
        now = self._clock.now()
        return Deadline(now + deadline.remaining(now) * _SHARE_OF_THE_SCAN)

    async def _observe(
        self, rows: Iterable[Registration], accounts: Mapping[ApifyUserId, Account], keys: SigningKeys
    ) -> Observed:
        return Observed(
            registrations={row.id: row for row in rows},
            routes=await self._registry.routes(),
            webhooks={user: account.webhooks for user, account in accounts.items()},
            keys=keys,
            now=self._clock.now(),
            tombstones=await self._registry.tombstones(),
        )

    async def _leaving(
        self, observed: Observed, elements: Iterable[InboundElement]
    ) -> dict[RegistrationId, tuple[InboundElement, ...]]:
        """Return the elements that listen on a registration's path and are no longer deployed."""
        deployed = {name for element in elements for name in (element.listener_key, element.key)}
        leaving: dict[RegistrationId, tuple[InboundElement, ...]] = {}
        for name in observed.registrations:
            route = registration_route(name)
            if observed.routes.get(route, frozenset()) - deployed:
                listening = await self._registry.listeners(route) or ()
                leaving[name] = tuple(each for each in listening if each.listener_key not in deployed)
        return leaving
