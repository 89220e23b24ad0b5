"""What the operations say that the official connector does not have."""

from __future__ import annotations

from typing import Final

from element_templates.properties import Choice
from element_templates.texts.fields import (
    ACTOR,
    ACTOR_INPUT,
    ACTOR_OPTIONS,
    DOCUMENT,
    ITEMS,
    SHARED,
    TASK,
    TASK_INPUT,
)
from element_templates.texts.wording import FieldText, OperationText

RUNS: Final = "Runs"
STORAGES: Final = "Storages"
ADVANCED: Final = "Advanced"
_RUN_ID: Final = FieldText(
    label="Run",
    description="The id of the run.",
    tooltip="Example: <code>= run.data.id</code>, where the variable <code>run</code> holds the result of "
    "<i>Run Actor</i>.",
    placeholder="= run.data.id",
    required=True,
)
_ONE_OF_TWO: Final = "Give this or the other one of Actor and task."
_RUNS_OF: Final = {
    "actorId": FieldText(
        label="Actor",
        description=f"The Actor whose runs are meant: its id, or username/name. {_ONE_OF_TWO}",
        tooltip="Example: <code>acme/crawler</code>.",
        placeholder="username/actor-name",
    ),
    "taskId": FieldText(
        label="Task",
        description=f"The task whose runs are meant: its id, or username/task-name. {_ONE_OF_TWO}",
        tooltip="Example: <code>acme/crawl-acme</code>.",
        placeholder="username/task-name",
    ),
    "status": FieldText(
        label="Status",
        description="Only runs with one of these statuses. Names separated by commas. Empty: any.",
        tooltip="Example: <code>SUCCEEDED</code>, or <code>FAILED, TIMED-OUT</code>.",
        placeholder="SUCCEEDED",
    ),
}
_STORE: Final = FieldText(
    label="Key-value store",
    description="The id of the store, or username/store-name.",
    tooltip="Example: <code>acme/settings</code>.",
    placeholder="username/store-name",
    required=True,
)
_KEY: Final = FieldText(
    label="Key",
    description="The key of the record.",
    tooltip="Example: <code>OUTPUT</code>.",
    placeholder="OUTPUT",
    required=True,
)
_CONTENT_TYPE: Final = FieldText(
    label="Content type",
    description="Empty: JSON or plain text, as the value is.",
    tooltip="Example: <code>text/csv</code>.",
    placeholder="application/json",
    is_option=True,
)
_ITEMS_OF_RUN: Final = {
    "limit": ITEMS["limit"],
    **{name: text for name, text in ITEMS.items() if name != "limit"},
    **DOCUMENT,
}
_AND_ITEMS: Final = "={ items: response.items, runStatus: response.run.status }"

