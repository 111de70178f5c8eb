"""The Python API: a project on this machine, the five verbs, and taking over what is live."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from pipelayer.changes.base import BaseSpec, NoBase, Revision, find_commit
from pipelayer.changes.git import Repository
from pipelayer.changes.ids import is_commit_id
from pipelayer.deploy.hands import Journal
from pipelayer.desk import Desk
from pipelayer.errors import GitError, PipelayerError, UsageError
from pipelayer.model import Key, PipelinePlan, Report, Step, Verb
from pipelayer.project.tree import Tree
from pipelayer.run.draft import Draft, failed
from pipelayer.run.options import RunOptions, check
from pipelayer.run.orchestrate import run
from pipelayer.run.outside import make_ports, open_checkout, region_in
from pipelayer.run.request import AskAws, Choice, FailOn, ReplaceOrder, Request, Source, UnknownBase

if TYPE_CHECKING:
    from pipelayer.run.adopting import Adoption
    from pipelayer.run.offering import Offers
    from pipelayer.run.ports import Ports


class Silence:
    """A journal that nobody reads."""

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.begins`."""

    def done(self, plan: PipelinePlan, step: Step) -> None:
        """See `Journal.done`."""

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        """See `Journal.progress`."""

    def says(self, key: Key | None, text: str) -> None:
        """See `Journal.says`."""


def _never() -> bool:
    return False


