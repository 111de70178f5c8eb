"""S3: against a real server of its protocol where it works, against scripted answers where it doesn't."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from hashlib import md5
from socketserver import StreamRequestHandler, TCPServer

import pytest

from aws.wire import Answer, Asked, Wire
from pipelayer.aws.client import AwsCloud, connect
from pipelayer.aws.s3 import PIECE, S3Bucket
from pipelayer.errors import AwsError
from pipelayer.project.uploads import S3Location
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault, Kind, When


@pytest.fixture
def s3(sandbox: Sandbox) -> AwsCloud:
    """A cloud with the empty bucket `shelf`."""
    sandbox.create_bucket("shelf")
    return connect("us-east-1", sandbox.aws_environment(), attempts=1)


def test_what_is_put_is_listed_with_its_md5_which_no_other_id_outweighs(s3: AwsCloud) -> None:
    s3.bucket.put("shelf", "one/tasks/a b+ü.py", b"print()", "blob-1")
    (found,) = s3.bucket.list(S3Location("shelf", "one/"))
    assert (found.key, found.size) == ("one/tasks/a b+ü.py", 7)
    assert found.etag == md5(b"print()").hexdigest()
    assert s3.bucket.content_id("shelf", found.key) == ""


PART = 5 * 2**20
"""S3 takes no smaller part but the last."""
BIG = b"1" * PART + b"2" * PART + b"3"


@pytest.fixture
def parts(s3: AwsCloud) -> S3Bucket:
    """A bucket that takes whatever has a whole part's size or more in parts."""
    return S3Bucket(s3.clients.s3, in_parts_from=PART, part_size=PART)


def unfinished(s3: AwsCloud) -> list[str]:
    """The keys of the uploads that were neither completed nor aborted."""
    uploads = s3.clients.s3().list_multipart_uploads(Bucket="shelf").get("Uploads", ())
    return [upload["Key"] for upload in uploads]


def operations(sandbox: Sandbox) -> list[str]:
    return [call.operation for call in sandbox.calls("s3")]


def test_a_big_file_is_put_in_parts(sandbox: Sandbox, s3: AwsCloud, parts: S3Bucket) -> None:
    parts.put("shelf", "big", BIG, "blob-1")
    assert operations(sandbox) == [
        "CreateMultipartUpload",
        *["UploadPart"] * 3,
        "CompleteMultipartUpload",
    ]
    assert sandbox.objects("shelf") == {"big": BIG}
    (found,) = parts.list(S3Location("shelf", ""))
    assert found.etag.endswith("-3")
    assert parts.content_id("shelf", "big") == "blob-1"
    assert unfinished(s3) == []


def test_one_byte_less_is_put_at_once(sandbox: Sandbox, parts: S3Bucket) -> None:
    parts.put("shelf", "small", BIG[: PART - 1], "blob-1")
    assert operations(sandbox) == ["PutObject"]
    sandbox.clear_record()
    parts.put("shelf", "just", BIG[:PART], "blob-2")
    assert operations(sandbox)[1:] == ["UploadPart", "CompleteMultipartUpload"]
    assert sandbox.objects("shelf") == {"small": BIG[: PART - 1], "just": BIG[:PART]}


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("when", When)
def test_a_put_that_fails_midway_leaves_nothing_but_what_was(
    sandbox: Sandbox, s3: AwsCloud, parts: S3Bucket, number: int, when: When
) -> None:
    parts.put("shelf", "big", b"old", "blob-0")
    sandbox.fault(Fault(service="s3", operation="*", nth=number + 1, when=when, kind=Kind.DROP))
    whole = when is When.AFTER and number == 4
    with pytest.raises(AwsError):
        parts.put("shelf", "big", BIG, "blob-1")
    assert sandbox.objects("shelf") == {"big": BIG if whole else b"old"}
    # Of an upload whose id never arrived nothing is known, and no part of it was sent.
    assert unfinished(s3) == (["big"] if when is When.AFTER and number == 0 else [])


