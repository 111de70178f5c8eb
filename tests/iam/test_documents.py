"""The files of docs/iam say what the pages about them say, and the trust policies let in whom they should."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.session import Session

from pipelayer.sandbox.iam import Demand, read_policy
from support.pages import README, jobs, rows, section, text_of
from support.policies import FOLDER, actions, listed, policy

PAGE = text_of("docs/iam.md")

TRUST = sorted(path.stem for path in FOLDER.glob("trust-*.json"))
POLICIES = sorted({path.stem for path in FOLDER.glob("*.json")} - set(TRUST))
AUDIENCE = "token.actions.githubusercontent.com:aud"
SUBJECT = "token.actions.githubusercontent.com:sub"


def files(text: str) -> list[str]:
    """The files of docs/iam that a text links to."""
    return re.findall(r"\]\((?:docs/)?iam/([a-z-]+)\.json\)", text)


# ---- what the roles may do


def test_the_page_lists_every_file_once() -> None:
    assert sorted(files(section(PAGE, "The files"))) == POLICIES
    assert sorted(files(section(PAGE, "Trust"))) == TRUST


def test_the_commands_give_each_role_the_files_that_the_page_says() -> None:
    commands = section(PAGE, "Making the roles").splitlines()
    told = [(*files(row[0]), row[1]) for row in rows(section(PAGE, "The files")) if files(row[0])]
    for name, role in told:
        giving = [line for line in commands if line.endswith(f"file://{name}.json")]
        assert len(giving) == 1, name
        assert f"put-role-policy --role-name {role.split('`')[1]} " in giving[0]


def test_the_page_says_what_each_action_is_for() -> None:
    documented: set[str] = set()
    reading: set[str] = set()
    for what, validating, _, _ in rows(section(PAGE, "What each permission is for")):
        service = ""
        for name in re.findall(r"`([a-z0-9]+:[A-Za-z]+|[A-Z][A-Za-z]+)`", what):
            service = name.partition(":")[0] if ":" in name else service
            action = name if ":" in name else f"{service}:{name}"
            documented.add(action)
            reading |= {action} if validating == "yes" else set()
    assert documented == actions(*(name for name in POLICIES if name.startswith("deploy")))
    assert reading == actions("validate")


@pytest.mark.parametrize("name", ["validate", "validate-files", "status"])
def test_who_only_looks_writes_nothing(name: str) -> None:
    reading = re.compile(r"\w+:(List|Describe|Query|Get|Validate)\w+|iam:PassRole")
    assert [action for action in actions(name) if not reading.fullmatch(action)] == []


@pytest.mark.parametrize("name", POLICIES)
def test_no_action_is_a_pattern_and_only_pipelines_are_everything(name: str) -> None:
    for statement in policy(name)["Statement"]:
        assert statement["Effect"] == "Allow"
        named = listed(statement["Action"])
        assert not any("*" in action for action in named)
        everything = "*" in listed(statement["Resource"])
        assert everything is all(action.startswith("datapipeline:") for action in named)


def test_the_operations_exist() -> None:
    known = set(Session().get_service_model("datapipeline").operation_names)
    named = {action.partition(":")[2] for action in actions("deploy") if action.startswith("datapipeline:")}
    assert named <= known


@pytest.mark.parametrize("name", ["validate", "deploy"])
def test_passing_roles_is_limited_to_the_services_that_take_them(name: str) -> None:
    (passing,) = (one for one in policy(name)["Statement"] if one["Action"] == "iam:PassRole")
    # The three that the Service Authorization Reference names for Validate, Put and Activate.
    assert passing["Condition"] == {
        "StringEquals": {
            "iam:PassedToService": [
                "datapipeline.amazonaws.com",
                "ec2.amazonaws.com",
                "elasticmapreduce.amazonaws.com",
            ]
        }
    }
    assert not any("*" in resource for resource in passing["Resource"])


# ---- who may assume them

ADMITTED: Mapping[str, set[str]] = {
    "trust-validate": {"pull_request"},
    "trust-validate-merge-group": {"pull_request", "a merge group"},
    "trust-validate-any-branch": {"pull_request", "a merge group", "a branch", "main", "nearly main"},
    "trust-deploy-environment": {"production"},
    "trust-deploy-branch": {"main"},
}
OURS = "repo:OWNER/REPO"
JOBS = {
    "pull_request": f"{OURS}:pull_request",
    "a merge group": f"{OURS}:ref:refs/heads/gh-readonly-queue/main/pr-7-0123456789abcdef",
    "a branch": f"{OURS}:ref:refs/heads/topic",
    "main": f"{OURS}:ref:refs/heads/main",
    "a tag": f"{OURS}:ref:refs/tags/main",
    "production": f"{OURS}:environment:production",
    "another environment": f"{OURS}:environment:production2",
    "another repository": "repo:OWNER/REPO2:pull_request",
    "another owner": "repo:OWNER2/REPO:environment:production",
    "nearly main": "repo:OWNER/REPO:ref:refs/heads/main2",
}
"""What GitHub writes into `sub` (OpenID Connect reference, "Example subject claims")."""


def admits(name: str, subject: str, audience: str = "sts.amazonaws.com") -> bool:
    context = {AUDIENCE: audience, SUBJECT: subject}
    demand = Demand("sts:AssumeRoleWithWebIdentity", context=context)
    asked = [{**one, "Resource": "*"} for one in policy(name)["Statement"]]
    for one in asked:
        del one["Principal"]
    return any(one.allows(demand) for one in read_policy({"Statement": asked}))


@pytest.mark.parametrize("name", TRUST)
def test_a_role_lets_in_whom_it_should(name: str) -> None:
    assert {job for job, subject in JOBS.items() if admits(name, subject)} == ADMITTED[name]
    assert not any(admits(name, subject, "https://github.com/OWNER") for subject in JOBS.values())


@pytest.mark.parametrize("name", TRUST)
def test_nobody_else_is_trusted(name: str) -> None:
    (statement,) = policy(name)["Statement"]
    provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    assert statement["Principal"] == {"Federated": provider}
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert all(re.match(rf"{OURS}:(?!\*)", subject) for _, subject in subjects(statement))


def subjects(statement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each subject with the operator that it is compared with."""
    blocks = statement["Condition"].items()
    return [(operator, one) for operator, keys in blocks for one in listed(keys.get(SUBJECT, ()))]


