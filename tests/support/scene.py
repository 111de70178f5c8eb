"""A project in a real repository, the sandbox as its AWS, and one clock that both live by.

    scene = Scene(sandbox, tmp_path)
    scene.commit(project("a", "b"))
    report = scene.run(Verb.DEPLOY)

Whoever waits lets the sandbox's time pass, so no test waits. The calls go over HTTP, by the real client.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelayer.aws.client import READ_SECONDS, AwsCloud, Clients
from pipelayer.aws.datapipeline import RolePatience
from pipelayer.aws.pace import Pace
from pipelayer.changes.base import BaseSpec, NoBase, Revision
from pipelayer.changes.git import Repository
from pipelayer.console.ports import Cloud
from pipelayer.model import Action, Key, Outcome, PipelinePlan, Report, Step, Verb
from pipelayer.project.tree import Tree
from pipelayer.run.draft import Draft
from pipelayer.run.orchestrate import run
from pipelayer.run.outside import make_ports, open_checkout
from pipelayer.run.ports import Ports
from pipelayer.run.request import Choice, Request, Source
from support.gitrepo import Content, Executable, git_environment, make_repo

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
"""When every story begins, unless it says otherwise."""

REGION = "us-east-1"
BUCKET = "data"
PROJECT = "acme/nightly"
CONFIG = f"version: 1\nproject: {PROJECT}\ndefaults: {{region: {REGION}}}\n"


def template(
    kind: str = "cron",
    *,
    period: str = "1 day",
    start: str | None = "2026-01-01T02:00:00",
    end: str = "",
    occurrences: int = 0,
    command: str = "echo #{myWord}",
    secret: bool = False,
    machine: str = "Machine",
) -> str:
    """A shell job. `start` None begins with the first activation; `kind` is the schedule type.

    `myWord` may be changed on a live pipeline, `myPeriod` and the name of the machine may not.
    """
    when: dict[str, Any] = {"id": "When", "name": "When", "type": "Schedule", "period": "#{myPeriod}"}
    when |= {"startDateTime": start} if start else {"startAt": "FIRST_ACTIVATION_DATE_TIME"}
    when |= {"endDateTime": end} if end else {}
    when |= {"occurrences": str(occurrences)} if occurrences else {}
    default: dict[str, Any] = {
        "id": "Default",
        "name": "Default",
        "scheduleType": kind,
        "role": "DataPipelineDefaultRole",
        "resourceRole": "DataPipelineDefaultResourceRole",
        "pipelineLogUri": f"s3://{BUCKET}/logs/",
    }
    job: dict[str, Any] = {"id": "Job", "name": "Job", "type": "ShellCommandActivity"}
    job |= {"command": command, "runsOn": {"ref": machine}}
    runner = {"id": machine, "name": machine, "type": "Ec2Resource", "terminateAfter": "1 hour"}
    objects = [default, job, runner]
    if kind != "ondemand":
        default["schedule"] = {"ref": "When"}
        objects.append(when)
    parameters = [
        {"id": "myWord", "type": "String", "default": "hello"},
        {"id": "myPeriod", "type": "String", "default": period},
        {"id": "myS3InputDir", "type": "AWS::S3::ObjectKey", "optional": "true"},
    ]
    if secret:
        parameters.append({"id": "*myPassword", "type": "String"})
        runner["keyPair"] = "#{myWord}"
        job["command"] = "connect '#{*myPassword}'"
    return json.dumps({"objects": objects, "parameters": parameters})


def values(*, name: str = "", metadata: Mapping[str, object] | None = None, **given: object) -> str:
    """A values file."""
    about = {**({"name": name} if name else {}), **(metadata or {})}
    return json.dumps({**({"metadata": about} if about else {}), "values": given})


def with_files(directory: str, files: Mapping[str, str], **given: object) -> dict[str, Content]:
    """A pipeline directory with `run` and tasks."""
    tasks: dict[str, Content] = {f"{directory}/tasks/{name}": text for name, text in files.items()}
    place = f"s3://{BUCKET}/in/{directory}"
    own = values(myS3InputDir=place, **given)
    return {f"{directory}/values.json": own, f"{directory}/run": Executable("#!/bin/sh\n"), **tasks}


def project(*directories: str, definition: str = "", config: str = CONFIG) -> dict[str, Content]:
    """A project with these pipelines, none of which has files."""
    own: dict[str, Content] = {f"{name}/values.json": values() for name in directories}
    return {"pipelayer.yml": config, "pipeline_definition.json": definition or template(), **own}


@dataclass
class SandboxClock:
    """The sandbox's time. Waiting lets it pass."""

    sandbox: Sandbox

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def sleep(self, seconds: float) -> None:
        self.sandbox.advance(timedelta(seconds=seconds))


@dataclass
class Story:
    """A journal that keeps what it hears. `after` holds what happens once a step of that kind was taken."""

    after: dict[Action, Callable[[], object]] = field(default_factory=dict)
    steps: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def begins(self, plan: PipelinePlan, step: Step) -> None:
        pass

    def done(self, plan: PipelinePlan, step: Step) -> None:
        self.steps.append((plan.key.directory, step.action.value))
        if happening := self.after.pop(step.action, None):
            happening()

    def progress(self, key: Key | None, doing: str, done: int, total: int) -> None:
        pass

    def says(self, key: Key | None, text: str) -> None:
        self.said.append(text)


_CLIENTS: dict[tuple[str, str, str, int, float], Clients] = {}
"""Making a client takes longer than a whole deployment; what it is made of never changes."""