class Project:
    """A folder with pipelines. Use it as a context manager, or close it: it holds a git process.

    Every verb returns a `Report`, also where something failed: look at `report.exit_code`, `report.findings`
    and `report.outcomes`. `names` are directories, names in AWS or globs of them; without any, all pipelines
    are meant, or those that differ from the commit `changed_since`.

        with Project.open("nightly", group="prod") as project:
            report = project.deploy(["orders_export"], dry_run=True)
    """

    def __init__(
        self,
        folder: Path,
        repository: Repository | None,
        *,
        group: str | Sequence[str] = (),
        config: str = "pipelayer.yml",
        source: Source = Source.TRACKED,
        environ: Mapping[str, str] | None = None,
        journal: Journal | None = None,
        interrupted: Callable[[], bool] = _never,
        retry_command: str = "pipelayer",
        retry_options: Sequence[str] = (),
    ) -> None:
        self._folder = folder
        self._repository = repository
        self._root = repository.root if repository else folder
        groups = group.split(",") if isinstance(group, str) else group
        self._groups = tuple(name.strip() for name in groups if name.strip())
        self._config = config
        self._source = source
        self._environ = os.environ if environ is None else environ
        self.journal: Journal = journal or Silence()
        self._interrupted = interrupted
        self._retry = retry_command
        self._retry_options = tuple(retry_options)
        self._tree: Tree | None = None
        self._draft: Draft | None = None

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] = ".",
        *,
        group: str | Sequence[str] = (),
        config: str = "pipelayer.yml",
        source: Source | str = Source.TRACKED,
        environ: Mapping[str, str] | None = None,
        journal: Journal | None = None,
        interrupted: Callable[[], bool] = _never,
        retry_command: str = "pipelayer",
        retry_options: Sequence[str] = (),
    ) -> Project:
        """The project in the folder `path`.

        `group` is one name or several. `source` is `tracked` (tracked files as they lie on disk), `commit`
        (the checked-out commit's) or `worktree` (everything on disk). `environ` holds the AWS settings, by
        default this process's. `journal` hears of every step.

        Raises PipelayerError where git can't read the repository, ValueError for an unknown `source`.
        """
        folder = Path(path)
        environ = os.environ if environ is None else environ
        repository = Repository.open(folder, environ=environ) if folder.is_dir() else None
        return cls(
            folder,
            repository,
            group=group,
            config=config,
            source=Source(source),
            environ=environ,
            journal=journal,
            interrupted=interrupted,
            retry_command=retry_command,
            retry_options=retry_options,
        )

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of git."""
        if self._repository:
            self._repository.close()

    def validate(self, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Checks offline, then asks AWS about every chosen pipeline. Makes the validation stub, and nothing
        else.
        """
        return self.run(Verb.VALIDATE, names, **options)

    def plan(self, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Shows what `deploy` would do. Changes nothing at all."""
        return self.run(Verb.PLAN, names, **options)

    def upload(self, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Copies the files to `myS3InputDir` and removes stale tasks. Definitions stay as they are."""
        return self.run(Verb.UPLOAD, names, **options)

    def activate(self, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Creates what is new and replaces what changed; nothing at all if any chosen pipeline is invalid."""
        return self.run(Verb.ACTIVATE, names, **options)

    def deploy(self, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Uploads and activates, and catches up on what an earlier deployment left undone."""
        return self.run(Verb.DEPLOY, names, **options)

    def adopt(self, name: str, *, to: str = "", dry_run: bool = False) -> Adoption:
        """Writes the line with which the directory `to` takes over a pipeline that AWS has.

        `name` is the live pipeline's id or its name in AWS. Without `to` it is the directory that is called
        like it. AWS is asked and not changed: the next deploy takes it over. `dry_run` writes nothing.

        Raises PipelayerError where the claim can't be met or the line can't be written: then nothing was.
        """
        from pipelayer.project.saving import save
        from pipelayer.run.adopting import adopt

        request, ports = self._asking(Verb.DEPLOY)  # that is what the line is for
        found = adopt(request, ports, name, to, self._on_disk)
        if found.edit and not dry_run:
            save(self._root, found.edit)
        return found

    def adoptable(self) -> Offers:
        """The live pipelines without a tag of ours called like this project's. Nothing is written."""
        from pipelayer.run.offering import offers

        return offers(*self._asking(Verb.VALIDATE), self._on_disk)

    def _on_disk(self, path: str) -> bool:
        return os.path.lexists(self._root / path)

    def graph(self, name: str, *, whole: bool = False) -> str:
        """One pipeline's objects, as its files have them: a Mermaid flowchart, which GitHub draws.

        `name` is a directory, a name in AWS or a glob. Many objects share boxes, unless the `whole` is
        wanted. AWS isn't asked. Raises PipelayerError where the name means none or several pipelines, or a
        file can't be read.
        """
        from pipelayer.render.mermaid import mermaid
        from pipelayer.run.picturing import picture

        request, ports = self._asking(Verb.VALIDATE, name)
        found = picture(request, ports)
        return mermaid(found, most_nodes=len(found.nodes)) if whole else mermaid(found)

    @cached_property
    def desk(self) -> Desk:
        """The daily look, and what the console's buttons did."""
        return Desk(self._asking)

    def _asking(self, verb: Verb, *names: str, base: BaseSpec | None = None) -> tuple[Request, Ports]:
        """What looks at the files, and into AWS."""
        checkout = open_checkout(self._repository, self._folder, self._source, self._environ)
        request = Request(
            verb=verb,
            root=checkout.root,
            config=self._config,
            groups=self._groups,
            choice=Choice.NAMED if names else Choice.ALL,
            names=names,
            environment_region=region_in(self._environ),
            names_untracked=self._repository is not None and self._source is Source.TRACKED,
            retry_command=self._retry,
            retry_options=self._retry_options,
        )
        return request, make_ports(
            checkout, base or NoBase(""), self._environ, self.journal, self._interrupted
        )

    def _look_up(self, since: str) -> None:
        """A revision that a person wrote must be one. What a clone merely lacks may still be fetched."""
        if self._repository and not is_commit_id(since):
            try:
                find_commit(self._repository, since)
            except GitError as problem:
                raise UsageError(f"--changed-since: {problem.message}.", problem.hint) from problem

    def read(self, path: str) -> bytes | None:
        """A file of the project by its path in the repository, as the last run saw it; None where there is
        none.
        """
        tree = self._tree
        return tree.read(path) if tree and path in tree.entries and tree.entries[path].is_file else None

    def run(self, verb: Verb, names: str | Sequence[str] = (), **options: Unpack[RunOptions]) -> Report:
        """Any of the verbs.

        Raises TypeError for an option that there is not, ValueError for a value that an option can't have:
        what a program gets wrong must not end in a deploy of something else.
        """
        check(options)
        self._draft = None
        since = options.get("changed_since", "")
        base: BaseSpec = Revision(since) if since else NoBase("")
        try:
            if "changed_since" in options:
                self._look_up(since)
            if since and names:
                raise UsageError("Names and `changed-since` exclude each other.", "Give one of the two.")
            if since and self._repository is None and self._folder.is_dir():
                raise UsageError(
                    f"{str(self._folder)!r} is in no git repository, so there is nothing to compare with.",
                    "Give names, or nothing for all pipelines.",
                )
            request, ports = self._asking(verb, *([names] if isinstance(names, str) else names), base=base)
            self._tree = ports.tree
        except PipelayerError as problem:
            return failed(verb, problem)
        request = replace(
            request,
            choice=Choice.CHANGED if since else request.choice,
            on_unknown_base=UnknownBase(options.get("on_unknown_base", UnknownBase.ALL)),
            run_on_demand=options.get("run_on_demand", False),
            replace_on_demand=options.get("replace_on_demand", False),
            respect_paused=options.get("respect_paused", True),
            cancel_running=options.get("cancel_running", False),
            replace=ReplaceOrder(options.get("replace", ReplaceOrder.CREATE_FIRST)),
            prune=options.get("prune", False),
            secret_salt=options.get("secret_salt", ""),
            fail_on=FailOn(options.get("fail_on", FailOn.ERROR)),
            dry_run=options.get("dry_run", False),
            aws=AskAws(options.get("aws", AskAws.AUTO)),
            concurrency=options.get("concurrency", 8),
            built_files=self._source is not Source.COMMIT,
        )
        self._draft = Draft(request, ports)
        return run(self._draft)

    def cut_short(self, problem: PipelayerError) -> Report | None:
        """The report of the run if it ends here and now because of `problem`, completed from what is known of
        it by then; None where none has begun.

        For a program that can't wait for the end of its run. Another thread may ask, and waits for nothing.
        """
        return self._draft.cut_short(problem) if self._draft else None
