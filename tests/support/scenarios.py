"""The example project's life as its reports: real runs from real commits against the sandbox. What the pull
request's comment is shown, documented and pictured with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipelayer.github.announced import Heard, announcement, surprises
from pipelayer.model import Report, Verb
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from support.gitrepo import Content, Executable
from support.scene import Scene

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "nightly"
ACCOUNT = "111122223333"
NOW = datetime(2026, 3, 11, 15, tzinfo=UTC)
"""When the pull request is looked at, a day after the first deployment."""

CLICKS = "click_sessions/pipeline_definition.json"
ORDERS = "orders_export/pipeline_definition.json"


def example() -> dict[str, Content]:
    """The files of the example project."""
    found: dict[str, Content] = {}
    for path in sorted(EXAMPLE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            text = path.read_text("utf-8")
            runs = path.stat().st_mode & 0o100
            found[path.relative_to(EXAMPLE).as_posix()] = Executable(text) if runs else text
    return found


def text(path: str) -> str:
    return (EXAMPLE / path).read_text("utf-8")


def edited(path: str, *edits: tuple[str, str]) -> str:
    """A file of the example with parts of it replaced; each must be there."""
    changed = text(path)
    for old, new in edits:
        assert old in changed, f"{path}: {old}"
        changed = changed.replace(old, new)
    return changed


def with_object(definition: str, **fields: Any) -> str:
    """A definition with one more object, before the alarm."""
    document = json.loads(definition)
    document["objects"].insert(-1, fields)
    return json.dumps(document, indent=2) + "\n"


def change() -> dict[str, Content]:
    """One pull request: a pipeline is edited, one is replaced, one gets new files, and one is new."""
    report = with_object(
        edited(CLICKS, ("m5.xlarge", "m6g.xlarge"), ("6 hours", "8 hours")),
        id="Report",
        name="Report",
        type="ShellCommandActivity",
        runsOn={"ref": "Cluster"},
        dependsOn={"ref": "Publish"},
        command='aws s3 ls --summarize --recursive "#{myS3OutputDir}/"',
        onFail={"ref": "Alarm"},
    )
    refunds = edited(
        "exchange_rates/values.json",
        ("Exchange rates", "Refunds export"),
        ("Fetches the euro reference rates and stores them as CSV", "Copies the day's refunds to S3"),
        ("exchange_rates", "refunds_export"),
        ("16:30:00", "03:15:00"),
        ("finance", "shop"),
    )
    return {
        CLICKS: report,
        "click_sessions/values.json": edited(
            "click_sessions/values.json",
            ('"myIdleMinutes": 30', '"myIdleMinutes": 45, "myCoreInstanceCount": 4'),
        ),
        "click_sessions/tasks/report.sh": '#!/bin/sh\nexec aws s3 ls --summarize --recursive "$1"\n',
        ORDERS: edited(ORDERS, ('"period": "1 day"', '"period": "12 hours"'), ("t2.medium", "t3.medium")),
        "exchange_rates/tasks/fetch.sh": edited(
            "exchange_rates/tasks/fetch.sh", ("--max-time 60 --retry 3", "--max-time 120 --retry 5")
        ),
        "refunds_export/values.json": refunds,
        "refunds_export/run": Executable('#!/bin/sh\nexec tasks/copy.sh "$@"\n'),
        "refunds_export/tasks/copy.sh": '#!/bin/sh\naws s3 sync s3://acme-shop/refunds/ "$1"\n',
    }


class Life:
    """The example, deployed a day ago, and what happens to it then."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        sandbox.settings = Settings(account=ACCOUNT)
        self.scene = Scene(sandbox, folder)
        self.first: Sequence[str] = ()
        self.scene.environ = {"SHOP_DEV_PASSWORD": "correct horse"}
        sandbox.create_bucket("acme-dev-pipelines")
        self.base = self.scene.commit(example())
        assert not self.deploy(None, concurrency=1).exit_code
        sandbox.set_time(NOW)

    def validate(self, files: Mapping[str, Content], **orders: Any) -> Report:
        """What the pull request that changes these files gets to hear."""
        self.scene.commit(files)
        return self._run(Verb.VALIDATE, self.base, may_create_stub=False, **orders)

    def deploy(self, since: str | None, **orders: Any) -> Report:
        return self._run(Verb.DEPLOY, since, **orders)

    def _run(self, verb: Verb, since: str | None, **orders: Any) -> Report:
        report = self.scene.run(verb, since=since, groups=("dev",), **orders)
        timed = tuple(replace(one, seconds=float(4 + 3 * n)) for n, one in enumerate(report.outcomes))
        return replace(report, outcomes=timed)  # how long it took is the machine's and not the story's


def all_well(life: Life) -> Report:
    return life.validate(change())


def one_invalid(life: Life) -> Report:
    wrong = edited(
        "orders_export/values.json",
        ('"myRdsInstance": "shop-dev"', '"myRdsInstanse": "shop-dev"'),
        ("2024-01-01T01:00:00", "2024-01-01 01:00"),
    )
    return life.validate({**change(), "orders_export/values.json": wrong})


def after_merge(life: Life) -> Report:
    life.scene.commit(change())
    return life.deploy(life.base, concurrency=1)


def without_aws(life: Life) -> Report:
    """A fork's pull request: there are no credentials, so the base tells what changes."""
    from pipelayer.run.request import AskAws

    return life.validate(change(), aws=AskAws.NEVER)


def paused_in_between(life: Life) -> Report:
    """Somebody pauses a pipeline between the pull request and its merge: the merge says so first."""
    announced = life.validate({ORDERS: change()[ORDERS]})
    life.scene.sandbox.pause(life.scene.live("Orders export").id)
    report = life.deploy(life.base, concurrency=1)
    life.first = surprises(report, Heard([announcement(announced)], all_known=True))
    return report


def one_removed(life: Life) -> Report:
    """A directory is removed, and nothing says that its pipeline shall go."""
    gone = {path: None for path in example() if path.startswith("exchange_rates/")}
    return life.validate(gone)


def one_failed(life: Life) -> Report:
    """AWS refuses to activate one of two that are edited."""
    life.scene.commit({**change(), ORDERS: edited(ORDERS, ("2 hours", "3 hours"))})
    refused = Fault(
        operation="ActivatePipeline", nth=1, code="InvalidRequestException", status=400, message="Not now."
    )
    life.scene.sandbox.fault(refused)
    return life.deploy(life.base, concurrency=1)


SCENARIOS: Mapping[str, Callable[[Life], Report]] = {
    "all_well": all_well,
    "one_invalid": one_invalid,
    "after_merge": after_merge,
    "without_aws": without_aws,
    "paused_in_between": paused_in_between,
    "one_removed": one_removed,
    "one_failed": one_failed,
}


class Played(NamedTuple):
    """A scenario's report, and what its comment says before anything else."""

    report: Report
    first: Sequence[str] = ()


def play(sandbox: Sandbox, folder: Path) -> dict[str, Played]:
    """Every scenario, each on an AWS of its own."""
    played = {}
    for name, scenario in SCENARIOS.items():
        sandbox.reset()
        life = Life(sandbox, folder / name)
        played[name] = Played(scenario(life), life.first)
    return played