def test_parts_that_cannot_be_aborted_hide_no_error(sandbox: Sandbox, parts: S3Bucket) -> None:
    sandbox.fault(Fault(service="s3", operation="UploadPart", code="AccessDenied", nth=2))
    sandbox.fault(Fault(service="s3", operation="AbortMultipartUpload", code="AccessDenied"))
    with pytest.raises(AwsError, match="refused UploadPart for bucket `shelf`") as caught:
        parts.put("shelf", "big", BIG, "blob-1")
    assert caught.value.hint == "Allow `s3:PutObject` in the role's policy."
    assert sandbox.aws.faults.waiting == []


def test_an_upload_that_somebody_aborts_is_told(sandbox: Sandbox, s3: AwsCloud, parts: S3Bucket) -> None:
    sandbox.fault(Fault(service="s3", operation="UploadPart", code="NoSuchUpload", status=404))
    with pytest.raises(AwsError, match="NoSuchUpload") as caught:
        parts.put("shelf", "big", BIG, "blob-1")
    assert "Run the same command again" in caught.value.hint


def test_each_call_of_a_put_in_parts_is_retried(sandbox: Sandbox) -> None:
    """Also where the call took effect: S3 may know nothing of an upload that is complete."""
    sandbox.create_bucket("shelf")
    cloud = connect("us-east-1", sandbox.aws_environment(), attempts=2)
    parts = S3Bucket(cloud.clients.s3, in_parts_from=PART, part_size=PART)
    for operation in ("UploadPart", "CompleteMultipartUpload"):
        sandbox.fault(Fault(service="s3", operation=operation, when=When.AFTER, kind=Kind.DROP))
    parts.put("shelf", "big", BIG, "blob-1")
    assert sandbox.objects("shelf") == {"big": BIG}
    assert [call.code for call in sandbox.calls("s3", "CompleteMultipartUpload")] == ["", "NoSuchUpload"]
    assert operations(sandbox)[-1] == "HeadObject"


def test_every_part_travels_with_its_md5(wire: Wire) -> None:
    def begin_or_end(asked: Asked) -> Answer:
        name = "InitiateMultipartUploadResult" if "uploads" in asked.path else "CompleteMultipartUploadResult"
        return Answer(f"<{name}><UploadId>u1</UploadId></{name}>")

    wire.on("POST", begin_or_end)
    wire.on("PUT", Answer(headers={"etag": '"e1"'}), Answer(headers={"etag": '"e2"'}))
    S3Bucket(wire.cloud().clients.s3, in_parts_from=1, part_size=3).put("shelf", "k", b"12345", "blob-1")
    begun, *sent, ended = wire.asked
    assert begun.headers["x-amz-meta-pipelayer-blob"] == "blob-1"
    assert [(one.body, one.headers["content-md5"]) for one in sent] == [
        (body, b64encode(md5(body).digest()).decode()) for body in (b"123", b"45")
    ]
    assert [f"partNumber={number}" in one.path for number, one in enumerate(sent, start=1)] == [True, True]
    assert ended.body.index(b"e1") < ended.body.index(b"e2")


def test_a_completion_that_fails_after_its_200_is_a_failure(wire: Wire) -> None:
    def begin_or_end(asked: Asked) -> Answer:
        if "uploads" in asked.path:
            return Answer("<Result><UploadId>u1</UploadId></Result>")
        return Answer("<Error><Code>InternalError</Code><Message>We encountered one.</Message></Error>")

    wire.on("POST", begin_or_end)
    wire.on("PUT", Answer(headers={"etag": '"e1"'}))
    wire.on("DELETE", Answer(status=204))
    with pytest.raises(AwsError, match="failed at CompleteMultipartUpload"):
        S3Bucket(wire.cloud().clients.s3, in_parts_from=1).put("shelf", "k", b"1", "blob-1")
    assert wire.operations()[-1] == "DELETE"


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


def test_a_key_of_kms_that_may_not_be_used_is_named_with_the_action(wire: Wire) -> None:
    words = "User: arn:aws:sts::1:assumed-role/d/s is not authorized to perform: kms:GenerateDataKey on it"
    wire.on("PUT", trouble("AccessDenied", words, 403))
    with pytest.raises(AwsError) as caught:
        wire.cloud().bucket.put("shelf", "k", b"", "blob-1")
    assert caught.value.hint == "Allow `kms:GenerateDataKey` in the role's policy."


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


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_content_id_that_cannot_be_seen_is_not_known(wire: Wire, status: int) -> None:
    wire.on("HEAD", Answer(status=status))
    assert wire.cloud().bucket.content_id("shelf", "k") == ""


