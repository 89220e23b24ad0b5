"""How `apify-camunda local` ends when a person stops it, or if its streams are not those of a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import (
    ENDS_WITHIN_S,
    EXAMPLES,
    TIMEOUT_S,
    arguments,
    environment,
    eventually,
    processes_of,
    started,
)
from tests.e2e.test_not_ending import world_file

STDIN, STDOUT, STDERR = 0, 1, 2
GET_RECORD = (
    "--process",
    EXAMPLES / "get-record.bpmn",
    "--world",
    EXAMPLES / "get-record.world.json",
    "--json",
)


def closing(*numbers: int) -> Callable[[], None]:
    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize(
    ("phase", "times"),
    [("schedule.fired", 2), ("everything.started", 1), ("process.deployed", 2), ("job.activated", 1)],
)
def test_ctrl_c_ends_a_run_in_each_of_its_phases(tmp_path: Path, phase: str, times: int) -> None:
    """
    Whenever Ctrl-C comes, and however often, the run ends with code 130 and its summary, and leaves nothing.
    """
    endless = ("--process", EXAMPLES / "run-actor.bpmn", "--world", world_file(tmp_path), "--json")
    with started(tmp_path, *endless) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["what"] != phase:
            pass
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1]) == {"summary": {"state": "stopped"}}
    assert processes_of(tmp_path) == {}


@pytest.mark.parametrize("given", [GET_RECORD, ("--serve",)], ids=["process", "serve"])
def test_it_ends_when_its_output_is_closed(tmp_path: Path, given: tuple[str | Path, ...]) -> None:
    """
    Where its output goes to a program that has ended (`| head -1`), it ends too, without a message.
    """
    with subprocess.Popen(
        arguments(*given),
        env=environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(TIMEOUT_S) == 141
        assert process.stderr.read() == ""

    eventually(lambda: processes_of(tmp_path) == {})


@pytest.mark.parametrize(
    "numbers", [(STDIN,), (STDOUT,), (STDIN, STDOUT, STDERR)], ids=["input", "output", "all"]
)
def test_it_runs_without_its_standard_streams(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    """
    Where standard streams are closed, as under some supervisors, no socket or pipe is mistaken for one.
    """
    done = subprocess.run(
        arguments(*GET_RECORD),
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
        preexec_fn=closing(*numbers),  # no thread of ours holds a lock that it needs
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert processes_of(tmp_path) == {}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full, which is always full")
@pytest.mark.parametrize("ignored", [(), (signal.SIGTERM, signal.SIGHUP)], ids=["", "signals-ignored"])
def test_full_disk_is_reported(tmp_path: Path, ignored: tuple[signal.Signals, ...]) -> None:
    """
    Where its output cannot be written, it ends with one line that says why; also where signals are ignored.
    """

    def ignore() -> None:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            arguments(*GET_RECORD),
            env=environment(tmp_path),
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            preexec_fn=ignore,
        )

    assert done.returncode == 1
    assert done.stderr == "apify-camunda: The output cannot be written: No space left on device.\n"
    eventually(lambda: processes_of(tmp_path) == {})


def test_folder_home_and_paths_may_be_unusual(tmp_path: Path) -> None:
    """
    It needs no home, nor a folder that it could write to; files may have blanks and letters of any alphabet.
    """
    folder = tmp_path / "Prüfung von Tee"
    folder.mkdir()
    for name, given in (("ein Prozess.bpmn", GET_RECORD[1]), ("die Welt.json", GET_RECORD[3])):
        (folder / name).write_bytes(Path(given).read_bytes())
    folder.chmod(0o555)
    without = {name: value for name, value in os.environ.items() if name not in ("HOME", "LANG", "TERM")}
    try:
        done = subprocess.run(
            arguments("--process", "ein Prozess.bpmn", "--world", "die Welt.json", "--json"),
            env=without,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    finally:
        folder.chmod(0o755)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout.splitlines()[-1])["summary"]["state"] == "ended"