MORE_OPERATIONS: Final[dict[str, OperationText]] = {
    "runActorAndGetItems": OperationText(
        label="Run Actor and get items",
        menu=RUNS,
        description="Run an Actor, wait for its end, and read the items that it stored.",
        keywords=("run", "actor", "items", "dataset", "results", "scrape"),
        result_expression=_AND_ITEMS,
        fields={"actorId": ACTOR, "inputJson": ACTOR_INPUT, **_ITEMS_OF_RUN, **ACTOR_OPTIONS},
        page="guide/operations/run-actor-and-get-items/",
    ),
    "runTaskAndGetItems": OperationText(
        label="Run task and get items",
        menu=RUNS,
        description="Run a task, wait for its end, and read the items that it stored.",
        keywords=("run", "task", "items", "dataset", "results"),
        result_expression=_AND_ITEMS,
        fields={"taskId": TASK, "inputJson": TASK_INPUT, **_ITEMS_OF_RUN, **SHARED},
        page="guide/operations/run-task-and-get-items/",
    ),
    "getRun": OperationText(
        label="Get run",
        menu=RUNS,
        description="Read a run: its status, its cost, its storages.",
        keywords=("run", "status", "cost", "read"),
        result_variable="run",
        result_expression="={ runStatus: response.data.status, costUsd: response.data.usageTotalUsd }",
        fields={"runId": _RUN_ID},
        page="guide/operations/get-run/",
    ),
    "getLastRun": OperationText(
        label="Get last run",
        menu=RUNS,
        description="Read the run of an Actor or task that started last.",
        keywords=("run", "last", "latest", "newest", "read"),
        result_variable="run",
        result_expression="={ runId: response.data.id, runStatus: response.data.status }",
        fields=_RUNS_OF,
        page="guide/operations/get-last-run/",
    ),
    "listRuns": OperationText(
        label="List runs",
        menu=RUNS,
        description="Read a list of runs: of an Actor, of a task, or of the account.",
        keywords=("runs", "list", "history", "read"),
        result_expression="={ runs: response.items, total: response.total }",
        fields={
            **_RUNS_OF,
            "limit": FieldText(
                label="Limit",
                description="Return at most so many runs, 1000 at most. Empty: 100.",
                tooltip="Example: <code>10</code> returns the ten runs that started last.",
                placeholder="100",
                is_option=True,
            ),
            "offset": FieldText(
                label="Offset",
                description="Skip so many runs. Empty: none.",
                tooltip="Example: offset <code>10</code> and limit <code>10</code> return the runs 11 to 20.",
                placeholder="0",
                is_option=True,
            ),
            "desc": FieldText(
                label="Newest first",
                description="On: the run that started last comes first.",
                tooltip="Off: the run that started first comes first.",
                value=True,
                is_option=True,
            ),
        },
        page="guide/operations/list-runs/",
    ),
    "waitForRun": OperationText(
        label="Wait for run",
        menu=RUNS,
        description="Wait for the end of a run that something else has started, for days if need be.",
        keywords=("wait", "run", "finish", "end"),
        result_variable="run",
        result_expression="={ runStatus: response.data.status, datasetId: response.data.defaultDatasetId }",
        fields={
            "runId": _RUN_ID,
            "failOnUnsuccessfulRun": SHARED["failOnUnsuccessfulRun"],
            "cancelRunWhenJobIsGone": SHARED["cancelRunWhenJobIsGone"],
        },
        page="guide/operations/wait-for-run/",
    ),
    "abortRun": OperationText(
        label="Abort run",
        menu=RUNS,
        description="Stop a run. A run that has ended stays as it is.",
        keywords=("abort", "stop", "cancel", "run"),
        result_variable="run",
        result_expression="={ runStatus: response.data.status }",
        fields={
            "runId": _RUN_ID,
            "gracefully": FieldText(
                label="Gracefully",
                description="On: the run gets 30 seconds to end by itself.",
                tooltip="Off: the run is stopped at once.",
            ),
        },
        page="guide/operations/abort-run/",
    ),
    "resurrectRun": OperationText(
        label="Resurrect run",
        menu=RUNS,
        description="Let a run that has ended go on, with the same id and storages.",
        keywords=("resurrect", "resume", "continue", "run"),
        result_variable="run",
        result_expression="={ runId: response.data.id, runStatus: response.data.status }",
        fields={
            "runId": _RUN_ID,
            **{
                name: SHARED[name]
                for name in (
                    "timeout",
                    "memory",
                    "buildTag",
                    "maxItems",
                    "maxTotalChargeUsd",
                    "restartOnError",
                )
            },
        },
        page="guide/operations/resurrect-run/",
    ),
    "setKeyValueStoreRecord": OperationText(
        label="Set key-value store record",
        menu=STORAGES,
        description="Write one record of a key-value store.",
        keywords=("key-value store", "record", "write", "save", "set", "file"),
        result_expression="={ sizeBytes: response.data.sizeBytes }",
        fields={
            "storeId": _STORE,
            "recordKey": _KEY,
            "value": FieldText(
                label="Value",
                description="What is written, as FEEL. A text is written as it is, a document as its "
                "content, anything else as JSON.",
                tooltip="Example: <code>= { lastRun: runId }</code> writes "
                '<code>{"lastRun": "HG7ML7M8z78YcAPEB"}</code>; <code>= screenshot</code> writes the bytes '
                "of the document in that variable.",
                placeholder="= { lastRun: runId }",
            ),
            "contentType": _CONTENT_TYPE,
            "isBase64": FieldText(
                label="Value is Base64",
                description="On: the value is the Base64 of the record's bytes.",
                tooltip="Example: the <code>base64Value</code> of another record, such as an image.",
                is_option=True,
            ),
        },
        page="guide/operations/set-key-value-store-record/",
    ),
    "deleteKeyValueStoreRecord": OperationText(
        label="Delete key-value store record",
        menu=STORAGES,
        description="Delete one record of a key-value store. A record that is gone already is no error.",
        keywords=("key-value store", "record", "delete", "remove"),
        result_expression="={ deletedKey: response.data.key }",
        fields={"storeId": _STORE, "recordKey": _KEY},
        page="guide/operations/delete-key-value-store-record/",
    ),
    "pushDatasetItems": OperationText(
        label="Push dataset items",
        menu=STORAGES,
        description="Add items to a dataset.",
        keywords=("dataset", "items", "push", "write", "add"),
        result_expression="={ pushed: response.data.count }",
        fields={
            "datasetId": FieldText(
                label="Dataset",
                description="The id of the dataset, or username/dataset-name.",
                tooltip="Example: <code>acme/orders</code>.",
                placeholder="username/dataset-name",
                required=True,
            ),
            "items": FieldText(
                label="Items",
                description="A FEEL context, or a list of contexts.",
                tooltip='Example: <code>= [{ order: orderId, state: "paid" }]</code> adds one item.',
                placeholder="= [{ order: orderId }]",
            ),
        },
        page="guide/operations/push-dataset-items/",
    ),
    "callApi": OperationText(
        label="Call Apify API",
        menu=ADVANCED,
        description="Send any request to Apify's API, for what has no operation of its own.",
        keywords=("api", "request", "http", "call", "custom"),
        result_expression="={ answer: response.data }",
        fields={
            "method": FieldText(
                label="Method",
                description="The HTTP method. Only GET is repeated by itself.",
                tooltip="Example: <code>GET</code> reads, <code>POST</code> creates.",
                choices=tuple(
                    Choice(each, each) for each in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
                ),
                value="GET",
            ),
            "path": FieldText(
                label="Path",
                description="The path below /v2/, without the host and without a query.",
                tooltip="Example: <code>actor-runs/HG7ML7M8z78YcAPEB/log</code> reads the log of a run.",
                placeholder="actor-runs/HG7ML7M8z78YcAPEB/log",
                required=True,
            ),
            "query": FieldText(
                label="Query",
                description="The parameters, as a FEEL context. Empty: none.",
                tooltip="Example: <code>= { limit: 10, desc: true }</code> sends "
                "<code>?limit=10&desc=true</code>.",
                placeholder="= { limit: 10 }",
                is_option=True,
            ),
            "body": FieldText(
                label="Body",
                description="What is sent, as FEEL. A text is sent as it is, anything else as JSON.",
                tooltip='Example: <code>= { title: "Crawler of the shop" }</code>.',
                placeholder="= { title: newTitle }",
            ),
            "contentType": _CONTENT_TYPE,
        },
        page="guide/operations/call-api/",
    ),
}
