"""The locks: every dependency pinned with hashes, no index named, and what is tested is what is shipped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [
    ROOT / "requirements-dev.txt",
    ROOT / "requirements-sam.txt",
    ROOT / "requirements-proof.txt",
    ROOT / "layers/runtime/requirements.txt",
    ROOT / "tools/guide/requirements.txt",
]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {name.lower(): version for name, version in PIN.findall(path.read_text())}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_hashes_and_no_index(path: Path) -> None:
    """
    Each requirement is pinned and hashed, and no line names an index.
    """
    text = path.read_text()
    blocks = [block for block in re.split(r"\n(?=\S)", text.strip()) if block and not block.startswith("#")]

    assert blocks
    for block in blocks:
        assert PIN.match(block), block
        assert "--hash=sha256:" in block, block
    assert "://" not in text
    assert "index" not in text.replace("index-", "")


def test_what_is_tested_is_what_is_shipped() -> None:
    """
    The layer's packages have the same versions in the environment of the tests.
    """
    shipped, tested = pins(ROOT / "layers/runtime/requirements.txt"), pins(ROOT / "requirements-dev.txt")

    assert shipped
    assert shipped.items() <= tested.items()


def test_boto3_is_not_shipped() -> None:
    """
    boto3 is that of the Lambda runtime.
    """
    assert "boto3" not in pins(ROOT / "layers/runtime/requirements.txt")


def test_client_of_pyzeebe_is_not_shipped() -> None:
    """
    Of pyzeebe the generated code is used; what its client needs is not in the layer.
    """
    shipped = pins(ROOT / "layers/runtime/requirements.txt")

    assert "pyzeebe" in shipped
    assert shipped.keys().isdisjoint(
        {
            "charset-normalizer",
            "grpcio-health-checking",
            "oauthlib",
            "requests",
            "requests-oauthlib",
            "urllib3",
        }
    )
