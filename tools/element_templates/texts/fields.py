"""Fields that several operations share."""

from __future__ import annotations

from typing import Final

from element_templates.properties import Choice
from element_templates.texts.wording import FieldText

_MEMORY_MBYTES: Final = (128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


def _memory_label(mbytes: int) -> str:
    return f"{mbytes} MB" if mbytes < 1024 else f"{mbytes} MB ({mbytes // 1024} GB)"


ACTOR: Final = FieldText(
    label="Actor",
    description="The Actor to run: its id, or username/name as in the URL of Apify Console or Store.",
    tooltip="Example: <code>apify/website-content-crawler</code> runs Apify's Website Content Crawler.",
    placeholder="username/actor-name",
    required=True,
)
TASK: Final = FieldText(
    label="Task",
    description="The task to run: its id, or username/task-name. A task is an Actor with a saved input.",
    tooltip="Example: <code>acme/crawl-acme</code> runs that task with the input saved in it.",
    placeholder="username/task-name",
    required=True,
)
ACTOR_INPUT: Final = FieldText(
    label="Input",
    description="The input of the Actor, as a FEEL context. Empty: the Actor runs with an empty input.",
    tooltip="Example: <code>= { startUrls: [{ url: shopUrl }], maxItems: 10 }</code>. With the process "
    "variable "
    '<code>shopUrl</code> = "https://example.com" the Actor gets '
    '<code>{"startUrls": [{"url": "https://example.com"}], "maxItems": 10}</code>.',
    placeholder='= { startUrls: [{ url: "https://example.com" }] }',
)
TASK_INPUT: Final = FieldText(
    label="Input override",
    description="Replaces single fields of the task's saved input. Empty: the task runs as it is saved.",
    tooltip='Example: <code>= { query: searchTerm }</code> with <code>searchTerm</code> = "tea" replaces the '
    'field <code>query</code> of the saved input by "tea" and leaves the others.',
    placeholder="= { query: searchTerm }",
)
WAIT: Final = FieldText(
    label="Wait for finish",
    description="On: the element completes when the run has ended. Off: it completes when the run has "
    "started; "
    "an Apify event can catch the end.",
    tooltip="Waiting costs nothing, even for days. On: <code>response.data.status</code> is "
    "<code>SUCCEEDED</code>, <code>FAILED</code>, <code>TIMED-OUT</code> or <code>ABORTED</code>. "
    "Off: it is <code>READY</code> or <code>RUNNING</code>.",
    value=True,
)
SHARED: Final[dict[str, FieldText]] = {
    "timeout": FieldText(
        label="Timeout (seconds)",
        description="Apify stops the run after this time. Empty: the default of the Actor or task.",
        tooltip="Example: <code>300</code>. A run that takes longer ends with the status "
        "<code>TIMED-OUT</code>.",
        placeholder="300",
        is_option=True,
    ),
    "memory": FieldText(
        label="Memory",
        description="Memory of the run. Empty: the default of the Actor or task.",
        tooltip="Example: 1024 MB. More memory also means more CPU, and costs more compute units.",
        choices=tuple(Choice(_memory_label(each), str(each)) for each in _MEMORY_MBYTES),
        is_option=True,
    ),
    "buildTag": FieldText(
        label="Build",
        description="A tag or a number of the Actor's build. Empty: the default build.",
        tooltip="Example: <code>latest</code> runs the newest build with that tag, <code>1.2.3</code> "
        "exactly "
        "that build.",
        placeholder="latest",
        is_option=True,
    ),
    "maxItems": FieldText(
        label="Maximum items",
        description="For Actors that are paid by result: at most so many items are charged.",
        tooltip="Example: <code>100</code>. The run stops once 100 items were charged.",
        placeholder="100",
        is_option=True,
    ),
    "maxTotalChargeUsd": FieldText(
        label="Maximum charge (USD)",
        description="For Actors that are paid by event: the run costs at most this much.",
        tooltip="Example: <code>2.5</code>. The run stops before it costs more than 2.50 US dollars.",
        placeholder="2.5",
        is_option=True,
    ),
    "failOnUnsuccessfulRun": FieldText(
        label="Fail if the run does not succeed",
        description="On: a run that ends as FAILED, TIMED-OUT or ABORTED fails the element with an error "
        "code. "
        "Off: the element completes, and the status is in the result.",
        tooltip="On: the error code is <code>RUN_FAILED</code>, <code>RUN_TIMED_OUT</code> or "
        "<code>RUN_ABORTED</code>; an error expression can make a BPMN error of it.",
        is_option=True,
    ),
    "cancelRunWhenJobIsGone": FieldText(
        label="Abort the run with the element",
        description="On: if the element was cancelled while it waited, its run is aborted at Apify.",
        tooltip="Example: a boundary event ends the element after an hour; the run is aborted and costs "
        "nothing more.",
        is_option=True,
    ),
    "restartOnError": FieldText(
        label="Restart on error",
        description="On: Apify restarts the run where it fails. Off: as the Actor or task says.",
        tooltip="Example: a crawler that a website blocks now and then goes on where it stopped.",
        is_option=True,
    ),
    "webhooks": FieldText(
        label="Webhooks",
        description="Webhooks for this run alone, as Apify's API takes them.",
        tooltip='Example: <code>= [{ eventTypes: ["ACTOR.RUN.FAILED"], requestUrl: "https://hooks.example/x" '
        "}]</code> tells another system when the run fails.",
        placeholder='= [{ eventTypes: ["ACTOR.RUN.FAILED"], requestUrl: "https://hooks.example/x" }]',
        is_option=True,
    ),
}
ACTOR_OPTIONS: Final[dict[str, FieldText]] = {
    **SHARED,
    "forcePermissionLevel": FieldText(
        label="Permission level",
        description="What the run may do in the account. Empty: as the Actor says.",
        tooltip="Example: <i>Limited</i> lets the run reach only its own storages and its input.",
        choices=(Choice("Limited", "LIMITED_PERMISSIONS"), Choice("Full", "FULL_PERMISSIONS")),
        is_option=True,
    ),
}
DOCUMENT: Final[dict[str, FieldText]] = {
    "storeAsDocument": FieldText(
        label="Store as document",
        description="Put the content into Camunda's document store; a reference to it comes in "
        "<code>response.document</code>. Empty: never.",
        tooltip="Example: with <i>Where it is too large</i>, 5 MB of items come as one JSON document, and "
        "<code>response.items</code> is null. The cluster must be Camunda 8.8 or newer.",
        choices=(
            Choice("Never", "never"),
            Choice("Where it is too large for variables", "whenTooLarge"),
            Choice("Always", "always"),
        ),
        is_option=True,
    ),
    "documentTtl": FieldText(
        label="Keep document for",
        description="After this time the cluster may delete the document, as an ISO 8601 duration. Empty: "
        "as the cluster is set up.",
        tooltip="Example: <code>P30D</code> keeps it for at least 30 days.",
        placeholder="P30D",
        is_option=True,
    ),
}
ITEMS: Final[dict[str, FieldText]] = {
    "limit": FieldText(
        label="Limit",
        description="Return at most so many items. Empty: all.",
        tooltip="Example: <code>100</code> returns the first 100 items.",
        placeholder="100",
    ),
    "offset": FieldText(
        label="Offset",
        description="Skip so many items. Empty: none.",
        tooltip="Example: offset <code>100</code> and limit <code>100</code> return the items 101 to 200.",
        placeholder="0",
        is_option=True,
    ),
    "fields": FieldText(
        label="Fields",
        description="Return only these fields of each item. Names separated by commas.",
        tooltip="Example: <code>title, price</code> returns "
        '<code>[{"title": "Tea", "price": 3}, ...]</code> and nothing else of each item.',
        placeholder="title, price",
        is_option=True,
    ),
    "omit": FieldText(
        label="Omit",
        description="Leave out these fields of each item. Names separated by commas.",
        tooltip="Example: <code>html, screenshotUrl</code> keeps the result small.",
        placeholder="html",
        is_option=True,
    ),
    "clean": FieldText(
        label="Clean",
        description="Leave out empty items, and fields whose names begin with #.",
        tooltip='Example: items <code>[{}, {"title": "Tea", "#debug": 1}]</code> become '
        '<code>[{"title": "Tea"}]</code>.',
        is_option=True,
    ),
    "desc": FieldText(
        label="Newest first",
        description="Return the items in reverse order.",
        tooltip="Example: with limit <code>1</code> the newest item is returned.",
        is_option=True,
    ),
}
