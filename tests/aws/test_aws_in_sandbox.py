"""The whole life of a pipeline through the real client, against the simulated AWS."""

from __future__ import annotations

import pytest

from pipelayer.aws.client import AwsCloud, connect
from pipelayer.aws.clock import SystemClock
from pipelayer.aws.datapipeline import RolePatience
from pipelayer.aws.pace import Pace
from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref, SecretKind, SecretSource
from pipelayer.errors import AwsError
from pipelayer.model import PipelineState
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.faults import Fault, Kind
from pipelayer.sandbox.settings import Settings
from support.fakes import FakeClock


def an_object(name: str, **fields: str | Ref) -> PipelineObject:
    return PipelineObject(name, name, {key: Field((value,), None) for key, value in fields.items()}, None)


def definition(period: str = "1 day") -> Definition:
    """A shell command every day, far in the future."""
    return Definition(
        objects=(
            an_object(
                "Default",
                scheduleType="cron",
                schedule=Ref("Nightly"),
                failureAndRerunMode="CASCADE",
                role="DataPipelineDefaultRole",
                resourceRole="DataPipelineDefaultResourceRole",
            ),
            an_object("Nightly", type="Schedule", period=period, startDateTime="2099-01-01T00:00:00"),
            an_object("Job", type="ShellCommandActivity", command="true", workerGroup="hosts"),
        ),
        parameters=(),
        values={},
    )


@pytest.fixture
def cloud(sandbox: Sandbox) -> AwsCloud:
    return connect("us-east-1", sandbox.aws_environment(), attempts=1)


def test_a_life(sandbox: Sandbox, cloud: AwsCloud) -> None:
    pipelines = cloud.pipelines
    made = pipelines.create("nightly", "u-1", "words", {"team": "data"})
    assert pipelines.create("nightly", "u-1", "words", {"team": "data"}) == made
    assert list(pipelines.list_pipelines()) == [made]
    assert pipelines.get(made, active=False) is None
    assert pipelines.get(made, active=True) is None
    assert not pipelines.validate(made, definition()).errored
    assert not pipelines.put(made, definition()).errored
    assert pipelines.get(made, active=True) is None
    pipelines.activate(made)
    assert pipelines.get(made, active=True) == definition()
    pipelines.add_tags(made, {"team": "other", "more": ""})
    pipelines.remove_tags(made, ["more"])
    (live,) = pipelines.describe([made])
    assert (live.name, live.description, live.tags) == ("nightly", "words", {"team": "other"})
    assert (live.state, live.unique_id) == (PipelineState.SCHEDULED, "u-1")
    assert live.created is not None
    pipelines.deactivate(made, cancel_active=False)
    while pipelines.describe([made])[0].state is PipelineState.DEACTIVATING:
        pass
    assert pipelines.describe([made])[0].state is PipelineState.INACTIVE
    pipelines.delete(made)
    while pipelines.describe([made]):
        pass
    pipelines.delete(made)
    assert list(pipelines.list_pipelines()) == []


def test_the_account_is_the_sandboxs(cloud: AwsCloud) -> None:
    assert cloud.account() == "123456789012"


def test_a_hundred_pipelines_are_listed_and_described(sandbox: Sandbox, cloud: AwsCloud) -> None:
    made = {cloud.pipelines.create(f"p{number}", f"u{number}", "", {}) for number in range(60)}
    gone = next(iter(made))
    sandbox.delete(gone)
    assert made - {gone} <= set(cloud.pipelines.list_pipelines())
    sandbox.clear_record()
    while gone in {one.id for one in cloud.pipelines.describe([gone])}:
        pass
    found = {one.id for one in cloud.pipelines.describe(sorted(made))}
    assert found == made - {gone}


def test_what_aws_finds_wrong_comes_back_with_its_object(cloud: AwsCloud) -> None:
    made = cloud.pipelines.create("nightly", "u-1", "", {})
    verdict = cloud.pipelines.put(made, definition(period="1 minute"))
    assert verdict.errored
    assert "Nightly" in {message.object_id for message in verdict.errors}


def test_secrets_that_were_not_read_can_be_asked_about(cloud: AwsCloud) -> None:
    unread = Field((SecretSource(SecretKind.ENV, "DB"),), None)
    made = cloud.pipelines.create("nightly", "u-1", "", {})
    plain = definition()
    with_secret = Definition(plain.objects, plain.parameters, {"*myPassword": unread})
    assert not cloud.pipelines.validate(made, with_secret).errored


def test_an_answer_cut_short_leaves_a_pipeline_that_is_found_again(sandbox: Sandbox, cloud: AwsCloud) -> None:
    sandbox.fault(Fault(operation="CreatePipeline", kind=Kind.TRUNCATE))
    with pytest.raises(AwsError):
        cloud.pipelines.create("nightly", "u-1", "", {})
    made = cloud.pipelines.create("nightly", "u-1", "", {})
    assert list(cloud.pipelines.list_pipelines()) == [made]


def test_a_lost_connection_and_a_storm_are_survived(sandbox: Sandbox) -> None:
    sandbox.fault(Fault(operation="ListPipelines", kind=Kind.DROP))
    sandbox.fault(Fault(operation="ListPipelines", nth=2, code="ThrottlingException"))
    patient = connect("us-east-1", sandbox.aws_environment(), pace=Pace(FakeClock()), attempts=4)
    assert list(patient.pipelines.list_pipelines()) == []
    assert len(sandbox.calls(operation="ListPipelines")) == 3


def test_a_lost_connection_is_told_in_words(sandbox: Sandbox, cloud: AwsCloud) -> None:
    sandbox.fault(Fault(operation="ListPipelines", kind=Kind.DROP))
    with pytest.raises(AwsError, match="AWS can't be reached"):
        cloud.pipelines.list_pipelines()


def test_a_new_role_is_waited_for(sandbox: Sandbox) -> None:
    sandbox.reset(Settings(role_errors=2))
    patience = RolePatience(SystemClock(), seconds=5, pause=0.01)
    cloud = connect("us-east-1", sandbox.aws_environment(), role_patience=patience, attempts=1)
    made = cloud.pipelines.create("nightly", "u-1", "", {})
    assert not cloud.pipelines.put(made, definition()).errored


def test_a_missing_permission_names_the_action(sandbox: Sandbox, cloud: AwsCloud) -> None:
    sandbox.allow_only("AKIASANDBOX", ["datapipeline:ListPipelines"])
    with pytest.raises(AwsError) as caught:
        cloud.pipelines.create("nightly", "u-1", "", {})
    assert caught.value.hint.startswith("Allow `datapipeline:CreatePipeline` in the role's policy.")
