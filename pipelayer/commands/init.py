"""`pipelayer init`: a new project, or an old one of Pipewelder's in our form."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from pipelayer.commands.making import Ways, preview
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.options import command_in
from pipelayer.telling import refused, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipelayer.run.starting import Prospect, Surroundings
    from pipelayer.starter.answers import Answers

Command = TypeVar("Command", bound="Callable[..., object]")

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


def _question_options(command: Command) -> Command:
    for name, (metavar, text) in reversed(_OPTIONS.items()):
        short = ("-g",) if name == "group" else ()
        command = click.option(*short, f"--{name}", metavar=metavar, help=text)(command)
    return command


@click.command(short_help="Make a new project, with its workflow and roles.")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@_question_options
@click.option(
    "--from-pipewelder",
    is_flag=True,
    help="Make pipelayer.yml of DIR's pipewelder.json instead; it means the same.",
)
@click.option(
    "--adopt",
    is_flag=True,
    help="With that, also write the lines that adopt the live pipelines of its names.",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing, take the defaults.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, make nothing.")
@click.option(
    "--aws",
    type=click.Choice(["auto", "never"]),
    default="auto",
    show_default=True,
    help="Ask AWS for the account, and make the validation stub, where there are credentials; or never.",
)
def init(
    folder: str, from_pipewelder: bool, adopt: bool, yes: bool, dry_run: bool, aws: str, **given: str | None
) -> None:
    """Make a new project in DIR, by default in this folder.

    It has a configuration, a template, a pipeline that runs, a workflow for GitHub, and the policies of the
    two kinds of roles, which allow what is needed and nothing more. What is asked in a terminal has an option
    each. No file that is there is touched.

    In AWS one thing is made: the validation stub, a pipeline that never runs, on which AWS validates
    definitions for pull requests.

    \b
    Examples:
      pipelayer init
      pipelayer init nightly --group dev,prod
      pipelayer init --yes --account 123456789012 --region us-east-1
      pipelayer init --from-pipewelder
    """
    place, ways = Path(click.get_current_context().obj or "", folder), Ways(yes, dry_run, aws == "auto")
    try:
        if from_pipewelder:
            from pipelayer.commands.inheriting import inherit

            _refuse(name for name, answer in given.items() if answer is not None)
            inherit(place, ways, adopt=adopt)
        elif adopt:
            raise UsageError(
                "--adopt goes with --from-pipewelder.", "`pipelayer adopt` takes over one pipeline."
            )
        else:
            _make(place, given, ways)
    except PipelayerError as problem:
        sys.exit(refused(problem))


def _refuse(options: Iterable[str]) -> None:
    for name in options:
        message = f"--{name} doesn't go with --from-pipewelder."
        raise UsageError(message, "What pipelayer.yml says is taken from pipewelder.json.")


def _make(folder: Path, given: dict[str, str | None], ways: Ways) -> None:
    from pipelayer.project.new_files import write_files
    from pipelayer.run.starting import foresee, look_around, make_stub, not_made
    from pipelayer.starter.files import project_files

    place = look_around(folder, os.environ)
    answers = _answers(given, place, ways)
    prospect = foresee(place, project_files(answers))
    say(preview(place, prospect))
    if ways.aws:
        where = f"{answers.region} of account {answers.account}"
        say([f"In AWS: the validation stub in {where}, if it is missing."])
    if ways.dry_run:
        return
    if ways.asks and not click.confirm("Shall it be so?", default=True):
        raise UsageError("Nothing was written.")
    made = write_files(place.root, prospect.files)
    say([f"Wrote {len(made)} file{'' if len(made) == 1 else 's'}."])
    stub = make_stub(ways.connect, answers.region, answers.account) if ways.aws else not_made(ways.why_no_aws)
    say(["", stub, "", *_next_steps(folder, place, answers, prospect)])


def _answers(given: dict[str, str | None], place: Surroundings, ways: Ways) -> Answers:
    """The answers: options first, then people, then defaults. Raises UsageError for what is missing."""
    from pipelayer.starter.answers import FOLDER, QUESTIONS, Answers, listed

    if not FOLDER.fullmatch(place.folder):
        message = f"A workflow can't name the folder {place.folder!r}."
        raise UsageError(message, "Use one of letters, digits, spaces and . _ + @ = , -")
    found: dict[str, str] = {}
    missing = []
    for name, question in QUESTIONS.items():
        answer = given[name]
        if answer is not None:
            found[name] = question.check(answer)
            continue
        default = _default(name, found, place, ways)
        if question.asks and ways.asks:
            found[name] = click.prompt(
                question.asks, default=default or None, value_proc=_checked(question.check)
            )
        elif default and (ways.yes or not question.asks):
            found[name] = default
        elif question.asks:
            missing.append(f"--{name}")
    if missing:
        hint = "" if ways.yes else "Or give --yes, which takes the default of each that has one."
        raise UsageError(f"Nobody can be asked here, so give {', '.join(missing)}.", hint)
    return Answers(groups=listed(found.pop("group")), folder=place.folder, **found)


def _checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Lets click ask again where an answer can't be one."""

    def checked(answer: str) -> str:
        try:
            return check(answer)
        except UsageError as problem:
            raise click.UsageError(problem.hint) from problem

    return checked


def _default(name: str, found: dict[str, str], place: Surroundings, ways: Ways) -> str:
    """The default of a question, "" where nothing tells one."""
    from pipelayer.run.outside import region_in
    from pipelayer.starter.answers import ACTION, QUESTIONS, default_bucket, default_start

    match name:
        case "project":
            default = place.project
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


def _next_steps(folder: Path, place: Surroundings, answers: Answers, prospect: Prospect) -> Iterator[str]:
    """What is left to do, in the order in which to do it."""
    command = command_in(folder)
    here = os.path.relpath(place.root)
    git = "git" if here == "." else f"git -C {shlex.quote(here)}"
    tops = dict.fromkeys(_top(path, place.folder) for path in (one.path for one in prospect.planned))
    adding = f"{git} add {' '.join(map(shlex.quote, tops))}"
    page = os.path.normpath(Path(here, answers.folder, "iam/README.md"))
    steps = [
        f"The bucket, if it isn't there: aws s3 mb s3://{answers.bucket} --region {answers.region}",
        f"The environments and roles: {page} says how.",
        f"See that all is well: {'' if place.in_git else f'{git} init && '}{adding} && {command} validate",
        *(f"What would be deployed: {command} plan -g {group}" for group in answers.groups),
        f"Commit, and push a branch: its pull request shows what merging it into {answers.branch} will do.",
    ]
    yield "Next:"
    yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))


def _top(path: str, folder: str) -> str:
    """What to add for a file: the project's folder, a directory of it, or the file."""
    if folder and path.startswith(f"{folder}/"):
        return folder
    return path if path.startswith(".github/") else path.partition("/")[0]
