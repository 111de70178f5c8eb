"""What has to be known of a new project: one answer for each question, each with its default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipelayer.definition.period import format_datetime, parse_datetime, parse_period
from pipelayer.errors import UsageError
from pipelayer.project.config import ACCOUNT, GROUP, PROJECT
from pipelayer.project.reading import shown
from pipelayer.project.uploads import S3Location
from pipelayer.starter.delivery import ACTION, DEFAULT_ROLES, Delivery, Target

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2", "ap-northeast-1")
"""Where AWS offers Data Pipeline (AWS General Reference, "AWS Data Pipeline endpoints and quotas")."""

_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}(/[A-Za-z0-9][A-Za-z0-9._-]{0,60}){0,5}")
_SHORTEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Answers:
    """All that the files depend on. `folder` is the project's inside the repository, "" for its top;
    `subject` is what stands for the repository in GitHub's tokens, "" for its name.
    """

    project: str
    repository: str
    region: str
    account: str
    bucket: str
    prefix: str
    groups: tuple[str, ...]
    pipeline: str
    period: str
    start: str
    branch: str = "main"
    action: str = ACTION
    subject: str = ""
    folder: str = ""

    @property
    def code_folders(self) -> Mapping[str, str]:
        """Where each group's code goes: no group's folder is inside another's."""
        return {group: f"{self.prefix}/{group}" for group in self.groups}

    @property
    def delivery(self) -> Delivery:
        """How it is deployed."""
        targets = (
            Target(group, self.region, (S3Location(self.bucket, f"{folder}/"),))
            for group, folder in self.code_folders.items()
        )
        return Delivery(
            project=self.project,
            repository=self.repository,
            branch=self.branch,
            account=self.account,
            action=self.action,
            subject=self.subject,
            folder=self.folder,
            targets=tuple(targets),
            roles=DEFAULT_ROLES,
        )


@dataclass(frozen=True)
class Question:
    """One that can be asked: `option` names it, `asks` is put to people, `wanted` says what answers it."""

    option: str
    asks: str
    fits: Callable[[str], bool]
    wanted: str

    def check(self, answer: str) -> str:
        """The answer without what surrounds it. Raises UsageError where it can't be one."""
        answer = answer.strip()
        if not self.fits(answer):
            raise UsageError(f"--{self.option} can't be {shown(answer)}.", f"Write {self.wanted}.")
        return answer


def _matches(pattern: str | re.Pattern[str]) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda answer: compiled.fullmatch(answer) is not None


def _is_pipeline(answer: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", answer) is not None and answer != "iam"


def _is_prefix(answer: str) -> bool:
    return _PATH.fullmatch(answer) is not None and answer.partition("/")[0] != "logs"


def _are_groups(answer: str) -> bool:
    names = listed(answer)
    alike = {name.replace(".", "_") for name in names}  # a job's id has no dots
    return bool(names) and len(alike) == len(names) and all(map(GROUP.fullmatch, names))


def _is_period(answer: str) -> bool:
    period = parse_period(answer)
    return period is not None and (period.fixed is None or period.fixed >= _SHORTEST)


def _is_start(answer: str) -> bool:
    return parse_datetime(answer) is not None


QUESTIONS: Mapping[str, Question] = {
    one.option: one
    for one in (
        Question("project", "What is the project called?", _matches(PROJECT), "a name like acme/nightly"),
        Question(
            "repository",
            "Which repository of GitHub's is it in?",
            _matches(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}"),
            "its owner and its name, like acme/nightly",
        ),
        Question(
            "branch",
            "Which branch is deployed?",
            _matches(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}"),
            "the repository's default branch, like main",
        ),
        Question(
            "region",
            "In which region of AWS do its pipelines live?",
            REGIONS.__contains__,
            f"one of {', '.join(REGIONS)}",
        ),
        Question("account", "In which account?", _matches(ACCOUNT), "the account's twelve digits"),
        Question(
            "bucket",
            "Which bucket holds their code and logs?",
            _matches(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
            "a bucket's name, without s3://",
        ),
        Question(
            "prefix",
            "Which folder of the bucket is for the code?",
            _is_prefix,
            "a folder like code, other than logs, of letters, digits and . _ -",
        ),
        Question(
            "group",
            "What is deployed? One name, or several separated by commas.",
            _are_groups,
            "names like prod or dev,prod, of letters, digits and . _ -",
        ),
        Question(
            "pipeline",
            "What is the first pipeline called?",
            _is_pipeline,
            "a directory's name, other than iam, of letters, digits and . _ -",
        ),
        Question(
            "period",
            "How often does it run?",
            _is_period,
            "a number and a unit, like 1 day; 15 minutes are the least",
        ),
        Question(
            "start", "When does it first run, in UTC?", _is_start, "an instant like 2030-01-31T01:00:00"
        ),
        Question(
            "action",
            "",
            _matches(r"[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)+@[A-Za-z0-9._/-]+"),
            "the action and its version, like pipelayer/pipelayer@ and the commit of a release",
        ),
        Question(
            "subject",
            "",
            _matches(r"repo:[A-Za-z0-9@-]+/[A-Za-z0-9@._-]+"),
            "what GitHub's tokens call the repository, like repo:OWNER@1/REPO@2",
        ),
    )
}
"""By the name of the option that answers it, in the order in which they are asked; the last are not."""


FOLDER = re.compile(r"([A-Za-z0-9 ._+@=,-]+(/[A-Za-z0-9 ._+@=,-]+)*)?")
"""The folders of a repository that a workflow can name without quoting anybody's tricks."""


def listed(text: str) -> tuple[str, ...]:
    """Names that are separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def default_bucket(account: str, region: str) -> str:
    """A name that is the account's own: buckets are named in all of AWS alike."""
    return f"pipelines-{account}-{region}"


def default_start(now: datetime) -> str:
    """The next night, so that nothing has been missed yet."""
    night = now.astimezone(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
    return format_datetime(night + timedelta(days=1))
