"""The policies of docs/iam hold exactly the actions that the code calls.

Real runs over HTTP against the sandbox, which refuses what the policies don't allow: enough. What IAM was
asked for in them is recorded, and every action of a policy is among it: not too much. How far each action
reaches is held in `test_reach.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest
from botocore import xform_name
from botocore.session import Session

import pipelayer
from pipelayer import Importer, Project
from pipelayer.aws.client import Service
from pipelayer.importer.blueprint import Drawn
from pipelayer.model import Report, Verb
from pipelayer.model.order import Button, Pressed
from pipelayer.model.status import Status
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import InstanceFields, Switches
from pipelayer.sandbox.state import Call
from pipelayer.sandbox.work import Fate
from support.clouds import PART, encrypt, in_small_parts, somebody
from support.morning import look
from support.policies import FOLDER, actions, filled_in
from support.pressing import Person
from support.scene import BUCKET, CONFIG, Scene, outcomes, project, template, with_files
from support.tales import TALES, Stage, Tale

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

ROLE = "AKIAROLE"
BIG = b"1" * PART + b"2"
FILES = project("b") | with_files("a", {"x": "1", "y": "1"})
CHANGED = with_files("a", {"x": "22", "y": "1"}, myWord="bye")


@dataclass(frozen=True)
class Story:
    """What a role with these policies does once `stage` was set by somebody who may do everything."""

    policies: Sequence[str]
    act: Callable[[Scene], Report | Pressed | Status | None]
    stage: Callable[[Scene], object] = lambda scene: None
    denied: frozenset[str] = frozenset()
    """Actions that the role goes without."""


def deployed(scene: Scene) -> None:
    assert scene.run().exit_code == 0


def encrypted(scene: Scene) -> None:
    """A bucket with a key of its own, in which the ETags tell nothing."""
    encrypt(somebody(scene.sandbox), BUCKET)
    deployed(scene)


def merged(scene: Scene) -> Report:
    """A deployment of what differs from what is live."""
    return scene.run(since="")


def changed(scene: Scene) -> Report:
    """The same, after a change of the definition and a file."""
    scene.commit(CHANGED)
    return merged(scene)


def opened(scene: Scene) -> Report:
    """What a pull request with that change starts."""
    base = scene.repo.head()
    scene.commit(CHANGED)
    return scene.run(Verb.VALIDATE, since=base, may_create_stub=False)


def interrupted_upload(scene: Scene) -> Report:
    """A file in parts, of which one is lost: the parts are taken back, and the next run sends them."""
    scene.around = in_small_parts
    scene.commit({"a/tasks/big": BIG})
    scene.sandbox.fault(Fault("s3", "UploadPart", nth=2, code="InternalError"))
    assert outcomes(scene.run())["a"] == "failed"
    return merged(scene)


def full_of_tags(scene: Scene) -> None:
    """A pipeline that is to be replaced has no room for one more tag."""
    tags = {f"t{number}": "x" for number in range(7)}
    scene.commit(with_files("a", {}, metadata={"tags": tags}))
    deployed(scene)
    del tags["t0"]
    scene.commit(with_files("a", {}, metadata={"tags": tags}, myPeriod="2 days"))


def of_one_account(scene: Scene) -> Report:
    """The configuration names the account, a secret is in Secrets Manager, a step runs on a cluster."""
    secret = scene.sandbox.create_secret("nightly/db", "open sesame")
    cluster = template(secret=True).replace('"Ec2Resource"', '"EmrCluster"').replace('"1 hour"', '"2 hours"')
    own = with_files("a", {"x": "1"}, **{"*myPassword": {"secretsmanager": secret}})
    config = CONFIG + 'groups: {default: {account: "123456789012"}}\n'
    scene.commit({**project(definition=cluster, config=config), **own, "b/values.json": None})
    return scene.run()


def at_work(scene: Scene) -> None:
    """`a` has run, runs, and has as many tags as there can be; `c` is on demand."""
    tags = {f"t{number}": "x" for number in range(7)}
    on_demand = {"c/values.json": "{}", "c/pipeline_definition.json": template("ondemand")}
    scene.commit(with_files("a", {}, metadata={"tags": tags}) | on_demand)
    deployed(scene)
    scene.sandbox.advance(timedelta(days=1))
    scene.sandbox.settings = replace(scene.sandbox.settings, run_seconds=None)
    scene.sandbox.advance(timedelta(days=1))


def pressed(scene: Scene) -> Pressed:
    """Every button of the console."""
    press = Person(scene)
    for button in (Button.RERUN, Button.CANCEL, Button.PAUSE, Button.RESUME):
        assert press(button, "a").exit_code == 0
    assert press(Button.RUN, "c").exit_code == 0
    return press(Button.DELETE, "a", cancel_running=True)


def failed(scene: Scene) -> None:
    """A run has failed, and written to a bucket with a key of its own."""
    encrypted(scene)
    live = scene.live("a")
    scene.sandbox.fate(live.id, Fate("Job", error_message="No space left", stderr="cp: write error"))
    scene.sandbox.advance(timedelta(days=1))


def failed_and_told_little(scene: Scene) -> None:
    """The same, where only the definition tells where the logs are."""
    failed(scene)
    scene.sandbox.switch(Switches(instance_fields=InstanceFields.RUNTIME))


def read_logs(scene: Scene) -> None:
    """Somebody looks into the logs of that run."""
    environ = scene.sandbox.aws_environment(access_key=scene.access_key)
    with Project.open(scene.repo.path, environ=environ) as project:
        found = project.desk.logs("a")
    assert "cp: write error" in [line for file in found.files for line in file.lines]


DEPLOY = ("deploy",)
LOGS = ("status", "logs", "logs-kms")


def with_runs(scene: Scene) -> None:
    """A few days later."""
    deployed(scene)
    scene.sandbox.advance(timedelta(days=3))


def looked_at(scene: Scene) -> Status:
    """All pipelines, then one of them more closely."""
    assert look(scene).well
    return look(scene, "a")


def made_by_others(scene: Scene) -> None:
    """What is live carries no mark of ours."""
    deployed(scene)
    for one in scene.sandbox.pipelines():
        if "pipelayer:stub" not in one.tags:
            scene.sandbox.set_tags(one.id, {})


def imported(scene: Scene) -> None:
    """Somebody writes a project from it, its scripts included."""
    folder = scene.repo.path.parent / "imported"
    environ = scene.sandbox.aws_environment(access_key=scene.access_key)
    importer = Importer.open(folder, project="acme/imported", environ=environ)
    plan = importer.plan(importer.choose())
    assert plan.left_out == ()
    written = [one.directory for one in importer.write(plan) if isinstance(one, Drawn)]
    assert sorted(written) == ["a", "b"]
    assert (folder / "a/tasks/x").read_text() == "1"


FILES_UNSEEN = frozenset({"s3:ListBucket"})
STORIES = {
    "a pull request": Story(("validate",), opened, deployed, FILES_UNSEEN),
    "a pull request, and its files": Story(("validate", "validate-files"), opened, encrypted),
    "a first deployment": Story(DEPLOY, merged),
    "a big file": Story(DEPLOY, interrupted_upload, deployed),
    "an encrypted bucket": Story(("deploy", "deploy-kms"), changed, encrypted),
    "a big file in an encrypted bucket": Story(
        ("deploy", "deploy-kms"), interrupted_upload, lambda scene: encrypt(somebody(scene.sandbox), BUCKET)
    ),
    "a tag too many": Story(DEPLOY, merged, full_of_tags),
    "the console's buttons": Story(("operate",), pressed, at_work),
    "the daily look": Story(("status",), looked_at, with_runs),
    "the logs of a run that failed": Story(LOGS, read_logs, failed),
    "the logs that only the definition finds": Story(LOGS, read_logs, failed_and_told_little),
    "an import": Story(("status", "validate-files"), imported, made_by_others),
    "a secret and a cluster": Story(("deploy", "deploy-secrets"), of_one_account),
}


@dataclass(frozen=True)
class Told:
    """How a story went, and the calls of the role in it."""

    policies: Sequence[str]
    report: Report | Pressed | Status | None
    """None where the act isn't a run, and says itself whether it went well."""
    calls: Sequence[Call]
    denied: frozenset[str] = frozenset()

    @property
    def allowed(self) -> set[str]:
        return {action for call in self.calls if call.status != 403 for action in call.actions}

    @property
    def refused(self) -> set[str]:
        return {action for call in self.calls if call.status == 403 for action in call.actions}


