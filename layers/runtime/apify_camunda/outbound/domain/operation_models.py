"""What a job asks for: the variables that the outbound element template binds, one model an operation.

The names are those of the official template; unknown ones are ignored. The models say what a field looks
like; `domain.operation_input` says which combinations make sense.

Source: github.com/apify/apify-camunda-integration, element-templates/apify-outbound-connector.json
"""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from apify_camunda.outbound.domain.lenient import LenientFlag, LenientInt, LenientNames, LenientText


class OperationType(Enum):
    """The value of `operation.type`."""

    RUN_ACTOR = "runActor"
    RUN_TASK = "runTask"
    SCRAPE_SINGLE_URL = "scrapeSingleUrl"
    GET_DATASET_ITEMS = "getDatasetItems"
    GET_KEY_VALUE_STORE_RECORD = "getKeyValueStoreRecord"


class OperationModel(BaseModel):
    """A part of the variables; names are camelCase there and snake_case here."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class RunLimits(OperationModel):
    """What every operation that starts a run may say beside its input.

    Attributes:
        timeout: The run's own time limit in seconds, or None for the Actor's default.
        memory: In megabytes, or None for the default.
        build_tag: A tag or a number of a build, or None for the default.
        max_items: At most so many items are charged for (pay per result).
        max_total_charge_usd: At most so much is charged for.
        fail_on_unsuccessful_run: A run that does not succeed fails the job instead of completing it.
        cancel_run_when_job_is_gone: Abort the run where the job turns out to have been cancelled.
    """

    timeout: LenientInt = None
    memory: LenientInt = None
    build_tag: LenientText = None
    max_items: LenientInt = None
    max_total_charge_usd: LenientText = None
    fail_on_unsuccessful_run: LenientFlag = False
    cancel_run_when_job_is_gone: LenientFlag = False


class RunActorInput(RunLimits):
    """`apifyRequestInput.runActorInput`.

    Attributes:
        actor_id: Id, or `username/name`.
        input_json: An object, a text that holds one, or None.
        wait_for_finish: Complete the job when the run has ended; absent means no.
    """

    actor_id: LenientText = None
    input_json: Any = None
    wait_for_finish: LenientFlag = False


class RunTaskInput(RunLimits):
    """`apifyRequestInput.runTaskInput`; without `inputJson` the task's saved input is used."""

    task_id: LenientText = None
    input_json: Any = None
    wait_for_finish: LenientFlag = False


class ScrapeSingleUrlInput(RunLimits):
    """`apifyRequestInput.scrapeSingleUrlInput`; it always waits for the run."""

    url: LenientText = None
    crawler_type: LenientText = "cheerio"


class GetDatasetItemsInput(OperationModel):
    """`apifyRequestInput.getDatasetItemsInput`.

    Attributes:
        limit: None means all items.
        fields: Only these fields of each item.
        omit: All but these fields of each item.
        clean: Leave out empty items and hidden fields.
        desc: Newest items first.
    """

    dataset_id: LenientText = None
    offset: LenientInt = None
    limit: LenientInt = None
    fields: LenientNames = ()
    omit: LenientNames = ()
    clean: LenientFlag = False
    desc: LenientFlag = False


class GetKeyValueStoreRecordInput(OperationModel):
    """`apifyRequestInput.getKeyValueStoreRecordInput`."""

    store_id: LenientText = None
    record_key: LenientText = None


class Authentication(OperationModel):
    """`authentication`: a token is the only way."""

    token: LenientText = Field(default=None, repr=False)


RunInput: TypeAlias = RunActorInput | RunTaskInput | ScrapeSingleUrlInput
"""Operations that start a run."""
ReadInput: TypeAlias = GetDatasetItemsInput | GetKeyValueStoreRecordInput
"""Operations that only read."""
OperationInput: TypeAlias = RunInput | ReadInput

FETCHED_VARIABLES = ("authentication", "operation", "apifyRequestInput")
"""The job variables that a worker asks the engine for."""
