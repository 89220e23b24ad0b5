"""The ready file: there only while everything is up, whole, and never another run's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.local.ready_file import ReadyFile


def test_it_is_there_between_announcing_and_withdrawing(tmp_path: Path) -> None:
    """
    What an earlier run left goes on entering; the file comes with the announcement, and goes afterwards.
    """
    path = tmp_path / "ready.json"
    path.write_text("left by an earlier run")

    with ReadyFile(path) as ready:
        assert not path.exists()
        ready.announce("{}\n")
        assert path.read_text() == "{}\n"

    assert list(tmp_path.iterdir()) == []


def test_it_is_never_partial(tmp_path: Path) -> None:
    """
    The file takes its place by a rename: who has opened the old one goes on reading the old one.
    """
    path = tmp_path / "ready.json"

    with ReadyFile(path) as ready:
        path.write_text("of another run")
        with path.open() as opened:
            ready.announce("{}\n")
            assert opened.read() == "of another run"


def test_another_run_s_file_stays(tmp_path: Path) -> None:
    """
    A file that another run has put there meanwhile is that run's.
    """
    path = tmp_path / "ready.json"

    with ReadyFile(path) as ready:
        ready.announce("ours")
        path.write_text("theirs")

    assert path.read_text() == "theirs"


def test_withdrawing_twice_is_harmless(tmp_path: Path) -> None:
    """
    It is withdrawn before anything is down, and a second time on the way out.
    """
    path = tmp_path / "ready.json"

    with ReadyFile(path) as ready:
        ready.announce("ours")
        ready.withdraw()
        assert not path.exists()


def test_nothing_is_left_of_a_run_that_was_never_ready(tmp_path: Path) -> None:
    """
    Where the start fails, no file and no draft stays.
    """
    with ReadyFile(tmp_path / "ready.json"):
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["nowhere/ready.json", ".", "folder"])
def test_file_that_cannot_be_written_is_reported_before(tmp_path: Path, path: str) -> None:
    """
    Where the file could not be written later, that is reported at once.
    """
    (tmp_path / "folder").mkdir()

    with (
        pytest.raises(UsageError, match="--ready-file"),
        ReadyFile(tmp_path / path if path != "." else Path()),
    ):
        pass

    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    """
    The file holds the token of the page, so no other account may read it, with any umask.
    """
    path, before = tmp_path / "ready.json", os.umask(0)
    try:
        with ReadyFile(path) as ready:
            ready.announce("{}")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(before)
