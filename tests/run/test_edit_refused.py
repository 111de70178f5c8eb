"""An edit that AWS refuses: what runs goes on, the outcome says so, and the next run makes it good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipelayer.aws.datapipeline import RolePatience
from pipelayer.model import Action, Report
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import SecretFields, Settings, Switches
from pipelayer.sandbox.state import Pipeline
from support.gitrepo import Content
from support.scene import Scene, outcome, outcomes, plan_of, project, template, values, with_files
from support.stories import settle, settled, word

TRIES = 1 + int(RolePatience.seconds // RolePatience.pause)
"""So often a definition is put whose role AWS doesn't know."""

SECRET = {"*myPassword": {"env": "PASSWORD"}}
REFUSED = Fault(operation="ActivatePipeline", code="InvalidRequestException", message="Not like this.")


@pytest.fixture(autouse=True)
def with_secret(scene: Scene) -> None:
    scene.environ["PASSWORD"] = "open sesame"


def lose_the_role(scene: Scene, tries: int) -> None:
    """Validate accepts the definition, and the next so many tries of Put find no role."""

    def lose() -> None:
        scene.sandbox.settings = Settings(role_errors=tries, switches=scene.sandbox.settings.switches)

    scene.story.after[Action.MARK] = lose


def goes_on(scene: Scene, before: Pipeline) -> Pipeline:
    """The pipeline, which runs what it ran."""
    after = scene.live("a")
    assert (after.id, after.state, after.active) == (before.id, "SCHEDULED", before.active)
    assert (after.runs, after.next_runs) == (before.runs, before.next_runs)
    return after


def made_good(scene: Scene, before: Pipeline, **orders: object) -> None:
    """The same command again ends as it should have."""
    scene.sandbox.clear_faults()
    scene.sandbox.settings = Settings(switches=scene.sandbox.settings.switches)
    assert outcomes(scene.run(since="", **orders)) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, word(after), after.latest) == (before.id, "bye", after.active)
    settled(scene)


def refused(scene: Scene, **change: object) -> Report:
    scene.commit({"a/values.json": values(myWord="bye", **change)})
    report = scene.run(since="")
    assert outcomes(report) == {"a": "failed"}
    assert report.exit_code == 1
    assert "Retry: pipelayer deploy a" in outcome(report, "a").error
    return report


def test_the_definition_before_is_put_back(scene: Scene) -> None:
    before = settle(scene, project("a"))
    lose_the_role(scene, TRIES)
    error = outcome(refused(scene), "a").error
    assert "AWS does not accept the definition" in error
    assert (
        f"On {before.id} its active definition still runs, and the definition before was put back." in error
    )
    after = goes_on(scene, before)
    assert after.latest == before.active
    made_good(scene, before)


@pytest.mark.parametrize("shown", SecretFields)
def test_a_secret_cannot_be_put_back(scene: Scene, shown: SecretFields) -> None:
    scene.sandbox.switch(Switches(secret_fields=shown))
    first = project(definition=template(secret=True)) | {"a/values.json": values(**SECRET)}
    before = settle(scene, first)
    lose_the_role(scene, TRIES)
    error = outcome(refused(scene, **SECRET), "a").error
    assert f"On {before.id} its active definition still runs, but its latest one is the refused one" in error
    assert "secrets" in error
    after = goes_on(scene, before)
    assert (word(after, "latest"), after.errored) == ("bye", True)
    made_good(scene, before)


def test_what_is_put_back_may_be_refused_too(scene: Scene) -> None:
    before = settle(scene, project("a"))
    lose_the_role(scene, 1000)
    assert "AWS doesn't accept the one before either" in outcome(refused(scene), "a").error
    goes_on(scene, before)
    made_good(scene, before)


