"""Scrapes one page with Apify's Website Content Crawler, and returns the item that it leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final
from urllib.parse import urlsplit

from apify_camunda.apify.model import LARGE_BYTES, ApifyRun, ResourceKind, StartRun
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode, PermanentError, TransientError
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.domain.run_outcome import run_error, succeeded
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import NOT_EMPTY, RunOperation, Violation

ACTOR_ID: Final = "aYG0l9s7dbB7j3gbS"
"""apify/website-content-crawler"""
_CRAWLERS: Final = ("cheerio", "playwright:adaptive", "playwright:firefox")
_LEFT_OUT: Final = "text"  # the same content as `markdown`, a second time


class ScrapeSingleUrl(RunOperation):
    """Scrape a single URL; it always waits for the run.

    Attributes:
        url: The page, with `http://` or `https://`.
        crawler_type: How the page is loaded: without a browser, or with one.
    """

    type: ClassVar = "scrapeSingleUrl"
    url: LenientText = None
    crawler_type: LenientText = "cheerio"

    @property
    def waits(self) -> bool:
        """Say whether the job is completed only when the run has ended."""
        return True

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        url = (self.url or "").strip()
        if not url:
            yield "url", NOT_EMPTY
        elif not re.match(r"https?://", url):
            yield "url", "URL must start with http:// or https://"
        elif not _has_host(url):
            yield "url", "URL must have a valid host"
        if self.crawler_type and self.crawler_type not in _CRAWLERS:
            yield "crawlerType", f"Crawler type must be one of: {', '.join(_CRAWLERS)}"
        yield from super().violations()

    def start_request(self) -> StartRun:
        """Return the run to start."""
        return self.start_of(ResourceKind.ACTOR, ACTOR_ID, self._crawler_input())

    async def result(self, run: ApifyRun, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
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
            raise self._nothing_found(run)
        item = page.items[0]
        if isinstance(item, dict):
            item = {name: value for name, value in item.items() if name != _LEFT_OUT}
        return OperationResult({"data": item})

    def _crawler_input(self) -> JsonObject:
        return {
            "startUrls": [{"url": (self.url or "").strip()}],
            "crawlerType": self.crawler_type or "cheerio",
            "maxCrawlDepth": 0,
            "maxCrawlPages": 1,
            "maxResults": 1,
            "proxyConfiguration": {"useApifyProxy": True},
            "removeCookieWarnings": True,
            "saveHtml": True,
            "saveMarkdown": True,
        }

    def _nothing_found(self, run: ApifyRun) -> PermanentError | TransientError:
        if not succeeded(run):
            return run_error(run)
        return TransientError(
            f"Error: No items found in dataset for URL: {self.url}", code=ErrorCode.NO_ITEMS_FOUND
        )


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
