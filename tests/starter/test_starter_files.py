"""What a new project is made of: the documents' own files, with what is one's own put in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.flat import Field
from pipelayer.project.config import load_config
from pipelayer.project.tree import DiskTree
from pipelayer.starter.answers import FOLDER as FOLDERS
from pipelayer.starter.answers import QUESTIONS, Answers
from pipelayer.starter.delivery import Delivery
from pipelayer.starter.files import project_files
from pipelayer.starter.policies import policies
from pipelayer.starter.shipped import data
from pipelayer.starter.workflow import workflow, workflow_path
from support.pages import workflow as workflow_of_the_readme
from support.policies import FOLDER

BIN = Path(sysconfig.get_path("scripts"))
COMMIT = "0123456789abcdef0123456789abcdef01234567"
EXAMPLE = Answers(
    project="OWNER/REPO",
    repository="OWNER/REPO",
    region="us-east-1",
    account="123456789012",
    bucket="acme-prod-pipelines",
    prefix="code",
    groups=("prod",),
    pipeline="hello",
    period="1 day",
    start="2030-01-01T00:00:00",
)
OURS = replace(
    EXAMPLE,
    project="acme/nightly/etl",
    repository="acme/nightly",
    region="eu-west-1",
    account="111122223333",
    bucket="my-bucket",
    groups=("dev", "1.0"),
    branch="trunk",
    action=f"pipelayer/pipelayer@{COMMIT}",
    subject="repo:acme@1/nightly@2",
    folder="etl",
)


# ---- one source


@pytest.mark.parametrize(
    "name",
    ["validate", "validate-files", "deploy", "deploy-secrets", "trust-validate", "trust-deploy-environment"],
)
def test_the_policies_are_those_of_the_documents(name: str) -> None:
    """After a change there, copy the file to pipelayer/starter/data/iam."""
    assert data(f"iam/{name}.json") == (FOLDER / f"{name}.json").read_bytes()


def test_the_workflow_is_that_of_the_readme() -> None:
    """After a change there, copy it to pipelayer/starter/data/pipelines.yml."""
    assert data("pipelines.yml").decode() == workflow_of_the_readme()


def test_with_the_names_of_the_examples_they_are_the_examples() -> None:
    filled = {name: json.loads(text) for name, text in policies(EXAMPLE.delivery).items()}
    for name in ("validate", "trust-validate"):
        assert filled[f"{name}.json"] == json.loads(data(f"iam/{name}.json"))
    for name, example in (("validate-files", "validate-files"), ("deploy-prod", "deploy")):
        own = json.loads(json.dumps(filled[f"{name}.json"]).replace("code/prod/*", "code/*"))
        assert own == json.loads(data(f"iam/{example}.json"))
    changed = [
        (line, other)
        for line, other in zip(
            workflow(EXAMPLE.delivery).decode().splitlines(),
            data("pipelines.yml").decode().splitlines(),
            strict=True,
        )
        if line != other
    ]
    assert [line.strip() for line, _ in changed] == [
        "role-to-assume: arn:aws:iam::123456789012:role/pipelayer-OWNER-REPO-validate",
        "environment: prod",
        "role-to-assume: arn:aws:iam::123456789012:role/pipelayer-OWNER-REPO-deploy-prod",
    ]


# ---- the pipeline


def test_the_pipeline_runs_from_files_that_have_lost_their_modes(tmp_path: Path) -> None:
    """As S3 gives them back to the machine."""
    files = project_files(EXAMPLE)
    for path in ("hello/run", "hello/tasks/hello.sh"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(files[path].content)
        assert files[path].executable
        checked = subprocess.run([BIN / "shellcheck", tmp_path / path], capture_output=True, check=False)
        assert checked.returncode == 0, checked.stdout
    objects = json.loads(files["pipeline_definition.json"].content)["objects"]
    (command,) = (one["command"] for one in objects if one.get("type") == "ShellCommandActivity")
    command = re.sub(r"#\{[^}]*\}", "2030-01-31", command)
    ran = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "INPUT1_STAGING_DIR": str(tmp_path / "hello")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "Hello, this is the run of 2030-01-31.\n"), ran.stderr


# ---- what is one's own


def test_no_example_is_left() -> None:
    everything = "".join(file.content.decode() for file in project_files(OURS).values())
    left = "123456789012|us-east-1|acme-prod|OWNER|:prod|production|refs/heads/main|@v1|better:|[A-Z]{6,}S\\b"
    assert re.findall(left, everything) == []


def test_each_role_is_named_the_same_wherever_it_is_named() -> None:
    jobs = yaml.safe_load(workflow(OURS.delivery))["jobs"]
    assumed = {
        name: step["with"]["role-to-assume"].partition(":role/")[2]
        for name, job in jobs.items()
        for step in job["steps"]
        if "role-to-assume" in step.get("with", {})
    }
    page = project_files(OURS)["etl/iam/README.md"].content.decode()
    made = dict(re.findall(r"create-role --role-name (\S+) .*file://trust-(\S+)\.json", page))
    assert {role: name.replace("_", ".") for name, role in assumed.items()} == made
    given_to = re.findall(r"put-role-policy --role-name (\S+) .*file://(\S+)\.json", page)
    assert {name for role, name in given_to if role == assumed["validate"]} == {"validate", "validate-files"}
    assert [name for role, name in given_to if role == assumed["deploy-1_0"]] == ["deploy-1.0"]
    assert {f"etl/iam/{name}.json" for _, name in given_to} <= set(project_files(OURS))


def test_each_group_has_a_job_that_deploys_it_alone() -> None:
    jobs = yaml.safe_load(workflow(OURS.delivery))["jobs"]
    assert list(jobs) == ["validate", "deploy-dev", "deploy-1_0"]
    for job, group in (("deploy-dev", "dev"), ("deploy-1_0", "1.0")):
        assert jobs[job]["environment"] == group
        assert jobs[job]["concurrency"]["group"] == f"pipelayer-etl-{group}"
        assert jobs[job]["steps"][-1]["with"] == {"working-directory": "etl", "group": group}
        assert jobs[job]["steps"][1]["with"]["aws-region"] == "eu-west-1"
    assert jobs["validate"]["steps"][-1]["with"] == {"working-directory": "etl"}
    trusted = json.loads(policies(OURS.delivery)["trust-deploy-1.0.json"])["Statement"][0]["Condition"][
        "StringEquals"
    ]
    assert trusted["token.actions.githubusercontent.com:sub"] == "repo:acme@1/nightly@2:environment:1.0"


def reading_secrets(delivery: Delivery, *names: str) -> Delivery:
    """Each of its groups reads these from the environment."""
    return replace(delivery, targets=tuple(replace(one, variables=names) for one in delivery.targets))


@pytest.mark.parametrize(
    "delivery",
    [
        replace(EXAMPLE, action=OURS.action).delivery,
        OURS.delivery,
        reading_secrets(OURS.delivery, "A_PASSWORD", "B_PASSWORD"),
    ],
    ids=["one", "several", "secrets"],
)
def test_the_workflow_passes_what_ours_pass(tmp_path: Path, delivery: Delivery) -> None:
    path = tmp_path / workflow_path(delivery)
    path.parent.mkdir(parents=True)
    path.write_bytes(workflow(delivery))
    schema = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]
    for checking in (schema, ["zizmor", "--pedantic", "--offline", "--no-progress"]):
        checked = subprocess.run(
            [BIN / checking[0], *checking[1:], path], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_its_configuration_says_what_was_answered(tmp_path: Path) -> None:
    (tmp_path / "pipelayer.yml").write_bytes(project_files(OURS)["etl/pipelayer.yml"].content)
    config, findings = load_config(DiskTree(tmp_path), "")
    assert findings == ()
    assert config is not None
    assert config.project == OURS.project
    assert [(one.name, one.region, one.account) for one in config.groups] == [
        (group, OURS.region, OURS.account) for group in OURS.groups
    ]
    assert [dict(one.values) for one in config.groups] == [
        {"myBucket": Field((OURS.bucket,)), "myFolder": Field((f"code/{group}",))} for group in OURS.groups
    ]


WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}", fullmatch=True)


@given(
    st.builds(
        replace,
        st.just(EXAMPLE),
        project=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", fullmatch=True),
        groups=st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple),
        branch=WORDS,
        folder=st.from_regex(FOLDERS, fullmatch=True),
        subject=st.just("repo:us-east-1/prod"),
        bucket=st.sampled_from(["us-east-1", "123456789012", "code"]),
        prefix=st.sampled_from(["prod", "code", "a/b"]),
    )
)
def test_any_answer_comes_through_as_it_is(answers: Answers) -> None:
    """Also one that is called like an example, or looks like a number."""
    if not QUESTIONS["group"].fits(",".join(answers.groups)):
        return
    document = yaml.safe_load(workflow(answers.delivery))
    jobs = document["jobs"]
    assert document[True]["push"]["branches"] == [answers.branch]  # YAML 1.1 reads `on` as true
    assert len(jobs) == len(answers.groups) + 1
    for job, group in zip(list(jobs.values())[1:], answers.groups, strict=True):
        given_to = job["steps"][-1]["with"]
        assert (job["environment"], given_to["group"]) == (group, group)
        assert given_to.get("working-directory", "") == answers.folder
        role = job["steps"][1]["with"]["role-to-assume"].partition("role/")[2]
        assert role == answers.delivery.deploy_role(group)
        assert re.fullmatch(r"[\w+=,.@-]{1,64}", role)
        allowed = json.loads(policies(answers.delivery)[f"deploy-{group}.json"])["Statement"]
        (mirror,) = (one for one in allowed if one["Sid"] == "MirrorTheInputFolders")
        assert mirror["Resource"] == f"arn:aws:s3:::{answers.bucket}/{answers.prefix}/{group}/*"
        (walled,) = (one for one in allowed if one["Sid"] == "ChangeNoOtherGroupsPipelines")
        tags = set(walled["Condition"]["StringLikeIfExists"].values())
        assert tags == {f"{answers.project}:{group}/*"}


@pytest.mark.parametrize("group", ["p", "p" * 30])
def test_long_names_of_projects_make_roles_that_aws_takes_and_that_differ(group: str) -> None:
    projects = ["acme/nightly", *(f"acme/{'n' * length}" for length in range(10, 95))]
    named = [replace(EXAMPLE, project=one, groups=(group,)).delivery.deploy_role(group) for one in projects]
    assert len(set(named)) == len(projects)
    assert max(map(len, named)) <= 64
    assert all(re.fullmatch(r"[\w+=,.@-]+", name) for name in named)
