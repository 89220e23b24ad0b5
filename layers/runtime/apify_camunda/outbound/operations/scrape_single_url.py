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
from apify_camunda.outbound.operations.lenient import LenientNames, LenientText
from apify_camunda.outbound.operations.model import NOT_EMPTY, StartOperation, Violation, text_or_none

ACTOR_ID: Final = "aYG0l9s7dbB7j3gbS"
"""apify/website-content-crawler"""
_CRAWLERS: Final = ("cheerio", "jsdom", "playwright:adaptive", "playwright:firefox")
_FORMATS: Final = ("text", "markdown", "html")


class ScrapeSingleUrl(StartOperation):
    """Scrape a single URL; it always waits for the run.

    Attributes:
        url: The page, with `http://` or `https://`.
        crawler_type: How the page is loaded: without a browser, or with one.
        output_format: Which form of the content is returned: `text`, `markdown` or `html`; None returns
            Markdown and HTML, as the official connector does.
        proxy_groups: Groups of Apify Proxy, for example `RESIDENTIAL`; none: chosen by Apify.
        proxy_country: Two letters, for example `US`; None: any country.
    """

    type: ClassVar = "scrapeSingleUrl"
    url: LenientText = None
    crawler_type: LenientText = "cheerio"
    output_format: LenientText = None
    proxy_groups: LenientNames = ()
    proxy_country: LenientText = None

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
        if self._crawler not in _CRAWLERS:
            yield "crawlerType", f"Crawler type must be one of: {', '.join(_CRAWLERS)}"
        if self._format not in (None, *_FORMATS):
            yield "outputFormat", f"Output format must be one of: {', '.join(_FORMATS)}"
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
            left_out = self._left_out
            item = {name: value for name, value in item.items() if name not in left_out}
        return OperationResult({"data": item})

    @property
    def _crawler(self) -> str:
        return (text_or_none(self.crawler_type) or "cheerio").lower()

    @property
    def _format(self) -> str | None:
        chosen = text_or_none(self.output_format)
        return None if chosen is None else chosen.lower()

    @property
    def _left_out(self) -> frozenset[str]:
        """Return the forms of the content that are not returned; `text` is `markdown` a second time."""
        kept = {"markdown", "html"} if self._format is None else {self._format}
        return frozenset(_FORMATS) - kept

    def _crawler_input(self) -> JsonObject:
        return {
            "startUrls": [{"url": (self.url or "").strip()}],
            "crawlerType": self._crawler,
            "maxCrawlDepth": 0,
            "maxCrawlPages": 1,
            "maxResults": 1,
            "proxyConfiguration": self._proxy(),
            "removeCookieWarnings": True,
            "saveHtml": self._format in (None, "html"),
            "saveMarkdown": self._format in (None, "markdown"),
        }

    def _proxy(self) -> JsonObject:
        proxy: JsonObject = {"useApifyProxy": True}
        if self.proxy_groups:
            proxy["apifyProxyGroups"] = list(self.proxy_groups)
        country = text_or_none(self.proxy_country)
        return proxy | ({"apifyProxyCountry": country.upper()} if country else {})

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
