"""The action's inputs: a table of what there is, and the typed values that `INPUT_*` comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from posixpath import normpath
from typing import TypeVar

from pipelayer.errors import UsageError
from pipelayer.run.request import AskAws, Choice, FailOn, ReplaceOrder, Source, UnknownBase


class Command(StrEnum):
    """What the action is asked to do; `auto` leaves it to the event."""

    AUTO = "auto"
    VALIDATE = "validate"
    UPLOAD = "upload"
    ACTIVATE = "activate"
    DEPLOY = "deploy"
    STATUS = "status"


class CommentMode(StrEnum):
    """When to comment on the pull request; `auto` is when there is something to say."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class IssueMode(StrEnum):
    """Whether `status` keeps an issue; `auto` is as long as a pipeline needs somebody."""

    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True)
class InputSpec:
    """One input as `action.yml` declares it: its name and the default written there, with the values it may
    take.
    """

    name: str
    default: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that holds it.

        The runner turns only spaces into underscores, hyphens stay.
        """
        return f"INPUT_{self.name.upper()}"


_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_FLAG = ("true", "false")
MAX_CONCURRENCY = 64

INPUTS: tuple[InputSpec, ...] = (
    InputSpec("command", Command.AUTO, tuple(Command)),
    InputSpec("working-directory", "."),
    InputSpec("config", "pipelayer.yml"),
    InputSpec("group"),
    InputSpec("pipelines", Choice.CHANGED),
    InputSpec("base"),
    InputSpec("head"),
    InputSpec("on-unknown-base", UnknownBase.ALL, tuple(UnknownBase)),
    InputSpec("source", Source.COMMIT, tuple(Source)),
    InputSpec("prune", "false", _FLAG),
    InputSpec("run-on-demand", "false", _FLAG),
    InputSpec("replace-on-demand", "false", _FLAG),
    InputSpec("respect-paused", "true", _FLAG),
    InputSpec("cancel-running", "false", _FLAG),
    InputSpec("replace", ReplaceOrder.CREATE_FIRST, tuple(ReplaceOrder)),
    InputSpec("secret-salt", secret=True),
    InputSpec("fail-on", FailOn.ERROR, tuple(FailOn)),
    InputSpec("dry-run", "false", _FLAG),
    InputSpec("comment", CommentMode.AUTO, tuple(CommentMode)),
    InputSpec("issue", IssueMode.AUTO, tuple(IssueMode)),
    InputSpec("mask-aws-account-id", "false", _FLAG),
    InputSpec("sarif-file"),
    InputSpec("github-token", "${{ github.token }}", secret=True),
    InputSpec("aws", AskAws.AUTO, tuple(AskAws)),
    InputSpec("concurrency", "8"),
)
_SPECS = {spec.name: spec for spec in INPUTS}


@dataclass(frozen=True)
class Inputs:
    """Every input, checked.

    `working_directory` is relative to the repository, `""` for its top. `pipelines` holds the names and globs
    where `choice` is `named`. `base` and `head` are `""` where the event decides. `sarif_file` is relative to
    the workspace, `""` for none.
    """

    command: Command
    working_directory: str
    config: str
    groups: tuple[str, ...]
    choice: Choice
    pipelines: tuple[str, ...]
    base: str
    head: str
    on_unknown_base: UnknownBase
    source: Source
    prune: bool
    run_on_demand: bool
    replace_on_demand: bool
    respect_paused: bool
    cancel_running: bool
    replace: ReplaceOrder
    secret_salt: str = field(repr=False)
    fail_on: FailOn
    dry_run: bool
    comment: CommentMode
    issue: IssueMode
    mask_aws_account_id: bool
    sarif_file: str
    github_token: str = field(repr=False)
    aws: AskAws
    concurrency: int


_Member = TypeVar("_Member", bound=StrEnum)


class _Reader:
    """Reads one input after the other and keeps what is wrong, so that the user sees all of it at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        spec = _SPECS[name]
        value = self._environ.get(spec.variable, "").strip()
        if "\0" in value:
            self.wrong(name, "holds a NUL character")
        default = "" if spec.default.startswith("${{") else spec.default
        return value or default

    def wrong(self, name: str, problem: str) -> None:
        self.problems.append(f"`{name}` {problem}")

    def member(self, name: str, kind: type[_Member]) -> _Member:
        value = self.text(name)
        try:
            return kind(value)
        except ValueError:
            self.wrong(name, _not_one_of(value, tuple(kind)))
            return kind(_SPECS[name].default)

    def flag(self, name: str) -> bool:
        """YAML 1.2's core schema, as GitHub reads booleans itself: `true`, `True`, `TRUE` and their
        opposites.
        """
        value = self.text(name)
        if value not in (*_TRUE, *_FALSE):
            self.wrong(name, _not_one_of(value, _FLAG))
        return value in _TRUE

    def names(self, name: str, separators: str) -> tuple[str, ...]:
        parts = (part.strip() for part in re.split(separators, self.text(name)))
        return tuple(dict.fromkeys(part for part in parts if part))

    def path(self, name: str, below: str = "") -> str:
        """A path inside the repository, normalised; `""` is its top. `below` is a folder that it may start
        with.
        """
        value = self.text(name)
        if below and (value == below or value.startswith(below.rstrip("/") + "/")):
            value = value[len(below) :].lstrip("/") or "."
        path = normpath(value)
        if path.startswith("/"):
            self.wrong(name, f"is {_shown(value)}; give a path relative to the repository")
        elif path == ".." or path.startswith("../"):
            self.wrong(name, f"is {_shown(value)}, which leaves the repository")
        return "" if path == "." else path

    def revision(self, name: str) -> str:
        value = self.text(name)
        if value.startswith("-") or any(character.isspace() for character in value):
            self.wrong(name, f"is {_shown(value)}, which is no commit, branch or tag")
        return value

    def count(self, name: str, most: int) -> int:
        value = self.text(name)
        if re.fullmatch(r"[0-9]{1,9}", value) and 1 <= int(value) <= most:
            return int(value)
        self.wrong(name, f"is {_shown(value)}; give a whole number from 1 to {most}")
        return 1


