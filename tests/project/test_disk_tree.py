"""A plain folder as a tree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipelayer.errors import PipelayerError
from pipelayer.project.tree import DiskTree, blob_id


def test_lists_files_with_git_modes_and_ids(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "run").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "a" / "b" / "run").chmod(0o755)
    (tmp_path / "a" / "values.json").write_bytes(b"{}")
    tree = DiskTree(tmp_path)
    assert list(tree.entries) == ["a/b/run", "a/values.json"]
    assert [entry.mode for entry in tree.entries.values()] == ["100755", "100644"]
    assert tree.entries["a/values.json"].size == 2
    assert tree.read("a/values.json") == b"{}"
    assert tree.commit == ""


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_ids_are_those_of_git(tmp_path: Path, algorithm: str) -> None:
    data = b"line\r\n\x00\xff"
    subprocess.run(["git", "init", "-q", f"--object-format={algorithm}", "."], cwd=tmp_path, check=True)
    command = ["git", "hash-object", "--no-filters", "--stdin"]
    done = subprocess.run(command, input=data, cwd=tmp_path, check=True, capture_output=True)
    assert blob_id(data, algorithm) == done.stdout.decode().strip()


def test_links_are_named_and_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    tree = DiskTree(root)
    assert {path: entry.mode for path, entry in tree.entries.items()} == dict.fromkeys(
        ["file", "folder", "loop"], "120000"
    )
    with pytest.raises(PipelayerError) as caught:
        tree.read("file")
    assert caught.value.hint


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a").write_text("a")
    tree = DiskTree(root)
    (root / "a").unlink()
    (root / "a").symlink_to(tmp_path / "secret")
    with pytest.raises(PipelayerError):
        tree.read("a")


def test_what_is_no_file_and_git_itself_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".git").write_text("gitdir: elsewhere")
    (tmp_path / ".hidden").write_text("x")
    assert list(DiskTree(tmp_path).entries) == [".hidden"]


def test_a_missing_file_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    tree = DiskTree(tmp_path)
    (tmp_path / "a").unlink()
    with pytest.raises(PipelayerError, match="can't be read"):
        _ = tree.entries["a"]
    with pytest.raises(KeyError):
        _ = tree.entries["b"]


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff", "wb") as file:
        file.write(b"x")
    tree = DiskTree(tmp_path)
    assert list(tree.entries) == ["\udcff"]
    assert tree.read("\udcff") == b"x"
