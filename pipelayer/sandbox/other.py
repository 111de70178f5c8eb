"""The services that are moto's: S3, STS and Secrets Manager, without moto's Flask server.

moto keeps its state in the process: two sandboxes of one process share it. Its own dispatcher reads modules
anew for each S3 request, so the way to the right response class is taken here.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from .http import Answer, Incoming, signature

if TYPE_CHECKING:
    from moto.core.request import Request

    Respond = Callable[[Request, str, object], tuple[int, dict[str, str], str | bytes]]

_LOCK = threading.RLock()


class Moto:
    """Answers what moto can answer; imported when it is first asked."""

    def __init__(self, account: str) -> None:
        self._account = account

    def answer(self, incoming: Incoming) -> Answer:
        """One call, in the account of the sandbox."""
        from moto.core.request import Request
        from werkzeug.exceptions import HTTPException

        service, region = incoming.identity[0], incoming.scope[1]
        with _LOCK:
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
        data = body.encode() if isinstance(body, str) else bytes(body)
        return Answer(int(status), {str(name): str(value) for name, value in answered.items()}, data)

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
