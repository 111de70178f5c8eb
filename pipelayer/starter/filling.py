"""The workflow and the policies of the documents, filled in for one project.

They are the very files of the README and of docs/iam: a test holds them equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources

from pipelayer.starter.answers import ACTION, Answers

_DATA = resources.files("pipelayer.starter") / "data"
_PINNED = re.compile(r".+@[0-9a-f]{40}")


def data(path: str) -> bytes:
    """A file that is part of this package."""
    return _DATA.joinpath(path).read_bytes()


def policies(answers: Answers) -> Mapping[str, bytes]:
    """Every policy and trust policy that the roles need, by the file's name."""
    found = {
        "validate.json": _filled("iam/validate.json", _names(answers)),
        "validate-files.json": _filled("iam/validate-files.json", _names(answers)),
        "trust-validate.json": _filled("iam/trust-validate.json", _names(answers)),
    }
    for group in answers.groups:
        names = _names(answers, group)
        found[f"deploy-{group}.json"] = _filled("iam/deploy.json", names)
        found[f"trust-deploy-{group}.json"] = _filled("iam/trust-deploy-environment.json", names)
    return found


def workflow(answers: Answers) -> bytes:
    """The workflow: one job for pull requests, and one that deploys for each group."""
    whole = data("pipelines.yml").decode()
    head, deploy = whole[: whole.index("  deploy:\n")], whole[whole.index("  deploy:\n") :]
    everywhere = {
        "123456789012": answers.account,
        "us-east-1": answers.region,
        "role/pipelayer-validate": f"role/{answers.validate_role}",
        "[main]": f"[{_word(answers.branch)}]",
        "group: pipelayer-validate-": f"group: pipelayer-{_dashed(answers.folder)}validate-",
        "refs/heads/main": f"refs/heads/{answers.branch}",
        f"{ACTION} # better: the commit that the release names": _action(answers),
    }
    jobs = []
    for group in answers.groups:
        several = len(answers.groups) > 1
        own = {
            "  deploy:\n": f"  deploy-{_job(group)}:\n" if several else "  deploy:\n",
            "name: Deploy\n": f"name: Deploy {group}\n" if several else "name: Deploy\n",
            "environment: production": f"environment: {_word(group)}",
            "group: pipelayer-prod": f"group: pipelayer-{_dashed(answers.folder)}{group}",
            "group: prod": f"group: {_word(group)}",
            "role/pipelayer-deploy": f"role/{answers.deploy_role(group)}",
        }
        jobs.append(replaced(deploy, everywhere | own))
    text = replaced(head, everywhere) + "\n".join(jobs)
    return (_in_folder(text, answers) if answers.folder else text).encode()


def workflow_path(answers: Answers) -> str:
    """Where in the repository it lies: each project of one has its own."""
    name = _dashed(answers.folder).rstrip("-")
    return f".github/workflows/{'-'.join(filter(None, ('pipelines', name)))}.yml"


def _names(answers: Answers, group: str = "") -> Mapping[str, str]:
    """What is an example in the policies, and what stands for it here."""
    code = answers.code_folders.get(group, answers.prefix)
    return {
        "123456789012": answers.account,
        "acme-prod-pipelines/code/": f"{answers.bucket}/{code}/",
        "acme-prod-pipelines": answers.bucket,
        "code/*": f"{code}/*",
        "repo:OWNER/REPO": answers.subject or f"repo:{answers.repository}",
        "OWNER/REPO:prod/": f"{answers.project}:{group}/",
        "environment:production": f"environment:{group}",
    }


def _filled(path: str, names: Mapping[str, str]) -> bytes:
    return replaced(data(path).decode(), names).encode()


def replaced(text: str, names: Mapping[str, str]) -> str:
    """Each example once, the longer ones first, so that nothing that was put in is taken for one."""
    examples = sorted(names, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, examples)), lambda found: names[found[0]], text)


def _action(answers: Answers) -> str:
    if _PINNED.fullmatch(answers.action):
        return answers.action
    return f"{answers.action} # better: the commit that the release names"


def _in_folder(text: str, answers: Answers) -> str:
    """The same for a project that isn't at the repository's top."""
    line = f"          working-directory: {_word(answers.folder)}\n"
    action = re.escape(answers.action)
    text = re.sub(rf"(uses: {action}.*\n)        with:\n", rf"\1        with:\n{line}", text)
    return re.sub(rf"(uses: {action}.*\n)(?!        with:)", rf"\1        with:\n{line}", text)


def _job(group: str) -> str:
    """A job's id has no dots."""
    return group.replace(".", "_")


def _dashed(folder: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", folder) + "-" if folder else ""


def _word(text: str) -> str:
    """As YAML reads it for text, also if it looks like a number."""
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9._/-]*", text) and not _IS_GUESSED(text) else f'"{text}"'


_IS_GUESSED = re.compile("true|false|yes|no|on|off|null|y|n", re.IGNORECASE).fullmatch
