"""The action as a process: the runner's environment in, everything that a runner would read out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from support.gitrepo import checkout_like_actions
from support.job import Job
from support.jobs import NIGHTLY, NOTHING, REPOSITORY, ROOT, TOKEN, Story

SECRETS = (TOKEN, "a-secret-of-the-shop", "pepper-and-salt")
RATES = "exchange_rates/tasks/fetch.sh"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with Story.begin(tmp_path) as story:
        yield story


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Story]:
    """Without a project."""
    with Story.begin(tmp_path, nightly=False) as story:
        yield story


def bodies(story: Story, number: int) -> list[str]:
    return [comment.body.partition("\n")[2] for comment in story.github.comments(REPOSITORY, number)]


def broken_values(directory: str) -> dict[str, str | None]:
    """The directory's values, with a comma too many on line 3."""
    text = (NIGHTLY / directory / "values.json").read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    return {f"{directory}/values.json": "".join([*lines[:2], ",\n", *lines[2:]])}


def assert_quiet(job: Job) -> None:
    """Nothing went to stderr, no traceback, and no secret is anywhere but where the runner is told to mask
    it.
    """
    assert job.stderr == ""
    assert "Traceback" not in job.stdout
    lines = [line for line in job.stdout.splitlines() if not line.startswith("::add-mask::")]
    written = "\n".join(lines) + job.summary + json.dumps(job.outputs)
    assert [secret for secret in SECRETS if secret in written] == []
    said = {command.name for command in job.commands if command.name != "add-mask"}
    assert said <= {"group", "endgroup", "error", "warning", "notice"}
    assert {command.data for command in job.commands if command.name == "add-mask"} <= set(SECRETS)


def test_from_the_first_deploy_over_a_pull_request_to_its_merge(story: Story) -> None:
    first = story.work.commit()
    deployed = story.push(first, secret_salt="pepper-and-salt")
    assert_quiet(deployed)
    assert deployed.code == 0
    assert deployed.outputs["result"] == "success"
    assert deployed.outputs["changed-count"] == "3"
    assert deployed.keys("activated") == deployed.keys("changed") == deployed.keys("uploaded")
    assert deployed.outputs["comment-url"] == ""
    assert "belongs to no merged pull request" in deployed.stdout
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(deployed.report(), schema)
    live = sorted(one.id for one in story.sandbox.pipelines() if not one.name.startswith("pipelayer"))

    number = story.open_pull({RATES: "echo better\n"} | broken_values("orders_export"))
    checked = story.pull_request(number, secret_salt="pepper-and-salt")
    assert_quiet(checked)
    assert checked.code == 1
    assert checked.outputs["result"] == "failure"
    assert sorted(checked.keys("changed")) == ["exchange_rates", "orders_export"]
    assert checked.keys("failed") == ["orders_export"]
    (annotation,) = checked.annotations()
    assert annotation.properties["file"] == "orders_export/values.json"
    assert annotation.properties["line"] == "3"
    (comment,) = bodies(story, number)
    assert comment.startswith("### ❌")
    assert checked.outputs["comment-url"].endswith(
        f"#issuecomment-{story.github.comments(REPOSITORY, number)[0].id}"
    )
    assert checked.summary.startswith("### ❌")

    story.work.git("checkout", "--quiet", "change")
    fixed = (NIGHTLY / "orders_export" / "values.json").read_text(encoding="utf-8")
    story.github.push_to_pull(REPOSITORY, number, story.work.commit({"orders_export/values.json": fixed}))
    story.work.push("change")
    story.work.git("checkout", "--quiet", "main")
    checked = story.pull_request(number, action="synchronize", secret_salt="pepper-and-salt")
    assert_quiet(checked)
    assert checked.code == 0
    assert checked.keys("changed") == ["exchange_rates"]
    (comment,) = bodies(story, number)
    assert comment.startswith("### ✅")

    merged = story.merge(number)
    story.sandbox.clear_record()
    deployed = story.pushed(merged, first, secret_salt="pepper-and-salt")
    assert_quiet(deployed)
    assert deployed.code == 0
    assert deployed.keys("uploaded") == ["exchange_rates"]
    assert deployed.keys("activated") == []
    assert len([call for call in story.sandbox.calls("s3") if call.operation == "PutObject"]) == 1
    assert sorted(one.id for one in story.sandbox.pipelines() if not one.name.startswith("pipelayer")) == live
    verdict, outcome = bodies(story, number)
    assert verdict.startswith("### ✅")
    assert "**uploaded**" in outcome


