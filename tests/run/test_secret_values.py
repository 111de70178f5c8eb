"""Secrets reach AWS and nothing else, and with a salt a changed one counts as a change."""

from __future__ import annotations

import pytest

from pipelayer.model import Verb
from pipelayer.model.report_json import dumps
from pipelayer.sandbox.settings import SecretFields, Switches
from support.scene import Scene, kinds, outcome, outcomes, plan_of, project, template, values

SECRET = "open sesame"
SALT = "a salt of ours"


@pytest.fixture(autouse=True)
def with_secret(scene: Scene) -> None:
    from_environment = values(**{"*myPassword": {"env": "PASSWORD"}})
    scene.environ["PASSWORD"] = SECRET
    scene.commit(project(definition=template(secret=True)) | {"a/values.json": from_environment})


def sent(scene: Scene) -> list[str]:
    found = scene.live("a").active.values
    return [one["stringValue"] for one in found if one["id"] == "*myPassword"]


def everything(scene: Scene) -> str:
    """All that AWS was told or keeps but for definitions, and all that the journal heard."""
    tags = [one.tags for one in scene.sandbox.pipelines(deleted=True)]
    calls = [call.request for call in scene.sandbox.calls() if call.operation != "PutPipelineDefinition"]
    return repr([tags, calls, scene.story.said, scene.story.steps])


def test_it_is_sent_and_shown_nowhere(scene: Scene) -> None:
    report = scene.run(secret_salt=SALT)
    assert outcomes(report) == {"a": "created"}
    assert sent(scene) == [SECRET]
    text = dumps(report) + everything(scene)
    assert SECRET not in text
    assert SALT not in text


def test_it_comes_from_secrets_manager(scene: Scene) -> None:
    arn = scene.sandbox.create_secret("db", SECRET)
    scene.commit({"a/values.json": values(**{"*myPassword": {"secretsmanager": arn}})})
    report = scene.run()
    assert outcomes(report) == {"a": "created"}
    assert sent(scene) == [SECRET]
    assert SECRET not in dumps(report) + everything(scene)


def test_one_that_is_missing_changes_nothing(scene: Scene) -> None:
    del scene.environ["PASSWORD"]
    before = scene.picture()
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert "PASSWORD" in outcome(report, "a").error
    assert scene.picture() == before


def test_a_plan_reads_none(scene: Scene) -> None:
    del scene.environ["PASSWORD"]
    assert kinds(scene.run(Verb.PLAN, secret_salt=SALT)) == {"a": "create"}


@pytest.mark.parametrize("shown", SecretFields)
def test_with_a_salt_a_changed_one_is_a_change(scene: Scene, shown: SecretFields) -> None:
    scene.sandbox.switch(Switches(secret_fields=shown))
    scene.run(secret_salt=SALT)
    assert outcomes(scene.run(secret_salt=SALT)) == {"a": "unchanged"}
    assert scene.run(secret_salt=SALT, since="").outcomes == ()
    scene.environ["PASSWORD"] = "another"
    live = scene.live("a").id
    report = scene.run(secret_salt=SALT, since="")
    assert outcomes(report) == {"a": "edited"}
    assert scene.live("a").id == live
    assert "a secret changed" in plan_of(report, "a").reason
    assert sent(scene) == ["another"]
    assert outcomes(scene.run(secret_salt=SALT)) == {"a": "unchanged"}


def test_without_a_salt_it_is_not_noticed_and_the_plan_says_so(scene: Scene) -> None:
    scene.run()
    scene.environ["PASSWORD"] = "another"
    report = scene.run()
    assert outcomes(report) == {"a": "unchanged"}
    assert "secrets were not compared" in plan_of(report, "a").reason
    assert sent(scene) == [SECRET]


def test_another_salt_is_not_another_secret_where_none_was_recorded(scene: Scene) -> None:
    scene.run()
    assert outcomes(scene.run(secret_salt=SALT)) == {"a": "unchanged"}


def test_the_record_changes_with_the_salt(scene: Scene) -> None:
    scene.run(secret_salt=SALT)
    one = scene.live("a").tags["pipelayer:state"].split("/")[3]
    assert len(one) == 32
    scene.sandbox.delete(scene.live("a").id)
    scene.run(secret_salt="another salt")
    assert scene.live("a").tags["pipelayer:state"].split("/")[3] not in ("-", one)
