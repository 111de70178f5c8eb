"""Throttling, failures of AWS, roles that are too new, and definitions that AWS refuses."""

from __future__ import annotations

import pytest

from pipelayer.model import Action, Verb
from pipelayer.run.request import AskAws
from pipelayer.sandbox.faults import Fault, Kind, When
from pipelayer.sandbox.settings import Settings
from support.scene import Scene, kinds, outcome, outcomes, project, template, values, with_files

ROLE = "Unable to validate the role: role does not exist or can not be assumed."


def settle(scene: Scene, *names: str, definition: str = "") -> None:
    scene.commit(project(*names, definition=definition))
    assert scene.run().exit_code == 0
    scene.clear()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code="ThrottlingException", message="Rate exceeded"),
        Fault(code="InternalServiceError"),
        Fault(kind=Kind.DROP),
        Fault(kind=Kind.DROP, when=When.AFTER),
        Fault(service="s3", operation="PutObject", code="SlowDown", status=503),
    ],
    ids=["throttled", "failed", "dropped", "dropped after", "slow down"],
)
def test_what_passes_is_retried(scene: Scene, fault: Fault) -> None:
    scene.attempts = 3
    scene.commit(project() | with_files("a", {"x": "1"}))
    scene.sandbox.fault(fault)
    assert outcomes(scene.run()) == {"a": "created"}
    assert scene.sandbox.aws.faults.waiting == []
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


@pytest.mark.parametrize(
    ("change", "result", "operation"),
    [
        ({"myWord": "1"}, "edited", "PutPipelineDefinition"),
        ({"myPeriod": "2 days"}, "replaced", "CreatePipeline"),
    ],
)
def test_what_does_not_pass_is_said_with_the_command_to_retry(
    scene: Scene, change: dict[str, str], result: str, operation: str
) -> None:
    settle(scene, "a", "b")
    scene.commit({"a/values.json": values(**change), "b/values.json": values(**change)})
    scene.sandbox.fault(Fault(operation=operation, resource="a", code="ThrottlingException", times=0))
    report = scene.run()
    assert outcomes(report) == {"a": "failed", "b": result}
    assert report.exit_code == 1
    error = outcome(report, "a").error
    assert "throttles" in error
    assert "Retry: pipelayer deploy a" in error
    scene.sandbox.clear_faults()
    assert outcomes(scene.run()) == {"a": result, "b": "unchanged"}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged", "b": "unchanged"}


@pytest.mark.parametrize("errors", [1, 3])
def test_a_role_that_is_too_new_is_waited_for(scene: Scene, errors: int) -> None:
    scene.sandbox.settings = Settings(role_errors=errors)
    scene.commit(project("a"))
    assert outcomes(scene.run()) == {"a": "created"}


def test_a_role_that_is_unknown_to_the_put_is_waited_for(scene: Scene) -> None:
    settle(scene, "b")
    scene.commit({"a/values.json": values()})
    scene.sandbox.fault(
        Fault(operation="ActivatePipeline", code="InvalidRequestException", message=ROLE, times=2)
    )
    assert outcomes(scene.run())["a"] == "created"


def test_a_role_that_nobody_knows_ends_in_its_words(scene: Scene) -> None:
    scene.sandbox.settings = Settings(role_errors=1000)
    scene.commit(project("a"))
    report = scene.run()
    assert outcomes(report) == {"a": "invalid"}
    assert any("role does not exist" in finding.message for finding in report.findings)
    assert scene.ids() == {}


def accepted_by_validate_alone(scene: Scene, times: int = 1) -> None:
    """AWS changes its mind between Validate and Put: only the last one counts."""
    fault = Fault(operation="PutPipelineDefinition", code="InvalidRequestException", times=times)
    scene.sandbox.fault(fault)


