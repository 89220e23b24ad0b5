"""How a single page is scraped."""

from __future__ import annotations

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
