"""The Python API of an import: `Importer`, from the pipelines of an account to a project."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.tags import key_tag
from pipelayer.importer.blueprint import Drawn
from pipelayer.importer.choosing import Candidate, candidates, choose
from pipelayer.project.config import DEFAULT_FILE
from pipelayer.run.destination import Destination, open_destination, present_in
from pipelayer.run.import_reading import LeftOut, Reader
from pipelayer.run.importing import ImportPlan, plan, write
from pipelayer.run.outside import connector, ignored_in, project_at, region_in

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

    def __init__(
        self, destination: Destination, reader: Reader, environ: Mapping[str, str] = os.environ
    ) -> None:
        self.destination = destination
        self._reader = reader
        self._environ = environ

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
        ask_project: Callable[[], str] | None = None,
    ) -> Importer:
        """An import into the folder `path`, which may be new, empty, or a project already.

        `group` is the project's group that the pipelines become part of, `region` where they are, `project`
        its name; each is needed only where the folder and the environment don't tell. `environ` holds the AWS
        settings, by default this process's. `tell` hears how far it got. `ask_project` gives the
        project's name where nothing else does.

        Raises UsageError where something of that is missing or contradicts the project that is there.
        """
        environ = os.environ if environ is None else environ
        folder = Path(path)
        found = project_at(folder, environ)
        if not (project or found or (folder / DEFAULT_FILE).exists()) and ask_project:
            project = ask_project()
        destination = open_destination(
            folder,
            connector(environ, interrupted),
            group=group,
            region=region,
            project=project,
            environment_region=region_in(environ),
            default_project=found,
        )
        return cls(destination, Reader(destination.cloud, interrupted, tell), environ)

    @cached_property
    def _snapshot(self) -> Snapshot:
        return self._reader.snapshot()

    @property
    def present(self) -> Collection[str]:
        """The ids of the pipelines that the project has already, deployed or about to be taken over."""
        return present_in(self.destination, [one.live for one in self.candidates()])

    def ignored(self, written: Sequence[Drawn]) -> Sequence[str] | None:
        """The fetched files that git ignores: no commit has them, so a deploy would delete them in S3.

        None where the folder lies in no repository.
        """
        paths = [f"{one.directory}/{script.path}" for one in written for script in one.scripts]
        return ignored_in(self.destination.folder, paths, self._environ)

    def candidates(self) -> Sequence[Candidate]:
        """Every pipeline of the account and region, also those that can't be imported, by name."""
        return candidates(self._snapshot, {key_tag(place.key) for place in self.destination.places})

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