def tell(scene: Scene, story: Story) -> Told:
    scene.again()
    scene.commit(FILES)
    story.stage(scene)
    scene.access_key = ROLE
    for name in story.policies:
        scene.sandbox.attach_policy(ROLE, filled_in(name))
    report = story.act(scene)
    calls = [call for call in scene.sandbox.calls() if call.access_key == ROLE]
    return Told(story.policies, report, calls, story.denied)


def tell_tale(scene: Scene, tale: Tale) -> Told:
    """Here the role has made what is live, too: it is told from the second deployment on."""
    scene.access_key, scene.policies = ROLE, [filled_in(name) for name in DEPLOY]
    stage = Stage(scene, tale)
    stage.set(Switches())
    report = stage.act()
    return Told(DEPLOY, report, [call for call in scene.sandbox.calls() if call.access_key == ROLE])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, sandbox_server: Sandbox) -> Mapping[str, Told]:
    """Every story, and every tale of deploying."""

    def scene() -> Scene:
        sandbox_server.reset()
        return Scene(sandbox_server, tmp_path_factory.mktemp("work"))

    stories = {name: tell(scene(), story) for name, story in STORIES.items()}
    return stories | {name: tell_tale(scene(), tale) for name, tale in TALES.items()}


def test_the_policies_allow_enough(told: Mapping[str, Told]) -> None:
    for name, one in told.items():
        assert one.allowed, name
        assert one.refused == one.denied, name
        assert one.report is None or one.report.exit_code == 0, (name, one.report)


