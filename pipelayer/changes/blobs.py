"""One long-lived `git cat-file --batch`: objects by id or name, without a process for each.

It answers from the object store, so neither a sparse checkout, nor a link on disk, nor a file that changes
meanwhile can alter what is read. In a partial clone git itself fetches what is missing.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from pipelayer.changes.process import Git, failure, patiently
from pipelayer.errors import GitError


@dataclass(frozen=True)
class GitObject:
    """One object of the store: its full id, its kind (`blob`, `tree`, `commit`, `tag`) and its content."""

    id: str
    kind: str
    data: bytes


class Objects:
    """Reads objects; safe to use from several threads. The process starts with the first read.

    `pause` waits some seconds before what may have failed on the way to a server is tried again.
    """

    def __init__(self, git: Git, pause: Callable[[float], None]) -> None:
        self._git = git
        self._pause = pause
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._finalizer: weakref.finalize[[subprocess.Popen[bytes], IO[bytes]], Objects] | None = None

    def find(self, name: str) -> GitObject | None:
        """The object that `name` (an id or any revision) means; None where there is none.

        Raises GitError where git fails, as when a partial clone's server can't be reached.
        """
        if not name or "\n" in name or "\0" in name:
            return None
        return patiently(lambda: self._find(name), self._pause)

    def _find(self, name: str) -> GitObject | None:
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018  (PIPEs, above)
            try:
                process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
                process.stdin.flush()
                # Either `<id> <kind> <size>`, or the name (which may hold spaces) and one word: missing,
                # ambiguous.
                header = process.stdout.readline().split()
                if not header:
                    raise self._failure()
                if header[-1] in (b"missing", b"ambiguous") or len(header) != 3:
                    return None
                size = int(header[2])
                data = process.stdout.read(size)
                if len(data) != size or process.stdout.read(1) != b"\n":
                    raise self._failure()
            except OSError:
                raise self._failure() from None
            return GitObject(header[0].decode("ascii"), header[1].decode("ascii"), data)

    def close(self) -> None:
        """Ends the process. Reading again starts another one."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None:
            return self._process
        complaints = tempfile.TemporaryFile()  # noqa: SIM115  (closed by _end; a pipe that nobody reads could block git)
        try:
            self._process = subprocess.Popen(
                self._git.command("cat-file", "--batch"),
                cwd=self._git.directory,
                env=self._git.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                process_group=0,  # Ctrl-C is for us: what was begun is finished, and may need to read on
            )
        except OSError as problem:
            complaints.close()
            raise GitError(f"git can't be run in {self._git.directory}: {problem.strerror}") from None
        self._complaints = complaints
        self._finalizer = weakref.finalize(self, _end, self._process, complaints)
        return self._process

    def _failure(self) -> GitError:
        words = ""
        if self._process is not None and self._complaints is not None:
            self._process.kill()
            self._process.wait()
            self._complaints.seek(0)
            words = self._complaints.read(10_000).decode("utf-8", "replace")
        self._stop()
        return failure("cat-file", words)

    def _stop(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._process = self._complaints = self._finalizer = None


def _end(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
    """End of input is the end of git; reading its output to the end first would only delay it."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    complaints.close()
