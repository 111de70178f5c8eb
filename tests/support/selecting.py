"""Which pipelines a job takes up: a real repository, a real clone, the real entry point, and what came out.

    place = Place.make(world, tmp_path)                      # a server and somebody's work tree
    history = begin(place)                                   # commits to compare, as `History`
    clone = CLONES["depth 1"](place, history.pushed.sha, ...)
    job = run(place, clone, history.pushed)
    assert selected(job) == {"alpha": "files"}

AWS isn't asked: `aws: never`. Payloads are whole, and checked against GitHub's published schemas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support import webhooks
from support.gitrepo import Content, Server, Work, checkout_like_actions, make_repo, make_server
from support.job import Job
from support.jobs import Story

Payload = Mapping[str, object]


@dataclass(frozen=True)
class Trigger:
    """Why a job runs: the event, its payload, and what the runner says that it is about.

    `tracked` is where actions/checkout puts the commit, `checkout` the commit that it checks out.
    """

    event: str
    payload: Payload
    sha: str
    ref: str = "refs/heads/main"
    tracked: str = "refs/remotes/origin/main"
    checkout: str = ""

    @property
    def commit(self) -> str:
        """What is checked out."""
        return self.checkout or self.sha


@dataclass
class Place:
    """One repository: its server, and a work tree that pushes to it. `story` runs jobs.

    `under` is the project's folder in it.
    """

    story: Story
    server: Server
    work: Work
    folder: Path
    under: str = ""
    inputs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, world: Story, folder: Path, *, object_format: str = "sha1", under: str = "") -> Place:
        """An empty repository `acme/nightly`."""
        server = make_server(folder / "served" / "acme" / "nightly.git", object_format=object_format)
        work = make_repo(folder / "work", origin=server.url, object_format=object_format)
        story = Story(folder, world.sandbox, world.github, work, server.url)
        return cls(story, server, work, folder, under)

    def commit(self, files: Mapping[str, Content] | None = None) -> str:
        """Commits files of the project."""
        under = f"{self.under}/" if self.under else ""
        return self.work.commit({f"{under}{name}": content for name, content in (files or {}).items()})

    @property
    def workspace(self) -> Path:
        """Where the next job's checkout goes."""
        return self.folder / "jobs" / str(self.story.jobs + 1) / "workspace"


def checkout(place: Place, trigger: Trigger, depth: int = 1) -> Path:
    """The next job's workspace, as actions/checkout leaves it."""
    workspace = place.workspace
    checkout_like_actions(workspace, place.server.url, trigger.commit, trigger.tracked, depth=depth)
    return workspace


def run(place: Place, workspace: Path, trigger: Trigger, **inputs: str) -> Job:
    """One run of the entry point. Whatever it decides, it says so in good form."""
    if trigger.event != "schedule" and len(trigger.sha) == 40:  # the schemas know no SHA-256
        assert webhooks.problems(trigger.event, trigger.payload) == []
    settings = {"group": "", "comment": "never", "aws": "never", "command": "validate"}
    if place.under:
        settings["working_directory"] = place.under
    given = settings | place.inputs | inputs
    job = place.story.run(workspace, trigger.event, trigger.payload, trigger.sha, trigger.ref, **given)
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    assert {command.name for command in job.commands} <= {"error", "warning", "notice", "group", "endgroup"}
    return job


def pushed(place: Place, before: str, after: str, **inputs: str) -> Job:
    """What a push of `main` starts that took it from one commit to the other."""
    place.work.push("main")
    trigger = Trigger("push", webhooks.push(before=before, after=after), after)
    return run(place, checkout(place, trigger), trigger, **inputs)


def selected(job: Job) -> dict[str, str]:
    """The selection: what stands after the project in each key, with its reasons; `default/` is left out.

    Report and outputs must agree, and a run that selected something is no run with nothing to do.
    """
    items = _items(job.report()["selection"])
    keys = [str(item["key"]) for item in items]
    assert json.loads(job.outputs["changed"]) == keys
    assert keys == sorted(keys)
    assert job.outputs["changed-count"] == str(len(keys))
    assert (job.outputs["uploaded"], job.outputs["activated"]) == ("[]", "[]")
    assert (job.outputs["result"] == "nothing-to-do") == (not keys), job.stdout
    assert job.code == (1 if job.outputs["result"] == "failure" else 0)
    found = {
        str(item["key"]).partition(":")[2].removeprefix("default/"): " ".join(map(str, item["reasons"]))
        for item in items
    }
    if found:
        many = "pipeline" if len(found) == 1 else "pipelines"
        assert f"::group::Selected: {len(found)} {many}\n" in job.stdout
    return found


def _items(value: object) -> list[dict[str, list[object]]]:
    assert isinstance(value, list)
    return value


Cloner = Callable[[Place, Trigger], Path]