@pytest.mark.parametrize(
    "name",
    [
        "validate",
        "validate-files",
        *DEPLOY,
        "deploy-secrets",
        "deploy-kms",
        "operate",
        "status",
        "logs",
        "logs-kms",
    ],
)
def test_the_policies_allow_no_more_than_is_needed(told: Mapping[str, Told], name: str) -> None:
    """A file needs those of its actions which no other file of a story brings."""
    needed = {
        action
        for one in told.values()
        if name in one.policies
        for action in one.allowed - actions(*(set(one.policies) - {name}))
    }
    assert actions(name) <= needed


def test_every_policy_is_in_a_story(told: Mapping[str, Told]) -> None:
    files = {path.stem for path in FOLDER.glob("*.json") if not path.stem.startswith("trust-")}
    assert files == {name for one in told.values() for name in one.policies}


# ---- the code


SOURCE = Path(pipelayer.__file__).parent
SERVICES = ("datapipeline", "s3", "secretsmanager", "sts")


def operations() -> dict[str, str]:
    """The operations of AWS by the names of the methods that call them."""
    models = [Session().get_service_model(service) for service in SERVICES]
    return {xform_name(operation): operation for model in models for operation in model.operation_names}


def names(path: Path) -> set[str]:
    """The methods and the strings of a module: a paginator is asked for by a string."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def test_every_call_of_the_code_is_in_a_story(told: Mapping[str, Told]) -> None:
    """A new call has to be told of, and so to be allowed, before this passes."""
    found = {name for path in (SOURCE / "aws").glob("*.py") for name in names(path)}
    written = {operation for method, operation in operations().items() if method in found}
    assert written == {call.operation for one in told.values() for call in one.calls}


def test_nothing_else_calls_aws() -> None:
    """Only the room `aws` makes clients, for the four services."""
    others = [path for path in SOURCE.rglob("*.py") if path.parent.name not in ("aws", "sandbox")]
    assert len(others) > 100
    makers = [path for path in others if "import boto" in path.read_text(encoding="utf-8")]
    assert makers == []
    assert set(get_args(Service)) == set(SERVICES)
