"""Files are made whole or not at all, past no link, and never over what is there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipelayer.errors import PipelayerError
from pipelayer.project.new_files import NewFile, State, plan_files, write_files

FILES = {"a/run": NewFile(b"#!/bin/sh\n", executable=True), "a/values.json": NewFile(b"{}\n")}


def states(root: Path, files: dict[str, NewFile] = FILES) -> dict[str, State]:
    return {one.path: one.state for one in plan_files(root, files)}


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_they_are_written_with_their_folders_and_modes(tmp_path: Path) -> None:
    root = tmp_path / "missing"
    assert states(root) == {"a/run": State.NEW, "a/values.json": State.NEW}
    assert write_files(root, FILES) == ("a/run", "a/values.json")
    assert everything(root) == {path: file.content for path, file in FILES.items()}
    assert os.access(root / "a/run", os.X_OK)
    assert not stat.S_IMODE((root / "a/values.json").stat().st_mode) & 0o111


def test_a_second_run_goes_on(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/run": FILES["a/run"]})
    assert states(tmp_path) == {"a/run": State.SAME, "a/values.json": State.NEW}
    assert write_files(tmp_path, FILES) == ("a/values.json",)


def test_another_file_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/values.json").write_bytes(b"mine")
    assert states(tmp_path)["a/values.json"] is State.DIFFERS
    with pytest.raises(PipelayerError, match="another file is there"):
        write_files(tmp_path, FILES)
    assert everything(tmp_path) == {"a/values.json": b"mine"}


@pytest.mark.parametrize("way", ["a link to a folder", "a link to nothing", "a file", "a folder"])
def test_what_is_in_the_way_stops_everything(tmp_path: Path, way: str) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    match way:
        case "a link to a folder":
            (root / "a").symlink_to(elsewhere)
        case "a link to nothing":
            (root / "a").mkdir()
            (root / "a/values.json").symlink_to(elsewhere / "new")
        case "a file":
            (root / "a").write_bytes(b"mine")
        case "a folder":
            (root / "a/values.json").mkdir(parents=True)
    before = everything(root)
    assert State.BLOCKED in states(root).values()
    with pytest.raises(PipelayerError, match="can't be written"):
        write_files(root, FILES)
    assert everything(root) == before
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("path", ["../a", "/tmp/a", "a/../../b", "", "a\0b", "a" * 300])
def test_a_path_that_can_t_be_is_told_before_anything_is_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(PipelayerError, match="can't be written"):
        write_files(tmp_path, {**FILES, path: NewFile(b"")})
    assert everything(tmp_path) == {}


def test_what_comes_there_in_the_meantime_stays(tmp_path: Path) -> None:
    """Another process makes the file after the look: here two paths are the same file."""
    twice = {"a": NewFile(b"first"), "./a": NewFile(b"second")}
    with pytest.raises(PipelayerError, match="file exists"):
        write_files(tmp_path, twice)
    assert everything(tmp_path) == {"a": b"first"}