def _shown(value: str) -> str:
    """A value in a message: printable, and never longer than a line."""
    return repr(value if len(value) <= 80 else value[:79] + "…")


def _not_one_of(value: str, choices: tuple[str, ...]) -> str:
    near = get_close_matches(value.lower(), choices, n=1)
    guess = f"; did you mean `{near[0]}`?" if near else ""
    return f"is {_shown(value)}, not one of {', '.join(f'`{choice}`' for choice in choices)}{guess}"


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """The inputs from `INPUT_*`; an absent or empty one has its default, surrounding blanks don't count.

    Raises UsageError that names every wrong input, one a line. Variables of unknown inputs are ignored: the
    runner warns about those itself.
    """
    read = _Reader(environ)
    choice, pipelines = _pipelines(read)
    inputs = Inputs(
        command=read.member("command", Command),
        working_directory=read.path("working-directory", below=environ.get("GITHUB_WORKSPACE", "")),
        config=read.path("config"),
        groups=read.names("group", r"[,\n]"),
        choice=choice,
        pipelines=pipelines,
        base=read.revision("base"),
        head=read.revision("head"),
        on_unknown_base=read.member("on-unknown-base", UnknownBase),
        source=read.member("source", Source),
        prune=read.flag("prune"),
        run_on_demand=read.flag("run-on-demand"),
        replace_on_demand=read.flag("replace-on-demand"),
        respect_paused=read.flag("respect-paused"),
        cancel_running=read.flag("cancel-running"),
        replace=read.member("replace", ReplaceOrder),
        secret_salt=read.text("secret-salt"),
        fail_on=read.member("fail-on", FailOn),
        dry_run=read.flag("dry-run"),
        comment=read.member("comment", CommentMode),
        issue=read.member("issue", IssueMode),
        mask_aws_account_id=read.flag("mask-aws-account-id"),
        sarif_file=read.path("sarif-file", below=environ.get("GITHUB_WORKSPACE", "")),
        github_token=read.text("github-token"),
        aws=read.member("aws", AskAws),
        concurrency=read.count("concurrency", MAX_CONCURRENCY),
    )
    if inputs.config == "":
        read.wrong("config", "is a folder; name a file, such as `pipelayer.yml`")
    if read.problems:
        raise UsageError(
            "The action's inputs are wrong:\n" + "\n".join(f"- {problem}" for problem in read.problems),
            "Correct them under `with:` in the workflow; action.yml describes every input.",
        )
    return inputs


def _pipelines(read: _Reader) -> tuple[Choice, tuple[str, ...]]:
    names = read.names("pipelines", r"[,\n]")
    if names == (Choice.ALL,):
        return Choice.ALL, ()
    if names in ((), (Choice.CHANGED,)):
        return Choice.CHANGED, ()
    if Choice.ALL in names or Choice.CHANGED in names:
        read.wrong("pipelines", "mixes names with `changed` or `all`; those stand alone")
    return Choice.NAMED, names
