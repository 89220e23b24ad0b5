"""Writes into a built template for which architecture its layer is: `built_template.py FILE ARCHITECTURE`.

`sam deploy` then proposes that one and refuses the other, on which no function could be imported. It runs in
SAM's own environment, with nothing but PyYAML.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml


def with_architecture(text: str, architecture: str) -> str:
    """Return the template with the parameter Architecture bound to what was built."""
    template = yaml.safe_load(text)
    template["Parameters"]["Architecture"] |= {"Default": architecture, "AllowedValues": [architecture]}
    return yaml.safe_dump(template, sort_keys=False, width=120)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(with_architecture(file.read_text(encoding="utf-8"), sys.argv[2]), encoding="utf-8")
