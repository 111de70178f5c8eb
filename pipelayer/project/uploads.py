"""What of a pipeline's directory is uploaded, and where to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelayer.definition.expressions import Resolver
from pipelayer.definition.flat import Definition, Field
from pipelayer.model import Finding, Position, Severity
from pipelayer.project.layout import Place
from pipelayer.project.reading import BAD_CHARACTER, shown
from pipelayer.project.tables import CONTROL, Findings
from pipelayer.project.tree import MODE_EXECUTABLE, MODE_LINK, MODE_SUBMODULE, Tree, TreeEntry

INPUT_DIR = "myS3InputDir"

_MAX_KEY_BYTES = 1024
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 1024
"""A pointer is always shorter (Git LFS specification, "The Pointer")."""

_CALLS_RUN = re.compile(
    r"(?<![\w./-])(?:\./|\$\{?INPUT\d+_STAGING_DIR\}?/|chmod\s+\S+\s+|\b(?:ba)?sh\s+)run(?![\w./-])"
)
_CHANGES_FOLDER = re.compile(r"\bcd\s+([^\s;&|)]+)")


class Code(StrEnum):
    """PL04: what is wrong with the files to upload."""

    NO_INPUT_DIR = "PL040"
    INPUT_DIR = "PL041"
    LINK = "PL042"
    SUBMODULE = "PL043"
    POINTER = "PL044"
    FILE_NAME = "PL045"
    NO_RUN = "PL046"


@dataclass(frozen=True)
class S3Location:
    """A place in S3. `prefix` has no leading slash and is empty or ends with one."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class UploadFile:
    """One file: `source` in the repository, `relative` in the directory, `destination` its key in S3.

    `id` is its git blob id. `executable` doesn't survive S3; it counts for the digest only.
    """

    source: str
    relative: str
    destination: str
    id: str
    executable: bool


def find_pointers(tree: Tree, files: Mapping[str, Sequence[UploadFile]]) -> Iterator[Finding]:
    """Files that hold only a pointer of Git LFS; `files` are those to upload, by their pipeline's key.

    Only this opens them: it is asked about the pipelines that a run is about, and about no others.
    """
    known: dict[str, bool] = {}
    for key, uploads in files.items():
        for file in uploads:
            if file.id not in known:
                known[file.id] = _is_pointer(tree, file.source)
            if known[file.id]:
                yield Finding(
                    Severity.ERROR,
                    Code.POINTER,
                    f"{shown(file.source)} is a Git LFS pointer, not the file.",
                    Position(file.source),
                    "Check out with `lfs: true` and use `source: tracked`, or commit the file itself.",
                    key,
                )


def _is_pointer(tree: Tree, path: str) -> bool:
    size = tree.entries[path].size
    if size is not None and not len(_POINTER) <= size < _POINTER_BYTES:
        return False
    return tree.read(path).startswith(_POINTER)


def read_input_dir(
    place: Place, definition: Definition, resolve: Callable[[str], str | None], findings: Findings
) -> S3Location | None:
    """`myS3InputDir` with parameters filled in. It is needed, and checked, only with files to upload."""
    location = input_location(definition, resolve)
    if location is not None or not place.files:
        return location
    field = _input_field(definition)
    text = field.texts[0] if field and len(field.texts) == 1 else ""
    resolved = resolve(text)
    if field is None:
        count = "a file" if len(place.files) == 1 else f"{len(place.files)} files"
        message = f"The directory has {count} to upload, but there is no `{INPUT_DIR}`."
        hint = f'Add "{INPUT_DIR}": "s3://bucket/folder" to the values, or move the files away.'
        findings.error(Code.NO_INPUT_DIR, message, Position(place.values[0]), hint)
    elif resolved is None:
        message = f"`{INPUT_DIR}` {shown(text)} can't be worked out."
        hint = "Only parameters with a plain value may stand in it: AWS evaluates the rest too late."
        findings.error(Code.INPUT_DIR, message, field.at, hint)
    else:
        message = f"`{INPUT_DIR}` can't be {shown(resolved) if resolved else 'empty, secret or a list'}."
        findings.error(Code.INPUT_DIR, message, field.at, "Write s3://bucket/folder.")
    return None


