"""The Python API of an import: `Importer`, from the pipelines of an account to a project."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pipelayer.deploy.snapshot import Snapshot
from pipelayer.importer.blueprint import Drawn
from pipelayer.importer.choosing import Candidate, candidates, choose
from pipelayer.run.import_reading import LeftOut, Reader
from pipelayer.run.importing import Destination, ImportPlan, open_destination, plan, write
from pipelayer.run.outside import connector, project_at, region_in

Tell = Callable[[str, int, int], None]
"""Hears what is being done, how far it got, and how far it is."""


def _untold(doing: str, done: int, total: int) -> None:
    """Nobody watches."""


def _never() -> bool:
    return False


class Importer:
    """Reads pipelines from AWS into a folder. Nothing in AWS is changed, and no file that is there.

        importer = Importer.open("nightly", project="acme/nightly")
        plan = importer.plan(importer.choose(["export-*"]))
        written = list(importer.write(plan))

    Every method raises PipelayerError where AWS can't be asked, and for what the user got wrong.
    """

    def __init__(self, destination: Destination, reader: Reader) -> None:
        self.destination = destination
        self._reader = reader

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] = ".",
        *,
        group: str = "",
        region: str = "",
        project: str = "",
        environ: Mapping[str, str] | None = None,
        interrupted: Callable[[], bool] = _never,
        tell: Tell = _untold,
    ) -> Importer:
        """An import into the folder `path`, which may be new, empty, or a project already.

        `group` is the project's group that the pipelines become part of, `region` where they are, `project`
        its name; each is needed only where the folder and the environment don't tell. `environ` holds the AWS
        settings, by default this process's. `tell` hears how far it got.

        Raises UsageError where something of that is missing or contradicts the project that is there.
        """
        environ = os.environ if environ is None else environ
        folder = Path(path)
        destination = open_destination(
            folder,
            connector(environ, interrupted),
            group=group,
            region=region,
            project=project,
            environment_region=region_in(environ),
            default_project=project_at(folder, environ),
        )
        return cls(destination, Reader(destination.cloud, interrupted, tell))

    @cached_property
    def _snapshot(self) -> Snapshot:
        return self._reader.snapshot()

    def candidates(self) -> Sequence[Candidate]:
        """Every pipeline of the account and region, also those that can't be imported, by name."""
        return candidates(self._snapshot)

    def choose(self, names: Sequence[str] = (), tags: Sequence[str] = ()) -> Sequence[Candidate]:
        """Those with one of the names (an id, a name in AWS, or a glob of one) and every tag (`KEY` or
        `KEY=VALUE`).
        """
        return choose(self.candidates(), names, tags)

    def plan(self, chosen: Sequence[Candidate], *, broken: bool = False) -> ImportPlan:
        """What importing these would write. Their definitions and listings are read, no file yet.

        With `broken`, also those that a deploy would refuse as they are.
        """
        read = list(self._reader.read([one.live for one in chosen if not one.why_not]))
        count = len(self._snapshot.existing)
        made = plan(self.destination, read, datetime.now(UTC), count=count, broken=broken)
        passed_over = (LeftOut(one.live, one.why_not) for one in chosen if one.why_not)
        return replace(made, passed_over=tuple(passed_over))

    def write(self, plan: ImportPlan) -> Iterator[Drawn | LeftOut]:
        """Writes it, one pipeline after the other: each as it is done, or why it isn't."""
        return write(self.destination, plan, self._reader)
