"""Keeps datasets and key-value stores, and finds them for their owner by id or name; without HTTP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from emulators.apify import rejections
from emulators.apify.directory import is_reference_to
from emulators.apify.identity import IdSequence
from emulators.apify.rejections import Rejection
from emulators.apify.state import Caller, Dataset, Storage, Store
from emulators.apify.timeline import Timeline
from emulators.apify.world import NamedDataset, NamedStore, Record, User, World

_RECORD_KEY = re.compile(r"[a-zA-Z0-9!\-_.'()]{1,256}")
_Storage = TypeVar("_Storage", bound=Storage)


class Storages:
    """All storages of all users."""

    def __init__(self, world: World, timeline: Timeline, ids: IdSequence) -> None:
        self._timeline = timeline
        self._ids = ids
        self._users = {user.username: user for user in world.users}
        self._datasets: dict[str, Dataset] = {}
        self._stores: dict[str, Store] = {}
        self.adopt(world)

    def adopt(self, world: World) -> None:
        """Add the users and the named storages of a world; one of a known id is replaced."""
        self._users |= {user.username: user for user in world.users if user.username not in self._users}
        for named in world.datasets:
            dataset = self._datasets[named.id] = self._named(Dataset, named)
            dataset.items += named.items
        for each in world.stores:
            store = self._stores[each.id] = self._named(Store, each)
            store.records |= each.records

    def new_dataset(self, user: User, actor_id: str, run_id: str) -> Dataset:
        """Return a new unnamed dataset for a run."""
        dataset = self._of_run(Dataset, self._ids.next("dataset"), user, actor_id, run_id)
        self._datasets[dataset.id] = dataset
        return dataset

    def new_store(self, user: User, actor_id: str, run_id: str) -> Store:
        """Return a new unnamed key-value store for a run."""
        store = self._of_run(Store, self._ids.next("keyValueStore"), user, actor_id, run_id)
        self._stores[store.id] = store
        return store

    def dataset(self, reference: str, caller: Caller) -> Dataset:
        """Return the caller's dataset.

        Raises:
            Rejection: The caller has none of this id or name.
        """
        return _found(self._datasets, reference, caller, "Dataset")

    def store(self, reference: str, caller: Caller) -> Store:
        """Return the caller's key-value store.

        Raises:
            Rejection: The caller has none of this id or name.
        """
        return _found(self._stores, reference, caller, "Key-value store")

    def store_by_id(self, store_id: str) -> Store | None:
        return self._stores.get(store_id)

    def put_record(self, store: Store, key: str, record: Record) -> None:
        """Store the record under the key.

        Raises:
            Rejection: The key is not one.
        """
        if not _RECORD_KEY.fullmatch(key):
            message = (
                "Record key must be a URL-safe string of 1 to 256 characters "
                "(a-z, A-Z, 0-9 and !-_.'() are allowed)."
            )
            raise Rejection(400, "invalid-record-key", message)
        store.records[key] = record
        store.modified_at = self._timeline.now

    def delete_record(self, store: Store, key: str) -> None:
        """Delete the record under the key; one that is not there is deleted."""
        if store.records.pop(key, None) is not None:
            store.modified_at = self._timeline.now

    def push_items(self, dataset: Dataset, items: list[dict[str, Any]]) -> None:
        """Add items at the end of the dataset."""
        dataset.items.extend(items)
        dataset.modified_at = self._timeline.now

    def _named(self, kind: type[_Storage], given: NamedDataset | NamedStore) -> _Storage:
        """Return a storage of the world, still empty."""
        now, user = self._timeline.now, self._users[given.owner]
        return kind(id=given.id, name=given.name, user=user, created_at=now, modified_at=now)

    def _of_run(
        self, kind: type[_Storage], storage_id: str, user: User, actor_id: str, run_id: str
    ) -> _Storage:
        now = self._timeline.now
        return kind(
            id=storage_id,
            name=None,
            user=user,
            created_at=now,
            modified_at=now,
            actor_id=actor_id,
            run_id=run_id,
        )


def record_of(store: Store, key: str) -> Record:
    """Return the record under the key.

    Raises:
        Rejection: It does not exist.
    """
    if key not in store.records:
        raise rejections.not_found("Record")
    return store.records[key]


def _found(storages: Mapping[str, _Storage], reference: str, caller: Caller, called: str) -> _Storage:
    by_id = storages.get(reference)
    if by_id is not None and by_id.user == caller.user:
        return by_id
    for storage in storages.values():
        if storage.user == caller.user and is_reference_to(
            reference, caller, id=storage.id, owner=storage.user.username, name=storage.name
        ):
            return storage
    raise rejections.not_found(called)
