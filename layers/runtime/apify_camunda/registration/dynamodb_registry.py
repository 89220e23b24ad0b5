"""Keeps definitions, registrations and the listeners of each path in the registry table of DynamoDB.

Items: `registrations/{id}`; `route#{route}/#` (the path exists) and `/{element key}`; `routes/{route}` (the
keys of its listeners, written last, so that work that dies half-way is done again); `definitions#{cluster}/
{key}`; `elements#{cluster}/{tenant}/{ref}`; `removed#{cluster}/{tenant}/{process}`; `clusters/{cluster}`;
`departed/{id}`; `tick/#`; `pause/{direction}`. Rows of another release that cannot be read are left out, and
computed again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.camunda.model import ProcessDefinition
from apify_camunda.errors import StoreRejected
from apify_camunda.identifiers import DefinitionKey, RegistrationId, TenantId
from apify_camunda.platform.aws_api import AnyDynamoDB
from apify_camunda.platform.dynamodb_table import DynamoDBTable, Item, key_of
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import Clock
from apify_camunda.registration.domain.cluster_epoch import ClusterEpoch
from apify_camunda.registration.domain.definitions import ElementStatus, ScannedDefinition
from apify_camunda.registration.domain.registration import Registration, Tombstone
from apify_camunda.webhooks.routes import registration_route

log = logging.getLogger(__name__)

_Row = TypeVar("_Row")

_MARKER = "#"
_STATUS_KEPT_FOR = timedelta(days=3)
"""An element that is not reported again is gone; the reconciler reports each twice a day."""
_REMOVED_KEPT_FOR = timedelta(days=1)
"""Longer than a write may be on its way."""
_TOMBSTONE_KEPT_FOR = timedelta(days=7)
"""How far back the runs are searched of a registration that is restored."""


class DynamoDBRegistry:
    """The registry in the registry table."""

    def __init__(self, *, client: AnyDynamoDB, table: str, clock: Clock) -> None:
        self._table = DynamoDBTable(client=client, name=table, clock=clock)
        self._clock = clock

    async def listeners(self, route: str) -> tuple[InboundElement, ...] | None:
        """Return the listeners of a path by one query; None for an unknown path."""
        items = await self._table.items(_route_pk(route))
        if not any(item["sk"]["S"] == _MARKER for item in items):
            return None
        elements = (item["element"]["S"] for item in items if item["sk"]["S"] != _MARKER)
        return tuple(InboundElement.model_validate_json(element) for element in elements)

    async def set_listeners(self, route: str, elements: Sequence[InboundElement]) -> None:
        """Write the new listeners, delete the old ones, then note all listeners.

        A listener's key names all that the element says, so one that is there is as it has to be. An element
        that the table refuses is left out, and the refusal is raised at the end.
        """
        wanted = {element.listener_key: element for element in elements}
        standing = {item["sk"]["S"] for item in await self._table.items(_route_pk(route), "sk")}
        refused: StoreRejected | None = None
        for key in sorted(wanted.keys() - standing):
            item = _item(_route_pk(route), key, element={"S": wanted[key].model_dump_json()})
            try:
                await self._table.put(item)
            except StoreRejected as error:
                refused = error
                del wanted[key]
        if wanted and _MARKER not in standing:
            await self._table.put(_item(_route_pk(route), _MARKER))
        kept = {*wanted, *([_MARKER] if wanted else [])}
        for sk in sorted(standing - kept):
            await self._table.delete(key_of(_route_pk(route), sk))
        if wanted:
            await self._table.put(_item("routes", route, listeners={"SS": sorted(wanted)}))
        else:
            await self._table.delete(key_of("routes", route))
        if refused is not None:
            raise refused

    async def routes(self) -> Mapping[str, frozenset[str]]:
        """Return all paths with the keys of their listeners."""
        items = await self._table.items("routes")
        return {item["sk"]["S"]: frozenset(item["listeners"]["SS"]) for item in items}

    async def registrations(self) -> Sequence[Registration]:
        """Return all registrations."""
        items = [item for item in await self._table.items("registrations") if "expires_at" not in item]
        rows = _readable(items, lambda item: Registration.model_validate_json(item["registration"]["S"]))
        return list(rows)

    async def save_registration(self, registration: Registration) -> bool:
        """Write a registration, unless it was written or removed later; False where it was."""
        item = _item("registrations", registration.id, registration={"S": registration.model_dump_json()})
        return await self._table.put_unless_later(item)

    async def delete_registration(self, registration: RegistrationId) -> None:
        """Remove the registration's path, then the registration.

        For a day its row says that it was removed, so that no write of before brings it back.
        """
        await self.set_listeners(registration_route(registration), ())
        removed = _item("registrations", registration, expires_at=self._after(_REMOVED_KEPT_FOR))
        await self._table.put_unless_later(removed)

    async def save_tombstone(self, tombstone: Tombstone) -> None:
        """Keep a tombstone; DynamoDB deletes it after its time."""
        item = _item(
            "departed",
            tombstone.id,
            departure={"S": tombstone.model_dump_json()},
            expires_at=self._after(_TOMBSTONE_KEPT_FOR),
        )
        await self._table.put(item)

    async def tombstones(self) -> Mapping[RegistrationId, Tombstone]:
        """Return the tombstones of registrations that were removed in the last days."""
        items = await self._table.items("departed")
        left = _readable(items, lambda item: Tombstone.model_validate_json(item["departure"]["S"]))
        return {each.id: each for each in left}

    async def known_definitions(self, cluster: str) -> Mapping[DefinitionKey, ScannedDefinition]:
        """Return the definitions of the cluster that were scanned before."""
        items = await self._table.items(f"definitions#{cluster}")
        scanned = _readable(items, lambda item: _scanned(json.loads(item["definition"]["S"])))
        return {each.definition.key: each for each in scanned}

    async def save_definition(self, cluster: str, scanned: ScannedDefinition) -> None:
        """Keep what a definition's XML says."""
        text = json.dumps(_scanned_json(scanned), ensure_ascii=False, separators=(",", ":"))
        key = str(scanned.definition.key)
        await self._table.put(_item(f"definitions#{cluster}", key, definition={"S": text}))

    async def forget_definition(self, cluster: str, key: DefinitionKey) -> None:
        """Delete the row of a definition."""
        await self._table.delete(key_of(f"definitions#{cluster}", str(key)))

    async def remove_process(
        self, cluster: str, tenant_id: TenantId, process_id: str, *, up_to: DefinitionKey
    ) -> None:
        """Note that an operator removed a process."""
        item = _item(
            f"removed#{cluster}",
            f"{tenant_id}/{process_id}",
            up_to={"N": str(up_to)},
            at={"S": self._clock.now().isoformat()},
        )
        await self._table.put(item)

    async def removed_processes(
        self, cluster: str, *, since: datetime | None = None
    ) -> Mapping[tuple[TenantId, str], DefinitionKey]:
        """Return the processes that an operator removed."""
        items = await self._table.items(f"removed#{cluster}")
        return dict(_readable([item for item in items if _is_since(item, since)], _removed))

    async def cluster_epoch(self, cluster: str) -> ClusterEpoch:
        """Return since when the cluster under this name is the one that it is."""
        item = await self._table.get(key_of("clusters", cluster))
        if item is None:
            return ClusterEpoch()
        return ClusterEpoch(item["cluster_id"].get("S"), _moment(item["since"].get("S")))

    async def save_cluster_epoch(self, cluster: str, epoch: ClusterEpoch) -> None:
        """Note since when the cluster under this name is the one that it is."""
        since = epoch.since.isoformat() if epoch.since else None
        item = _item("clusters", cluster, cluster_id=_optional(epoch.cluster_id), since=_optional(since))
        await self._table.put(item)

    async def report_element(self, cluster: str, status: ElementStatus) -> None:
        """Keep what an operator should see of an element, for some days."""
        item = _item(
            f"elements#{cluster}",
            f"{status.tenant_id}/{status.element}",
            definition_key={"N": str(status.definition_key)},
            state={"S": status.state},
            detail={"S": status.detail} if status.detail else {"NULL": True},
            at={"S": status.at.isoformat()},
            expires_at=self._after(_STATUS_KEPT_FOR),
        )
        await self._table.put(item)

    async def elements(self, cluster: str) -> Sequence[ElementStatus]:
        """Return the states of all elements."""
        return list(_readable(await self._table.items(f"elements#{cluster}"), _status))

    async def begin_tick(self, *, until: datetime) -> bool:
        """Put the tick's row, unless there is one that has not expired."""
        return await self._table.put_new(_item("tick", _MARKER, expires_at={"N": repr(until.timestamp())}))

    async def end_tick(self) -> None:
        """Delete the tick's row."""
        await self._table.delete(key_of("tick", _MARKER))

    async def is_paused(self, direction: str) -> bool:
        """Say whether a direction has been paused by an operator."""
        return await self._table.get(key_of("pause", direction)) is not None

    async def set_paused(self, direction: str, *, paused: bool) -> None:
        """Pause or resume a direction."""
        if paused:
            await self._table.put(_item("pause", direction, since={"S": self._clock.now().isoformat()}))
        else:
            await self._table.delete(key_of("pause", direction))

    def _after(self, duration: timedelta) -> dict[str, str]:
        return {"N": str(int((self._clock.now() + duration).timestamp()))}


