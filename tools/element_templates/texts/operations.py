"""What each operation says."""

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
    WAIT,
)
from element_templates.texts.more_operations import MORE_OPERATIONS
from element_templates.texts.wording import FieldText, OperationText

_RUNS: Final = "Runs"
_STORAGES: Final = "Storages"
_RUN_EXPRESSION: Final = (
    "={ runId: response.data.id, runStatus: response.data.status, datasetId: response.data.defaultDatasetId }"
)
_RUN_OPTIONS: Final = SHARED

OPERATION_TEXTS: Final[dict[str, OperationText]] = {
    "runActor": OperationText(
        label="Run Actor",
        menu=_RUNS,
        description="Run an Actor, and wait for its end if you like.",
        keywords=("run", "start", "actor", "scrape", "crawl"),
        result_variable="run",
        result_expression=_RUN_EXPRESSION,
        fields={"actorId": ACTOR, "inputJson": ACTOR_INPUT, "waitForFinish": WAIT, **ACTOR_OPTIONS},
        page="guide/operations/run-actor/",
    ),
    "runTask": OperationText(
        label="Run task",
        menu=_RUNS,
        description="Run a task (an Actor with a saved input), and wait for its end if you like.",
        keywords=("run", "start", "task", "saved input"),
        result_variable="run",
        result_expression=_RUN_EXPRESSION,
        fields={"taskId": TASK, "inputJson": TASK_INPUT, "waitForFinish": WAIT, **_RUN_OPTIONS},
        page="guide/operations/run-task/",
    ),
    "scrapeSingleUrl": OperationText(
        label="Scrape single URL",
        menu=_RUNS,
        description="Read one web page with Apify's Website Content Crawler.",
        keywords=("scrape", "crawl", "web page", "url", "website content crawler"),
        result_expression="={ page: response.data }",
        fields={
            "url": FieldText(
                label="URL",
                description="The page to read. It must start with http:// or https://.",
                tooltip="Example: <code>https://example.com/</code>. The result has the page's text as "
                "Markdown "
                "in <code>response.data.markdown</code>.",
                placeholder="https://example.com/",
                required=True,
            ),
            "crawlerType": FieldText(
                label="Crawler type",
                description="How the page is read. Raw HTTP is fast; a browser also runs the page's scripts.",
                tooltip="Example: a page that is empty without JavaScript needs <i>Headless browser</i> or "
                "<i>Adaptive</i>.",
                choices=(
                    Choice("Raw HTTP (Cheerio)", "cheerio"),
                    Choice("Raw HTTP with scripts (JSDOM)", "jsdom"),
                    Choice("Adaptive: a browser only where it is needed", "playwright:adaptive"),
                    Choice("Headless browser (Firefox)", "playwright:firefox"),
                ),
            ),
            "outputFormat": FieldText(
                label="Output format",
                description="Which form of the page is returned. Empty: Markdown and HTML.",
                tooltip="Example: <i>Markdown</i> returns <code>response.data.markdown</code> only.",
                choices=(Choice("Markdown", "markdown"), Choice("HTML", "html"), Choice("Text", "text")),
                is_option=True,
            ),
            "proxyGroups": FieldText(
                label="Proxy groups",
                description="Groups of Apify Proxy. Names separated by commas. Empty: chosen by Apify.",
                tooltip="Example: <code>RESIDENTIAL</code> reads the page from a residential address.",
                placeholder="RESIDENTIAL",
                is_option=True,
            ),
            "proxyCountry": FieldText(
                label="Proxy country",
                description="Two letters of the country that the page is read from. Empty: any.",
                tooltip="Example: <code>US</code>.",
                placeholder="US",
                is_option=True,
            ),
            **_RUN_OPTIONS,
        },
        page="guide/operations/scrape-single-url/",
    ),
    "getDatasetItems": OperationText(
        label="Get dataset items",
        menu=_STORAGES,
        description="Read items of a dataset.",
        keywords=("dataset", "items", "results", "read"),
        result_expression="={ items: response.items }",
        fields={
            "datasetId": FieldText(
                label="Dataset",
                description="The id of the dataset, or username/dataset-name.",
                tooltip="Example: <code>= run.data.defaultDatasetId</code> reads what the run in the "
                "variable "
                "<code>run</code> has stored.",
                placeholder="= run.data.defaultDatasetId",
                required=True,
            ),
            **ITEMS,
            **DOCUMENT,
        },
        page="guide/operations/get-dataset-items/",
    ),
    "getKeyValueStoreRecord": OperationText(
        label="Get key-value store record",
        menu=_STORAGES,
        description="Read one record of a key-value store.",
        keywords=("key-value store", "record", "output", "file", "read"),
        result_expression="={ record: response.jsonValue }",
        fields={
            "storeId": FieldText(
                label="Key-value store",
                description="The id of the store, or username/store-name.",
                tooltip="Example: <code>= run.data.defaultKeyValueStoreId</code> reads from the store of "
                "the run "
                "in the variable <code>run</code>.",
                placeholder="= run.data.defaultKeyValueStoreId",
                required=True,
            ),
            "recordKey": FieldText(
                label="Key",
                description="The key of the record.",
                tooltip="Example: <code>OUTPUT</code>. A JSON record comes in "
                "<code>response.jsonValue</code>, "
                "a text in <code>response.textValue</code>, anything else as Base64 in "
                "<code>response.base64Value</code>, or as a document.",
                placeholder="OUTPUT",
                required=True,
            ),
            **DOCUMENT,
        },
        page="guide/operations/get-key-value-store-record/",
    ),
    **MORE_OPERATIONS,
}
