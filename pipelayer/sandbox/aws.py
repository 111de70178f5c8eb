"""The front door of the simulated AWS: who asks for what, what is to go wrong, and the call log."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .errors import Refusal
from .faults import Fault, Faults, Kind, Throttle, When
from .http import Answer, Dropped, Incoming, refusal_answer
from .iam import Demand, Permissions, of_data_pipeline, of_others
from .other import Moto
from .service import DataPipeline
from .shapes import Request
from .state import Call, Caller
from .wire import read_request, write_answer

_JSON = {"Content-Type": "application/x-amz-json-1.1"}


@dataclass
class Aws:
    """Everything that a request can meet on its way to a service."""

    pipelines: DataPipeline
    moto: Moto
    throttle: Throttle
    faults: Faults
    permissions: Permissions = field(default_factory=Permissions)

    def answer(self, incoming: Incoming) -> Answer:
        """One call, logged. Raises `Dropped` where the connection is to be closed instead."""
        service, operation, resource = incoming.identity
        members: Mapping[str, object] = incoming.json_members if incoming.target[0] else {}
        resources = _resources(members) or [resource]
        names = self._names(resources)
        request_id = self._request_id()
        hits = self.faults.hit(service, operation, [*resources, *names])
        code, faulty, dropped = "", bool(hits), False
        answer = Answer(0)
        demands: Sequence[Demand] = ()
        try:
            self._disturb(hits, When.BEFORE)
            request = self._read(incoming)
            demands = self._demands(incoming, request)
            self.permissions.check(incoming.scope[0], demands)
            answer = self._serve(incoming, request, request_id)
            self._disturb(hits, When.AFTER)
            if any(fault.kind is Kind.TRUNCATE for fault in hits):
                answer = Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        except Refusal as refusal:
            code = refusal.code
            answer = refusal_answer(incoming, refusal, request_id)
        except Dropped:
            dropped = True
        journal = self.pipelines.world.journal
        journal.calls.append(
            Call(
                sequence=journal.number(),
                at=self.pipelines.world.clock.now(),
                service=service,
                operation=operation,
                region=incoming.scope[1],
                resource=",".join(resources),
                name=",".join(names),
                status=0 if dropped else answer.status,
                code=code,
                access_key=incoming.scope[0],
                request=members,
                actions=tuple(one.action for one in demands),
                fault=faulty,
            )
        )
        if dropped:
            raise Dropped
        return answer

    def _read(self, incoming: Incoming) -> Request | None:
        """A request for Data Pipeline; None if it is for moto."""
        service, operation, _ = incoming.identity
        access_key, region, _ = incoming.scope
        if service != "datapipeline":
            return None
        if not access_key:
            raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
        self.throttle.check(operation, region)
        return read_request(operation, incoming.body)

    def _demands(self, incoming: Incoming, request: Request | None) -> Sequence[Demand]:
        account = self.pipelines.settings.account
        if request is None:
            service, _, resource = incoming.identity
            key = self.moto.key_of(resource.partition("/")[0]) if service == "s3" else ""
            return of_others(incoming, account, key)
        known, region = self.pipelines.world.pipelines, incoming.scope[1]
        return list(of_data_pipeline(incoming.identity[1], request, region, account, known))

    def _serve(self, incoming: Incoming, request: Request | None, request_id: str) -> Answer:
        if request is None:
            return self.moto.answer(incoming)
        operation, (access_key, region, _) = incoming.identity[1], incoming.scope
        answer = self.pipelines.handle(operation, request, Caller(region, access_key))
        return Answer(200, _JSON | {"x-amzn-RequestId": request_id}, write_answer(operation, answer))

    def _disturb(self, hits: list[Fault], when: When) -> None:
        for fault in hits:
            if fault.when is not when:
                continue
            time.sleep(fault.seconds)
            match fault.kind:
                case Kind.ERROR:
                    raise fault.refusal
                case Kind.DROP:
                    raise Dropped
                case Kind.TRUNCATE | Kind.DELAY:
                    pass

    def _names(self, resources: list[str]) -> list[str]:
        known = self.pipelines.world.pipelines
        return [known[one].name for one in resources if one in known]

    def _request_id(self) -> str:
        digest = hashlib.sha256(f"request {self.pipelines.world.journal.number()}".encode()).hexdigest()
        return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _resources(members: Mapping[str, object]) -> list[str]:
    """What a Data Pipeline or Secrets Manager request is about."""
    several = members.get("pipelineIds")
    if isinstance(several, list):
        return [str(one) for one in several]
    for key in ("pipelineId", "name", "SecretId"):
        if isinstance(members.get(key), str):
            return [str(members[key])]
    return []
