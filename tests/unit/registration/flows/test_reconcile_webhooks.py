"""Which webhooks there are at Apify, and who listens, after ticks of the reconciler."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import PAYLOAD_TEMPLATE, ResourceKind, StartRun, Webhook, WebhookSpec
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.identifiers import WebhookId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.flows.remove_webhooks import Removed
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, is_ours

from tests.builders_bpmn import catch, node, start
from tests.event_loop import run_async
from tests.fakes.apify import TOKEN, FakeApify, FakeApifyAccounts
from tests.fakes.reconciler_world import PUBLIC_URL, World
from tests.fakes.secret_source import KEYS


class TestSettingUp:
    def test_element_gets_a_webhook_and_listens(self) -> None:
        """A deployed element has a webhook at Apify, signed for its path, and is found on it."""
        world = World()
        world.catalog.deploy(start())

        world.tick()

        [hook] = world.hooks
        [row] = world.rows
        path = hook.request_url.removeprefix(PUBLIC_URL)
        assert path == f"/apify/{row.id}"
        assert hook.condition == {"actorId": "actor1"}
        assert set(hook.event_types) == {
            "ACTOR.RUN.SUCCEEDED",
            "ACTOR.RUN.FAILED",
            "ACTOR.RUN.ABORTED",
            "ACTOR.RUN.TIMED_OUT",
        }
        assert is_ours(path, world.apify.webhook_headers[hook.id][SIGNATURE_HEADER], KEYS)
        assert world.routes == {path[1:]: {"Start_1"}, "inbound/context-1": {"Start_1"}}
        assert world.statuses == {"orders/1/Start_1": ("registered", None)}

    def test_second_tick_changes_nothing(self) -> None:
        """Where all is as wanted a tick writes nothing to Apify."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.tick()
        before = dict(world.apify.webhooks)

        summary = world.tick()

        assert summary["steps"] == []
        assert world.apify.webhooks == before
        assert world.catalog.xml_reads == 1

    def test_elements_share_the_webhook_of_a_resource(self) -> None:
        """However many elements listen to a resource, it has one webhook with all their event types."""
        world = World()
        world.catalog.deploy(start(eventTypes="SUCCEEDED"), catch(eventTypes="FAILED"))
        world.catalog.deploy(start(eventTypes="CREATED"), process_id="other")

        world.tick()

        [hook] = world.hooks
        assert set(hook.event_types) == {"ACTOR.RUN.SUCCEEDED", "ACTOR.RUN.FAILED", "ACTOR.RUN.CREATED"}

    def test_names_and_ids_mean_one_resource(self) -> None:
        """`acme/crawler`, `acme~crawler` and the Actor's id share a webhook; a task has its own."""
        world = World()
        world.catalog.deploy(
            start("A"),
            start("B", resourceId="acme/crawler"),
            start("C", resourceId='="acme" + "~crawler"'),
            start("D", resourceType="task", resourceId="acme/crawl-acme"),
        )

        world.tick()

        assert sorted(str(hook.condition) for hook in world.hooks) == [
            "{'actorId': 'actor1'}",
            "{'actorTaskId': 'task1'}",
        ]

    @pytest.mark.parametrize(
        "token",
        [
            "{{secrets.APIFY_TOKEN}}",
            "secrets.APIFY_TOKEN",
            "=secrets.APIFY_TOKEN",
            "={{secrets.APIFY_TOKEN}}",
            '="{{secrets.APIFY_TOKEN}}"',
            '="token-of-" + "acme"',
            TOKEN,
        ],
    )
    def test_token_is_found_however_it_is_written(self, token: str) -> None:
        """Every way of naming a token or a secret that people use resolves."""
        world = World()
        world.catalog.deploy(start(authentication_token=token))

        world.tick()

        assert len(world.hooks) == 1

    def test_faulty_element_is_skipped_alone(self) -> None:
        """A faulty element is reported with its reason; the others are set up."""
        world = World()
        world.catalog.deploy(
            start(),
            catch("NoKey", correlationKeyExpression=None),
            start("NoSecret", authentication_token="{{secrets.NOPE}}"),
            start("NoActor", resourceId="acme~nope"),
            start("NoType", eventTypes="SOMETIMES"),
            start("BadToken", authentication_token="token-of-nobody"),
        )

        world.tick()

        assert len(world.hooks) == 1
        states = {name.rpartition("/")[2]: state for name, (state, _) in world.statuses.items()}
        assert states == {
            "Start_1": "registered",
            "NoKey": "faulty",
            "NoSecret": "faulty",
            "NoActor": "faulty",
            "NoType": "faulty",
            "BadToken": "faulty",
        }
        assert "NOPE" in str(world.statuses["orders/1/NoSecret"][1])

    def test_reason_names_the_actor_or_the_token(self) -> None:
        """An Actor that is not found is quoted as it is modelled; of a refused token its field is named."""
        world = World()
        world.secrets.held["WHICH"] = "acme/hidden"
        world.catalog.deploy(
            start("NoActor", resourceId="acme/nope"),
            start("NoSecretActor", resourceId="{{secrets.WHICH}}"),
            start("BadToken", authentication_token="token-of-nobody"),
        )

        world.tick()

        reasons = {name.rpartition("/")[2]: str(reason) for name, (_, reason) in world.statuses.items()}
        assert reasons["NoActor"].endswith(
            "Actor was not found: 'acme/nope'. Correct the name, or use a token that may see it."
        )
        assert "'{{secrets.WHICH}}'" in reasons["NoSecretActor"]
        assert "hidden" not in reasons["NoSecretActor"]
        assert reasons["BadToken"].endswith("The secret of 'authentication.token' needs a valid API token.")

    def test_secret_that_comes_later_ends_the_fault(self) -> None:
        """Once the secret is there the next tick sets the element up."""
        world = World()
        world.secrets.held.clear()
        world.catalog.deploy(start())
        world.tick()

        world.secrets.held["APIFY_TOKEN"] = TOKEN
        world.tick()

        assert len(world.hooks) == 1
        assert world.statuses["orders/1/Start_1"] == ("registered", None)

    def test_unreadable_bpmn_harms_no_other_process(self) -> None:
        """A document that cannot be read is reported; other processes are set up."""
        world = World()
        world.catalog.deploy(process_id="bad", xml='<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
        world.catalog.deploy(start())

        world.tick()

        assert len(world.hooks) == 1
        assert world.statuses["bad/1/"][0] == "faulty"

    def test_other_url_is_reported(self) -> None:
        """An element that names another webhook URL works, and says that ours is used."""
        world = World()
        world.catalog.deploy(start(connectorWebhookUrl="https://old.example/"))

        world.tick()

        state, detail = world.statuses["orders/1/Start_1"]
        assert state == "registered"
        assert "https://old.example/" in str(detail)

    def test_reads_are_bounded_a_tick(self) -> None:
        """A tick reads so many documents and no more; the next ticks read the others, once each."""
        world = World(xml_reads=2)
        for number in range(5):
            world.catalog.deploy(start(), process_id=f"p{number}")

        reads = []
        for _ in range(4):
            world.tick()
            reads.append(world.catalog.xml_reads)

        assert reads == [2, 4, 5, 5]

    def test_invisible_xml_is_read_later(self) -> None:
        """A definition whose XML the catalogue does not show yet is read at a later tick."""
        world = World()
        key = world.catalog.deploy(start()).key
        world.catalog.not_yet_readable.add(key)
        world.tick()
        assert not world.hooks

        world.catalog.not_yet_readable.clear()
        world.tick()

        assert len(world.hooks) == 1

    def test_paused_does_nothing(self) -> None:
        """During a pause nothing is touched, and no alarm rings for that."""
        world = World()
        world.catalog.deploy(start())
        run_async(world.registry.set_paused("inbound", paused=True))

        assert world.tick() == {"status": "paused"}
        assert not world.hooks
        assert world.metrics.counted["ReconcileHeartbeat"] == 1


class TestChecks:
    def test_expression_is_checked_at_the_first_tick(self) -> None:
        """An element whose expression cannot work is faulty before any event comes, with the place marked."""
        world = World()
        world.catalog.deploy(
            start(activationCondition="=connectorData.status = "),
            catch("Ttl", messageTtl="10 minutes"),
            catch("Note", resultExpression="={a: orderId}"),
        )

        world.tick()

        states = {name.rpartition("/")[2]: state for name, (state, _) in world.statuses.items()}
        assert states == {"Start_1": "faulty", "Ttl": "faulty", "Note": "registered"}
        assert "\n" + " " * 22 + "^" in str(world.statuses["orders/1/Start_1"][1])
        assert "'10 minutes'" in str(world.statuses["orders/1/Ttl"][1])
        assert "'orderId', which no event has" in str(world.statuses["orders/1/Note"][1])
        [row] = world.rows
        assert world.routes[f"apify/{row.id}"] == {"Note"}

    def test_definition_that_older_rules_scanned_is_read_again(self) -> None:
        """What an earlier release has read is checked by today's rules, once, and listens until then."""
        world = World(xml_reads=1)
        for name in ("first", "second", "none"):
            world.catalog.deploy(*([start()] if name != "none" else []), process_id=name)
        for _ in range(3):
            world.tick()
        run_async(_as_of_older_rules(world))

        for reads in (4, 5, 5):
            world.tick()
            assert world.catalog.xml_reads == reads
            [row] = world.rows
            listeners = run_async(world.registry.listeners(f"apify/{row.id}"))
            assert listeners is not None
            assert len(listeners) == 2


class TestVersions:
    def test_start_moves_to_the_newest_version(self) -> None:
        """After a deployment only the newest version's start events listen; the webhook stays."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        [before] = world.hooks
        world.catalog.deploy(start())

        world.tick()

        assert world.hooks == [before]
        [row] = world.rows
        listeners = run_async(world.registry.listeners(f"apify/{row.id}"))
        assert listeners is not None
        assert [each.version for each in listeners] == [2]

    @pytest.mark.parametrize("lists_waiting", [True, False], ids=["8.9", "8.8"])
    def test_older_version_listens_while_it_waits(self, *, lists_waiting: bool) -> None:
        """An older version with waiting instances listens with its catch events, not with its starts."""
        world = World(lists_waiting=lists_waiting)
        old = world.catalog.deploy(start("OldStart"), catch("OldCatch"))
        world.tick()
        world.catalog.waiting.add(old.key)
        world.catalog.deploy(start("NewStart"))

        for _ in range(3):
            world.tick(timedelta(hours=1))

        [row] = world.rows
        assert world.routes[f"apify/{row.id}"] == {"OldCatch", "NewStart"}

        world.catalog.waiting.clear()
        world.tick(timedelta(hours=2))

        assert world.routes[f"apify/{row.id}"] == {"NewStart"}

    def test_version_that_waited_before_we_came_is_found(self) -> None:
        """Where the cluster lists waiting versions, one that was never seen before is read and listens."""
        world = World()
        old = world.catalog.deploy(catch("OldCatch"))
        world.catalog.deploy(start("NewStart"))
        world.catalog.waiting.add(old.key)

        world.tick()

        [row] = world.rows
        assert world.routes[f"apify/{row.id}"] == {"OldCatch", "NewStart"}

    def test_undeployed_process_loses_its_webhook(self) -> None:
        """When a process is gone its webhook is deleted and its path forgotten."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.undeploy("orders")

        world.tick()

        assert (world.hooks, world.rows, world.routes) == ([], [], {})
        assert world.statuses["orders/1/Start_1"][0] == "inactive"

    def test_new_environment_writes_no_report_again(self) -> None:
        """A reconciler that remembers nothing writes only what has changed, and sees what is gone."""
        world = World()
        world.catalog.deploy(start(), start("Other"))
        world.tick()
        before = run_async(world.registry.elements("cluster1"))

        world.reconcile = world.fresh()
        world.tick()
        assert run_async(world.registry.elements("cluster1")) == before

        world.catalog.deploy(start())
        world.reconcile = world.fresh()
        world.tick()
        assert {name: state for name, (state, _) in world.statuses.items()} == {
            "orders/1/Start_1": "inactive",
            "orders/1/Other": "inactive",
            "orders/2/Start_1": "registered",
        }

    def test_process_is_taken_off_by_hand_where_deletion_is_not_seen(self) -> None:
        """Where the cluster hides deletions the element says so, and an operator takes the process off."""
        world = World()
        world.catalog.sees_undeployed = False
        deployed = world.catalog.deploy(start())
        world.tick()
        world.catalog.undeploy("orders")
        world.tick()
        assert len(world.hooks) == 1
        assert "webhooks remove" in str(world.statuses["orders/1/Start_1"][1])

        removal = world.registry.remove_process("cluster1", deployed.tenant_id, "orders", up_to=deployed.key)
        run_async(removal)
        world.tick()
        assert (world.hooks, world.routes) == ([], {})

        world.catalog.deploy(start())
        world.tick()
        assert len(world.hooks) == 1

    def test_process_that_the_list_leaves_out_is_asked_for(self) -> None:
        """A process that is missing from the list but there when asked for keeps its webhook."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.left_out.add("orders")

        world.tick()

        assert len(world.hooks) == 1

    def test_catalogue_away_changes_nothing(self) -> None:
        """Without the list it is unknown what is gone, so nothing is removed."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.catalog.is_away = True

        summary = world.tick()

        assert summary["status"] == "postponed"
        assert len(world.hooks) == 1

    def test_tenants_are_kept_apart(self) -> None:
        """Two tenants' processes of one id both listen, each with its tenant."""
        world = World()
        world.catalog.deploy(start(), tenant="t1")
        world.catalog.deploy(start(), tenant="t2")

        world.tick()

        [row] = world.rows
        listeners = run_async(world.registry.listeners(f"apify/{row.id}"))
        assert listeners is not None
        assert {each.tenant_id for each in listeners} == {"t1", "t2"}


class TestDrift:
    def test_deleted_webhook_comes_back(self) -> None:
        """A webhook that was deleted in Apify's console is made again."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.apify.webhooks.clear()

        world.tick()

        assert len(world.hooks) == 1
        assert world.metrics.counted["WebhooksRepaired"] == 2

    def test_deleted_webhook_of_an_idempotency_key_is_not_a_webhook(self) -> None:
        """Apify may answer with the webhook that was deleted; another key is then used."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        [gone] = world.apify.webhooks
        world.apify.webhooks.clear()
        world.apify.webhook_keys = _Sticky(world.apify.webhook_keys, gone)

        for _ in range(4):
            world.tick(timedelta(minutes=5))

        assert len(world.hooks) == 1

    def test_disabled_webhook_is_replaced(self) -> None:
        """A disabled webhook is replaced by one that works, because Apify cannot enable it again."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        [hook] = world.apify.webhooks
        FakeApifyAccounts(world.apify).with_token(TOKEN).disable_webhook(hook)

        world.tick()

        assert [each.is_enabled for each in world.hooks] == [True]

    def test_event_types_follow_the_elements(self) -> None:
        """When elements want other event types the same webhook gets them."""
        world = World()
        world.catalog.deploy(start(eventTypes="SUCCEEDED"))
        world.tick()
        [before] = world.hooks
        world.catalog.deploy(start(eventTypes="FAILED"))

        world.tick()

        [after] = world.hooks
        assert (after.id, after.event_types) == (before.id, ("ACTOR.RUN.FAILED",))

    def test_stray_webhook_of_ours_goes_and_others_stay(self) -> None:
        """A webhook with our deployment's name that is not needed is deleted; no other is touched."""
        world = World()
        urls = {
            "ours": f"{PUBLIC_URL}/apify/acme-{'0' * 16}",
            "another deployment": f"{PUBLIC_URL}/apify/acme-eu-{'0' * 16}",
            "by hand": f"{PUBLIC_URL}/inbound/context-1",
            "foreign": "https://elsewhere.example/hook",
        }
        account = FakeApifyAccounts(world.apify).with_token(TOKEN)
        for name, url in urls.items():
            spec = WebhookSpec(ResourceKind.ACTOR, "actor1", ("ACTOR.RUN.FAILED",), url, {}, "", name)
            run_async(account.create_webhook(spec))
        world.catalog.deploy(start())

        world.tick()

        [row] = world.rows
        assert {hook.request_url for hook in world.hooks} == {
            *(url for name, url in urls.items() if name != "ours"),
            f"{PUBLIC_URL}/apify/{row.id}",
        }

    def test_rotated_key_is_put_into_the_webhook(self) -> None:
        """After a rotation the webhook's header carries the new key's signature."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.secrets.keys = SigningKeys("k3", {"k3": b"the-newest-signing-key", **KEYS.accepted})

        world.tick()

        [hook] = world.hooks
        assert world.apify.webhook_headers[hook.id][SIGNATURE_HEADER].startswith("k3.")
        assert world.tick()["steps"] == []

    def test_missing_secret_removes_no_listener(self) -> None:
        """A token that cannot be resolved any more leaves webhook and listener as they are."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        routes = world.routes
        world.secrets.held.clear()

        world.tick()

        assert len(world.hooks) == 1
        assert world.routes == routes

    def test_failure_is_retried_with_growing_pauses(self) -> None:
        """A registration that Apify refuses is left alone for a while, and its element says why."""
        world = World()
        world.apify.webhook_limit = 0
        world.catalog.deploy(start())
        world.tick()
        state, reason = world.statuses["orders/1/Start_1"]
        assert state == "faulty"
        assert "Too many webhooks An Apify account has 100 webhooks" in str(reason)
        assert world.metrics.counted["ElementsFaulty"] == 1
        [row] = world.rows
        assert row.failures == 1

        world.apify.webhook_limit = 100
        world.tick(timedelta(seconds=5))
        assert not world.hooks
        assert world.statuses["orders/1/Start_1"] == (state, reason)

        world.tick(timedelta(minutes=2))
        assert len(world.hooks) == 1
        assert world.statuses["orders/1/Start_1"] == ("registered", None)


EDITS: tuple[dict[str, Any], ...] = (
    {"headers_template": "{}"},
    {"headers_template": None},
    {"payload_template": '{"eventType": {{eventType}}}'},
    {"does_not_retry": True},
    {"ignores_ssl_errors": True},
    {"interpolates_strings": True},
    {"request_url": "https://elsewhere.example/hook"},
    {"event_types": ("ACTOR.RUN.CREATED",)},
    {"condition": {"actorId": "another"}},
    {"is_enabled": False},
)
EACH_EDIT = pytest.mark.parametrize("edit", EDITS, ids=str)


class TestEdits:
    @EACH_EDIT
    def test_edited_webhook_is_repaired(self, edit: dict[str, Any]) -> None:
        """A webhook that was edited in Apify's console is as before after one tick, in every property."""
        world = settled_world()
        [before] = world.hooks
        world.apify.edit_webhook(before.id, **edit)

        world.tick()

        [after] = world.hooks
        templates = world.apify.webhook_templates[after.id]
        assert templates == (json.dumps(world.apify.webhook_headers[after.id]), PAYLOAD_TEMPLATE)
        assert replace(after, id=before.id, modified_at=before.modified_at) == before
        assert world.tick()["steps"] == []

    @EACH_EDIT
    def test_gap_is_searched_after_every_repair(self, edit: dict[str, Any]) -> None:
        """A run that ended while the webhook was wrong in any way is found."""
        world = settled_world()
        world.apify.edit_webhook(world.hooks[0].id, **edit)
        run_id = world.end_run()

        world.tick()
        world.tick()

        assert world.found_runs == [run_id]

    @EACH_EDIT
    def test_repair_is_shown_for_a_day(self, edit: dict[str, Any]) -> None:
        """The element's status names what was changed, and forgets it after a day."""
        world = settled_world()
        world.apify.edit_webhook(world.hooks[0].id, **edit)
        world.tick()

        state, note = world.statuses["orders/1/Start_1"]
        assert state == "registered"
        assert "The webhook was changed (" in str(note)
        world.tick(timedelta(days=1))
        world.tick()
        assert world.statuses["orders/1/Start_1"] == ("registered", None)

    def test_lists_alone_show_that_all_is_well(self) -> None:
        """Nothing but the list is asked for where no webhook was changed."""
        world = settled_world()
        asked: list[str] = []

        class Noting(FakeApify):
            async def webhook(self, webhook: WebhookId) -> Webhook | None:
                asked.append(webhook)
                return await super().webhook(webhook)

        class Accounts(FakeApifyAccounts):
            def with_token(self, token: str) -> FakeApify:
                return Noting(self.world, token)

        world.reconcile = world.fresh(accounts=Accounts(world.apify))
        world.tick()
        assert asked == []

        world.apify.edit_webhook(world.hooks[0].id)
        for _ in range(3):
            world.tick()
        assert asked == [world.hooks[0].id]
        assert world.metrics.counted["WebhooksRepaired"] == 1
        assert world.statuses["orders/1/Start_1"] == ("registered", None)

    def test_new_event_type_digs_up_no_run_of_before(self) -> None:
        """A change of our own is no repair: runs that ended before their type was wanted start nothing."""
        world = World()
        world.catalog.deploy(start(eventTypes="SUCCEEDED"))
        world.tick()
        world.end_run(status="FAILED")
        world.catalog.deploy(start(eventTypes="FAILED"))

        for _ in range(3):
            world.tick()

        assert world.found_runs == []

    def test_webhook_of_an_earlier_release_is_written_once(self) -> None:
        """A row that does not tell when its webhook was changed, or its templates, leads to one update."""
        world = settled_world()
        [row] = world.rows
        run_async(
            world.registry.save_registration(row.model_copy(update={"signature": "old", "modified_at": None}))
        )
        world.apify.edit_webhook(world.hooks[0].id, payload_template="{}")

        assert world.tick()["steps"] == ["UpdateWebhook"]

        assert world.tick()["steps"] == []
        assert world.apify.webhook_templates[world.hooks[0].id][1] == PAYLOAD_TEMPLATE


def settled_world() -> World:
    """Return a world with one element, whose webhook has been there for a while."""
    world = World()
    world.catalog.deploy(start())
    for _ in range(3):
        world.tick()
    return world


class TestTokens:
    def test_refused_token_makes_its_elements_faulty_at_the_next_tick(self) -> None:
        """A token that Apify answers 401 is reported at its elements although it worked a moment ago."""
        world = settled_world()
        world.apify.tokens.clear()
        world.tick()
        faulty_before = world.metrics.counted["ElementsFaulty"]

        world.tick()

        state, reason = world.statuses["orders/1/Start_1"]
        assert state == "faulty"
        assert "401" in str(reason)
        assert world.metrics.counted["ElementsFaulty"] == faulty_before + 1
        assert len(world.hooks) == 1

    def test_refused_token_harms_no_element_with_another(self) -> None:
        """Of two tokens of one user the refused one is reported at its own elements only."""
        world = World()
        world.apify.tokens["other"] = world.apify.tokens[TOKEN]
        world.catalog.deploy(start(), start("Other", authentication_token="other"))
        world.tick()
        del world.apify.tokens["other"]

        for _ in range(2):
            world.tick()

        assert {name: state for name, (state, _) in world.statuses.items()} == {
            "orders/1/Start_1": "registered",
            "orders/1/Other": "faulty",
        }

    @pytest.mark.parametrize("reference", ["acme~nope", "acme/nope", "nope123"])
    @pytest.mark.parametrize("kind", ["actor", "task"])
    def test_unknown_resource_is_faulty_by_name_and_by_id(self, kind: str, reference: str) -> None:
        """An Actor or task that Apify does not know is a fault of the element, however it is named."""
        world = World()
        world.catalog.deploy(start(resourceType=kind, resourceId=reference))

        world.tick()

        assert world.statuses["orders/1/Start_1"][0] == "faulty"
        assert world.hooks == []


class TestGaps:
    def test_run_that_ended_in_the_gap_is_found(self) -> None:
        """A run that ended while the webhook was missing is parked as if it had been reported."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.tick()
        world.apify.webhooks.clear()
        run_id = world.end_run()

        world.tick()

        assert world.found_runs == [run_id]
        [event] = world.parking.events
        assert event.event.event_type == "ACTOR.RUN.SUCCEEDED"
        [row] = world.rows
        assert event.route == f"apify/{row.id}"
        assert row.gap_until is None

    def test_gap_is_searched_once(self) -> None:
        """What was searched is not searched again."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.apify.webhooks.clear()
        world.end_run()
        world.tick()

        world.tick()
        world.tick()

        assert len(world.parking.events) == 1

    def test_long_run_that_ended_in_the_gap_is_found(self) -> None:
        """A run counts by its end, although it began long before the gap."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        run_id = world.apify.start_elsewhere(StartRun(ResourceKind.ACTOR, "actor1"))
        for _ in range(30):
            world.tick(timedelta(hours=2))
        world.apify.webhooks.clear()
        world.apify.end_run(run_id)

        world.tick()

        assert world.found_runs == [run_id]

    def test_runs_of_before_are_not_dug_up(self) -> None:
        """What ended before anybody listened starts nothing."""
        world = World()
        world.end_run()
        world.catalog.deploy(start())

        world.tick(timedelta(seconds=1))

        assert world.found_runs == []

    def test_event_types_hold_in_the_gap_too(self) -> None:
        """A run whose event type has no listener is not parked."""
        world = World()
        world.catalog.deploy(start(eventTypes="FAILED"))
        world.tick()
        world.apify.webhooks.clear()
        world.end_run(status="SUCCEEDED")
        failed = world.end_run(status="FAILED")

        world.tick()

        assert world.found_runs == [failed]

    def test_unreadable_runs_are_searched_later(self) -> None:
        """Where the run list is not to be had the gap stays noted and is searched at a later tick."""
        world = World()
        world.catalog.deploy(start())
        world.tick()
        world.apify.webhooks.clear()
        run_id = world.end_run()
        run_async(_lose_the_runs(world))

        assert world.found_runs == []
        world.tick()

        assert world.found_runs == [run_id]

    def test_covered_time_moves_on(self) -> None:
        """A healthy webhook moves the time from which a gap is searched, about once an hour."""
        world = World()
        world.catalog.deploy(start())
        for _ in range(5):
            world.tick(timedelta(minutes=40))

        [row] = world.rows
        assert row.covered_until is not None
        assert world.clock.now() - row.covered_until < timedelta(hours=1)


class TestRemoval:
    def test_remove_all_leaves_nothing_of_ours(self) -> None:
        """Before a deployment ends all its webhooks go, and no other."""
        world = World()
        world.catalog.deploy(start(), start("Task", resourceType="task", resourceId="task1"))
        foreign = WebhookSpec(
            ResourceKind.ACTOR, "actor1", ("ACTOR.RUN.FAILED",), "https://elsewhere.example", {}, "", "x"
        )
        run_async(FakeApifyAccounts(world.apify).with_token(TOKEN).create_webhook(foreign))
        world.tick()
        assert len(world.hooks) == 3

        removed = run_async(world.removal()(world.deadline))

        assert removed == Removed(2)
        assert [hook.request_url for hook in world.hooks] == ["https://elsewhere.example"]
        assert (world.rows, world.routes) == ([], {})

    def test_task_without_elements_loses_only_its_own(self) -> None:
        """An element that is redeployed without its connector loses its webhook; its neighbour does not."""
        world = World()
        world.catalog.deploy(start(), start("Task", resourceType="task", resourceId="task1"))
        world.tick()
        world.catalog.deploy(start(), node("startEvent", "Task"))

        world.tick()

        assert [hook.condition for hook in world.hooks] == [{"actorId": "actor1"}]


async def _as_of_older_rules(world: World) -> None:
    for scanned in (await world.registry.known_definitions("cluster1")).values():
        await world.registry.save_definition("cluster1", replace(scanned, rules=1))


async def _lose_the_runs(world: World) -> None:
    """Run a tick in which Apify lists webhooks but not runs."""

    class Account:
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        async def runs(self, *args: Any, **kwargs: Any) -> Any:
            raise ApifyUnavailable("away")
            yield

    class Accounts:
        def with_token(self, token: str) -> Any:
            return Account(FakeApifyAccounts(world.apify).with_token(token))

    await world.fresh(accounts=Accounts())(world.deadline)


class _Sticky(dict[str, Any]):
    """Idempotency keys that answer with a webhook that is gone, for every key made for it the first time."""

    def __init__(self, keys: dict[str, Any], gone: Any) -> None:
        super().__init__(keys)
        self._gone = gone
        self._ghosts = 1

    def get(self, key: str, default: Any = None) -> Any:
        if key not in self and self._ghosts:
            self._ghosts -= 1
            return self._gone
        return super().get(key, default)
