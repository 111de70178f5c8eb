"""A request and an answer of the simulated AWS, and what a request says about itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from .errors import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Dropped(Exception):
    """The connection is to be closed without an answer."""


def signature(access_key: str, region: str, service: str) -> str:
    """An Authorization header that says who asks for what; nobody checks the rest of it."""
    return f"AWS4-HMAC-SHA256 Credential={access_key}/20200101/{region}/{service}/aws4_request"


@dataclass(frozen=True)
class Incoming:
    """One HTTP request, its body read."""

    method: str
    path: str
    """As it was sent, still quoted."""
    query: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @classmethod
    def read(cls, environ: WSGIEnvironment) -> Incoming:
        """The request that our own server has read: its headers keep their underscores."""
        headers: dict[str, str] = environ["sandbox.headers"]
        body = environ["wsgi.input"].read()
        raw = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ.get("PATH_INFO", "/"))
        return cls(
            method=str(environ["REQUEST_METHOD"]),
            path=raw.split("?", 1)[0] or "/",
            query=str(environ.get("QUERY_STRING", "")),
            headers=headers,
            body=body,
        )

    @cached_property
    def scope(self) -> tuple[str, str, str]:
        """Access key, region and service of the signature (SigV4); empty where it isn't signed."""
        match = _SCOPE.search(self.headers.get("authorization", ""))
        return (match[1], match[2], match[3]) if match else ("", "", "")

    @cached_property
    def target(self) -> tuple[str, str]:
        """Prefix and operation of `X-Amz-Target`."""
        prefix, _, operation = self.headers.get("x-amz-target", "").partition(".")
        return prefix, operation

    @cached_property
    def identity(self) -> tuple[str, str, str]:
        """Service, operation and resource, as they appear in the call log."""
        prefix, operation = self.target
        if prefix:
            return prefix.lower(), operation, ""
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            action = parse_qs(self.body.decode("utf-8", "replace")).get("Action")
            if action:
                return self.scope[2] or "sts", action[0], ""
        bucket, _, key = unquote(self.path.lstrip("/")).partition("/")
        resource = f"{bucket}/{key}" if key else bucket
        return (
            "s3",
            _s3_operation(self.method, bucket, key, parse_qs(self.query, True), self.headers),
            resource,
        )

    @property
    def json_members(self) -> Mapping[str, object]:
        """The body as an object; empty if it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


_S3_OPERATIONS = (
    ("GET", False, "list-type", "ListObjectsV2"),
    ("GET", False, "versions", "ListObjectVersions"),
    ("GET", False, "location", "GetBucketLocation"),
    ("GET", False, "uploads", "ListMultipartUploads"),
    ("GET", False, "", "ListObjects"),
    ("PUT", True, "partNumber", "UploadPart"),
    ("PUT", True, "acl", "PutObjectAcl"),
    ("PUT", True, "tagging", "PutObjectTagging"),
    ("PUT", False, "encryption", "PutBucketEncryption"),
    ("PUT", False, "policy", "PutBucketPolicy"),
    ("PUT", False, "versioning", "PutBucketVersioning"),
    ("PUT", False, "", "CreateBucket"),
    ("DELETE", True, "uploadId", "AbortMultipartUpload"),
    ("POST", False, "delete", "DeleteObjects"),
    ("POST", True, "uploads", "CreateMultipartUpload"),
    ("POST", True, "uploadId", "CompleteMultipartUpload"),
)
"""Method, whether there is a key, a parameter of the query, the operation; the rest go by their method."""


def _s3_operation(
    method: str, bucket: str, key: str, query: Mapping[str, object], headers: Mapping[str, str]
) -> str:
    """The operation's name, for the operations that a client of object storage usually calls."""
    if not bucket:
        return "ListBuckets"
    if "x-amz-copy-source" in headers and method == "PUT" and "partNumber" not in query:
        return "CopyObject"
    for verb, with_key, parameter, operation in _S3_OPERATIONS:
        if (verb, with_key) == (method, bool(key)) and (not parameter or parameter in query):
            return operation
    return f"{method.capitalize()}{'Object' if key else 'Bucket'}"


def refusal_answer(incoming: Incoming, refusal: Refusal, request_id: str) -> Answer:
    """An error in the form of the service that was asked."""
    service = incoming.identity[0]
    headers = {"x-amzn-RequestId": request_id}
    if incoming.target[0]:
        code = {"ExpiredToken": "ExpiredTokenException", "AccessDenied": "AccessDeniedException"}.get(
            refusal.code, refusal.code
        )
        body = json.dumps({"__type": code, "message": refusal.message}).encode()
        return Answer(refusal.status, headers | {"Content-Type": "application/x-amz-json-1.1"}, body)
    inner = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if service == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    body = b"" if incoming.method == "HEAD" else f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Answer(refusal.status, headers | {"Content-Type": "application/xml"}, body)