def _readable(items: Iterable[Item], read: Callable[[Item], _Row]) -> Iterator[_Row]:
    """Yield the rows that can be read; one that cannot is logged, and stops no other."""
    for item in items:
        try:
            yield read(item)
        except (KeyError, TypeError, ValueError):
            log.exception("row was unreadable", extra=LogFacts(row=f"{item['pk']['S']}/{item['sk']['S']}"))


def _removed(item: Item) -> tuple[tuple[TenantId, str], DefinitionKey]:
    tenant, _, process_id = item["sk"]["S"].partition("/")
    return (TenantId(tenant), process_id), DefinitionKey(int(item["up_to"]["N"]))


def _route_pk(route: str) -> str:
    return f"route#{route}"


def _item(pk: str, sk: str, **attributes: Any) -> Item:
    return {**key_of(pk, sk), **attributes}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _optional(text: str | None) -> dict[str, Any]:
    return {"NULL": True} if text is None else {"S": text}


def _is_since(item: Item, since: datetime | None) -> bool:
    """Say whether a row was written at or after a time; releases before 0.2.0 did not note it."""
    return since is None or ("at" in item and datetime.fromisoformat(item["at"]["S"]) >= since)


def _scanned_json(scanned: ScannedDefinition) -> dict[str, Any]:
    return {
        "definition": scanned.definition.model_dump(mode="json"),
        "elements": [element.to_json() for element in scanned.elements],
        "problems": [list(problem) for problem in scanned.problems],
        "notes": [list(note) for note in scanned.notes],
        "scannedAt": _text(scanned.scanned_at),
        "rules": scanned.rules,
        "lastWaiting": _text(scanned.last_waiting),
        "unseenSince": _text(scanned.unseen_since),
        "isRetired": scanned.is_retired,
    }


def _scanned(value: dict[str, Any]) -> ScannedDefinition:
    return ScannedDefinition(
        definition=ProcessDefinition.model_validate(value["definition"]),
        elements=tuple(InboundElement.model_validate(element) for element in value["elements"]),
        problems=tuple((element, reason) for element, reason in value["problems"]),
        notes=tuple((element, note) for element, note in value.get("notes", ())),
        scanned_at=_moment(value.get("scannedAt")),
        rules=value.get("rules", 1),
        last_waiting=_moment(value["lastWaiting"]),
        unseen_since=_moment(value.get("unseenSince")),
        is_retired=value.get("isRetired", False),
    )


def _status(item: Item) -> ElementStatus:
    tenant, _, element = item["sk"]["S"].partition("/")
    return ElementStatus(
        element=element,
        definition_key=DefinitionKey(int(item["definition_key"]["N"])),
        tenant_id=TenantId(tenant),
        state=item["state"]["S"],
        detail=item["detail"].get("S"),
        at=datetime.fromisoformat(item["at"]["S"]),
    )