def test_a_pull_request_that_touches_no_pipeline_asks_nobody_and_imports_little(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({"README.md": "hello\n"})
    story.github.clear_calls()
    modules = story.folder / "modules"
    code = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r}); from pipelayer.github.action import main; "
        f"code = main(os.environ); open({str(modules)!r}, 'w').write(' '.join(sys.modules)); sys.exit(code)"
    )
    job = Imports(story, code).pull_request(number)
    assert_quiet(job)
    assert job.code == 0
    assert job.outputs["result"] == "nothing-to-do"
    assert story.github.calls() == ()
    assert story.sandbox.calls() == []
    imported = set(modules.read_text(encoding="utf-8").split())
    assert imported & {"boto3", "botocore", "github", "requests", "rich", "click", "hypothesis"} == set()
    rooms = {name.split(".")[1] for name in imported if name.startswith("pipelayer.")}
    assert rooms & {"console", "importer", "starter", "commands", "imports", "desk", "demo"} == set()

    again = story.pull_request(number, action="synchronize")
    assert again.code == 0
    assert [call.method for call in story.github.calls()] == ["GET"]
    assert bodies(story, number) == []


class Imports:
    """The same jobs, started by other code."""

    def __init__(self, story: Story, code: str) -> None:
        self._story = story
        self._code = code

    def pull_request(self, number: int) -> Job:
        command = [sys.executable, "-I", "-c", self._code]
        story = type("Started", (Story,), {"command": lambda _: command})(**vars(self._story))
        job = story.pull_request(number)
        self._story.jobs = story.jobs
        assert isinstance(job, Job)
        return job


