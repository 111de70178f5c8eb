"""`pipelayer init`: a new project, or an old one of Pipewelder's in our form."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelayer.commands.answers import answers_to, question_options
from pipelayer.commands.asking import confirm_writing
from pipelayer.commands.making import Ways, preview
from pipelayer.errors import PipelayerError, UsageError
from pipelayer.options import command_in
from pipelayer.telling import refused, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipelayer.project.new_files import NewFile
    from pipelayer.run.delivering import Existing
    from pipelayer.run.starting import Prospect, Surroundings
    from pipelayer.starter.delivery import Delivery


@click.command(short_help="Make a new project, with its workflow and roles.")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@question_options
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
    each. No file that is there is touched. In a folder with a project, its workflow and roles are made.

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
    from pipelayer.render.words import count
    from pipelayer.run.delivering import existing
    from pipelayer.run.starting import foresee, look_around, make_stub, not_made

    place = look_around(folder, os.environ)
    known = existing(folder, os.environ)
    delivery, files = _around(known, given, place, ways) if known else _new(given, place, ways)
    prospect = foresee(place, files)
    say(preview(place, prospect))
    say(f"note: {note}" for note in (known.notes if known else ()))
    regions = dict.fromkeys(target.region for target in delivery.targets)
    if ways.aws:
        where = f"{' and '.join(regions)} of account {delivery.account}"
        say([f"In AWS: the validation stub in {where}, if it is missing."])
    if ways.dry_run:
        return
    if ways.asks:
        confirm_writing("Shall it be so?")
    made = write_files(place.root, prospect.files)
    say([f"Wrote {count(len(made), 'file')}." if made else "There was nothing to write.", ""])
    if ways.aws:
        say(make_stub(ways.connect, region, delivery.account) for region in regions)
    else:
        say([not_made(ways.why_no_aws)])
    say(["", *_next_steps(folder, place, delivery, prospect, new=known is None)])


def _new(
    given: dict[str, str | None], place: Surroundings, ways: Ways
) -> tuple[Delivery, Mapping[str, NewFile]]:
    """A project from nothing."""
    from pipelayer.starter.answers import QUESTIONS, Answers, listed
    from pipelayer.starter.files import project_files

    found = answers_to(given, tuple(QUESTIONS), {}, place, ways)
    answers = Answers(groups=listed(found.pop("group")), folder=place.folder, **found)
    return answers.delivery, project_files(answers)


def _around(
    known: Existing, given: dict[str, str | None], place: Surroundings, ways: Ways
) -> tuple[Delivery, Mapping[str, NewFile]]:
    """The workflow and the roles for a project that is there, whose files say the rest. Raises UsageError for
    an option that contradicts them.
    """
    from pipelayer.project.reading import shown
    from pipelayer.starter.delivery import Delivery
    from pipelayer.starter.files import delivery_files

    settled = {"project": known.project, "region": known.region, "account": known.account}
    told = {name: text for name, text in settled.items() if text}
    for name, text in told.items():
        if given[name] not in (None, text):
            message = f"--{name} can't be {shown(given[name] or '')}: the files of this project say {text}."
            raise UsageError(message, "For a new project name another folder.")
    say(["There is a project already: its workflow and its roles are made.", ""])
    asked = ("repository", "branch", "region", "account", "action", "subject")
    found = answers_to(given, [name for name in asked if name not in told], told, place, ways)
    delivery = Delivery(
        **{name: found[name] for name in ("project", "repository", "branch", "account", "action", "subject")},
        folder=place.folder,
        targets=tuple(replace(one, region=one.region or found["region"]) for one in known.targets),
        roles=known.roles,
    )
    return delivery, delivery_files(delivery)


def _next_steps(
    folder: Path, place: Surroundings, delivery: Delivery, prospect: Prospect, *, new: bool
) -> Iterator[str]:
    """What is left to do, in the order in which to do it. The buckets of one that isn't `new` are there:
    they are those of its files.
    """
    command = command_in(folder)
    here = os.path.relpath(place.root)
    git = "git" if here == "." else f"git -C {shlex.quote(here)}"
    tops = dict.fromkeys(_top(one.path, place.folder) for one in prospect.planned)
    adding = f"{git} add {' '.join(map(shlex.quote, tops))}"
    page = os.path.relpath(place.root / delivery.folder / "iam/README.md")
    targets = delivery.targets
    places = dict.fromkeys((one.bucket, target.region) for target in targets for one in target.folders)
    buckets = [f"aws s3 mb s3://{name} --region {region}" for name, region in places] if new else []
    secrets = {target.group: ", ".join(target.variables) for target in targets if target.variables}
    steps = [
        *(f"The bucket, if it isn't there: {bucket}" for bucket in buckets),
        f"The environments and roles: {page} says how.",
        *(f"The secrets of the environment {group}: {names}." for group, names in secrets.items()),
        f"See that all is well: {'' if place.in_git else f'{git} init && '}{adding} && {command} validate",
        f"What would be deployed: {command} plan",
        f"Commit, and push a branch: its pull request shows what merging it into {delivery.branch} will do.",
    ]
    yield "Next:"
    yield from (f"  {number}. {step}" for number, step in enumerate(steps, 1))


def _top(path: str, folder: str) -> str:
    """What to add for a file: the project's folder, a directory of it, or the file."""
    if folder and path.startswith(f"{folder}/"):
        return folder
    return path if path.startswith(".github/") else path.partition("/")[0]