def kept(*keys: str, code: str = "AccessDenied") -> Answer:
    errors = (f"<Error><Key>{key}</Key><Code>{code}</Code><Message>locked</Message></Error>" for key in keys)
    return Answer(f"<DeleteResult>{''.join(errors)}</DeleteResult>")


def asked_keys(asked: Asked) -> list[str]:
    """What a DeleteObjects is about."""
    return re.findall("<Key>([^<]*)</Key>", asked.body.decode())


def test_keys_that_s3_keeps_are_told(wire: Wire) -> None:
    wire.on("POST", kept("tasks/b", "tasks/c"))
    with pytest.raises(
        AwsError, match=r"`tasks/b` and 1 more from bucket `shelf`: locked \(AccessDenied\)"
    ) as e:
        wire.cloud().bucket.delete("shelf", ["tasks/a", "tasks/b", "tasks/c"])
    assert "s3:DeleteObject" in e.value.hint


def test_keys_that_s3_keeps_hold_up_no_others(wire: Wire) -> None:
    keys = [f"tasks/{number:04}" for number in range(2001)]
    wire.on("POST", kept(keys[0]), kept(), kept(keys[2000]), kept(keys[0]))
    with pytest.raises(AwsError, match=r"`tasks/0000` from"):
        wire.cloud().bucket.delete("shelf", keys)
    assert [asked_keys(one) for one in wire.asked] == [
        keys[:1000],
        keys[1000:2000],
        keys[2000:],
        [keys[0], keys[2000]],
    ]


def test_keys_that_s3_fails_at_are_tried_once_more(wire: Wire) -> None:
    wire.on("POST", kept("tasks/b", code="InternalError"), kept())
    wire.cloud().bucket.delete("shelf", ["tasks/a", "tasks/b"])
    assert [asked_keys(one) for one in wire.asked] == [["tasks/a", "tasks/b"], ["tasks/b"]]


def test_keys_that_s3_is_too_busy_for_say_to_run_again(wire: Wire) -> None:
    wire.on("POST", kept("tasks/b", code="SlowDown"))
    with pytest.raises(AwsError, match="SlowDown") as caught:
        wire.cloud().bucket.delete("shelf", ["tasks/b"])
    assert caught.value.hint.startswith("Run the same command again")


def test_half_a_listing_is_an_error(wire: Wire) -> None:
    wire.on("GET", Answer("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"))
    with pytest.raises(AwsError, match="says that there is more"):
        wire.cloud().bucket.list(S3Location("shelf", ""))


def test_an_object_is_read_whole_or_piece_by_piece(sandbox: Sandbox, s3: AwsCloud) -> None:
    sandbox.put_object("shelf", "big", BIG)
    assert s3.store.read("shelf", "big") == BIG
    pieces = list(s3.store.pieces("shelf", "big"))
    assert b"".join(pieces) == BIG
    assert max(map(len, pieces)) <= PIECE
    [found] = s3.store.list(S3Location("shelf", ""))
    assert found.modified is not None
    assert found.modified.utcoffset() is not None


def test_an_object_that_can_not_be_read(sandbox: Sandbox, s3: AwsCloud) -> None:
    with pytest.raises(AwsError) as gone:
        next(s3.store.pieces("shelf", "gone"))
    assert gone.value.code == "NoSuchKey"
    sandbox.fault(Fault("s3", "GetObject", code="AccessDenied"))
    with pytest.raises(AwsError, match="GetObject") as denied:
        s3.store.read("shelf", "gone")
    assert "s3:GetObject" in denied.value.hint


def test_a_connection_lost_in_the_middle_is_an_error(wire: Wire) -> None:
    class HalfAnAnswer(StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nhalf")

    with TCPServer(("127.0.0.1", 0), HalfAnAnswer) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        wire.url = f"http://127.0.0.1:{server.server_address[1]}"
        with pytest.raises(AwsError) as lost:
            list(wire.cloud().store.pieces("shelf", "a"))
        thread.join()
    assert lost.value.operation == "GetObject"
