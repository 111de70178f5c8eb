"""How a project gets from GitHub to AWS: what its workflow and its roles' policies have to name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelayer.project.uploads import S3Location

ACTION = "pipelayer/pipelayer@v1"
DEFAULT_ROLES = ("DataPipelineDefaultRole", "DataPipelineDefaultResourceRole")

_LONGEST_ROLE = 64
"""IAM and STS quotas, "Role name": 64 characters."""


@dataclass(frozen=True)
class Target:
    """A group, its region, and the folders in S3 that hold its pipelines' code.

    `variables` and `secrets` are where its pipelines' secrets are kept: environment variables, and ARNs or
    names in Secrets Manager, without the key in one.
    """

    group: str
    region: str
    folders: tuple[S3Location, ...]
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """All that it depends on. `folder` is the project's inside the repository, "" for its top.

    `subject` is what stands for the repository in GitHub's tokens, "" for its name. `roles` are those that
    the pipelines run as: names, or ARNs.
    """

    project: str
    repository: str
    branch: str
    account: str
    action: str
    subject: str
    folder: str
    targets: tuple[Target, ...]
    roles: tuple[str, ...]

    @property
    def folders(self) -> tuple[S3Location, ...]:
        """Those of all groups."""
        return outermost(folder for target in self.targets for folder in target.folders)

    @property
    def validate_role(self) -> str:
        """The name of the role of pull requests."""
        return f"{self._roles}-validate"

    def deploy_role(self, group: str) -> str:
        """The name of the role that deploys a group."""
        return f"{self._roles}-deploy-{group}"

    @property
    def _roles(self) -> str:
        """Another project's roles in the same account must not be called the same: their policies would be
        overwritten.
        """
        name = "pipelayer-" + re.sub(r"[^A-Za-z0-9.-]+", "-", self.project)
        room = _LONGEST_ROLE - max(len(target.group) for target in self.targets) - len("-deploy-")
        if len(name) <= room:
            return name
        digest = hashlib.sha256(self.project.encode()).hexdigest()[:6]
        return f"{name[: room - 7]}-{digest}"


def outermost(folders: Iterable[S3Location]) -> tuple[S3Location, ...]:
    """Each folder that lies in no other one of these, in order."""
    found: list[S3Location] = []
    for folder in sorted(set(folders), key=lambda one: (one.bucket, one.prefix)):
        if not (found and _holds(found[-1], folder)):
            found.append(folder)
    return tuple(found)


def code_folders(inputs: Mapping[str, Sequence[S3Location]]) -> Mapping[str, tuple[S3Location, ...]]:
    """For each group, the folders around its pipelines' input folders, so that the next pipeline beside them
    is in them too; the input folders themselves where that is a whole bucket, or reaches another group's.
    """
    found = {}
    for group, own in inputs.items():
        others = [folder for other, theirs in inputs.items() if other != group for folder in theirs]
        wide = (_around(folder) for folder in own)
        pairs = zip(own, wide, strict=True)
        found[group] = outermost(
            around if around.prefix and not any(_holds(around, other) for other in others) else exactly
            for exactly, around in pairs
        )
    return found


def _around(folder: S3Location) -> S3Location:
    parent = folder.prefix.rstrip("/").rpartition("/")[0]
    return S3Location(folder.bucket, f"{parent}/" if parent else "")


def _holds(outer: S3Location, inner: S3Location) -> bool:
    return outer.bucket == inner.bucket and inner.prefix.startswith(outer.prefix)