def test_the_page_says_which_subjects_a_file_trusts() -> None:
    before: list[str] = []
    for job, subject, file in rows(section(PAGE, "Trust")):
        (name,) = files(file)
        (statement,) = policy(name)["Statement"]
        shown = re.findall(r"`(repo:[^`]+)`", subject)
        said = [*before, *shown] if subject.startswith("also") else shown
        before = before or said
        assert [one for _, one in subjects(statement)] == said, job
        starred = any("*" in one for one in said)
        assert {operator for operator, _ in subjects(statement)} == {
            "StringLike" if starred else "StringEquals"
        }


# ---- the README


def test_the_readme_gives_each_role_a_policy_and_a_trust() -> None:
    table = {row[0].strip("`"): files(" ".join(row[1:])) for row in rows(section(README, "The roles"))}
    assert table == {
        "pipelayer-validate": ["validate", "trust-validate"],
        "pipelayer-deploy": ["deploy", "trust-deploy-environment"],
    }


def test_the_workflow_to_copy_has_the_roles_and_the_environment_of_the_files() -> None:
    steps = {name: job["steps"][1]["with"] for name, job in jobs().items()}
    for name, given in steps.items():
        assert given["role-to-assume"] == f"arn:aws:iam::123456789012:role/pipelayer-{name}"
    assert admits("trust-deploy-environment", f"{OURS}:environment:{jobs()['deploy']['environment']}")
    group = jobs()["deploy"]["steps"][2]["with"]["group"]
    assert f'"OWNER/REPO:{group}/*"' in (FOLDER / "deploy.json").read_text(encoding="utf-8")
