"""The services that are moto's: S3, STS and Secrets Manager, without moto's Flask server.

moto keeps its state in the process: two sandboxes of one process share it. Its own dispatcher reads modules
anew for each S3 request, so the way to the right response class is taken here.

What S3 does and moto doesn't is added: it refuses a body that doesn't match its MD5 and a part for an upload
that isn't there, and gives what KMS encrypts an ETag that is no MD5.
"""

from __future__ import annotations

import json
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs
from uuid import uuid4

from .errors import Refusal
from .http import Answer, Incoming, signature

if TYPE_CHECKING:
    from moto.core.request import Request
    from moto.s3.models import FakeKey, S3Backend

    Respond = Callable[[Request, str, object], tuple[int, dict[str, str], str | bytes]]

_LOCK = threading.RLock()


class Moto:
    """Answers what moto can answer; imported when it is first asked."""

    def __init__(self, account: str) -> None:
        self._account = account

    def answer(self, incoming: Incoming) -> Answer:
        """One call, in the account of the sandbox. Raises Refusal for what only moto would take."""
        from moto.core.request import Request
        from werkzeug.exceptions import HTTPException

        (service, operation, resource), region = incoming.identity, incoming.scope[1]
        with _LOCK:
            self._check(incoming)
            respond = _responder(service, incoming.path)
            if respond is None:
                return Answer(501, {}, b"The sandbox does not offer this service.")
            host = f"{service}.{region or 'us-east-1'}.amazonaws.com"
            headers = {**incoming.headers, "host": host, "x-moto-account-id": self._account}
            url = f"https://{host}{incoming.path}" + (f"?{incoming.query}" if incoming.query else "")
            request = Request.from_primitives(incoming.method, url, headers, incoming.body)
            try:
                status, answered, body = respond(request, request.raw_url, request.headers)
            except HTTPException as problem:
                status, answered, body = problem.code or 400, dict(problem.get_headers()), problem.get_body()
            if operation == "PutObject" and "ETag" in answered:
                bucket, _, key = resource.partition("/")
                if found := self._s3.get_object(bucket, key):
                    answered["ETag"] = _without_digest(found)
        data = body.encode() if isinstance(body, str) else bytes(body)
        return Answer(int(status), {str(name): str(value) for name, value in answered.items()}, data)

    def _check(self, incoming: Incoming) -> None:
        said = incoming.headers.get("content-md5")
        if said and said != b64encode(md5(incoming.body, usedforsecurity=False).digest()).decode():
            raise Refusal("BadDigest", "The Content-MD5 you specified did not match what we received.")
        _, operation, resource = incoming.identity
        if operation in ("UploadPart", "CompleteMultipartUpload"):
            bucket = self._s3.buckets.get(resource.partition("/")[0])
            if bucket is not None and parse_qs(incoming.query)["uploadId"][0] not in bucket.multiparts:
                raise Refusal("NoSuchUpload", "The specified multipart upload does not exist.", 404)

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """An object, without the way through a request: ten times as fast. Raises LookupError without a
        bucket.
        """
        with _LOCK:
            if bucket not in self._s3.buckets:
                raise LookupError(f"There is no bucket {bucket}.")
            _without_digest(self._s3.put_object(bucket, key, body))

    def key_of(self, bucket: str) -> str:
        """The KMS key of the user's own that encrypts what is put into a bucket, `""` if there is none."""
        found = self._s3.buckets.get(bucket)
        rule = found.encryption["Rule"] if found is not None and found.encryption else {}
        return str(rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", ""))

    @property
    def _s3(self) -> S3Backend:
        from moto.s3.models import s3_backends

        return s3_backends[self._account]["aws"]

    def create_secret(self, name: str, value: str, region: str) -> str:
        """A secret of Secrets Manager; its ARN."""
        body = json.dumps({"Name": name, "SecretString": value, "ClientRequestToken": uuid4().hex}).encode()
        headers = {
            "authorization": signature("AKIAPERSON", region, "secretsmanager"),
            "content-type": "application/x-amz-json-1.1",
            "content-length": str(len(body)),
            "x-amz-target": "secretsmanager.CreateSecret",
        }
        answer = self.answer(Incoming("POST", "/", "", headers, body))
        return str(json.loads(answer.body)["ARN"])

    def reset(self) -> None:
        """Forgets every bucket and secret, if moto was used at all."""
        core = sys.modules.get("moto.core.base_backend")
        if core is not None:
            with _LOCK:
                core.BackendDict.reset()


def _without_digest(found: FakeKey) -> str:
    """The ETag, which is no MD5 from now on if KMS encrypts the object."""
    if found.encryption == "aws:kms":
        found._etag = uuid4().hex
    return str(found.etag)


def _responder(service: str, path: str) -> Respond | None:
    """What answers for a service; None if it isn't offered."""
    match service:
        case "s3":
            from moto.s3.responses import S3Response

            bucket, _, key = path.lstrip("/").partition("/")
            if key:
                return cast("Respond", S3Response.key_dispatch)
            return cast("Respond", S3Response.ambiguous_dispatch if bucket else S3Response.bucket_dispatch)
        case "sts":
            from moto.sts.responses import TokenResponse

            return cast("Respond", TokenResponse.dispatch)
        case "secretsmanager":
            from moto.secretsmanager.responses import SecretsManagerResponse

            return cast("Respond", SecretsManagerResponse.dispatch)
        case _:
            return None
