"""The default world, written as a world file would write it."""

from __future__ import annotations

from typing import Any

DEFAULT_WORLD: dict[str, Any] = {
    "seed": "default",
    "users": [
        {
            "username": "acme",
            "tokens": ["token-of-acme", {"token": "read-only-token-of-acme", "access": "read"}],
        },
        {"username": "globex", "tokens": ["token-of-globex"]},
    ],
    "actors": [
        {
            "owner": "apify",
            "name": "website-content-crawler",
            "id": "aYG0l9s7dbB7j3gbS",
            "title": "Website Content Crawler",
            "public": True,
            "builds": [
                {
                    "number": "0.3.69",
                    "tags": ["latest"],
                    "inputSchema": {
                        "title": "Website Content Crawler",
                        "type": "object",
                        "schemaVersion": 1,
                        "properties": {
                            "startUrls": {
                                "title": "Start URLs",
                                "type": "array",
                                "editor": "requestListSources",
                            },
                            "crawlerType": {"title": "Crawler type", "type": "string", "editor": "select"},
                        },
                        "required": ["startUrls"],
                    },
                }
            ],
            "defaultRun": {"memoryMbytes": 8192, "timeoutSecs": 3600},
            "runs": [
                {
                    "durationSeconds": 2,
                    "statusMessage": "Finished! Total {{items.count}} requests: {{items.count}} succeeded.",
                    "items": {
                        "forEach": "input.startUrls",
                        "template": {
                            "url": "{{item.url}}",
                            "crawl": {
                                "loadedUrl": "{{item.url}}",
                                "loadedTime": "{{run.startedAt}}",
                                "referrerUrl": "{{item.url}}",
                                "depth": 0,
                                "httpStatusCode": 200,
                            },
                            "metadata": {
                                "canonicalUrl": "{{item.url}}",
                                "title": "Example",
                                "languageCode": "en",
                            },
                            "text": "Example\nThis page represents {{item.url}}.",
                            "html": "<!DOCTYPE html><html><body><h1>Example</h1></body></html>",
                            "markdown": "# Example\nThis page represents {{item.url}}.",
                        },
                    },
                }
            ],
        },
        {
            "owner": "acme",
            "name": "crawler",
            "title": "Crawler",
            "builds": [{"number": "1.2.3", "tags": ["latest"]}, {"number": "1.3.1", "tags": ["beta"]}],
            "runs": [
                {
                    "when": {"input": {"mode": "fail"}},
                    "durationSeconds": 1,
                    "ends": "FAILED",
                    "exitCode": 91,
                    "statusMessage": "The Actor process failed",
                    "log": ["ERROR The site refused to answer."],
                },
                {
                    "durationSeconds": 1,
                    "items": {"count": 3, "template": {"number": "{{index}}", "url": "{{input.url}}"}},
                    "records": {"OUTPUT": {"value": {"runId": "{{run.id}}", "pages": 3}}},
                },
            ],
        },
    ],
    "tasks": [
        {
            "owner": "acme",
            "name": "crawl-acme",
            "actor": "acme/crawler",
            "input": {"url": "https://acme.example"},
        }
    ],
    "datasets": [
        {
            "owner": "acme",
            "name": "products",
            "items": [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 7}],
        }
    ],
    "keyValueStores": [
        {
            "owner": "acme",
            "name": "settings",
            "records": {
                "greeting": {"value": {"text": "Hello"}},
                "page": {
                    "contentType": "text/html; charset=utf-8",
                    "text": "<html><head></head><body>Hi</body></html>",
                },
            },
        }
    ],
}
