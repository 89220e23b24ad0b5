"""How a single page is scraped."""

from __future__ import annotations

from typing import Any

import pytest

from tests import builders_outbound as a
from tests.unit.outbound.operations.reading import run_operation


def test_scrape_is_one_page_of_the_crawler() -> None:
    """Scraping asks Apify's own crawler for exactly one page."""
    request = run_operation(a.scrape(crawlerType="playwright:firefox")).start_request()
    assert request.resource_id == "aYG0l9s7dbB7j3gbS"
    assert request.input == {
        "startUrls": [{"url": "https://acme.example/page"}],
        "crawlerType": "playwright:firefox",
        "maxCrawlDepth": 0,
        "maxCrawlPages": 1,
        "maxResults": 1,
        "proxyConfiguration": {"useApifyProxy": True},
        "removeCookieWarnings": True,
        "saveHtml": True,
        "saveMarkdown": True,
    }


def test_always_waits() -> None:
    """A page is there only when its run has ended."""
    assert run_operation(a.scrape()).waits


@pytest.mark.parametrize("given", ["jsdom", "JSDOM", " Cheerio "])
def test_crawler_type_is_read_in_any_case(given: str) -> None:
    """Apify's document writes JSDOM, its Actor jsdom: both work."""
    request: Any = run_operation(a.scrape(crawlerType=given)).start_request().input
    assert request["crawlerType"] == given.strip().lower()


@pytest.mark.parametrize(
    ("chosen", "saved"),
    [
        (None, {"saveHtml": True, "saveMarkdown": True}),
        ("markdown", {"saveHtml": False, "saveMarkdown": True}),
        ("html", {"saveHtml": True, "saveMarkdown": False}),
        ("TEXT", {"saveHtml": False, "saveMarkdown": False}),
    ],
)
def test_output_format_says_what_is_saved(chosen: str | None, saved: dict[str, bool]) -> None:
    """Only the output format that the process names is made and paid for."""
    request: Any = run_operation(a.scrape(outputFormat=chosen)).start_request().input
    assert request.items() >= saved.items()


def test_proxy_can_be_chosen() -> None:
    """Groups and a country reach Apify Proxy."""
    request: Any = (
        run_operation(a.scrape(proxyGroups="RESIDENTIAL, GOOGLE", proxyCountry="us")).start_request().input
    )
    assert request["proxyConfiguration"] == {
        "useApifyProxy": True,
        "apifyProxyGroups": ["RESIDENTIAL", "GOOGLE"],
        "apifyProxyCountry": "US",
    }
