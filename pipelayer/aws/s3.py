"""S3, as far as it is needed (Amazon S3 API Reference)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import md5
from typing import TYPE_CHECKING

from pipelayer.aws.errors import AGAIN_HINT, DENIED, NO_SUCH_KEY, NO_SUCH_UPLOAD, PASSING, aws_call, truncated
from pipelayer.deploy.ports import StoredObject
from pipelayer.errors import AwsError
from pipelayer.project.uploads import S3Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, ErrorTypeDef

CONTENT_ID = "pipelayer-blob"
"""The object's metadata entry that holds the git blob id of its content."""

_UNSEEN = NO_SUCH_KEY | DENIED | {"400"}
"""Codes of HeadObject, which has no body to say more; 400 is an object encrypted with its owner's key."""

DELETE_AT_ONCE = 1000
_DELETE_ROUNDS = 2
"""S3 may fail at single keys of a call that succeeds, and botocore retries only calls that fail."""

MiB = 2**20
PIECE = 256 * 1024
"""So many bytes of an object are held at once while it is read piece by piece."""

IN_PARTS_FROM = 64 * MiB
"""Bytes from which on a file is sent in parts, so that a lost connection costs one part and not all of it."""

PART_SIZE = 16 * MiB


class S3Bucket:
    """Fulfils `ports.Bucket`, and `console.ports.Store`. One object serves every thread.

    A file of `in_parts_from` bytes or more is sent in parts of `part_size` bytes. Of S3's parts only the last
    may be smaller than 5 MiB, and there can be 10,000.
    """

    def __init__(
        self,
        client: Callable[[], S3Client],
        *,
        in_parts_from: int = IN_PARTS_FROM,
        part_size: int = PART_SIZE,
    ) -> None:
        self._client = client
        self._in_parts_from = in_parts_from
        self._part_size = part_size

    def list(self, location: S3Location) -> Sequence[StoredObject]:
        """Every object under the prefix, all pages read."""
        found: list[StoredObject] = []
        operation = "ListObjectsV2"
        with aws_call(operation, _bucket(location.bucket)):
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=location.bucket, Prefix=location.prefix):
                if page.get("IsTruncated") and not page.get("NextContinuationToken"):
                    raise truncated(operation, "says that there is more, and not where")
                found += (
                    StoredObject(
                        key=one["Key"],
                        size=one.get("Size", 0),
                        etag=one.get("ETag", "").strip('"'),
                        modified=one.get("LastModified"),
                    )
                    for one in page.get("Contents", ())
                )
        return found

    def read(self, bucket: str, key: str) -> bytes:
        """One object whole."""
        with aws_call("GetObject", _bucket(bucket)):
            return self._client().get_object(Bucket=bucket, Key=key)["Body"].read()

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """One object piece by piece, as it arrives."""
        with aws_call("GetObject", _bucket(bucket)):
            body = self._client().get_object(Bucket=bucket, Key=key)["Body"]
            while piece := body.read(PIECE):
                yield piece

    def content_id(self, bucket: str, key: str) -> str:
        """The git blob id that our upload stored in the object's metadata.

        "" where there is no object or no such id, or it can't be seen: then the content isn't known. Also
        where the ETag is the content's MD5, which it is without KMS and parts (Amazon S3 API Reference,
        Object): then the ETag decides, and an id that somebody copied must not.
        """
        try:
            with aws_call("HeadObject", _bucket(bucket)):
                answer = self._client().head_object(Bucket=bucket, Key=key)
        except AwsError as error:
            if error.code in _UNSEEN:
                return ""
            raise
        with_kms = answer.get("ServerSideEncryption", "").startswith("aws:kms")
        known_by_etag = not with_kms and "-" not in answer.get("ETag", "")
        return "" if known_by_etag else answer.get("Metadata", {}).get(CONTENT_ID, "")

    def put(self, bucket: str, key: str, body: bytes, content_id: str) -> None:
        """Writes one object whole: until its last byte is there, the key holds what it held before.

        S3 refuses what doesn't match its MD5.
        """
        if len(body) >= self._in_parts_from:
            self._put_in_parts(bucket, key, body, content_id)
            return
        with aws_call("PutObject", _bucket(bucket)):
            self._client().put_object(
                Bucket=bucket, Key=key, Body=body, ContentMD5=_md5(body), Metadata={CONTENT_ID: content_id}
            )

    def _put_in_parts(self, bucket: str, key: str, body: bytes, content_id: str) -> None:
        with aws_call("CreateMultipartUpload", _bucket(bucket)):
            upload = self._client().create_multipart_upload(
                Bucket=bucket, Key=key, Metadata={CONTENT_ID: content_id}
            )["UploadId"]
        try:
            parts = [
                self._put_part(bucket, key, upload, number, body[start : start + self._part_size])
                for number, start in enumerate(range(0, len(body), self._part_size), start=1)
            ]
            self._complete(bucket, key, upload, parts, content_id)
        except BaseException:
            # Parts that nobody aborts are paid for, and no listing of objects shows them.
            with suppress(AwsError), aws_call("AbortMultipartUpload"):
                self._client().abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
            raise

    def _put_part(self, bucket: str, key: str, upload: str, number: int, body: bytes) -> CompletedPartTypeDef:
        with aws_call("UploadPart", _bucket(bucket)):
            answer = self._client().upload_part(
                Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body, ContentMD5=_md5(body)
            )
            return {"PartNumber": number, "ETag": answer["ETag"]}

    def _complete(
        self, bucket: str, key: str, upload: str, parts: Sequence[CompletedPartTypeDef], content_id: str
    ) -> None:
        try:
            with aws_call("CompleteMultipartUpload", _bucket(bucket)):
                self._client().complete_multipart_upload(
                    Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
                )
        except AwsError as error:
            # Where only the answer was lost, the retry may find no upload any more, but its object.
            if error.code != NO_SUCH_UPLOAD or self.content_id(bucket, key) != content_id:
                raise

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes objects, 1,000 a call; one that is gone already is no error. Those that S3 keeps are named
        in the error.
        """
        kept: list[ErrorTypeDef] = []
        for _ in range(_DELETE_ROUNDS):
            batches = (keys[at : at + DELETE_AT_ONCE] for at in range(0, len(keys), DELETE_AT_ONCE))
            kept = [error for batch in batches for error in self._delete(bucket, batch)]
            keys = [error.get("Key", "") for error in kept]
        if kept:
            raise _not_deleted(bucket, kept)

    def _delete(self, bucket: str, keys: Sequence[str]) -> Sequence[ErrorTypeDef]:
        with aws_call("DeleteObjects", _bucket(bucket)):
            answer = self._client().delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        return answer.get("Errors", [])


def _not_deleted(bucket: str, kept: Sequence[ErrorTypeDef]) -> AwsError:
    first = kept[0]
    code = first.get("Code", "")
    others = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
    return AwsError(
        f"S3 did not delete `{first.get('Key', '')}`{others} from {_bucket(bucket)}: "
        f"{first.get('Message', '')} ({code})",
        AGAIN_HINT
        if code in PASSING
        else "Allow `s3:DeleteObject` on the prefix, and look for a bucket policy or an object lock.",
        code=code,
        operation="DeleteObjects",
    )


def _md5(body: bytes) -> str:
    """As the Content-MD5 header wants it; nothing is secured by it."""
    return b64encode(md5(body, usedforsecurity=False).digest()).decode("ascii")


def _bucket(name: str) -> str:
    return f"bucket `{name}`"
