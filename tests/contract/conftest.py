"""What every contract suite may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from local_aws import LocalAws


@pytest.fixture(scope="session")
def local_aws_dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the URL of a DynamoDB as the local AWS runs it."""
    template = tmp_path_factory.mktemp("empty_stack") / "template.yaml"
    template.write_text("Resources: {}")
    with LocalAws(template) as aws:
        yield aws.dynamodb_url
