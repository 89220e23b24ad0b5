"""A process stays deployed, in ever newer versions, while everything around it fails: no run is missed.

Each life is drawn from a seed; a seed that fails is played again by its number.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.identifiers import RunId
from apify_camunda.platform.signing_keys import SigningKeys

from tests.builders_bpmn import start
from tests.event_loop import run_async
from tests.fakes.apify import TOKEN, FakeApify, FakeApifyAccounts
from tests.fakes.mortal import Killed, Lifetime
from tests.fakes.reconciler_world import World

LIVES = 60
MOST_EVENTS = 40
STEPS_OF_A_TICK = 35
PAUSES = (1, 20, 60, 60, 60, 600, 3600)
VERSIONS: tuple[dict[str, str], ...] = (
    {},
    {"authentication_token": "=secrets.APIFY_TOKEN"},
    {"authentication_token": "{{secrets.ANOTHER}}"},
    {"eventTypes": "SUCCEEDED"},
)


class MortalAccounts:
    """Opens Apify for as long as the invocation lives."""

    def __init__(self, world: World, lifetime: Lifetime) -> None:
        self._accounts = FakeApifyAccounts(world.apify)
        self._lifetime = lifetime

    def with_token(self, token: str) -> FakeApify:
        account: FakeApify = self._lifetime.mortal(self._accounts.with_token(token))
        return account


class Life:
    """A world in which one thing after another happens, as a seed decides."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World()
        self.running: list[RunId] = []
        self.ended: list[RunId] = []
        self.delivered: list[RunId] = []
        self._others = 0
        self._hidden_since = self.world.clock.now()
        self.world.secrets.held["ANOTHER"] = TOKEN
        self.world.catalog.deploy(start())
        self.world.tick()
        self.troubles: tuple[Callable[[], None], ...] = (
            self.another_run,
            self.another_run,
            self.end_of_a_run,
            self.end_of_a_run,
            self.newer_version,
            self.another_process,
            self.deleted_webhook,
            self.disabled_webhook,
            self.full_account,
            self.silent_apify,
            self.catalogue_away,
            self.process_out_of_sight,
            self.unreadable_definition,
            self.token_revoked,
            self.secret_missing,
            self.other_signing_key,
            self.all_well,
        )

    def another_run(self) -> None:
        self.running.append(self.world.apify.start_elsewhere(StartRun(ResourceKind.ACTOR, "actor1")))

    def end_of_a_run(self) -> None:
        if not self.running:
            return
        run_id = self.running.pop(self.chance.randrange(len(self.running)))
        self.world.apify.end_run(run_id)
        self.ended.append(run_id)
        if self._is_heard():
            self.delivered.append(run_id)

    def _is_heard(self) -> bool:
        for hook in self.world.hooks:
            if hook.is_enabled and hook.condition == {"actorId": "actor1"}:
                path = hook.request_url.partition("hooks.example/")[2]
                listeners = run_async(self.world.registry.listeners(path)) or ()
                if any(each.process_id == "orders" for each in listeners):
                    return True
        return False

    def newer_version(self) -> None:
        if not self.world.catalog.hidden:
            self.world.catalog.deploy(start(**self.chance.choice(VERSIONS)))

    def another_process(self) -> None:
        self._others += 1
        self.world.catalog.deploy(start(), process_id=f"other{self._others}")
        if self.chance.random() < 0.5:
            self.world.catalog.undeploy(f"other{self.chance.randint(1, self._others)}")

    def deleted_webhook(self) -> None:
        for hook in self.world.hooks[:1]:
            del self.world.apify.webhooks[hook.id]
            keys = self.world.apify.webhook_keys
            self.world.apify.webhook_keys = {key: known for key, known in keys.items() if known != hook.id}

    def disabled_webhook(self) -> None:
        for hook in self.world.hooks[:1]:
            self.world.apify.webhooks[hook.id] = replace(hook, is_enabled=False)

    def full_account(self) -> None:
        self.world.apify.webhook_limit = self.chance.choice([0, 1, 2])

    def silent_apify(self) -> None:
        self.world.apify.read_troubles += [ApifyUnavailable("503")] * self.chance.randint(1, 4)

    def catalogue_away(self) -> None:
        self.world.catalog.is_away = True

    def process_out_of_sight(self) -> None:
        """Hide the process; after a day it would be taken for gone, which is another story."""
        if not self.world.catalog.hidden:
            self._hidden_since = self.world.clock.now()
        self.world.catalog.hidden.add("orders")

    def unreadable_definition(self) -> None:
        newest = max(self.world.catalog.keys)
        self.world.catalog.unreadable.add(newest)

    def token_revoked(self) -> None:
        self.world.apify.tokens.clear()

    def secret_missing(self) -> None:
        self.world.secrets.held.pop(self.chance.choice(["APIFY_TOKEN", "ANOTHER"]), None)

    def other_signing_key(self) -> None:
        number = str(self.chance.random())
        self.world.secrets.keys = SigningKeys("k2", {"k2": number.encode()})

    def all_well(self) -> None:
        self.world.catalog.is_away = False
        self.world.catalog.hidden.clear()
        self.world.catalog.unreadable.clear()
        self.world.apify.read_troubles.clear()
        self.world.apify.webhook_limit = 100
        self.world.apify.tokens[TOKEN] = "user-acme"
        self.world.secrets.held |= {"APIFY_TOKEN": TOKEN, "ANOTHER": TOKEN}

    def tick(self) -> None:
        """Let the reconciler look, in a new environment, which may die."""
        dies = self.chance.random() < 0.3
        steps = self.chance.randrange(STEPS_OF_A_TICK) if dies else None
        lifetime = Lifetime(steps, after=self.chance.random() < 0.5)
        ports: dict[str, Any] = {
            name: lifetime.mortal(getattr(self.world, name)) for name in ("catalog", "registry", "parking")
        }
        reconcile = self.world.fresh(accounts=MortalAccounts(self.world, lifetime), **ports)
        with contextlib.suppress(Killed):
            run_async(reconcile(self.world.deadline))

    def live(self) -> None:
        for _ in range(self.chance.randint(5, MOST_EVENTS)):
            self.chance.choice(self.troubles)()
            self.world.clock.advance(timedelta(seconds=self.chance.choice(PAUSES)))
            if self.world.clock.now() - self._hidden_since > timedelta(hours=20):
                self.world.catalog.hidden.clear()
            if self.chance.random() < 0.6:
                self.tick()
        self.all_well()
        self.world.reconcile = self.world.fresh()
        for _ in range(75):  # a registration that was refused rests for an hour at most
            self.world.tick()


@pytest.mark.parametrize("seed", range(LIVES))
def test_no_run_is_missed(seed: int) -> None:
    """Each run that ended was delivered or is found, and there is one working webhook in the end."""
    life = Life(seed)

    life.live()

    missed = set(life.ended) - set(life.delivered) - {RunId(each) for each in life.world.found_runs}
    assert not missed
    assert [hook.is_enabled for hook in life.world.hooks] == [True]
    assert life.world.tick()["steps"] == []
