"""Reports that somebody would really get: the inputs of the golden files, also to look at by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelayer.model import (
    Action,
    Finding,
    GroupInfo,
    Key,
    Kind,
    Outcome,
    OutcomeResult,
    PipelinePlan,
    Position,
    Reason,
    Report,
    Result,
    Selected,
    Selection,
    Severity,
    Step,
    Verb,
)
from pipelayer.render.links import Links

COMMIT = "8f2c1d9e7b3a4f5061728394a5b6c7d8e9f00112"
BASE = "1a2b3c4d5e6f708192a3b4c5d6e7f80910213243"
LINKS = Links(
    "https://github.com",
    "acme/nightly",
    COMMIT,
    "https://github.com/acme/nightly/actions/runs/4711",
    datetime(2026, 3, 2, 9, 41, tzinfo=UTC),
)
MARKER = "<!-- pipelayer:v1 eyJraW5kIjoidmFsaWRhdGUifQ -->"
DEV = GroupInfo("dev", "us-west-2", "111122223333")
PROD = GroupInfo("prod", "us-east-1", "444455556666")

SOURCES = {
    "pipelines/click_sessions/values.json": b"""{
  "metadata": {"name": "Click sessions"},
  "values": {
    "myS3InputDir": "s3://#{myBucket}/code/click_sessions",
    "mySchedulePeriod": "1 mnth",
    "myInstanceType": "m1.small"
  }
}
""",
    "pipelines/pipeline_definition.json": b'{"objects": [\n\t{"id": "Cluster", "type": "EmrClaster"}\n]}\n',
}


def key(directory: str, group: str = "dev") -> Key:
    return Key("acme/nightly", group, f"pipelines/{directory}")


def selected(directory: str, name: str, *reasons: Reason, group: str = "dev") -> Selected:
    return Selected(key(directory, group), name, f"pipelines/{directory}", reasons)


ORDERS = selected("orders_export", "Orders export", Reason.VALUES)
CLICKS = selected("click_sessions", "Click sessions", Reason.VALUES, Reason.FILES)
RATES = selected("exchange_rates", "exchange_rates", Reason.NEW)
UPLOAD = "upload 3 files to s3://acme-dev-pipelines/code/orders_export/"


def replacing(item: Selected, reason: str) -> PipelinePlan:
    old = "df-0937003356ZJEXAMPLE"
    steps = (
        Step(Action.MARK, "mark it as being written", old),
        Step(Action.UPLOAD, UPLOAD),
        Step(Action.CREATE, "create the pipeline"),
        Step(Action.PUT, "save its definition, first run 2026-03-03 01:00 UTC"),
        Step(Action.ACTIVATE, "activate it"),
        Step(Action.RETIRE, "tag the old one as retired", old),
        Step(Action.DEACTIVATE, "stop the old one's schedule; running work finishes", old),
        Step(Action.DELETE, "delete the old one once its work has finished", old),
    )
    return PipelinePlan(item.key, item.name, Kind.REPLACE, reason, steps, old, "SCHEDULED")


def creating(item: Selected) -> PipelinePlan:
    steps = (
        Step(Action.UPLOAD, "upload 2 files to s3://acme-dev-pipelines/code/exchange_rates/"),
        Step(Action.CREATE, "create the pipeline"),
        Step(Action.PUT, "save its definition"),
        Step(Action.ACTIVATE, "activate it"),
    )
    return PipelinePlan(item.key, item.name, Kind.CREATE, "not in AWS yet", steps)


PERIOD = Finding(
    Severity.ERROR,
    "PL503",
    "`mySchedulePeriod` can't be `1 mnth`: a period is a number and a unit.",
    Position("pipelines/click_sessions/values.json", 5, 25),
    'Write it like "1 month", "2 weeks" or "15 minutes".',
    str(CLICKS.key),
)
SMALL = Finding(
    Severity.WARNING,
    "PL612",
    "The instance type `m1.small` belongs to an old generation.",
    Position("pipelines/click_sessions/values.json", 6, 23),
    "Newer types such as `t3.small` cost less.",
    str(CLICKS.key),
)
CHANGE = "period of Nightly: 1 Day → 12 Hours [schedule]"
NO_STUB = (
    "AWS was not asked to validate: this account has no validation stub yet. "
    "The first `deploy` makes one; until then only the offline checks apply."
)

PULL_REQUEST = Report(
    Verb.VALIDATE,
    Result.FAILURE,
    COMMIT,
    BASE,
    (DEV,),
    Selection((ORDERS, CLICKS)),
    (SMALL, PERIOD),
    (
        replacing(ORDERS, CHANGE),
        PipelinePlan(CLICKS.key, CLICKS.name, Kind.INVALID, "it has 1 error"),
    ),
    (
        Outcome(str(ORDERS.key), OutcomeResult.VALID),
        Outcome(str(CLICKS.key), OutcomeResult.INVALID),
    ),
    exit_code=1,
)

PULL_REQUEST_WELL = Report(
    Verb.VALIDATE,
    Result.SUCCESS,
    COMMIT,
    BASE,
    (DEV, PROD),
    Selection(
        (
            ORDERS,
            RATES,
            selected("orders_export", "Orders export", Reason.VALUES, group="prod"),
            selected("click_sessions", "Click sessions", Reason.TEMPLATE, group="prod"),
            selected("exchange_rates", "exchange_rates", Reason.TEMPLATE, group="prod"),
        )
    ),
    (),
    (
        replacing(ORDERS, CHANGE),
        creating(RATES),
        PipelinePlan(
            key("orders_export", "prod"),
            "Orders export",
            Kind.UPLOAD,
            "upload 3 files, remove 1 file from tasks/",
            (
                Step(Action.MARK, "mark it as being written", "df-PROD003356ZJEXAMPLE"),
                Step(Action.UPLOAD, "upload 3 files to s3://acme-prod-pipelines/code/orders_export/"),
                Step(Action.REMOVE_STALE, "remove 1 file from tasks/"),
                Step(Action.RECORD, "record what is live now", "df-PROD003356ZJEXAMPLE"),
            ),
            "df-PROD003356ZJEXAMPLE",
        ),
        PipelinePlan(
            key("click_sessions", "prod"),
            "Click sessions",
            Kind.HELD,
            "period of Nightly: 1 Day → 2 Days, but df-PAUS003356ZJEXAMPLE was paused by hand: "
            "pipelayer resume releases this",
        ),
        PipelinePlan(
            key("exchange_rates", "prod"), "exchange_rates", Kind.UNCHANGED, "AWS matches the files"
        ),
    ),
    notes=(NO_STUB,),
)

DEPLOYED = Report(
    Verb.DEPLOY,
    Result.SUCCESS,
    COMMIT,
    BASE,
    (DEV,),
    Selection((ORDERS, CLICKS, RATES)),
    (),
    (
        replacing(ORDERS, CHANGE),
        PipelinePlan(CLICKS.key, CLICKS.name, Kind.UPLOAD, "upload 3 files", (), "df-CLIC003356ZJEXAMPLE"),
        creating(RATES),
    ),
    (
        Outcome(
            str(ORDERS.key),
            OutcomeResult.REPLACED,
            "df-NEW7003356ZJEXAMPLE",
            "df-0937003356ZJEXAMPLE",
            uploaded=3,
            seconds=14.2,
            activated=True,
        ),
        Outcome(
            str(CLICKS.key),
            OutcomeResult.UPLOADED,
            "df-CLIC003356ZJEXAMPLE",
            uploaded=3,
            removed=1,
            seconds=1.7,
        ),
        Outcome(str(RATES.key), OutcomeResult.CREATED, "df-RATE003356ZJEXAMPLE", uploaded=2, seconds=8.1),
    ),
)

FAILED = Report(
    Verb.DEPLOY,
    Result.FAILURE,
    COMMIT,
    BASE,
    (DEV,),
    DEPLOYED.selection,
    (),
    DEPLOYED.plan,
    (
        Outcome(
            str(ORDERS.key),
            OutcomeResult.FAILED,
            "df-0937003356ZJEXAMPLE",
            uploaded=3,
            seconds=31.0,
            error="ActivatePipeline was throttled for 30 s; the old pipeline goes on running. "
            "To retry: `pipelayer deploy --group dev pipelines/orders_export`.",
            steps_taken=(Action.MARK, Action.UPLOAD, Action.CREATE, Action.PUT),
            step_under_way=Action.ACTIVATE,
        ),
        *DEPLOYED.outcomes[1:],
    ),
    notes=("The old pipeline of orders_export wasn't deleted in time: the next deploy sweeps it.",),
    exit_code=1,
)

STOPPED = Report(
    Verb.DEPLOY,
    Result.FAILURE,
    COMMIT,
    groups=(PROD,),
    error="The credentials belong to account 111122223333, but group `prod` is for 444455556666.",
    error_hint="Let the workflow assume the role of the right account, or choose another `group`.",
    exit_code=2,
)

HOSTILE_NAME = (
    "x | y @octocat <img src=x> [a](http://evil.example) `#1` \u202egnp.exe\n::error::pwn ##[add-mask]e"
)
HOSTILE = Report(
    Verb.VALIDATE,
    Result.FAILURE,
    COMMIT,
    BASE,
    (GroupInfo("dev|<b>", "us-west-2", ""),),
    Selection((Selected(Key("p", "dev|<b>", "a`b|c"), HOSTILE_NAME, "a`b|c", (Reason.NEW,)),)),
    (
        Finding(
            Severity.ERROR,
            "AWS",
            f"Invalid {HOSTILE_NAME} ``` </details> --> $x$ ~~no~~ www.evil.example",
            Position("a`b|c/]( \udcff\n.json", 3, 1),
            HOSTILE_NAME,
            "p:dev|<b>/a`b|c",
        ),
    ),
    (
        PipelinePlan(
            Key("p", "dev|<b>", "a`b|c"),
            HOSTILE_NAME,
            Kind.CREATE,
            f"differs in {HOSTILE_NAME}",
            (Step(Action.CREATE, HOSTILE_NAME, "df-`</details>"),),
        ),
    ),
    notes=(HOSTILE_NAME,),
    exit_code=1,
)

NOTHING = Report(Verb.VALIDATE, Result.NOTHING_TO_DO, COMMIT, BASE, (DEV,))

SCENARIOS = {
    "pull_request": PULL_REQUEST,
    "pull_request_well": PULL_REQUEST_WELL,
    "deployed": DEPLOYED,
    "failed": FAILED,
    "stopped": STOPPED,
    "hostile": HOSTILE,
    "nothing": NOTHING,
}
