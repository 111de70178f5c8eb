"""What S3 does and the library behind the sandbox doesn't, told to real clients."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5

import pytest
from botocore.exceptions import ClientError

MIB = 2**20


@pytest.fixture
def s3(sandbox, connect):
    sandbox.create_bucket("shelf")
    return connect("s3")


def digest(body):
    return b64encode(md5(body).digest()).decode()


def encrypt(s3, bucket):
    """Whatever is put from now on is encrypted with a key of KMS."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def test_the_etag_of_what_kms_encrypts_is_no_md5(sandbox, s3):
    plain = s3.put_object(Bucket="shelf", Key="plain", Body=b"x")["ETag"]
    encrypt(s3, "shelf")
    first = s3.put_object(Bucket="shelf", Key="first", Body=b"x")["ETag"]
    second = s3.put_object(Bucket="shelf", Key="second", Body=b"x")["ETag"]
    assert plain == f'"{md5(b"x").hexdigest()}"'
    sandbox.put_object("shelf", "third", b"x")
    third = s3.head_object(Bucket="shelf", Key="third")["ETag"]
    assert len({plain, first, second, third}) == 4
    assert len(first) == len(plain)
    listed = {one["Key"]: one["ETag"] for one in s3.list_objects_v2(Bucket="shelf")["Contents"]}
    assert listed == {"plain": plain, "first": first, "second": second, "third": third}
    s3.put_object_tagging(Bucket="shelf", Key="first", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.head_object(Bucket="shelf", Key="first")["ETag"] == first


def test_a_body_that_is_not_what_its_md5_says_is_refused(sandbox, s3, refusal):
    s3.put_object(Bucket="shelf", Key="a", Body=b"x", ContentMD5=digest(b"x"))
    wrong = {"Bucket": "shelf", "Key": "a", "Body": b"y", "ContentMD5": digest(b"x")}
    assert refusal(s3.put_object, **wrong)[0] == "BadDigest"
    upload = s3.create_multipart_upload(Bucket="shelf", Key="a")["UploadId"]
    assert refusal(s3.upload_part, UploadId=upload, PartNumber=1, **wrong)[0] == "BadDigest"
    assert sandbox.objects("shelf") == {"a": b"x"}


def test_parts_are_one_object_once_they_are_complete(sandbox, s3):
    place = {"Bucket": "shelf", "Key": "a"}
    upload = place | {"UploadId": s3.create_multipart_upload(**place, Metadata={"k": "v"})["UploadId"]}
    bodies = [b"1" * 5 * MIB, b"2"]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, start=1)
    ]
    assert sandbox.objects("shelf") == {}
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket="shelf")["Uploads"]] == ["a"]
    etag = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})["ETag"]
    assert etag.endswith('-2"')
    assert sandbox.objects("shelf") == {"a": b"".join(bodies)}
    assert s3.head_object(**place)["Metadata"] == {"k": "v"}
    assert [call.operation for call in sandbox.calls("s3")] == [
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "ListMultipartUploads",
        "CompleteMultipartUpload",
        "HeadObject",
    ]


@pytest.mark.parametrize("end", ["complete", "abort"])
def test_an_upload_that_is_over_takes_nothing_more(s3, refusal, end):
    place = {"Bucket": "shelf", "Key": "a"}
    upload = place | {"UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    if end == "complete":
        s3.complete_multipart_upload(**upload, MultipartUpload=parts)
    else:
        s3.abort_multipart_upload(**upload)
    assert refusal(s3.upload_part, **upload, PartNumber=2, Body=b"x")[0] == "NoSuchUpload"
    assert refusal(s3.complete_multipart_upload, **upload, MultipartUpload=parts)[0] == "NoSuchUpload"


def test_a_part_for_a_bucket_that_is_not_there(s3):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.upload_part(Bucket="nowhere", Key="a", UploadId="u", PartNumber=1, Body=b"")


def test_each_setting_of_a_bucket_is_recorded_by_its_name(sandbox, s3):
    encrypt(s3, "shelf")
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket="shelf", Policy='{"Version": "2012-10-17", "Statement": []}')
    assert [call.operation for call in sandbox.calls("s3")] == [
        "PutBucketEncryption",
        "PutBucketVersioning",
        "PutBucketPolicy",
    ]
