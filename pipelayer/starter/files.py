"""The files of a new project, from the answers."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping

from pipelayer.project.new_files import NewFile
from pipelayer.starter.answers import Answers
from pipelayer.starter.filling import data, policies, replaced, workflow, workflow_path
from pipelayer.starter.yaml_writing import Plain, written

_POLICY = "iam"


def project_files(answers: Answers) -> Mapping[str, NewFile]:
    """Every file, by its path in the repository, in the order in which to write them.

    The configuration comes last but for the workflow: what was cut short before is no project yet.
    """
    pipeline = answers.pipeline
    inside = {
        "pipeline_definition.json": NewFile(data("pipeline_definition.json")),
        f"{pipeline}/run": NewFile(data("pipeline/run"), executable=True),
        f"{pipeline}/tasks/hello.sh": NewFile(data("pipeline/tasks/hello.sh"), executable=True),
        f"{pipeline}/values.json": NewFile(_values(answers)),
        **{f"{_POLICY}/{name}": NewFile(policy) for name, policy in policies(answers).items()},
        f"{_POLICY}/README.md": NewFile(_readme(answers)),
        "pipelayer.yml": NewFile(_configuration(answers)),
    }
    found = {posixpath.join(answers.folder, path): file for path, file in inside.items()}
    return found | {workflow_path(answers): NewFile(workflow(answers))}


def _values(answers: Answers) -> bytes:
    values = {
        "myS3InputDir": f"s3://#{{myBucket}}/#{{myFolder}}/{answers.pipeline}",
        "mySchedulePeriod": answers.period,
        "myStartDateTime": answers.start,
    }
    return (json.dumps({"values": values}, indent=2) + "\n").encode()


def _configuration(answers: Answers) -> bytes:
    groups: dict[str, Plain] = {
        group: {"account": answers.account, "values": {"myBucket": answers.bucket, "myFolder": folder}}
        for group, folder in answers.code_folders.items()
    }
    return written(
        {
            "version": 1,
            "project": answers.project,
            "defaults": {"region": answers.region},
            "groups": groups,
        }
    )


def _readme(answers: Answers) -> bytes:
    environments = [f"the environment `{group}`" for group in answers.groups]
    names = {
        "PROJECT": answers.project,
        "ENVIRONMENTS": " and ".join(environments),
        "BRANCH": f"`{answers.branch}`",
        "SUBJECT": answers.subject or f"repo:{answers.repository}",
        "REPOSITORY": answers.repository,
        "ACCOUNT": answers.account,
        "COMMANDS": "\n".join(f"   $ {command}" for command in _commands(answers)),
    }
    return replaced(data("iam/README.md").decode(), names).encode()


def _commands(answers: Answers) -> Iterator[str]:
    validate = answers.validate_role
    yield _create(validate, "trust-validate")
    yield _put(validate, "validate", "validate")
    yield _put(validate, "files", "validate-files")
    for group in answers.groups:
        yield _create(answers.deploy_role(group), f"trust-deploy-{group}")
        yield _put(answers.deploy_role(group), "deploy", f"deploy-{group}")


def _create(role: str, trust: str) -> str:
    return f"aws iam create-role --role-name {role} --assume-role-policy-document file://{trust}.json"


def _put(role: str, name: str, file: str) -> str:
    options = f"--role-name {role} --policy-name {name} --policy-document file://{file}.json"
    return f"aws iam put-role-policy {options}"
