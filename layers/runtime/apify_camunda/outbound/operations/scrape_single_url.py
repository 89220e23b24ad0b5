"""Scrapes one page with Apify's Website Content Crawler: its input, and the item that it leaves."""

from __future__ import annotations

from typing import Final

from apify_camunda.apify.model import LARGE_BYTES, ApifyRun
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode, PermanentError, TransientError
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.domain.operation_models import ScrapeSingleUrlInput
from apify_camunda.outbound.domain.run_outcome import run_error, succeeded

ACTOR_ID: Final = "aYG0l9s7dbB7j3gbS"
"""apify/website-content-crawler"""
NO_ITEMS: Final = ErrorCode.NO_ITEMS_FOUND
_LEFT_OUT: Final = "text"  # the same content as `markdown`, a second time


def actor_input(operation: ScrapeSingleUrlInput) -> JsonObject:
    """Return the input of the crawler for one page."""
    return {
        "startUrls": [{"url": (operation.url or "").strip()}],
        "crawlerType": operation.crawler_type or "cheerio",
        "maxCrawlDepth": 0,
        "maxCrawlPages": 1,
        "maxResults": 1,
        "proxyConfiguration": {"useApifyProxy": True},
        "removeCookieWarnings": True,
        "saveHtml": True,
        "saveMarkdown": True,
    }


async def result(
    operation: ScrapeSingleUrlInput, run: ApifyRun, apify: Apify, *, most_bytes: int = LARGE_BYTES
) -> OperationResult:
    """Return the first item that the run left.

    Raises:
        PermanentError: The run has no dataset, or it failed and left nothing.
        TransientError: The run succeeded and left nothing; another try may see the page.
        ApifyRejected: Apify does not give the dataset, or the item has more than `most_bytes`.
        ApifyUnavailable: Apify does not answer.
    """
    dataset = run.text("defaultDatasetId")
    if dataset is None:
        raise PermanentError("Error: No dataset ID returned from actor run")
    page = await apify.dataset_items(dataset, offset=0, limit=1, options={}, most_bytes=most_bytes)
    if not page.items:
        raise _nothing_found(operation, run)
    item = page.items[0]
    if isinstance(item, dict):
        item = {name: value for name, value in item.items() if name != _LEFT_OUT}
    return OperationResult({"data": item})


def _nothing_found(operation: ScrapeSingleUrlInput, run: ApifyRun) -> PermanentError | TransientError:
    if not succeeded(run):
        return run_error(run)
    return TransientError(f"Error: No items found in dataset for URL: {operation.url}", code=NO_ITEMS)
