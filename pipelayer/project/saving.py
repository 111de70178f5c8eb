"""A file of the project, written anew in one step: whoever looks sees the old one or the new one."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelayer.errors import PipelayerError


@dataclass(frozen=True)
class Edit:
    """What the file `path`, relative to the repository, holds now and shall hold. `before` is None for a new
    file.
    """

    path: str
    before: bytes | None
    after: bytes


def save(root: Path, edit: Edit) -> None:
    """Writes the file below the repository's top `root`. An existing one keeps its mode.

    Raises PipelayerError, with nothing changed, where a link leads to the file, where it no longer holds what
    it did, and where it can't be written.
    """
    path = root / edit.path
    for folder in PurePosixPath(edit.path).parents:
        if folder.name and (root / folder).is_symlink():
            raise _refusal(edit.path, f"{str(folder)!r} is a link")
    try:
        held, mode = _read(path)
        if held is None and edit.before is not None:
            raise _refusal(edit.path, "it isn't on disk")
        if held != edit.before:
            raise _refusal(edit.path, "it isn't what it was a moment ago")
        _replace(path, edit.after, mode)
    except OSError as problem:
        raise _refusal(edit.path, (problem.strerror or "it is no file").lower()) from problem


def _read(path: Path) -> tuple[bytes | None, int | None]:
    """The content and the permissions; None for both where there is no file. One that may not be written is
    an error already here: replacing it would go around that.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None, None
    with os.fdopen(descriptor, "r+b") as file:
        return file.read(), stat.S_IMODE(os.fstat(descriptor).st_mode)


def _replace(path: Path, data: bytes, mode: int | None) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def _refusal(path: str, reason: str) -> PipelayerError:
    return PipelayerError(f"{path!r} can't be written: {reason}.", "Nothing was changed.", path=path)
