"""A built template knows for which architecture its layer is."""

from __future__ import annotations

from pathlib import Path

import yaml
from sam_local.built_template import with_architecture

BUILT = """
Parameters:
  Architecture: {Type: String, Default: arm64, AllowedValues: [arm64, x86_64], Description: of the functions}
  Other: {Type: String}
Resources:
  Layer:
    Properties:
      CompatibleArchitectures:
      - Ref: Architecture
"""


def test_only_what_was_built_can_be_deployed() -> None:
    """
    The architecture that was built is the default and the only one; nothing else changes.
    """
    wanted = yaml.safe_load(BUILT)
    wanted["Parameters"]["Architecture"] |= {"Default": "x86_64", "AllowedValues": ["x86_64"]}

    assert yaml.safe_load(with_architecture(BUILT, "x86_64")) == wanted


def test_template_has_that_parameter() -> None:
    """
    template.yaml lets the architecture be chosen, and every function and the layer follow.
    """
    text = (Path(__file__).parents[3] / "template.yaml").read_text()

    assert text.count("Architectures: [!Ref Architecture]") == 2
    assert "AllowedValues: [arm64, x86_64]" in text
