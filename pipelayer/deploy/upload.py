"""Files and a listing of the bucket → what to send and what to delete. Pure but for reading the files'
bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pipelayer.deploy.ports import Bucket, StoredObject
from pipelayer.errors import AwsError
from pipelayer.project.uploads import S3Location, UploadFile

_THREADS = 8
"""Files that are compared at once: some take a question to S3."""

MIRRORED = "tasks/"
"""The folder under the input directory that is mirrored exactly: what else is there belongs to others."""


@dataclass(frozen=True)
class UploadPlan:
    """What to send, and which keys under `tasks/` no file stands for any more. `compared` is False where S3
    wasn't asked. `stored` are the bytes that the bucket holds under the keys of both, as far as it has them.
    """

    location: S3Location
    send: tuple[UploadFile, ...] = ()
    stale: tuple[str, ...] = ()
    compared: bool = True
    stored: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def empty(self) -> bool:
        """Whether the bucket already holds just these files."""
        return not self.send and not self.stale


def plan_upload(
    location: S3Location,
    files: Iterable[UploadFile],
    bucket: Bucket,
    read: Callable[[str], bytes],
    *,
    not_ours: bool = False,
) -> UploadPlan:
    """Compares by content: a fresh clone has new times on every file.

    A listing's ETag is the content's MD5 unless the bucket encrypts with KMS or the object came in parts;
    then the blob id that our own upload left in the object's metadata decides, and where that is missing the
    file is sent. What is `not_ours` yet has no such id: then the object itself is read.
    """
    files = tuple(files)
    stored = {item.key: item for item in bucket.list(location)}

    def is_stored(file: UploadFile) -> bool:
        return _is_stored(file, stored.get(file.destination), location, bucket, read, not_ours=not_ours)

    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        send = tuple(file for file, same in zip(files, pool.map(is_stored, files), strict=True) if not same)
    wanted = {file.destination for file in files}
    mirrored = location.prefix + MIRRORED
    stale = tuple(
        sorted(
            key
            for key, item in stored.items()
            if key.startswith(mirrored) and key not in wanted and not _marks_folder(item)
        )
    )
    concerned = (*(file.destination for file in send), *stale)
    sizes = {key: stored[key].size for key in concerned if key in stored}
    return UploadPlan(location, send, stale, stored=sizes)


def _marks_folder(item: StoredObject) -> bool:
    """Whether it only lets S3's console show a folder: no file stands for it, and nothing reads it."""
    return item.key.endswith("/") and not item.size


def _is_stored(
    file: UploadFile,
    stored: StoredObject | None,
    location: S3Location,
    bucket: Bucket,
    read: Callable[[str], bytes],
    *,
    not_ours: bool,
) -> bool:
    if stored is None:
        return False
    body = read(file.source)
    if len(body) != stored.size:
        return False
    # S3 defines a single part's ETag as an MD5; nothing here is secured by it.
    if hashlib.md5(body, usedforsecurity=False).hexdigest() == stored.etag:
        return True
    known = bucket.content_id(location.bucket, file.destination)
    if known or not not_ours:
        return known == file.id
    return _holds(bucket, location, file, body)


def _holds(bucket: Bucket, location: S3Location, file: UploadFile, body: bytes) -> bool:
    """Whether the object is just this. Where it can't be read, nobody knows, and the file is sent."""
    try:
        return bucket.read(location.bucket, file.destination) == body
    except AwsError:
        return False
