"""Keeps datasets and key-value stores, finds them for their owner by id or name; knows no HTTP."""

from __future__ import annotations

import re

from emulators.apify import rejections
from emulators.apify.directory import is_reference_to
from emulators.apify.identity import IdSequence
from emulators.apify.rejections import Rejection
from emulators.apify.state import Caller, Dataset, Store
from emulators.apify.timeline import Timeline
from emulators.apify.world import Record, User, World

_RECORD_KEY = re.compile(r"[a-zA-Z0-9!\-_.'()]{1,256}")


class Storages:
    """All storages of all users."""

    def __init__(self, world: World, timeline: Timeline, ids: IdSequence) -> None:
        self._timeline = timeline
        self._ids = ids
        self._datasets: dict[str, Dataset] = {}
        self._stores: dict[str, Store] = {}
        users = {user.username: user for user in world.users}
        now = timeline.now
        for dataset in world.datasets:
            self._datasets[dataset.id] = Dataset(
                id=dataset.id,
                name=dataset.name,
                user=users[dataset.owner],
                created_at=now,
                modified_at=now,
                items=list(dataset.items),
            )
        for store in world.stores:
            self._stores[store.id] = Store(
                id=store.id,
                name=store.name,
                user=users[store.owner],
                created_at=now,
                modified_at=now,
                records=dict(store.records),
            )

    def new_dataset(self, user: User, actor_id: str, run_id: str) -> Dataset:
        """Return a new unnamed dataset for a run."""
        now = self._timeline.now
        dataset = Dataset(
            id=self._ids.next("dataset"),
            name=None,
            user=user,
            created_at=now,
            modified_at=now,
            actor_id=actor_id,
            run_id=run_id,
        )
        self._datasets[dataset.id] = dataset
        return dataset

    def new_store(self, user: User, actor_id: str, run_id: str) -> Store:
        """Return a new unnamed key-value store for a run."""
        now = self._timeline.now
        store = Store(
            id=self._ids.next("keyValueStore"),
            name=None,
            user=user,
            created_at=now,
            modified_at=now,
            actor_id=actor_id,
            run_id=run_id,
        )
        self._stores[store.id] = store
        return store

    def dataset(self, reference: str, caller: Caller) -> Dataset:
        """Return the caller's dataset.

        Raises:
            Rejection: The caller has none of this id or name.
        """
        for dataset in self._datasets.values():
            if _is_callers(dataset, reference, caller):
                return dataset
        raise rejections.not_found("Dataset")

    def store(self, reference: str, caller: Caller) -> Store:
        """Return the caller's key-value store.

        Raises:
            Rejection: The caller has none of this id or name.
        """
        for store in self._stores.values():
            if _is_callers(store, reference, caller):
                return store
        raise rejections.not_found("Key-value store")

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


def record_of(store: Store, key: str) -> Record:
    """Return the record under the key.

    Raises:
        Rejection: There is none.
    """
    if key not in store.records:
        raise rejections.not_found("Record")
    return store.records[key]


def _is_callers(storage: Dataset | Store, reference: str, caller: Caller) -> bool:
    return storage.user == caller.user and is_reference_to(
        reference, caller, id=storage.id, owner=storage.user.username, name=storage.name
    )
