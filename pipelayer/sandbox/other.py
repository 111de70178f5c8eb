"""The services that are moto's: S3, STS and Secrets Manager, without moto's Flask server.

moto keeps its state in the process: two sandboxes of one process share it.
"""

from __future__ import annotations

import json
import sys
import threading
from uuid import uuid4

from .http import Answer, Incoming, signature

_LOCK = threading.RLock()


class Moto:
    """Answers what moto can answer; imported when it is first asked."""

    def __init__(self, account: str) -> None:
        self._account = account

    def answer(self, incoming: Incoming) -> Answer:
        """One call, in the account of the sandbox."""
        from botocore.awsrequest import AWSPreparedRequest
        from botocore.compat import HTTPHeaders
        from moto.core.botocore_stubber import BotocoreStubber

        _, region, service = incoming.scope
        host = f"{service or 's3'}.{region or 'us-east-1'}.amazonaws.com"
        headers = HTTPHeaders()
        for name, value in incoming.headers.items():
            headers[name] = value
        del headers["host"]
        headers["host"] = host
        headers["x-moto-account-id"] = self._account
        url = f"https://{host}{incoming.path}" + (f"?{incoming.query}" if incoming.query else "")
        request = AWSPreparedRequest(incoming.method, url, headers, incoming.body, False)
        with _LOCK:
            found = BotocoreStubber().process_request(request)
        if found is None:
            return Answer(501, {}, b"The sandbox does not offer this service.")
        status, answered, body = found
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
