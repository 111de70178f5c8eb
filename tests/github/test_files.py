"""New files in a workspace that a pull request has had its hands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelayer.github.files import write_new


def test_a_file_and_the_folders_that_lead_to_it(tmp_path: Path) -> None:
    write_new("one\n", str(tmp_path), "found.sarif")
    write_new("two\n", str(tmp_path), "out/deep/found.sarif")
    write_new("three\n", str(tmp_path), "out/other.sarif")
    assert (tmp_path / "found.sarif").read_text() == "one\n"
    assert (tmp_path / "out" / "deep" / "found.sarif").read_text() == "two\n"
    assert (tmp_path / "out" / "other.sarif").read_text() == "three\n"


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "found.sarif").write_text("theirs")
    with pytest.raises(FileExistsError):
        write_new("ours", str(tmp_path), "found.sarif")
    assert (tmp_path / "found.sarif").read_text() == "theirs"


@pytest.mark.parametrize("path", ["link", "folder/found.sarif", "deep/folder/found.sarif"])
def test_no_link_is_followed(tmp_path: Path, path: str) -> None:
    workspace, outside = tmp_path / "workspace", tmp_path / "outside"
    (workspace / "deep").mkdir(parents=True)
    outside.mkdir()
    (workspace / "link").symlink_to(outside / "made")
    (workspace / "folder").symlink_to(outside)
    (workspace / "deep" / "folder").symlink_to("../../outside")
    with pytest.raises(OSError):  # noqa: PT011
        write_new("ours", str(workspace), path)
    assert list(outside.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("theirs")
    with pytest.raises(NotADirectoryError):
        write_new("ours", str(tmp_path), "out/found.sarif")
