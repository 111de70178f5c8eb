"""The operations of AWS Data Pipeline, as they go over the wire and come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws.wire import Answer, Asked, Wire, refusal
from pipelayer.aws.datapipeline import RolePatience
from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref, SecretKind, SecretSource
from pipelayer.deploy.ports import Message, Verdict
from pipelayer.errors import AwsError
from pipelayer.model import LivePipeline, PipelineState

DEFINITION = Definition(
    objects=(
        PipelineObject(
            "Default",
            "Default",
            {
                "schedule": Field((Ref("Nightly"),), None),
                "scheduleType": Field(("cron",), None),
            },
            None,
        ),
    ),
    parameters=(),
    values={"myEnv": Field(("dev",), None)},
)
ACCEPTED = Answer({"errored": False})


class CountedClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def listed(*ids: str) -> list[dict[str, str]]:
    return [{"id": one, "name": "same name"} for one in ids]


def test_every_page_of_the_list_is_read(wire: Wire) -> None:
    wire.on(
        "ListPipelines",
        Answer({"pipelineIdList": listed("df-1", "df-2"), "hasMoreResults": True, "marker": "page2"}),
        Answer({"pipelineIdList": listed("df-3"), "hasMoreResults": False}),
    )
    assert list(wire.cloud().pipelines.list_pipelines()) == ["df-1", "df-2", "df-3"]
    assert wire.asked[1].json == {"marker": "page2"}


@pytest.mark.parametrize(
    "half", [{}, {"pipelineIdList": [], "hasMoreResults": True}], ids=["no list", "no marker"]
)
def test_half_a_list_is_an_error_and_never_an_empty_account(wire: Wire, half: dict[str, object]) -> None:
    wire.on("ListPipelines", Answer(half))
    with pytest.raises(AwsError, match="AWS's answer to ListPipelines"):
        wire.cloud().pipelines.list_pipelines()


def test_a_pipeline_is_read_from_its_fields(wire: Wire) -> None:
    fields = {
        "@pipelineState": "SCHEDULED",
        "@creationTime": "2026-02-03T04:05:06",
        "@scheduledStartTime": "2026-02-04T00:00:00",
        "@nextRunTime": "2026-03-01T00:00:00",
        "uniqueId": "u-1",
    }
    wire.on(
        "DescribePipelines",
        Answer(
            {
                "pipelineDescriptionList": [
                    {
                        "pipelineId": "df-1",
                        "name": "nightly",
                        "description": "words",
                        "tags": [{"key": "team", "value": "data"}, {"key": "empty", "value": ""}],
                        "fields": [{"key": key, "stringValue": value} for key, value in fields.items()],
                    }
                ]
            }
        ),
    )
    assert list(wire.cloud().pipelines.describe(["df-1"])) == [
        LivePipeline(
            id="df-1",
            name="nightly",
            description="words",
            tags={"team": "data", "empty": ""},
            state=PipelineState.SCHEDULED,
            created=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC),
            unique_id="u-1",
            first_run=datetime(2026, 2, 4, tzinfo=UTC),
            next_run=datetime(2026, 3, 1, tzinfo=UTC),
        )
    ]


def test_a_state_or_time_that_nobody_knows_is_unknown_and_not_a_crash(wire: Wire) -> None:
    fields = [
        {"key": "@pipelineState", "stringValue": "HIBERNATING"},
        {"key": "@creationTime", "stringValue": "yesterday"},
        {"key": "@nextRunTime"},
    ]
    described = {"pipelineDescriptionList": [{"pipelineId": "df-1", "name": "n", "fields": fields}]}
    wire.on("DescribePipelines", Answer(described))
    (live,) = wire.cloud().pipelines.describe(["df-1"])
    assert (live.state, live.created, live.next_run) == (PipelineState.UNKNOWN, None, None)


def test_a_description_without_id_is_an_error(wire: Wire) -> None:
    wire.on("DescribePipelines", Answer({"pipelineDescriptionList": [{"name": "n"}]}))
    with pytest.raises(AwsError, match="without id"):
        wire.cloud().pipelines.describe(["df-1"])


def test_whatever_is_gone_is_left_out_and_the_rest_is_found(wire: Wire) -> None:
    pipelines = wire.cloud().pipelines

    @settings(max_examples=25, deadline=None)
    @given(gone=st.sets(st.integers(0, 59), max_size=8), count=st.integers(0, 60))
    def holds(gone: set[int], count: int) -> None:
        ids = [f"df-{number}" for number in range(count)]
        missing = {f"df-{number}" for number in gone}

        def describe(asked: Asked) -> Answer:
            wanted = asked.json["pipelineIds"]
            assert isinstance(wanted, list)
            assert 1 <= len(wanted) <= 25
            if missing & set(wanted):
                code = "PipelineDeletedException" if len(wanted) % 2 else "PipelineNotFoundException"
                return refusal(code, "Pipeline with that id does not exist")
            return Answer({"pipelineDescriptionList": [{"pipelineId": one, "name": "n"} for one in wanted]})

        wire.on("DescribePipelines", describe)
        assert [one.id for one in pipelines.describe(ids)] == [one for one in ids if one not in missing]

    holds()


def test_creating_sends_name_unique_id_and_tags(wire: Wire) -> None:
    wire.on("CreatePipeline", Answer({"pipelineId": "df-NEW"}))
    assert wire.cloud().pipelines.create("nightly", "u-1", "", {"b": "", "a": "1"}) == "df-NEW"
    assert wire.asked[0].json == {
        "name": "nightly",
        "uniqueId": "u-1",
        "description": "",
        "tags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}],
    }


def test_an_answer_cut_short_is_not_taken_for_a_pipeline(wire: Wire) -> None:
    wire.on("CreatePipeline", Answer('{"pipelineId": "df-'))
    with pytest.raises(AwsError, match="CreatePipeline") as caught:
        wire.cloud().pipelines.create("nightly", "u-1", "", {})
    assert "again" in caught.value.hint


def test_what_aws_says_of_a_definition_is_told_object_by_object(wire: Wire) -> None:
    wire.on(
        "PutPipelineDefinition",
        Answer(
            {
                "errored": True,
                "validationErrors": [{"id": "Nightly", "errors": ["period is too short", "start is wrong"]}],
                "validationWarnings": [{"id": "Default", "warnings": ["no pipelineLogUri"]}],
            }
        ),
    )
    assert wire.cloud().pipelines.put("df-1", DEFINITION) == Verdict(
        errored=True,
        errors=(Message("Nightly", "period is too short"), Message("Nightly", "start is wrong")),
        warnings=(Message("Default", "no pipelineLogUri"),),
    )
    assert wire.asked[0].json == {
        "pipelineId": "df-1",
        "pipelineObjects": [
            {
                "id": "Default",
                "name": "Default",
                "fields": [
                    {"key": "schedule", "refValue": "Nightly"},
                    {"key": "scheduleType", "stringValue": "cron"},
                ],
            }
        ],
        "parameterObjects": [],
        "parameterValues": [{"id": "myEnv", "stringValue": "dev"}],
    }


@pytest.mark.parametrize("operation", ["PutPipelineDefinition", "ValidatePipelineDefinition"])
def test_an_answer_that_does_not_say_errored_is_an_error(wire: Wire, operation: str) -> None:
    wire.on(operation, Answer({}))
    pipelines = wire.cloud().pipelines
    ask = pipelines.put if operation.startswith("Put") else pipelines.validate
    with pytest.raises(AwsError, match=f"AWS's answer to {operation}"):
        ask("df-1", DEFINITION)


def test_a_definition_whose_secrets_were_not_read_is_never_saved(wire: Wire) -> None:
    unread = Field((SecretSource(SecretKind.ENV, "DB_PASSWORD"),), None)
    with pytest.raises(ValueError, match="secrets"):
        wire.cloud().pipelines.put("df-1", Definition((), (), {"*myPassword": unread}))
    assert wire.asked == []


def test_a_definition_comes_back_as_it_went(wire: Wire) -> None:
    wire.on("PutPipelineDefinition", ACCEPTED)
    pipelines = wire.cloud().pipelines
    pipelines.put("df-1", DEFINITION)
    saved = {key: value for key, value in wire.asked[0].json.items() if key != "pipelineId"}
    wire.on("GetPipelineDefinition", Answer(saved))
    assert pipelines.get("df-1", active=True) == DEFINITION
    assert wire.asked[-1].json == {"pipelineId": "df-1", "version": "active"}


@pytest.mark.parametrize(
    "answer",
    [Answer({}), Answer({"pipelineObjects": []})],
    ids=["nothing", "empty"],
)
def test_no_active_definition_is_none(wire: Wire, answer: Answer) -> None:
    wire.on("GetPipelineDefinition", answer)
    assert wire.cloud().pipelines.get("df-1", active=True) is None


def test_a_refused_definition_is_never_taken_for_none(wire: Wire) -> None:
    wire.on("GetPipelineDefinition", refusal("InvalidRequestException", "no active definition"))
    with pytest.raises(AwsError, match="no active definition"):
        wire.cloud().pipelines.get("df-1", active=True)


def test_activating_passes_the_instant_to_resume_at(wire: Wire) -> None:
    wire.on("ActivatePipeline", Answer({}))
    pipelines = wire.cloud().pipelines
    pipelines.activate("df-1")
    pipelines.activate("df-1", datetime(2026, 3, 1, tzinfo=UTC))
    instant = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    assert [one.json for one in wire.asked] == [
        {"pipelineId": "df-1"},
        {"pipelineId": "df-1", "startTimestamp": instant},
    ]


def test_deactivating_tags_and_deleting_send_what_they_were_told(wire: Wire) -> None:
    for operation in ("DeactivatePipeline", "AddTags", "RemoveTags", "DeletePipeline"):
        wire.on(operation, Answer({}))
    pipelines = wire.cloud().pipelines
    pipelines.deactivate("df-1", cancel_active=False)
    pipelines.add_tags("df-1", {"team": "data"})
    pipelines.remove_tags("df-1", iter(["team"]))
    pipelines.delete("df-1")
    assert [one.json for one in wire.asked] == [
        {"pipelineId": "df-1", "cancelActive": False},
        {"pipelineId": "df-1", "tags": [{"key": "team", "value": "data"}]},
        {"pipelineId": "df-1", "tagKeys": ["team"]},
        {"pipelineId": "df-1"},
    ]


@pytest.mark.parametrize("code", ["PipelineNotFoundException", "PipelineDeletedException"])
def test_deleting_what_is_gone_is_no_error(wire: Wire, code: str) -> None:
    wire.on("DeletePipeline", refusal(code, "gone"))
    wire.cloud().pipelines.delete("df-1")


ROLE_TROUBLE = Answer(
    {"errored": True, "validationErrors": [{"id": "Default", "errors": ["Role 'nightly' isn't assumable"]}]}
)


def test_a_role_that_iam_has_not_spread_yet_is_waited_for_when_asked(wire: Wire) -> None:
    clock = CountedClock()
    wire.on("PutPipelineDefinition", ROLE_TROUBLE, ROLE_TROUBLE, ACCEPTED)
    verdict = wire.cloud(RolePatience(clock, seconds=60, pause=5)).pipelines.put("df-1", DEFINITION)
    assert verdict == Verdict(errored=False)
    assert clock.slept == [5, 5]


def test_patience_with_a_role_has_an_end_and_the_last_word_stands(wire: Wire) -> None:
    clock = CountedClock()
    wire.on("ValidatePipelineDefinition", ROLE_TROUBLE)
    verdict = wire.cloud(RolePatience(clock, seconds=20, pause=5)).pipelines.validate("df-1", DEFINITION)
    assert verdict.errored
    assert clock.slept == [5, 5, 5, 5]
    assert len(wire.asked) == 5


def test_activating_waits_for_a_role_too(wire: Wire) -> None:
    clock = CountedClock()
    trouble = refusal("InvalidRequestException", "The resource role could not be found")
    wire.on("ActivatePipeline", trouble, Answer({}))
    wire.cloud(RolePatience(clock)).pipelines.activate("df-1")
    assert len(clock.slept) == 1


def test_nobody_waits_unasked_nor_for_another_error(wire: Wire) -> None:
    clock = CountedClock()
    wire.on("PutPipelineDefinition", ROLE_TROUBLE)
    assert wire.cloud().pipelines.put("df-1", DEFINITION).errored
    other = {"errored": True, "validationErrors": [{"id": "Default", "errors": ["period is too short"]}]}
    wire.on("PutPipelineDefinition", Answer(other))
    patient = wire.cloud(RolePatience(clock)).pipelines
    assert patient.put("df-1", DEFINITION).errored
    wire.on(
        "PutPipelineDefinition", refusal("AccessDeniedException", "may not perform iam:PassRole on role x")
    )
    with pytest.raises(AwsError):
        patient.put("df-1", DEFINITION)
    assert clock.slept == []
    assert len(wire.asked) == 3
