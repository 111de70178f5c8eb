"""What the simulated AWS answers when it refuses."""

from __future__ import annotations


class Refusal(Exception):
    """An AWS error: its code, its message and its HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refusal:
    return Refusal("InvalidRequestException", message)


def not_found(pipeline_id: str) -> Refusal:
    return Refusal("PipelineNotFoundException", f"Pipeline with id: {pipeline_id} does not exist")


def deleted(pipeline_id: str) -> Refusal:
    return Refusal("PipelineDeletedException", f"Pipeline with id: {pipeline_id} has been deleted")


def throttled() -> Refusal:
    return Refusal("ThrottlingException", "Rate exceeded")


_STATUS = {
    "AccessDenied": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "InternalServiceError": 500,
    "InternalFailure": 500,
    "InternalError": 500,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}


def usual_status(code: str) -> int:
    """The HTTP status that AWS sends with an error code."""
    return _STATUS.get(code, 400)
