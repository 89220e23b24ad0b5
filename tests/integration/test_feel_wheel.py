"""The expression language is a library of its own: its wheel works where nothing else is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USE = """
from datetime import date
from camunda_feel import Budget, Evaluated, FailedKind, Limits, evaluate, to_json, to_python
import camunda_feel, importlib.util, pathlib
assert importlib.util.find_spec("apify_camunda") is None
assert "site-packages" in camunda_feel.__file__
assert evaluate("sum(prices[item > 10]) * 2", {"prices": [5, 20, 30]}).value == 100
assert to_python(evaluate('x + @"P1D"', {"x": date(2024, 2, 28)}).value) == date(2024, 2, 29)
assert evaluate('replace("abc", "b+", "x")', {}).value == "axc"
assert evaluate(5, {}).kind is FailedKind.INVALID_ARGUMENT
assert to_json(evaluate('{d: duration("P1D")}', {}).value) == '{"d":"PT24H"}'
"""


def test_installed_alone(tmp_path: Path) -> None:
    """The wheel is built and installed into an empty environment without a network, and evaluates there."""
    tools = Path(__file__).parents[2] / "tools"
    build = [sys.executable, "-m", "feel_wheel", str(tmp_path)]
    subprocess.run(build, check=True, cwd=tools, capture_output=True)
    (wheel,) = tmp_path.glob("camunda_feel-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "alone")], check=True)
    python = tmp_path / "alone" / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)

    used = subprocess.run([str(python), "-I", "-c", USE], capture_output=True, text=True, check=False)

    assert used.returncode == 0, used.stderr