def test_the_refused_one_is_told_from_what_runs_by_a_revert(scene: Scene) -> None:
    """The files go back to what runs: what was saved and refused is overwritten all the same."""
    first = project(definition=template(secret=True)) | {"a/values.json": values(**SECRET)}
    before = settle(scene, first)
    lose_the_role(scene, 1000)
    refused(scene, **SECRET)
    scene.sandbox.settings = Settings()
    scene.commit({"a/values.json": values(**SECRET)})
    report = scene.run(since="")
    assert outcomes(report) == {"a": "edited"}
    assert "an earlier run saved another definition without activating it" in plan_of(report, "a").reason
    after = goes_on(scene, before)
    assert (word(after, "latest"), after.errored) == ("", False)
    settled(scene)


@pytest.mark.parametrize("kind", ["cron", "timeseries"])
def test_an_activation_that_aws_refuses(scene: Scene, kind: str) -> None:
    before = settle(scene, project("a", definition=template(kind)))
    scene.sandbox.fault(REFUSED)
    error = outcome(refused(scene), "a").error
    assert "Not like this." in error
    assert "its active definition still runs, and the definition before was put back" in error
    assert goes_on(scene, before).latest == before.active
    scene.sandbox.advance(timedelta(days=2))
    made_good(scene, scene.live("a"))


def test_an_activation_that_aws_refuses_with_a_secret(scene: Scene) -> None:
    first = project(definition=template(secret=True)) | {"a/values.json": values(**SECRET)}
    before = settle(scene, first)
    scene.sandbox.fault(REFUSED)
    assert "its latest one is the refused one" in outcome(refused(scene, **SECRET), "a").error
    assert word(goes_on(scene, before), "latest") == "bye"
    made_good(scene, before)


def test_an_activation_that_nobody_may_ask_for(scene: Scene) -> None:
    """What was saved may stay: activating it is all that is missing."""
    before = settle(scene, project("a"))
    scene.sandbox.fault(Fault(operation="ActivatePipeline", code="AccessDeniedException"))
    refused(scene)
    goes_on(scene, before)
    made_good(scene, before)


def test_files_that_were_sent_stay_and_stale_ones_are_kept_for_what_runs(scene: Scene) -> None:
    before = settle(scene, project() | with_files("a", {"x": "1", "y": "1"}))
    change: dict[str, Content] = {**with_files("a", {"x": "22"}, myWord="bye"), "a/tasks/y": None}
    scene.commit(change)
    scene.sandbox.fault(REFUSED)
    assert outcomes(scene.run(since="")) == {"a": "failed"}
    goes_on(scene, before)
    found = scene.sandbox.objects("data", "in/a/tasks/")
    assert found == {"in/a/tasks/x": b"22", "in/a/tasks/y": b"1"}
    made_good(scene, before)
    assert scene.sandbox.objects("data", "in/a/tasks/") == {"in/a/tasks/x": b"22"}


def test_one_that_somebody_deletes_meanwhile_is_created_by_the_next_run(scene: Scene) -> None:
    before = settle(scene, project("a"))
    scene.commit({"a/values.json": values(myWord="bye")})
    scene.story.after[Action.MARK] = lambda: scene.sandbox.delete(before.id)
    assert outcomes(scene.run(since="")) == {"a": "failed"}
    assert outcomes(scene.run(since="")) == {"a": "created"}
    settled(scene)


def test_an_on_demand_one_that_is_at_work_is_edited_and_run_once_it_has_finished(scene: Scene) -> None:
    """AWS runs it once at a time: the run that was asked for is refused, and nothing stays half done."""
    scene.sandbox.settings = Settings(run_seconds=None)
    before = settle(scene, project("a", definition=template("ondemand")), run_on_demand=True)
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run(since="", run_on_demand=True)
    assert outcomes(report) == {"a": "failed"}
    assert "maxActiveInstances" in outcome(report, "a").error
    after = scene.live("a")
    assert (after.id, after.latest, after.active, len(after.runs)) == (
        before.id,
        before.active,
        before.active,
        1,
    )
    scene.sandbox.complete_runs(before.id)
    assert outcomes(scene.run(since="", run_on_demand=True)) == {"a": "edited"}
    after = scene.live("a")
    assert (after.id, word(after), after.latest, len(after.runs)) == (before.id, "bye", after.active, 2)
    settled(scene, forgotten=False)
