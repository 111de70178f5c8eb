"""The README's workflow, filled in for one project. It is the very text: a test holds it equal."""

from __future__ import annotations

import re

from pipelayer.project.yaml_writing import word
from pipelayer.starter.delivery import ACTION, Delivery, Target
from pipelayer.starter.shipped import data, replaced

_PINNED = re.compile(r".+@[0-9a-f]{40}")


def workflow(delivery: Delivery) -> bytes:
    """The workflow: one job for pull requests, and one that deploys for each group, with the secrets that it
    reads from the environment.
    """
    whole = data("pipelines.yml").decode()
    head, deploy = whole[: whole.index("  deploy:\n")], whole[whole.index("  deploy:\n") :]
    everywhere = {
        "123456789012": delivery.account,
        "us-east-1": delivery.targets[0].region,
        "role/pipelayer-validate": f"role/{delivery.validate_role}",
        "[main]": f"[{word(delivery.branch)}]",
        "group: pipelayer-validate-": f"group: pipelayer-{_dashed(delivery.folder)}validate-",
        "refs/heads/main": f"refs/heads/{delivery.branch}",
        f"{ACTION} # better: the commit that the release names": _action(delivery),
    }
    jobs = []
    several = len(delivery.targets) > 1
    for target in delivery.targets:
        group = target.group
        own = {
            "  deploy:\n": f"  deploy-{_job(group)}:\n" if several else "  deploy:\n",
            "name: Deploy\n": f"name: Deploy {group}\n" if several else "name: Deploy\n",
            "environment: production": f"environment: {word(group)}",
            "group: pipelayer-prod": f"group: pipelayer-{_dashed(delivery.folder)}{group}",
            "group: prod": f"group: {word(group)}",
            "role/pipelayer-deploy": f"role/{delivery.deploy_role(group)}",
            "us-east-1": target.region,
        }
        jobs.append(replaced(deploy, everywhere | own) + _env(target))
    text = replaced(head, everywhere) + "\n".join(jobs)
    return (_in_folder(text, delivery) if delivery.folder else text).encode()


def workflow_path(delivery: Delivery) -> str:
    """Where in the repository it lies: each project of one has its own."""
    name = _dashed(delivery.folder).rstrip("-")
    return f".github/workflows/{'-'.join(filter(None, ('pipelines', name)))}.yml"


def _action(delivery: Delivery) -> str:
    if _PINNED.fullmatch(delivery.action):
        return delivery.action
    return f"{delivery.action} # better: the commit that the release names"


def _in_folder(text: str, delivery: Delivery) -> str:
    """The same for a project that isn't at the repository's top."""
    line = f"          working-directory: {word(delivery.folder)}\n"
    action = re.escape(delivery.action)
    text = re.sub(rf"(uses: {action}.*\n)        with:\n", rf"\1        with:\n{line}", text)
    return re.sub(rf"(uses: {action}.*\n)(?!        with:)", rf"\1        with:\n{line}", text)


def _env(target: Target) -> str:
    """What follows the inputs of the last step: the secrets that a deploy of the group reads."""
    lines = (f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in target.variables)
    return f"        env:\n{''.join(lines)}" if target.variables else ""


def _job(group: str) -> str:
    """A job's id has no dots."""
    return group.replace(".", "_")


def _dashed(folder: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", folder) + "-" if folder else ""