def input_location(
    definition: Definition, resolve: Callable[[str], str | None] | None = None
) -> S3Location | None:
    """Where the uploads of a definition lie, be it a live one or not; None where it names no place.

    `resolve` fills in parameters, if there is one already.
    """
    field = _input_field(definition)
    if field is None or len(field.values) != 1 or not field.texts:
        return None
    resolve = resolve or Resolver(definition.values, definition.defaults).text
    return location_of(resolve(field.texts[0]))


def _input_field(definition: Definition) -> Field | None:
    return definition.values.get(INPUT_DIR) or definition.defaults.get(INPUT_DIR)


def location_of(url: str | None) -> S3Location | None:
    """The folder that an address names, None where it names none."""
    if url is None or not url.startswith("s3://"):
        return None
    bucket, _, rest = url.removeprefix("s3://").partition("/")
    prefix = rest if not rest or rest.endswith("/") else f"{rest}/"
    parts = prefix.split("/")[:-1]
    if not _BUCKET.fullmatch(bucket) or {"", ".", ".."} & set(parts) or CONTROL.search(prefix):
        return None
    return S3Location(bucket, prefix)


def read_files(place: Place, location: S3Location | None, findings: Findings) -> tuple[UploadFile, ...]:
    """The files to upload, none of which is opened. What must not or can't be uploaded is a finding."""
    prefix = location.prefix if location else ""
    files = []
    for entry in place.files:
        relative = entry.path[len(place.directory) + 1 :]
        destination = prefix + relative
        if _uploadable(entry, destination, findings):
            executable = entry.mode == MODE_EXECUTABLE
            files.append(UploadFile(entry.path, relative, destination, entry.id, executable))
    return tuple(files)


def _uploadable(entry: TreeEntry, destination: str, findings: Findings) -> bool:
    at = Position(entry.path)
    name = shown(entry.path)
    if entry.mode == MODE_LINK:
        findings.error(
            Code.LINK, f"{name} is a symbolic link.", at, "Put the file itself there: links are refused."
        )
    elif entry.mode == MODE_SUBMODULE:
        hint = "Copy the files that are needed: a submodule's content is not in this repository."
        findings.error(Code.SUBMODULE, f"{name} is a submodule.", at, hint)
    elif CONTROL.search(destination) or BAD_CHARACTER.search(destination) or _climbs(destination):
        hint = "Rename it: letters, digits and punctuation in UTF-8, no control characters."
        findings.error(Code.FILE_NAME, f"S3 can't carry the name {name}.", at, hint)
    elif (length := len(destination.encode("utf-8"))) > _MAX_KEY_BYTES:
        message = f"The key of {name} in S3 has {length} bytes; {_MAX_KEY_BYTES} are possible."
        findings.error(Code.FILE_NAME, message, at, f"Shorten the name or `{INPUT_DIR}`.")
    else:
        return True
    return False


def _climbs(path: str) -> bool:
    return bool({".", ".."} & set(path.split("/")))


def check_run(
    place: Place, definition: Definition, resolve: Callable[[str], str | None], findings: Findings
) -> None:
    """A command that calls `run` in the staged directory needs that file."""
    if any(entry.path == f"{place.directory}/run" for entry in place.files):
        return
    for item in definition.objects:
        field = item.fields.get("command")
        for index, text in enumerate(field.texts if field else ()):
            command = resolve(text) or text
            folders = _CHANGES_FOLDER.findall(command)
            elsewhere = any("STAGING_DIR" not in folder for folder in folders)
            if field is not None and _CALLS_RUN.search(command) and not elsewhere:
                hint = "Add an executable `run` to the directory, or change the command."
                message = f"The command of {shown(item.id)} calls `run`, which the directory doesn't have."
                findings.error(Code.NO_RUN, message, field.position(index), hint)


def files_digest(location: S3Location | None, files: Sequence[UploadFile]) -> str:
    """32 hex digits, equal for equal files in the same place, and for all pipelines without files."""
    digest = hashlib.sha256()
    bucket = location.bucket if location else ""
    for file in sorted(files, key=lambda file: file.destination):
        mode = "100755" if file.executable else "100644"
        for part in (bucket, file.destination, mode, file.id):
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:32]
