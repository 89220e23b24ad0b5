"""What names a cluster in our rows."""

from __future__ import annotations

import pytest
from apify_camunda.camunda.cluster_identity import cluster_id

SAAS = "bru-2.zeebe.camunda.io/0b5a-1f"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://bru-2.zeebe.camunda.io/0b5a-1f",
        "https://bru-2.zeebe.camunda.io/0b5a-1f/",
        "https://bru-2.zeebe.camunda.io/0b5a-1f/v2",
        "https://bru-2.zeebe.camunda.io/0b5a-1f/v2/",
        "https://bru-2.zeebe.camunda.io:443/0b5a-1f",
        "HTTPS://BRU-2.zeebe.Camunda.io/0b5a-1f",
        " https://bru-2.zeebe.camunda.io/0b5a-1f ",
        "https://user:password@bru-2.zeebe.camunda.io/0b5a-1f",
    ],
)
def test_spellings_of_one_address_are_one_name(spelling: str) -> None:
    """However an address is written, it names the same cluster; credentials are no part of a name."""
    assert cluster_id(spelling) == SAAS


@pytest.mark.parametrize(
    "other",
    [
        "https://bru-3.zeebe.camunda.io/0b5a-1f",
        "https://bru-2.zeebe.camunda.io/0b5a-1F",
        "https://bru-2.zeebe.camunda.io:8443/0b5a-1f",
        "https://bru-2.zeebe.camunda.io",
    ],
)
def test_another_place_is_another_name(other: str) -> None:
    """Another host, port or path is another cluster; a path may differ by its case alone."""
    assert cluster_id(other) != SAAS


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://localhost:8080", "localhost:8080"),
        ("http://localhost:80/", "localhost"),
        ("https://localhost:80", "localhost:80"),
        ("http://[::1]:8080/camunda", "[::1]:8080/camunda"),
    ],
)
def test_name_is_the_address_without_what_goes_without_saying(address: str, name: str) -> None:
    """A name is host, port and path; a scheme's usual port is left out."""
    assert cluster_id(address) == name
