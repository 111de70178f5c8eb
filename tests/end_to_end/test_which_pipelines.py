"""Which pipelines a job takes up, from the checkout and the event alone: AWS isn't asked here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.gitrepo import checkout_like_actions
from support.jobs import NOTHING, REPOSITORY, Job, Story
from support.small_project import TEMPLATE, pipeline, project, template, values

ANOTHER = 12345
"""Nobody's user id."""

GROUPS = "version: 1\ngroups:\n  dev:\n    values: {myEnv: %s}\n  prod:\n    values: {myEnv: prod}\n"


def own_bucket_folder(directory: str, **more: object) -> str:
    """Values whose upload folder differs from group to group."""
    return values(f"#{{myEnv}}/{directory}", **more)


@dataclass(frozen=True)
class History:
    """`second` follows `first` on main and changes alpha; `merge` brings in beta's change from a branch.

    `rewritten` took the place of `second` in a forced push, and changes only what has its own template.
    """

    story: Story
    first: str
    second: str
    merge: str
    rewritten: str
    under: str

    def path(self, name: str) -> str:
        return f"{self.under}/{name}" if self.under else name


def build(folder: Path, under: str) -> Iterator[History]:
    def at(files: dict[str, object]) -> dict[str, object]:
        return {f"{under}/{name}" if under else name: content for name, content in files.items()}

    with Story.begin(folder, nightly=False) as story:
        work = story.work
        planted = {"json.py": "raise SystemExit('imported from the workspace')\n", "pipelayer.py": "1 / 0\n"}
        own = {"own/pipeline_definition.json": template()}
        first = work.commit(planted | at(project("alpha", "beta", "own") | own))  # type: ignore[arg-type]
        work.git("branch", "change")
        work.git("branch", "rewrite")
        second = work.commit(at({"alpha/tasks/main.sh": "echo better\n"}))  # type: ignore[arg-type]
        work.git("checkout", "--quiet", "change")
        work.commit(at({"beta/tasks/main.sh": "echo better\n"}))  # type: ignore[arg-type]
        work.git("checkout", "--quiet", "--detach", "main")
        merge = work.merge("change")
        work.git("checkout", "--quiet", "rewrite")
        rewritten = work.commit(at({"own/tasks/main.sh": "echo better\n"}))  # type: ignore[arg-type]
        work.git("checkout", "--quiet", "main")
        work.push("main", "rewrite", f"{merge}:refs/pull/1/merge")
        yield History(story, first, second, merge, rewritten, under)


@pytest.fixture(scope="module", params=["", "data/jobs"], ids=["top", "subdirectory"])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    yield from build(tmp_path_factory.mktemp("history"), request.param)


def workspace(
    history: History,
    commit: str,
    ref: str,
    depth: int,
    *,
    foreign: bool = False,
    sparse: tuple[str, ...] = (),
) -> Path:
    """A checkout of one commit; `foreign`: it belongs to another user than the process."""
    path = history.story.folder / "jobs" / str(history.story.jobs + 1) / "workspace"
    checkout_like_actions(path, history.story.url, commit, ref, depth=depth, sparse=sparse)
    if foreign and os.geteuid() == 0:
        for folder, _, names in os.walk(path):
            for name in (".", *names):
                os.chown(Path(folder, name), ANOTHER, ANOTHER, follow_symlinks=False)
    elif foreign:
        history.story.environ = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    return path


def run(
    history: History,
    event: str,
    commit: str,
    payload: dict[str, object],
    *,
    depth: int = 1,
    ref: str = "refs/heads/main",
    foreign: bool = False,
    sparse: tuple[str, ...] = (),
    **inputs: str,
) -> Job:
    """One offline check."""
    tracked = (
        "refs/remotes/pull/1/merge" if event == "pull_request" else ref.replace("heads", "remotes/origin")
    )
    place = workspace(history, commit, tracked, depth, foreign=foreign, sparse=sparse)
    settings = {"group": "", "comment": "never", "aws": "never", "command": "validate"}
    if history.under:
        settings["working_directory"] = history.under
    job = history.story.run(place, event, payload, commit, ref, **settings | inputs)
    history.story.environ = {}
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    return job


def pushed(before: str, after: str, ref: str = "refs/heads/main", forced: bool = False) -> dict[str, object]:
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == NOTHING,
        "deleted": False,
        "forced": forced,
        "commits": [{"id": after}],
    }


def offered(history: History) -> dict[str, object]:
    """The pull request, as GitHub tells of it: its base is the one it was opened on."""
    home = {"full_name": REPOSITORY}
    return {
        "action": "synchronize",
        "number": 1,
        "pull_request": {
            "number": 1,
            "merged": False,
            "merge_commit_sha": history.merge,
            "head": {"sha": history.story.work.git("rev-parse", "change"), "ref": "change", "repo": home},
            "base": {"sha": history.first, "ref": "main", "repo": home},
        },
    }


