"""The questions of `pipelayer init`: each is answered by an option, by people, or by its default."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from pipelayer.commands.asking import ask, stop
from pipelayer.commands.making import Ways
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.telling import say

if TYPE_CHECKING:
    from pipelayer.run.starting import Surroundings

Command = TypeVar("Command", bound=Callable[..., object])
Given = dict[str, str | None]
"""What each option was given, None where it wasn't."""

_OPTIONS = {
    "project": ("NAME", "The project's name, the first part of every pipeline's key: like owner/repo."),
    "repository": ("OWNER/REPO", "The repository on GitHub whose workflow may assume the roles."),
    "branch": ("NAME", "The default branch: what is merged there is deployed."),
    "region": ("NAME", "The region of AWS."),
    "account": ("ID", "The account's twelve digits."),
    "bucket": ("NAME", "The bucket for code and logs."),
    "prefix": ("PATH", "The folder in it for code; each group has one of its own there."),
    "group": ("NAME", "What is deployed: one name, or several separated by commas."),
    "pipeline": ("NAME", "The first pipeline's directory."),
    "period": ("PERIOD", "How often that one runs, like '1 day'."),
    "start": ("INSTANT", "When it first runs, in UTC, like 2030-01-31T01:00:00."),
    "action": (
        "ACTION@REF",
        "The version of this action that the workflow uses; best the commit of a release.",
    ),
    "subject": ("repo:…", "What GitHub's tokens call the repository, if that is more than its name."),
}


def question_options(command: Command) -> Command:
    """An option for each question."""
    for name, (metavar, text) in reversed(_OPTIONS.items()):
        short = ("-g",) if name == "group" else ()
        command = click.option(*short, f"--{name}", metavar=metavar, help=text)(command)
    return command


def answers_to(
    given: Given,
    names: Sequence[str],
    told: dict[str, str],
    place: Surroundings,
    ways: Ways,
) -> dict[str, str]:
    """The answers to these questions, beside what is told: options first, then people, then defaults. Raises
    UsageError for what is missing.
    """
    from pipelayer.starter.answers import FOLDER, QUESTIONS

    if not FOLDER.fullmatch(place.folder):
        message = f"A workflow can't name the folder {place.folder!r}."
        raise UsageError(message, "Use one of letters, digits, spaces and . _ + @ = , -")
    found = dict(told)
    missing = []
    for name in names:
        question, answer = QUESTIONS[name], given[name]
        if answer is not None:
            found[name] = question.check(answer)
            continue
        default = _default(name, found, given, place, ways)
        if question.asks and ways.asks:
            typed = ask(question.asks, default or None, _checked(question.check))
            found[name] = typed if typed is not None else stop()
        elif not question.asks or (default and ways.yes):
            found[name] = default
        else:
            missing.append(f"--{name}")
    if missing:
        hint = "" if ways.yes else "Or give --yes, which takes the default of each that has one."
        raise UsageError(f"Nobody can be asked here, so give {', '.join(missing)}.", hint)
    return found


def _checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Lets click ask again where an answer can't be one."""

    def checked(answer: str) -> str:
        try:
            return check(answer)
        except UsageError as problem:
            raise click.UsageError(problem.hint) from problem

    return checked


def _default(name: str, found: dict[str, str], given: Given, place: Surroundings, ways: Ways) -> str:
    """The default of a question, "" where nothing tells one."""
    from pipelayer.run.outside import region_in
    from pipelayer.starter.answers import QUESTIONS, default_bucket, default_start
    from pipelayer.starter.delivery import ACTION

    match name:
        case "project":
            repository = given["repository"]
            default = place.project or (f"{repository}/{place.folder}".rstrip("/") if repository else "")
        case "repository":
            default = place.repository or "/".join(found.get("project", "").split("/")[:2])
        case "branch":
            default = place.branch or "main"
        case "region":
            default = region_in(os.environ) or "us-east-1"
        case "account":
            default = _account(found.get("region", ""), ways)
        case "bucket":
            known = "account" in found and "region" in found
            default = default_bucket(found["account"], found["region"]) if known else ""
        case "start":
            default = default_start(datetime.now(UTC))
        case _:
            constant = {"prefix": "code", "group": "prod", "pipeline": "hello", "period": "1 day"}
            default = {**constant, "action": ACTION}.get(name, "")
    return default if default and QUESTIONS[name].fits(default) else ""


def _account(region: str, ways: Ways) -> str:
    if not (ways.aws and region):
        return ""
    try:
        return ways.connect(region).account()
    except PipelayerError as problem:
        say([f"note: AWS doesn't tell the account: {problem.message}"], err=True)
        return ""
