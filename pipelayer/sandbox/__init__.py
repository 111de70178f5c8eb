"""A stand-in for AWS and GitHub on the loopback, to try a change without an account.

Comes in: HTTP requests of real clients (boto3 through `AWS_ENDPOINT_URL`, PyGithub through `GITHUB_API_URL`).
Goes out: what AWS Data Pipeline, S3, STS, Secrets Manager and GitHub would answer, and a record of every call
and every change. It never leaves this machine, keeps everything in memory, and imports nothing of the
product: it is a witness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> object:
    if name == "Sandbox":
        from .server import Sandbox

        return Sandbox
    raise AttributeError(name)
