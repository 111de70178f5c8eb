"""S3, as far as an upload needs it (Amazon S3 API Reference)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import md5
from itertools import islice
from typing import TYPE_CHECKING

from pipelayer.aws.errors import DENIED, NO_SUCH_KEY, aws_call, truncated
from pipelayer.deploy.ports import StoredObject
from pipelayer.errors import AwsError
from pipelayer.project.uploads import S3Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONTENT_ID = "pipelayer-blob"
"""The object's metadata entry that holds the git blob id of its content."""

DELETE_AT_ONCE = 1000


class S3Bucket:
    """Fulfils `ports.Bucket`. One object serves every thread."""

    def __init__(self, client: Callable[[], S3Client]) -> None:
        self._client = client

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
                    StoredObject(key=one["Key"], size=one.get("Size", 0), etag=one.get("ETag", "").strip('"'))
                    for one in page.get("Contents", ())
                )
        return found

    def content_id(self, bucket: str, key: str) -> str:
        """The git blob id that our upload stored in the object's metadata.

        "" where there is no object, no such id, or no permission to look: then the content isn't known.
        """
        try:
            with aws_call("HeadObject", _bucket(bucket)):
                answer = self._client().head_object(Bucket=bucket, Key=key)
        except AwsError as error:
            if error.code in NO_SUCH_KEY | DENIED:
                return ""
            raise
        return answer.get("Metadata", {}).get(CONTENT_ID, "")

    def put(self, bucket: str, key: str, body: bytes, content_id: str) -> None:
        """Writes one object whole. S3 refuses a body that doesn't match its MD5."""
        checksum = b64encode(md5(body, usedforsecurity=False).digest()).decode("ascii")
        with aws_call("PutObject", _bucket(bucket)):
            self._client().put_object(
                Bucket=bucket, Key=key, Body=body, ContentMD5=checksum, Metadata={CONTENT_ID: content_id}
            )

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes objects, 1,000 a call. Those that S3 keeps are named in the error."""
        rest = iter(keys)
        while batch := list(islice(rest, DELETE_AT_ONCE)):
            with aws_call("DeleteObjects", _bucket(bucket)):
                answer = self._client().delete_objects(
                    Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            kept = answer.get("Errors", [])
            if kept:
                first = kept[0]
                others = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
                raise AwsError(
                    f"S3 did not delete `{first.get('Key', '')}`{others} from {_bucket(bucket)}: "
                    f"{first.get('Message', '')} ({first.get('Code', '')})",
                    "Allow `s3:DeleteObject` on the prefix, and look for a bucket policy or an object lock.",
                    code=first.get("Code", ""),
                    operation="DeleteObjects",
                )


def _bucket(name: str) -> str:
    return f"bucket `{name}`"
