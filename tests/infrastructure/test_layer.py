"""What is done to the layer before it is packed: nothing unused, byte code, the same bytes anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FINISH = ROOT / "layers" / "runtime" / "finish_layer.sh"


def python313() -> str | None:
    """Return a Python 3.13 of this machine, as the script looks for one."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        os.environ.get("PYTHON313", ""),
        "python3.13",
        *map(str, pyenv.glob("3.13*/bin/python3.13")),
    ]
    is_313 = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"
    for candidate in candidates:
        found = shutil.which(candidate) if candidate else None
        if found and subprocess.run([found, "-c", is_313], capture_output=True, check=False).returncode == 0:
            return found
    return None


def raw_layer(folder: Path) -> Path:
    """Return a folder as pip leaves it."""
    for name, text in {
        "package/__init__.py": "NAMES = {'b', 'a'}\n",
        "package/__pycache__/old.cpython-311.pyc": "of this machine",
        "package-1.dist-info/METADATA": "Name: package",
        "bin/script": "",
        "aws_lambda_powertools/logging.py": "",
        "aws_lambda_powertools/event_handler/api.py": "",
        "aws_lambda_powertools/utilities/__init__.py": "",
        "aws_lambda_powertools/utilities/typing/__init__.py": "",
        "aws_lambda_powertools/utilities/batch/__init__.py": "",
        "pydantic/v1/main.py": "",
        "pyzeebe/__init__.py": "",
        "pyzeebe/client/client.py": "",
        "pyzeebe/proto/gateway_pb2.py": "",
        "empty/__pycache__/x.pyc": "",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def finish(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        ["sh", str(FINISH), str(folder)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def content(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Return bytes and time of each file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime) for path in files}


def test_what_is_never_used_goes(tmp_path: Path) -> None:
    """
    Caches, metadata, scripts, empty folders and parts that no function imports are left out.
    """
    folder = raw_layer(tmp_path / "layer")

    finish(folder)

    sources = {name for name in content(folder) if name.endswith(".py")}
    assert sources == {
        "package/__init__.py",
        "aws_lambda_powertools/logging.py",
        "aws_lambda_powertools/utilities/__init__.py",
        "aws_lambda_powertools/utilities/typing/__init__.py",
        "pyzeebe/__init__.py",
        "pyzeebe/proto/gateway_pb2.py",
    }
    assert not list(folder.glob("*.dist-info"))
    assert not (folder / "bin").exists()
    assert not (folder / "empty").exists()


def test_layer_is_the_same_anywhere(tmp_path: Path) -> None:
    """
    Two builds in folders of other names, at other times, give the same files; every source has its byte code.
    """
    python = python313()
    if python is None:
        if os.environ.get("CI") == "true":
            pytest.fail("a Python 3.13 is needed")
        pytest.skip("no Python 3.13 on this machine")
    one, other = raw_layer(tmp_path / "one"), raw_layer(tmp_path / "another place" / "two")
    os.utime(other / "package" / "__init__.py", (1_000_000_000, 1_000_000_000))

    for folder in (one, other):
        assert finish(folder, PYTHON313=python).returncode == 0

    assert content(one) == content(other)
    compiled = [name for name in content(one) if name.endswith(".cpython-313.pyc")]
    assert len(compiled) == len([name for name in content(one) if name.endswith(".py")])
    code = (one / "package" / "__pycache__" / "__init__.cpython-313.pyc").read_bytes()
    assert b"/opt/python/package/__init__.py" in code


@pytest.mark.parametrize(("ci", "exit_code"), [("true", 1), ("", 0)])
def test_missing_python_is_reported(tmp_path: Path, ci: str, exit_code: int) -> None:
    """
    Without a Python 3.13 the build says so, and fails where CI is true.
    """
    folder = raw_layer(tmp_path / "layer")
    tools = tmp_path / "bin"  # what the script needs, and no Python
    tools.mkdir()
    for name in ("sh", "find", "rm", "touch"):
        (tools / name).symlink_to(shutil.which(name) or name)

    finished = finish(folder, PATH=str(tools), HOME=str(tmp_path), PYENV_ROOT=str(tmp_path), CI=ci)

    assert finished.returncode == exit_code
    assert "PYTHON313" in finished.stderr