def test_an_earlier_verdict_is_withdrawn_when_nothing_is_left_of_the_change(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({RATES: "echo better\n", "README.md": "hello\n"})
    story.pull_request(number)
    story.work.git("checkout", "--quiet", "change")
    head = story.work.commit({RATES: (NIGHTLY / RATES).read_text(encoding="utf-8")})
    story.github.push_to_pull(REPOSITORY, number, head)
    story.work.push("change")
    story.work.git("checkout", "--quiet", "main")
    job = story.pull_request(number, action="synchronize")
    assert job.outputs["result"] == "nothing-to-do"
    (comment,) = bodies(story, number)
    assert "No pipeline is affected" in comment


@pytest.mark.parametrize("from_fork", [True, False], ids=["a fork", "Dependabot"])
def test_a_read_only_token_keeps_the_run_green(story: Story, from_fork: bool) -> None:
    story.work.commit()
    story.work.push("main")
    story.github.add_token(TOKEN, read_only=True)
    number = story.open_pull({RATES: "echo better\n"} | broken_values("orders_export"))
    job = story.pull_request(number, from_fork=from_fork)
    assert_quiet(job)
    assert job.outputs["comment-url"] == ""
    (why,) = [line for line in job.stdout.splitlines() if "omment" in line]
    assert why.startswith("No comment: could not comment on the pull request: GitHub answered 403")
    assert "pull-requests: write" in why
    assert job.summary.startswith("### ❌")
    assert [one.properties["file"] for one in job.annotations()] == ["orders_export/values.json"]


def test_a_github_that_does_not_answer_fails_no_deploy(story: Story) -> None:
    first = story.work.commit()
    story.environ = {"GITHUB_API_URL": "http://127.0.0.1:9"}
    job = story.push(first, pipelines="exchange_rates")
    assert_quiet(job)
    assert job.code == 0
    assert job.keys("activated") == ["exchange_rates"]
    assert "No comment" in job.stdout


def test_nobody_wants_a_comment(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({RATES: "echo better\n"})
    story.github.clear_calls()
    assert story.pull_request(number, comment="never").code == 0
    assert story.github.calls() == ()


def test_a_comment_is_always_wanted(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    number = story.open_pull({"README.md": "hello\n"})
    assert story.pull_request(number, comment="always").code == 0
    assert len(bodies(story, number)) == 1


def test_hostile_names_command_nothing(story: Story) -> None:
    story.work.commit()
    story.work.push("main")
    names = [
        "x##[add-mask]e",
        "y\n::error::pwn",
        "::set-output name=changed::[]",
        "z\u200b##\u200b[error]",
        "w|`<img src=x>@octocat",
    ]
    files: dict[str, str] = {f"exchange_rates/tasks/{name}": "1" for name in names}
    for number, name in enumerate(names):
        files[f"bad{number} {name}/values.json"] = (
            '{"metadata": {"name": "' + name.replace("\n", "\\n") + '"}, '
        )
    number = story.open_pull(files)
    job = story.pull_request(number)
    assert_quiet(job)
    assert job.code == 1
    assert len(job.annotations()) >= len(names)
    assert all("##[" not in line for line in job.stdout.splitlines())
    assert job.outputs["changed"] != "[]"
    assert list(job.outputs) == list(dict.fromkeys(job.outputs))
    (comment,) = bodies(story, number)
    assert "<img" not in comment
    assert "::set-output name=changed::" not in [line.strip() for line in comment.splitlines()]


def test_wrong_inputs_are_told_at_once_and_nothing_is_asked(story: Story) -> None:
    first = story.work.commit()
    job = story.push(first, prune="ture", source="disk")
    assert_quiet(job)
    assert job.code == 2
    (annotation,) = job.annotations()
    assert "did you mean `true`?" in annotation.data
    assert "`source` is 'disk'" in annotation.data
    assert job.outputs["result"] == "failure"
    assert job.outputs["changed"] == "[]"
    assert story.sandbox.calls() == []


def test_an_empty_project_ends_in_one_message(repository: Story) -> None:
    first = repository.work.commit({"README.md": "hello\n"})
    job = repository.push(first, group="")
    assert_quiet(job)
    assert job.code == 2
    assert "no pipeline" in job.annotations()[0].data
    assert job.report()["exit_code"] == 2


@pytest.mark.parametrize("command", ["deploy", "validate"])
def test_pull_request_target_is_refused(story: Story, command: str) -> None:
    first = story.work.commit()
    story.work.push("main")
    workspace = story.folder / "jobs" / "1" / "workspace"
    checkout_like_actions(workspace, story.url, first)
    home = {"full_name": REPOSITORY}
    side = {"sha": first, "ref": "main", "repo": home}
    payload = {"action": "opened", "pull_request": {"number": 1, "merged": False, "head": side, "base": side}}
    job = story.run(workspace, "pull_request_target", payload, first, "refs/heads/main", command=command)
    assert_quiet(job)
    assert job.code == 2
    assert "refused" in job.annotations()[0].data
    assert story.sandbox.calls() == []


def test_an_event_that_means_nothing_is_said_aloud(story: Story) -> None:
    first = story.work.commit()
    story.work.push("main")
    workspace = story.folder / "jobs" / "1" / "workspace"
    checkout_like_actions(workspace, story.url, first)
    job = story.run(workspace, "release", {"action": "published"}, first, "refs/tags/v1")
    assert_quiet(job)
    assert job.code == 0
    assert "Nothing to do" in job.stdout
    assert job.outputs["result"] == "nothing-to-do"


def test_a_workspace_without_a_checkout(story: Story) -> None:
    first = story.work.commit()
    workspace = story.folder / "jobs" / "1" / "workspace"
    workspace.mkdir(parents=True)
    payload = {"before": NOTHING, "after": first, "created": True, "deleted": False, "forced": False}
    job = story.run(workspace, "push", payload, first, "refs/heads/main")
    assert job.code == 2
    assert "actions/checkout" in job.annotations()[0].data


def test_the_report_never_follows_a_planted_link(story: Story) -> None:
    first = story.work.commit()
    story.work.push("main")
    workspace = story.folder / "jobs" / "1" / "workspace"
    checkout_like_actions(workspace, story.url, first)
    victim = story.folder / "victim"
    victim.write_text("precious")
    (workspace / "pipelayer-report.json").symlink_to(victim)
    job = story.run(workspace, "workflow_dispatch", {}, first, "refs/heads/main", dry_run="true")
    assert job.code == 0
    assert victim.read_text() == "precious"
    assert job.outputs["report-file"].endswith("pipelayer-report-2.json")
