"""Files that a command makes: looked at beforehand, written whole, and never over one that is there."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from pipelayer.errors import PipelayerError, UsageError
from pipelayer.project.tree import UNFINISHED


@dataclass(frozen=True)
class NewFile:
    """What a file shall hold."""

    content: bytes
    executable: bool = False


class State(StrEnum):
    """What is at a path by now: nothing, the very file, another one, or what can't be written past."""

    NEW = "new"
    SAME = "same"
    DIFFERS = "differs"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Planned:
    """A path, relative to the folder, and what is there. `reason` says, in words, what blocks it."""

    path: str
    state: State
    reason: str = ""


def plan_files(root: Path, files: Mapping[str, NewFile]) -> tuple[Planned, ...]:
    """What writing these files below the folder `root`, which may be missing itself, would meet."""
    return tuple(_plan(root, path, file) for path, file in files.items())


def write_files(root: Path, files: Mapping[str, NewFile]) -> tuple[str, ...]:
    """Writes those that aren't there yet, with the folders that they need; gives their paths.

    Each appears whole or not at all, so a run that was cut short is continued by the next. Raises UsageError
    before the first is written if any is blocked or would be another one; PipelayerError for one that can't
    be written: those before it stay.
    """
    planned = plan_files(root, files)
    for one in planned:
        if one.state in (State.DIFFERS, State.BLOCKED):
            message = f"{one.path!r} can't be written: {one.reason or 'another file is there'}."
            raise UsageError(message, "Nothing was written.", path=one.path)
    _clear(root)
    missing = tuple(one.path for one in planned if one.state is State.NEW)
    for path in missing:
        try:
            _write(root, path, files[path])
        except OSError as problem:
            message = f"{path!r} can't be written: {_words(problem)}."
            hint = "What was written before it is whole. The same command again goes on from there."
            raise PipelayerError(message, hint, path=path) from problem
    return missing


def _plan(root: Path, path: str, file: NewFile) -> Planned:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.name or "\0" in path:
        return Planned(path, State.BLOCKED, "that is no path in the folder")
    try:
        for folder in reversed(pure.parents):
            kind = _kind(root / folder)
            if kind is not None and not stat.S_ISDIR(kind) and folder.name:
                reason = "a link" if stat.S_ISLNK(kind) else "no folder"
                return Planned(path, State.BLOCKED, f"{str(folder)!r} is {reason}")
        kind = _kind(root / path)
        if kind is None:
            return Planned(path, State.NEW)
        if not stat.S_ISREG(kind):
            return Planned(path, State.BLOCKED, "a link is there" if stat.S_ISLNK(kind) else "it is no file")
        same = (root / path).read_bytes() == file.content
    except OSError as problem:
        return Planned(path, State.BLOCKED, _words(problem))
    return Planned(path, State.SAME if same else State.DIFFERS)


def _kind(path: Path) -> int | None:
    """The mode of what is there, links not followed; None where nothing is."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _write(root: Path, path: str, file: NewFile) -> None:
    """A link to the finished file refuses to replace what came there in the meantime; a renaming wouldn't.

    It is made in the folder's top, where nothing takes what a killed process left for a file of a pipeline.
    """
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = root / f"{UNFINISHED}{os.getpid()}.{secrets.token_hex(8)}"
    mode = 0o777 if file.executable else 0o666
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(file.content)
            opened.flush()
            os.fsync(descriptor)
        try:
            os.link(unfinished, target)
        except FileExistsError:
            if _plan(root, path, file).state is not State.SAME:  # somebody else's, or another import's
                raise
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _clear(root: Path) -> None:
    """Takes away what killed processes left."""
    for left in root.glob(f"{UNFINISHED}*"):
        process = left.name.removeprefix(UNFINISHED).partition(".")[0]
        if process.isdecimal() and not _runs(int(process)):
            with suppress(OSError):
                left.unlink()


def _runs(process: int) -> bool:
    if os.name == "nt":
        return True  # there it can't be asked without a signal
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _words(problem: OSError) -> str:
    return (problem.strerror or "it is no file").lower()