def test_a_put_that_is_refused_leaves_nothing(scene: Scene) -> None:
    settle(scene, "a")
    scene.commit({"a/values.json": values(myPeriod="2 days"), "b/values.json": values()})
    before = scene.picture()
    accepted_by_validate_alone(scene, 2)
    report = scene.run()
    assert outcomes(report) == {"a": "failed", "b": "failed"}
    assert [one for one in scene.picture() if "DELETING" not in str(one)] == list(before)
    assert outcomes(scene.run()) == {"a": "replaced", "b": "created"}


def test_an_edit_whose_put_is_refused_leaves_what_runs(scene: Scene) -> None:
    settle(scene, "a")
    before = scene.live("a")
    scene.commit({"a/values.json": values(myWord="1")})
    accepted_by_validate_alone(scene)
    assert outcomes(scene.run()) == {"a": "failed"}
    after = scene.live("a")
    assert (after.id, after.latest, after.active) == (before.id, before.latest, before.active)
    assert outcomes(scene.run(since="")) == {"a": "edited"}
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_a_put_that_comes_back_errored_leaves_nothing(scene: Scene) -> None:
    """Twelve tries of Validate are answered, and every one of Put's finds the role gone."""
    settle(scene, "a")
    scene.commit({"a/values.json": values(myPeriod="2 days")})
    before = scene.live("a")

    def lose_the_role() -> None:
        scene.sandbox.settings = Settings(role_errors=1000)

    scene.story.after[Action.CREATE] = lose_the_role
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert "does not accept" in outcome(report, "a").error
    assert scene.live("a").tags == before.tags
    assert scene.live("a").state == "SCHEDULED"
    scene.sandbox.settings = Settings()
    assert outcomes(scene.run()) == {"a": "replaced"}


def test_a_discard_that_fails_is_swept_later(scene: Scene) -> None:
    settle(scene, "b")
    scene.commit({"a/values.json": values()})
    accepted_by_validate_alone(scene)
    scene.sandbox.fault(Fault(operation="DeletePipeline", code="AccessDeniedException"))
    assert outcomes(scene.run())["a"] == "failed"
    assert any("left unfinished" in text for text in scene.story.said)
    assert set(scene.ids()) == {"a", "b"}
    # The next one takes it, so that nothing is left over.
    before = scene.live("a").id
    assert outcomes(scene.run())["a"] == "created"
    assert scene.live("a").id == before


def test_a_denied_create_of_the_stub_is_no_stub(scene: Scene) -> None:
    scene.commit(project("a"))
    scene.sandbox.fault(Fault(operation="CreatePipeline", code="AccessDeniedException", times=0))
    report = scene.run(Verb.VALIDATE)
    assert report.exit_code == 0
    assert any("no validation stub" in note for note in report.notes)


def test_a_pull_request_makes_no_stub(scene: Scene) -> None:
    scene.commit(project("a"))
    assert scene.run(Verb.VALIDATE, may_create_stub=False).exit_code == 0
    assert scene.sandbox.pipelines() == []
    assert scene.run(Verb.VALIDATE, may_create_stub=False, aws=AskAws.REQUIRED).exit_code == 1
    assert scene.run(Verb.VALIDATE).exit_code == 0
    assert [one.name for one in scene.sandbox.pipelines()] == ["pipelayer-validation-stub"]


def test_an_object_that_changed_by_hand_shows_as_a_difference(scene: Scene) -> None:
    settle(scene, "a", definition=template())
    live = scene.live("a")
    digest = live.tags["pipelayer:state"].split("/")[1]
    scene.sandbox.set_tags(
        live.id, live.tags | {"pipelayer:state": live.tags["pipelayer:state"].replace(digest, "?")}
    )
    changed = [dict(one) for one in live.active.objects]
    for one in changed:
        one["fields"] = [
            field | {"stringValue": "rm -rf /tmp/x"} if field["key"] == "command" else field
            for field in one["fields"]
        ]
    assert not scene.sandbox.save(live.id, changed, live.active.parameters, live.active.values)
    scene.sandbox.activate(live.id)
    assert kinds(scene.run(Verb.PLAN)) == {"a": "edit in place"}