class Scene:
    """One project and its AWS. `run` does what a command would, from the last commit.

    `policies` are those of its access key from `again` on; without any it may do everything.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, *, at: datetime = START) -> None:
        self.sandbox = sandbox
        self.clock = SandboxClock(sandbox)
        self.repo = make_repo(folder)
        self.story = Story()
        self.access_key = "AKIASANDBOX"
        self.policies: Sequence[Mapping[str, Any]] = ()
        self.attempts = 1
        self.environ: dict[str, str] = {}
        self.interrupted: Callable[[], bool] = lambda: False
        self.around: Callable[[Cloud], Cloud] = lambda cloud: cloud
        self.read_seconds = READ_SECONDS
        self.source = Source.COMMIT
        self.newest: Callable[[], Tree | None] | None = None
        self._began = at
        self._open()

    def _open(self) -> None:
        self.sandbox.set_time(self._began)
        self.sandbox.create_bucket(BUCKET)
        for policy in self.policies:
            self.sandbox.attach_policy(self.access_key, policy)

    def again(self) -> None:
        """The same files, and an AWS with nothing in it once more."""
        self.sandbox.reset()
        self.interrupted = lambda: False
        self.around = lambda cloud: cloud
        self.story = Story()
        self._open()

    def commit(self, files: Mapping[str, Content]) -> str:
        """Writes and commits; gives the commit."""
        return self.repo.commit(files)

    def tree(self, commit: str) -> Tree:
        """A commit's files."""
        with Repository.open(self.repo.path, environ=git_environment()) as repository:
            tree = repository.commit_tree(commit)
            for path, entry in tree.entries.items():
                if entry.is_file:
                    tree.read(path)
            return tree

    def _connect(self, region: str) -> Cloud:
        environ = {**self.sandbox.aws_environment(region, self.access_key), **self.environ}
        kind = self.sandbox.url, region, environ["AWS_ACCESS_KEY_ID"], self.attempts, self.read_seconds
        kept = _CLIENTS.setdefault(kind, Clients(region, environ, self.attempts, self.read_seconds))
        clients = replace(kept, environ=environ, _made=kept._made)
        pace, patience = Pace(self.clock, self.interrupted), RolePatience(self.clock)
        return self.around(AwsCloud(region, clients, pace, patience))

    def run(
        self, verb: Verb = Verb.DEPLOY, *names: str, since: str | None = None, at: str = "", **orders: Any
    ) -> Report:
        """Runs a verb on all pipelines, on the named ones, or on those that differ from `since`.

        `since=""` is a run without a base: what differs from what is live decides. `at` is the commit to run
        from, the last one without it.
        """
        choice = Choice.NAMED if names else Choice.ALL if since is None else Choice.CHANGED
        base: BaseSpec = Revision(since) if since else NoBase("there is no base")
        with self.outside(base, at) as ports:
            order = {"environment_region": REGION, "choice": choice, "names": names, **orders}
            self.draft = Draft(Request(verb, **order), ports)
            return run(self.draft)

    @contextmanager
    def outside(self, base: BaseSpec, at: str = "") -> Iterator[Ports]:
        """The world as a command meets it that reads the commit `at`, the last one without it."""
        environ = {**self.sandbox.aws_environment(access_key=self.access_key), **self.environ}
        with Repository.open(self.repo.path, environ=git_environment()) as repository:
            checkout = open_checkout(repository, self.repo.path, self.source, environ, at)
            ports = make_ports(checkout, base, environ, self.story, self.interrupted)
            yield replace(ports, clock=self.clock, connect=self._connect, newest=self.newest)

    # ---- what came of it

    def _present(self) -> list[Any]:
        return [one for one in self.sandbox.pipelines() if one.state != "DELETING"]

    def live(self, name: str) -> Any:
        """The one pipeline of this name that isn't on its way out."""
        found = [one for one in self._present() if one.name == name]
        assert len(found) == 1, [(one.name, one.state) for one in self.sandbox.pipelines()]
        return found[0]

    def ids(self) -> dict[str, str]:
        """Every pipeline of this project by its name: its id. None may be there twice."""
        found = [one for one in self._present() if "pipelayer:key" in one.tags]
        ids = {one.name: one.id for one in found}
        assert len(ids) == len(found), [(one.name, one.state) for one in found]
        return ids

    def calls(self) -> dict[str, int]:
        """How often each operation of AWS was called since the record was cleared."""
        counts: dict[str, int] = {}
        for call in self.sandbox.calls():
            if call.service in ("datapipeline", "s3"):
                counts[call.operation] = counts.get(call.operation, 0) + 1
        return counts

    def clear(self) -> None:
        """Forgets the calls so far."""
        self.sandbox.clear_record()

    def picture(self) -> tuple[object, ...]:
        """AWS as it is, but for the validation stub: two equal pictures, and nothing was changed."""
        pipelines = [
            (one.id, one.name, one.description, one.state, tuple(sorted(one.tags.items())), one.version)
            for one in self.sandbox.pipelines()
            if "pipelayer:stub" not in one.tags
        ]
        return (*pipelines, *self.sandbox.objects(BUCKET).items())


def outcomes(report: Report) -> dict[str, str]:
    """What came of each pipeline, by its directory."""
    return {one.key.rpartition("/")[2]: one.result.value for one in report.outcomes}


def outcome(report: Report, directory: str) -> Outcome:
    """One pipeline's outcome."""
    return next(one for one in report.outcomes if one.key.endswith(f"/{directory}"))


def kinds(report: Report) -> dict[str, str]:
    """The kind of each plan, by the directory."""
    return {plan.key.directory: plan.kind.value for plan in report.plan}


def plan_of(report: Report, directory: str) -> PipelinePlan:
    """One pipeline's plan."""
    return next(plan for plan in report.plan if plan.key.directory == directory)
