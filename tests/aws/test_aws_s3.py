"""S3: against a real server of its protocol where it works, against scripted answers where it doesn't."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5

import pytest

from aws.wire import Answer, Wire
from pipelayer.aws.client import AwsCloud, connect
from pipelayer.errors import AwsError
from pipelayer.project.uploads import S3Location
from pipelayer.sandbox import Sandbox


@pytest.fixture
def s3(sandbox: Sandbox) -> AwsCloud:
    """A cloud with the empty bucket `shelf`."""
    sandbox.create_bucket("shelf")
    return connect("us-east-1", sandbox.aws_environment(), attempts=1)


def test_what_is_put_is_listed_with_its_content_id(s3: AwsCloud) -> None:
    s3.bucket.put("shelf", "one/tasks/a b+ü.py", b"print()", "blob-1")
    (found,) = s3.bucket.list(S3Location("shelf", "one/"))
    assert (found.key, found.size) == ("one/tasks/a b+ü.py", 7)
    assert found.etag == md5(b"print()").hexdigest()
    assert s3.bucket.content_id("shelf", found.key) == "blob-1"


def test_what_is_not_there_has_no_content_id(s3: AwsCloud) -> None:
    assert s3.bucket.content_id("shelf", "nowhere") == ""


def test_more_than_a_page_is_listed_and_deleted(sandbox: Sandbox, s3: AwsCloud) -> None:
    for number in range(1003):
        sandbox.put_object("shelf", f"many/{number:04}", b"")
    sandbox.put_object("shelf", "many2/stays", b"")
    keys = [one.key for one in s3.bucket.list(S3Location("shelf", "many/"))]
    assert len(keys) == 1003
    s3.bucket.delete("shelf", keys)
    assert list(s3.bucket.list(S3Location("shelf", "many/"))) == []
    assert len(s3.bucket.list(S3Location("shelf", "many2/"))) == 1


def test_deleting_nothing_asks_nothing(wire: Wire) -> None:
    wire.cloud().bucket.delete("shelf", [])
    assert wire.asked == []


def test_a_bucket_of_another_region_is_found_all_the_same(sandbox: Sandbox, s3: AwsCloud) -> None:
    sandbox.create_bucket("far-away", "eu-west-1")
    s3.bucket.put("far-away", "k", b"body", "blob-1")
    assert sandbox.objects("far-away") == {"k": b"body"}


def test_a_missing_permission_is_named(sandbox: Sandbox, s3: AwsCloud) -> None:
    sandbox.allow_only("AKIASANDBOX", ["s3:ListBucket", "s3:PutObject"])
    s3.bucket.put("shelf", "k", b"", "blob-1")
    with pytest.raises(AwsError) as caught:
        s3.bucket.delete("shelf", ["k"])
    assert "s3:DeleteObject" in caught.value.hint


def test_a_bucket_that_does_not_exist_is_named(s3: AwsCloud) -> None:
    with pytest.raises(AwsError, match="There is no bucket `nowhere`") as caught:
        s3.bucket.list(S3Location("nowhere", ""))
    assert "myS3InputDir" in caught.value.hint


def test_the_body_travels_with_its_md5_and_id(wire: Wire) -> None:
    wire.on("PUT", Answer())
    wire.cloud().bucket.put("shelf", "k", b"body", "blob-1")
    headers = wire.asked[0].headers
    assert headers["content-md5"] == b64encode(md5(b"body").digest()).decode()
    assert headers["x-amz-meta-pipelayer-blob"] == "blob-1"
    assert wire.asked[0].body == b"body"


def trouble(code: str, message: str, status: int) -> Answer:
    return Answer(f"<Error><Code>{code}</Code><Message>{message}</Message></Error>", status)


def test_a_bucket_that_forbids_writing_is_named_with_the_action(wire: Wire) -> None:
    wire.on("PUT", trouble("AccessDenied", "Access Denied", 403))
    with pytest.raises(AwsError, match="bucket `shelf`") as caught:
        wire.cloud().bucket.put("shelf", "k", b"", "blob-1")
    assert caught.value.hint == "Allow `s3:PutObject` in the role's policy."


def test_a_bucket_elsewhere_is_named(wire: Wire) -> None:
    wire.on("PUT", trouble("PermanentRedirect", "must be addressed elsewhere", 301))
    wire.on("HEAD", Answer(status=404))
    with pytest.raises(AwsError, match="bucket `shelf` is in another region") as caught:
        wire.cloud().bucket.put("shelf", "k", b"", "blob-1")
    assert "region" in caught.value.hint


def test_a_bucket_that_is_slow_is_asked_again(wire: Wire) -> None:
    wire.on("PUT", trouble("SlowDown", "Please reduce your request rate.", 503), Answer())
    wire.cloud(attempts=2).bucket.put("shelf", "k", b"", "blob-1")
    assert wire.operations() == ["PUT", "PUT"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_content_id_that_cannot_be_seen_is_not_known(wire: Wire, status: int) -> None:
    wire.on("HEAD", Answer(status=status))
    assert wire.cloud().bucket.content_id("shelf", "k") == ""


def test_keys_that_s3_keeps_are_told(wire: Wire) -> None:
    kept = "<Error><Key>tasks/b</Key><Code>AccessDenied</Code><Message>locked</Message></Error>"
    wire.on("POST", Answer(f"<DeleteResult>{kept}{kept}</DeleteResult>"))
    with pytest.raises(AwsError, match=r"`tasks/b` and 1 more from bucket `shelf`: locked \(AccessDenied\)"):
        wire.cloud().bucket.delete("shelf", ["tasks/a", "tasks/b"])


def test_half_a_listing_is_an_error(wire: Wire) -> None:
    wire.on("GET", Answer("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"))
    with pytest.raises(AwsError, match="says that there is more"):
        wire.cloud().bucket.list(S3Location("shelf", ""))
