"""The files of a new project, from the answers."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Iterator, Mapping

from pipelayer.project.new_files import NewFile
from pipelayer.project.yaml_writing import Plain, written
from pipelayer.starter.answers import Answers
from pipelayer.starter.delivery import Delivery
from pipelayer.starter.policies import policies, secrets_file
from pipelayer.starter.shipped import data, replaced
from pipelayer.starter.workflow import workflow, workflow_path


def project_files(answers: Answers) -> Mapping[str, NewFile]:
    """Every file, by its path in the repository, in the order in which to write them.

    The configuration follows what it is about: what was cut short before is no project yet.
    """
    pipeline = answers.pipeline
    inside = {
        "pipeline_definition.json": NewFile(data("pipeline_definition.json")),
        f"{pipeline}/run": NewFile(data("pipeline/run"), executable=True),
        f"{pipeline}/tasks/hello.sh": NewFile(data("pipeline/tasks/hello.sh"), executable=True),
        f"{pipeline}/values.json": NewFile(_values(answers)),
        "pipelayer.yml": NewFile(_configuration(answers)),
    }
    found = {posixpath.join(answers.folder, path): file for path, file in inside.items()}
    return {**found, **delivery_files(answers.delivery)}


def delivery_files(delivery: Delivery) -> Mapping[str, NewFile]:
    """The files by which a project gets from GitHub to AWS: the roles, how to make them, and the workflow."""
    inside = {name: NewFile(policy) for name, policy in policies(delivery).items()}
    inside["README.md"] = NewFile(_readme(delivery, policies(delivery)))
    found = {posixpath.join(delivery.folder, "iam", path): file for path, file in inside.items()}
    return found | {workflow_path(delivery): NewFile(workflow(delivery))}


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


def _readme(delivery: Delivery, policies: Collection[str]) -> bytes:
    environments = [f"the environment `{target.group}`" for target in delivery.targets]
    own = {
        "PROJECT": delivery.project,
        "ENVIRONMENTS": " and ".join(environments),
        "EACH": "each" if len(environments) > 1 else "it",
        "BRANCH": f"`{delivery.branch}`",
        "SECRETS": "".join(_secrets(delivery)),
        "SUBJECT": delivery.subject or f"repo:{delivery.repository}",
        "REPOSITORY": delivery.repository,
        "ACCOUNT": delivery.account,
        "RUN_AS": " and ".join(f"`{role}`" for role in delivery.roles),
        "COMMANDS": "\n".join(f"   $ {command}" for command in _commands(delivery, policies)),
    }
    return replaced(data("iam/README.md").decode(), own).encode()


def _secrets(delivery: Delivery) -> Iterator[str]:
    """What to make in the environments, nothing where no pipeline's secrets are read from there."""
    if not any(target.variables for target in delivery.targets):
        return
    yield "\n   The files read secrets from there. Each command asks for one:\n\n   ```console\n"
    for target in delivery.targets:
        for name in target.variables:
            yield f"   $ gh secret set {name} --repo {delivery.repository} --env {target.group}\n"
    yield "   ```\n\n"


def _commands(delivery: Delivery, policies: Collection[str]) -> Iterator[str]:
    validate = delivery.validate_role
    yield _create(validate, "trust-validate")
    yield _put(validate, "validate", "validate")
    if "validate-files.json" in policies:
        yield _put(validate, "files", "validate-files")
    for target in delivery.targets:
        role = delivery.deploy_role(target.group)
        yield _create(role, f"trust-deploy-{target.group}")
        yield _put(role, "deploy", f"deploy-{target.group}")
        if target.secrets:
            yield _put(role, "secrets", secrets_file(target).removesuffix(".json"))


def _create(role: str, trust: str) -> str:
    return f"aws iam create-role --role-name {role} --assume-role-policy-document file://{trust}.json"


def _put(role: str, name: str, file: str) -> str:
    options = f"--role-name {role} --policy-name {name} --policy-document file://{file}.json"
    return f"aws iam put-role-policy {options}"
