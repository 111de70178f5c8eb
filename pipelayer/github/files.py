"""New files in the workspace, for the steps after this one.

The workspace is the one folder that a container action surely shares with them. A pull request may have put
anything there: a name that exists is left alone, and no link is followed.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress

_CONTAINER_WORKSPACE = "/github/workspace"
_MOST_REPORTS = 100
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


def write_report(text: str, workspace: str) -> str:
    """Writes the report under a name that is free; gives its path for later steps. May raise OSError.

    The workspace has another path outside the container, hence a path relative to it there.
    """
    for number in range(1, _MOST_REPORTS + 1):
        name = f"pipelayer-report{'' if number == 1 else f'-{number}'}.json"
        try:
            write_new(text, workspace, name)
        except FileExistsError:
            continue
        return name if workspace == _CONTAINER_WORKSPACE else os.path.join(workspace, name)
    raise FileExistsError(errno.EEXIST, f"the workspace holds {_MOST_REPORTS} report files already")


def write_new(text: str, workspace: str, path: str) -> None:
    """Writes a file that isn't there yet, at `path` in the workspace, and the folders that lead to it.

    Raises OSError where something of that name exists, or where a part of the path is a link.
    """
    *folders, name = path.split("/")
    folder = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            folder = _enter(folder, part)
        with os.fdopen(os.open(name, _NEW, 0o644, dir_fd=folder), "w", encoding="utf-8") as file:
            file.write(text)
    finally:
        os.close(folder)


def _enter(folder: int, name: str) -> int:
    """The folder of this name, made where it isn't there; the one that it is in is closed."""
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=folder)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    os.close(folder)
    return inner
