"""Which message reaches which subscription, and when: buffering, ids, at most once per process id."""

from dataclasses import replace
from datetime import datetime, timedelta

from emulators.camunda.actions import OfferBuffered, StartInstance, Trigger
from emulators.camunda.model import Element
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.state import (
    CorrelatedMessage,
    ElementInstance,
    Message,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    SubscriptionKind,
    SubscriptionState,
)
from emulators.camunda.store import Store

TIME_TO_LIVE = "message time to live"


class Messages:
    """Publishes messages, and opens and closes subscriptions to them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(self, message: Message, time_to_live: timedelta) -> tuple[CorrelatedMessage, ...]:
        """Correlate a message, keep it while it lives, and return the correlations.

        Raises:
            Rejection: ALREADY_EXISTS, while one of the same identity is buffered.
        """
        identity = (message.tenant_id, message.name, message.correlation_key, message.message_id)
        if message.message_id and self._store.messages.has("identity", identity):
            already = "but a message with that id was already published"
            reason = f"Expected to publish a new message with id '{message.message_id}', {already}"
            raise Rejection.of_command("PUBLISH", RejectionKind.ALREADY_EXISTS, reason)
        self._store.happened("message.published", name=message.name, correlation_key=message.correlation_key)
        self._store.messages.put(message)
        reached = self._correlate_everywhere(message)
        if time_to_live > timedelta(0):
            self._store.put_due(message.expires_at, message.key, TIME_TO_LIVE)
        else:
            self._store.messages.remove(message.key)
        return reached

    def is_due(self, key: int, at: datetime) -> bool:
        """Return whether a buffered message still ends at an instant."""
        message = self._store.messages.get(key)
        return message is not None and message.expires_at == at

    def expire(self, key: int) -> None:
        """Forget a buffered message."""
        message = self._store.messages[key]
        self._store.messages.remove(key)
        self._store.happened("message.expired", name=message.name, correlation_key=message.correlation_key)

    def open(self, host: ElementInstance, event: Element, name: str, correlation_key: str) -> None:
        """Let an element instance wait for a message; buffered ones are offered to it next."""
        subscription = self._store.subscriptions.put(
            MessageSubscription(
                key=self._store.new_key(),
                kind=SubscriptionKind.PROCESS_EVENT,
                state=SubscriptionState.CREATED,
                is_open=True,
                message_name=name,
                correlation_key=correlation_key,
                process_id=host.process_id,
                definition_key=host.definition_key,
                element_id=event.id,
                element_instance_key=host.key,
                process_instance_key=host.process_instance_key,
                tenant_id=host.tenant_id,
                is_interrupting=event.is_interrupting,
                properties=event.properties,
                updated_at=self._store.now,
            )
        )
        self._store.happened(
            "subscription.opened", element_id=event.id, name=name, correlation_key=correlation_key
        )
        self._store.agenda.append(OfferBuffered(subscription.key))

    def offer_buffered(self, subscription_key: int) -> None:
        """Hand a subscription the buffered messages it waits for: one, or all if it does not interrupt."""
        found = self._store.subscriptions[subscription_key]
        target = (found.tenant_id, found.message_name, found.correlation_key)
        for message in self._store.messages.find("target", target):
            if found.is_open and found.process_id not in message.correlated_process_ids:
                found = self._correlate(message, found)

    def open_start(self, definition: ProcessDefinition, event: Element, name: str) -> None:
        """Let a definition wait for messages that start it."""
        self._store.subscriptions.put(
            MessageSubscription(
                key=self._store.new_key(),
                kind=SubscriptionKind.START_EVENT,
                state=SubscriptionState.CREATED,
                is_open=True,
                message_name=name,
                correlation_key="",
                process_id=definition.process_id,
                definition_key=definition.key,
                element_id=event.id,
                element_instance_key=None,
                process_instance_key=None,
                tenant_id=definition.tenant_id,
                is_interrupting=False,
                properties=event.properties,
                updated_at=self._store.now,
            )
        )

    def close_starts(self, definition_key: int) -> None:
        """Close the start subscriptions of a definition."""
        for subscription in self._store.subscriptions.find("open_start", definition_key):
            self._close(subscription)

    def close(self, host_key: int, element_ids: frozenset[str] | None = None) -> None:
        """Close an element instance's subscriptions, all or those of some events."""
        for subscription in self._store.subscriptions.find("element", host_key):
            if element_ids is None or subscription.element_id in element_ids:
                self._close(subscription)

    def instance_ended(self, instance: ProcessInstance) -> None:
        """Let the next buffered message start what waited for the end of this instance."""
        if not instance.correlation_key:
            return
        tenant, key = instance.tenant_id, instance.correlation_key
        waiting = [
            (message, subscription)
            for definition in self._store.definitions.find("process", (tenant, instance.process_id))
            for subscription in self._store.subscriptions.find("open_start", definition.key)
            for message in self._store.messages.find("target", (tenant, subscription.message_name, key))
            if instance.process_id not in message.correlated_process_ids
        ]
        if waiting:
            message, subscription = min(waiting, key=lambda pair: pair[0].key)
            self._start(message, subscription)

    def _correlate_everywhere(self, message: Message) -> tuple[CorrelatedMessage, ...]:
        first = len(self._store.correlated)
        target = (message.tenant_id, message.name, message.correlation_key)
        for subscription in self._store.subscriptions.find("target", target):
            if subscription.process_id not in self._store.messages[message.key].correlated_process_ids:
                self._correlate(self._store.messages[message.key], subscription)
        for subscription in self._store.subscriptions.find("starts", (message.tenant_id, message.name)):
            current = self._store.messages[message.key]
            if subscription.process_id in current.correlated_process_ids:
                continue
            lock = (message.tenant_id, subscription.process_id, message.correlation_key)
            if not self._store.instances.has("started_by", lock):
                self._start(current, subscription)
        return tuple(self._store.correlated)[first:]

    def _correlate(self, message: Message, subscription: MessageSubscription) -> MessageSubscription:
        assert subscription.element_instance_key is not None
        assert subscription.process_instance_key is not None
        self._mark(message, subscription, subscription.process_instance_key)
        self._store.agenda.append(
            Trigger(subscription.element_instance_key, subscription.element_id, message.variables)
        )
        return self._store.subscriptions.put(
            replace(
                subscription,
                state=SubscriptionState.CORRELATED,
                is_open=not subscription.is_interrupting,
                updated_at=self._store.now,
            )
        )

    def _start(self, message: Message, subscription: MessageSubscription) -> None:
        instance_key = self._store.new_key()
        self._mark(message, subscription, instance_key)
        self._store.agenda.append(
            StartInstance(
                key=instance_key,
                definition_key=subscription.definition_key,
                element_id=subscription.element_id,
                variables={},
                payload=message.variables,
                correlation_key=message.correlation_key or None,
                business_id=message.business_id,
            )
        )

    def _mark(self, message: Message, subscription: MessageSubscription, instance_key: int) -> None:
        reached = message.correlated_process_ids | {subscription.process_id}
        self._store.messages.put(replace(message, correlated_process_ids=reached))
        self._store.correlated.put(
            CorrelatedMessage(
                key=self._store.new_key(),
                message_key=message.key,
                message_name=message.name,
                correlation_key=message.correlation_key,
                subscription_key=subscription.key,
                kind=subscription.kind,
                process_instance_key=instance_key,
                process_id=subscription.process_id,
                definition_key=subscription.definition_key,
                element_id=subscription.element_id,
                element_instance_key=subscription.element_instance_key,
                tenant_id=subscription.tenant_id,
                correlated_at=self._store.now,
            )
        )
        self._store.happened(
            "message.correlated", name=message.name, element_id=subscription.element_id, instance=instance_key
        )

    def _close(self, subscription: MessageSubscription) -> None:
        self._store.subscriptions.put(
            replace(
                subscription,
                state=SubscriptionState.DELETED,
                is_open=False,
                updated_at=self._store.now,
            )
        )
