"""The names under which log records carry facts, the same inbound and outbound.

A record is a constant message, `subject was done`, and these facts in `extra`; CloudWatch finds it by each.
They are keys, codes and counts: never a payload, a header, a token or a variable's value.
"""

from __future__ import annotations

from typing import TypedDict

from apify_camunda.identifiers import (
    ApifyUserId,
    AttemptId,
    DefinitionKey,
    EffectKey,
    EventId,
    JobKey,
    RegistrationId,
    RunId,
    TenantId,
    WebhookId,
)


class LogFacts(TypedDict, total=False):
    """What a record may tell beside its message.

    Attributes:
        element: `process/version/element`.
        tenant_id: Only where `process_id` alone does not say which process it is.
        route: `apify/{registration}` or `inbound/{context}`.
        path: The path of a refused request.
        row: `pk/sk` of a row of ours.
        shared_with: Elements that the same message reaches.
        reference: The engine's key of what an effect made: of a message or of a process instance.
        sqs_message_id: Names a parked event in the queue and in the dead-letter queue.
        run_status: Apify's word, for example `TIMED-OUT`.
        retries: What the job is left with.
        unknown_inputs: Names of inputs of an element that its operation does not have; never their values.
        code: The stable code of an error of ours.
        rejection: The engine's own word for why it refused.
        error: The message of an error that speaks of our stores, of Camunda or of the model, never of inputs.
        outcome_unknown: The command may have taken effect although no answer came.
        effects: How many effects the event has.
        event_status: In one word, as Apify is answered: the worst of the effects.
        runs: How many runs were found.
        delay_s: After how many seconds a job comes again.
        waits_until: ISO 8601 UTC: when the lock of a waiting job ends.
        changes: Properties of a webhook that were changed at Apify, not by us.
        commands_in_flight: How many commands a channel still carried.
    """

    cluster: str
    process_id: str
    definition_key: DefinitionKey
    element: str
    tenant_id: TenantId
    job_key: JobKey
    run_id: RunId | None
    attempt_id: AttemptId
    event_id: EventId
    effect_key: EffectKey
    route: str
    path: str
    row: str
    registration_id: RegistrationId
    webhook_id: WebhookId
    apify_user_id: ApifyUserId
    shared_with: tuple[str, ...]
    reference: int | None
    sqs_message_id: str
    run_status: str
    retries: int
    unknown_inputs: tuple[str, ...]
    code: str
    rejection: str
    error: str | None
    outcome_unknown: bool
    effects: int
    event_status: str
    runs: int
    delay_s: int
    waits_until: str
    changes: tuple[str, ...]
    commands_in_flight: int