@pytest.mark.parametrize("depth", [0, 1], ids=["full", "shallow"])
def test_only_what_the_event_changed_whoever_owns_the_checkout(history: History, depth: int) -> None:
    push = run(
        history, "push", history.second, pushed(history.first, history.second), depth=depth, foreign=True
    )
    assert push.keys("changed") == ["alpha"], push.stdout
    assert push.code == 0
    assert push.outputs["result"] == "success"

    pull = run(history, "pull_request", history.merge, offered(history), depth=depth, foreign=True)
    assert pull.keys("changed") == ["beta"], (
        "what main gained since the pull request was opened isn't its own"
    )

    asked = run(history, "workflow_dispatch", history.second, {}, depth=depth, base=history.first)
    assert asked.keys("changed") == ["alpha"]
    everything = run(history, "workflow_dispatch", history.second, {}, depth=depth)
    assert everything.keys("changed") == ["alpha", "beta", "own"]
    assert history.story.sandbox.calls() == []


@pytest.mark.parametrize("depth", [0, 1], ids=["full", "shallow"])
def test_a_forced_push_is_compared_with_what_it_replaced(history: History, depth: int) -> None:
    payload = pushed(history.second, history.rewritten, "refs/heads/rewrite", forced=True)
    job = run(history, "push", history.rewritten, payload, depth=depth, ref="refs/heads/rewrite")
    assert job.keys("changed") == ["alpha", "own"]


def test_a_base_that_cannot_be_had_never_means_that_nothing_changed(history: History) -> None:
    gone = pushed("1" * 40, history.second, forced=True)
    job = run(history, "push", history.second, gone)
    assert job.code == 0
    assert job.keys("changed") == ["alpha", "beta", "own"]
    assert "The base can't be had" in job.stdout
    strict = run(history, "push", history.second, gone, on_unknown_base="fail")
    assert strict.code == 1
    (error,) = strict.annotations()
    assert "The base to compare with can't be had" in error.data
    assert "`on-unknown-base: all`" in error.data

    branch = "refs/heads/rewrite"
    new = pushed(NOTHING, history.rewritten, branch)
    job = run(history, "push", history.rewritten, new, ref=branch)
    assert job.keys("changed") == ["alpha", "beta", "own"]
    assert "is new" in job.stdout
    strict = run(history, "push", history.rewritten, new, ref=branch, on_unknown_base="fail")
    assert strict.code == 1


def test_files_that_a_sparse_checkout_left_out_count(history: History) -> None:
    job = run(history, "push", history.second, pushed(history.first, history.second), sparse=("elsewhere",))
    assert job.code == 0, job.stdout
    assert job.keys("changed") == ["alpha"]


def test_what_pipelines_share_reaches_those_that_use_it(tmp_path: Path) -> None:
    with Story.begin(tmp_path, nightly=False) as story:
        files = {TEMPLATE: template(), "pipelayer.yml": GROUPS % "dev"}
        for name in ("alpha", "beta"):
            files |= pipeline(name) | {f"{name}/values.json": own_bucket_folder(name)}  # type: ignore[operator]
        files |= {"own/pipeline_definition.json": template(), "own/values.json": own_bucket_folder("own")}
        first = story.work.commit(files)
        shared = story.work.commit({TEMPLATE: template(Machine={"terminateAfter": "2 hours"})})
        config = story.work.commit({"pipelayer.yml": GROUPS % "development"})
        gone = story.work.commit({"alpha/values.json": None, "alpha/run": None, "alpha/tasks/main.sh": None})
        story.work.push("main")
        history = History(story, first, shared, "", "", "")

        job = run(history, "push", shared, pushed(first, shared))
        assert [key.partition(":")[2] for key in changed(job)] == [
            "dev/alpha",
            "dev/beta",
            "prod/alpha",
            "prod/beta",
        ], job.stdout
        assert reasons(job) == {"template"}
        job = run(history, "push", config, pushed(shared, config))
        assert [key.partition(":")[2] for key in changed(job)] == ["dev/alpha", "dev/beta", "dev/own"]
        assert reasons(job) == {"config"}
        job = run(history, "push", config, pushed(shared, config), group="prod")
        assert job.outputs["result"] == "nothing-to-do"
        job = run(history, "push", gone, pushed(config, gone))
        assert [key.partition(":")[2] for key in changed(job)] == ["dev/alpha", "prod/alpha"]
        assert reasons(job) == {"removed"}


def changed(job: Job) -> list[str]:
    found = json.loads(job.outputs["changed"])
    assert isinstance(found, list)
    return sorted(found)


def reasons(job: Job) -> set[str]:
    selection = job.report()["selection"]
    assert isinstance(selection, list)
    return {reason for item in selection for reason in item["reasons"]}
