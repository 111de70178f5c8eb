"""The logs of attempts, read from S3.

Sources: AWS Data Pipeline Developer Guide, "Viewing Pipeline Logs": under `pipelineLogUri` a folder each for
the pipeline, the component, the instance and the attempt, and the same for resources, unless an `emrLogUri`
takes precedence; "Locating Error Logs" and "ShellCommandActivity" for what is written elsewhere. No page says
which files lie there, so all that do are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelayer.console.ports import Store, StoredFile
from pipelayer.console.unpacking import Damaged, lines, tail, unpacked
from pipelayer.errors import AwsError, Interrupted
from pipelayer.model.history import ObjectRun
from pipelayer.project.uploads import S3Location

TAIL = 200
"""So many lines of a file are shown unless more is wanted."""


@dataclass(frozen=True)
class LogFile:
    """One file in S3. `size` is in bytes as it lies there. `left_out` lines come before `lines`; `problem`
    says why what follows them is missing. Where the whole is wanted, `lines` are read while they are gone
    through, and may raise AwsError.
    """

    address: str
    size: int
    modified: datetime | None = None
    lines: Iterable[str] = ()
    left_out: int = 0
    problem: str = ""


@dataclass(frozen=True)
class AttemptLogs:
    """One attempt and what it has left. `problems` say why there is less than there could be, `hint` what to
    do about that. `attempt` may be an instance that never had one.
    """

    attempt: ObjectRun
    address: str = ""
    files: tuple[LogFile, ...] = ()
    problems: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Logs:
    """The logs of one run of a pipeline, `scheduled` for then. `notes` say what else there is to see."""

    name: str
    pipeline_id: str
    scheduled: datetime | None = None
    attempts: tuple[AttemptLogs, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[LogFile, ...]:
        return tuple(file for one in self.attempts for file in one.files)

    @property
    def found(self) -> bool:
        """Whether there is anything to read."""
        return any(not file.problem or file.lines for file in self.files)


def logs_of(store: Store, pipeline_id: str, attempt: ObjectRun, read: Reader) -> AttemptLogs:
    """What one attempt has left; what can't be had is said, and stops nothing else."""
    files: list[LogFile] = []
    problems: list[str] = []
    hints: list[str] = []
    own = folder(pipeline_id, attempt)
    if not attempt.log_uri:
        problems.append("The definition says nowhere where logs go (`pipelineLogUri`), so AWS kept none.")
        hints.append("Set `pipelineLogUri` on Default to an S3 folder: the next run's logs will be there.")
    elif own is None:
        problems.append(f"Its `pipelineLogUri` is no place in S3: {attempt.log_uri}")
        hints.append("Set `pipelineLogUri` on Default to an S3 folder, such as s3://BUCKET/logs/.")
    places = [own] if own else []
    places += [found for one in attempt.logs if (found := _location(one)) is not None]
    for place in places:
        try:
            files += _at(store, place, read, hints)
        except Interrupted:
            raise
        except AwsError as error:
            said, hint = _words(error, place)
            problems.append(said)
            hints.append(hint)
    if places and not files and not problems:
        problems.append(f"There is nothing under {places[0]}")
        hints.append(
            "AWS writes logs once the work is over, and none for work that never got a machine. A lifecycle "
            "rule of the bucket may have removed them."
        )
    address = str(own) if own else ""
    return AttemptLogs(attempt, address, tuple(files), tuple(problems), next(filter(None, hints), ""))


Reader = Callable[[Store, str, StoredFile], LogFile]


def last_lines(most: int) -> Reader:
    """Reads the last `most` lines of each file."""

    def read(store: Store, bucket: str, file: StoredFile) -> LogFile:
        found = tail(store.pieces(bucket, file.key), most)
        address = _address(bucket, file.key)
        return LogFile(address, file.size, file.modified, found.lines, found.left_out, found.problem)

    return read


def whole(store: Store, bucket: str, file: StoredFile) -> LogFile:
    """All of a file, while it is gone through."""
    found = _Whole(lambda: store.pieces(bucket, file.key))
    return LogFile(_address(bucket, file.key), file.size, file.modified, found)


def listed(store: Store, bucket: str, file: StoredFile) -> LogFile:
    """Only that it is there."""
    return LogFile(_address(bucket, file.key), file.size, file.modified)


@dataclass(frozen=True)
class _Whole:
    """The lines of a file, read anew each time; the last one says so if its end is missing."""

    pieces: Callable[[], Iterable[bytes]]

    def __iter__(self) -> Iterator[str]:
        try:
            yield from lines(unpacked(self.pieces()))
        except Damaged as damaged:
            yield f"[The rest can't be unpacked: {damaged}.]"


def folder(pipeline_id: str, attempt: ObjectRun) -> S3Location | None:
    """Where an attempt's logs are, None where that is no place in S3."""
    base = _location(attempt.log_uri.rstrip("/") + "/")
    if base is None:
        return None
    own = [pipeline_id, attempt.component, attempt.instance or attempt.id]
    own += [attempt.id] if attempt.instance else []
    return S3Location(base.bucket, f"{base.prefix}{'/'.join(own)}/")


def _location(address: str) -> S3Location | None:
    """A place in S3; None for another, and where an expression in it wasn't evaluated."""
    scheme, _, rest = address.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme not in ("s3", "s3n", "s3a") or not bucket or "#{" in address:
        return None
    return S3Location(bucket, prefix.lstrip("/"))


def _address(bucket: str, key: str) -> str:
    return f"s3://{bucket}/{key}"


def _at(store: Store, place: S3Location, read: Reader, hints: list[str]) -> Iterator[LogFile]:
    """The files in a folder, or the one of that name; `hints` gets what to do about unreadable ones."""
    found: Sequence[StoredFile] = store.list(place)
    is_folder = not place.prefix or place.prefix.endswith("/")
    for one in found:
        inside = is_folder or one.key == place.prefix or one.key.startswith(f"{place.prefix}/")
        if not inside or one.key.endswith("/"):
            continue
        try:
            yield read(store, place.bucket, one)
        except Interrupted:
            raise
        except AwsError as error:
            said, hint = _words(error, S3Location(place.bucket, one.key))
            hints.append(hint)
            yield LogFile(_address(place.bucket, one.key), one.size, one.modified, problem=said)


def _words(error: AwsError, place: S3Location) -> tuple[str, str]:
    """What S3 said, as the logs concern it."""
    match error.code:
        case "NoSuchBucket":
            return f"There is no bucket `{place.bucket}` any more.", "Correct `pipelineLogUri`."
        case "NoSuchKey" | "404":
            return f"{place} is gone.", ""
        case "AccessDenied" | "403":
            hint = error.hint or "Allow `s3:ListBucket` and `s3:GetObject` on the logs."
            return f"These credentials may not read {place}: {error.message}", hint
        case _:
            return error.message, error.hint
