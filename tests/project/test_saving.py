"""A file written anew in one step, or left as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pipelayer.errors import PipelayerError
from pipelayer.project.saving import Edit, save


def picture(root: Path) -> dict[str, bytes]:
    """Every file, links not followed."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_keeps_its_mode_and_nothing_else_is_left(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / "values.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    save(tmp_path, Edit("a/values.json", b"old", b"new\r\n"))
    assert picture(tmp_path) == {"a/values.json": b"new\r\n"}
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_is_like_any_other_new_one(tmp_path: Path) -> None:
    (tmp_path / "like").write_bytes(b"")
    save(tmp_path, Edit("values.prod.json", None, b"new"))
    assert picture(tmp_path) == {"like": b"", "values.prod.json": b"new"}
    assert (tmp_path / "values.prod.json").stat().st_mode == (tmp_path / "like").stat().st_mode


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (Edit("a/values.json", b"older", b"new"), "it isn't what it was a moment ago"),
        (Edit("a/values.json", None, b"new"), "it isn't what it was a moment ago"),
        (Edit("a/values.yml", b"old", b"new"), "it isn't on disk"),
        (Edit("a/link.json", b"outside", b"new"), "too many levels of symbolic links"),
        (Edit("a/dangling.json", None, b"new"), "too many levels of symbolic links"),
        (Edit("out/values.json", b"outside", b"new"), "'out' is a link"),
        (Edit("out/deeper/values.json", None, b"new"), "'out' is a link"),
        (Edit("a", b"old", b"new"), "is a directory"),
        (Edit("b/values.json", None, b"new"), "no such file or directory"),
    ],
)
def test_what_is_not_as_expected_is_left_alone(tmp_path: Path, edit: Edit, reason: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    (outside / "deeper").mkdir(parents=True)
    (root / "a" / "values.json").write_bytes(b"old")
    (outside / "values.json").write_bytes(b"outside")
    (root / "a" / "link.json").symlink_to(outside / "values.json")
    (root / "a" / "dangling.json").symlink_to(outside / "new.json")
    (root / "out").symlink_to(outside)
    before = picture(tmp_path)
    with pytest.raises(PipelayerError) as refused:
        save(root, edit)
    assert reason in refused.value.message
    assert (refused.value.path, refused.value.hint) == (edit.path, "Nothing was changed.")
    assert picture(tmp_path) == before
