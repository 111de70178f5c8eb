"""How many calls a deployment costs: as many as pipelines changed, not as there are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipelayer.model import Verb
from pipelayer.model.report import Result
from support.gitrepo import Content
from support.scene import BUCKET, Scene, outcomes, project, template, values, with_files

LOOK = {"ListPipelines": 1, "DescribePipelines": 1}
"""What every deployment asks, once."""


def deployed(scene: Scene, files: Mapping[str, Content]) -> None:
    scene.commit(files)
    report = scene.run(Verb.DEPLOY)
    assert (report.exit_code, report.error) == (0, ""), report.outcomes
    scene.clear()


def test_the_first_of_all_also_makes_the_stub(scene: Scene) -> None:
    scene.commit(project("a"))
    report = scene.run()
    assert outcomes(report) == {"a": "created"}
    assert scene.calls() == {
        "ListPipelines": 1,
        "CreatePipeline": 2,
        "ValidatePipelineDefinition": 1,
        "PutPipelineDefinition": 1,
        "ActivatePipeline": 1,
    }


def test_a_new_one_costs_four(scene: Scene) -> None:
    deployed(scene, project("a"))
    scene.commit({"b/values.json": values()})
    report = scene.run()
    assert outcomes(report) == {"a": "unchanged", "b": "created"}
    assert scene.calls() == LOOK | {
        "ValidatePipelineDefinition": 1,
        "CreatePipeline": 1,
        "PutPipelineDefinition": 1,
        "ActivatePipeline": 1,
    }


def writes(calls: dict[str, int]) -> int:
    """Every call but the first look and the polling."""
    return sum(count for name, count in calls.items() if name not in LOOK and not is_s3(name))


def is_s3(operation: str) -> bool:
    return operation in {"ListObjectsV2", "PutObject", "DeleteObjects", "HeadObject"}


EDITED = {
    "GetPipelineDefinition": 2,
    "ValidatePipelineDefinition": 1,
    "AddTags": 2,
    "PutPipelineDefinition": 1,
    "ActivatePipeline": 1,
}
"""An edit in place: both versions, AWS's opinion, the mark, the definition, its start, the record."""


def test_an_edit_costs_seven(scene: Scene) -> None:
    deployed(scene, project("a", "b", "c"))
    scene.commit({"b/values.json": values(myWord="bye")})
    report = scene.run()
    assert outcomes(report) == {"a": "unchanged", "b": "edited", "c": "unchanged"}
    assert scene.calls() == LOOK | EDITED


def test_an_edit_with_an_upload_costs_no_call_more(scene: Scene) -> None:
    deployed(scene, project() | with_files("a", {"x": "1"}))
    scene.commit(with_files("a", {"x": "22"}, myWord="bye"))
    assert outcomes(scene.run()) == {"a": "edited"}
    assert scene.calls() == LOOK | EDITED | {"ListObjectsV2": 1, "PutObject": 1}


def test_a_replacement_costs_eight(scene: Scene) -> None:
    deployed(scene, project("a", "b", "c"))
    scene.commit({"b/values.json": values(myPeriod="2 days")})
    report = scene.run()
    assert outcomes(report) == {"a": "unchanged", "b": "replaced", "c": "unchanged"}
    calls = scene.calls()
    assert writes(calls) <= 8, calls
    assert calls["ListPipelines"] == 1


def test_a_replacement_with_an_upload_costs_nine(scene: Scene) -> None:
    deployed(scene, project() | with_files("a", {"x": "1"}))
    scene.commit(with_files("a", {"x": "2"}, myPeriod="2 days"))
    report = scene.run()
    assert outcomes(report) == {"a": "replaced"}
    calls = scene.calls()
    assert writes(calls) <= 9, calls
    assert calls["PutObject"] == 1


def test_an_upload_costs_two_tags(scene: Scene) -> None:
    deployed(scene, project() | with_files("a", {"x": "1", "y": "1"}))
    scene.commit({"a/tasks/x": "22", "a/tasks/y": None})
    report = scene.run()
    assert outcomes(report) == {"a": "uploaded"}
    s3 = {"ListObjectsV2": 1, "PutObject": 1, "DeleteObjects": 1}
    assert scene.calls() == LOOK | {"AddTags": 2} | s3
    assert scene.sandbox.objects(BUCKET, "in/a/tasks/") == {"in/a/tasks/x": b"22"}


def test_what_is_unchanged_costs_nothing(scene: Scene) -> None:
    deployed(scene, project("b", "c") | with_files("a", {"x": "1"}))
    report = scene.run()
    assert outcomes(report) == {"a": "unchanged", "b": "unchanged", "c": "unchanged"}
    assert scene.calls() == LOOK


@pytest.mark.parametrize(
    ("change", "result", "most"),
    [({"myWord": "bye"}, "edited", 14), ({"myPeriod": "2 days"}, "replaced", 16)],
    ids=["edited", "replaced"],
)
def test_the_calls_grow_with_what_changed(
    scene: Scene, change: Mapping[str, str], result: str, most: int
) -> None:
    names = [f"p{number:02}" for number in range(20)]
    first = scene.commit(project(*names))
    assert scene.run().exit_code == 0
    scene.commit({f"{name}/values.json": values(**change) for name in ("p03", "p07")})
    scene.clear()
    report = scene.run(since=first)
    assert outcomes(report) == {"p03": result, "p07": result}
    assert writes(scene.calls()) <= most
    assert scene.calls()["ListPipelines"] == 1


def test_a_thousand_files_with_ten_changed_are_ten_uploads(scene: Scene) -> None:
    tasks = {f"t{number:04}": f"{number}" for number in range(1000)}
    # Their first upload would cost the test several seconds, and says nothing new.
    deployed(scene, project() | with_files("a", {}))
    for name, text in tasks.items():
        scene.sandbox.put_object(BUCKET, f"in/a/tasks/{name}", text.encode())
    changed = {f"t{number:04}": f"new {number}" for number in range(0, 1000, 100)}
    scene.commit(with_files("a", tasks | changed))
    scene.clear()
    report = scene.run()
    assert outcomes(report) == {"a": "uploaded"}
    calls = scene.calls()
    assert (calls["PutObject"], calls["AddTags"]) == (10, 2)
    assert "HeadObject" not in calls
    assert report.outcomes[0].uploaded == 10


def test_upload_of_what_is_uploaded_writes_nothing(scene: Scene) -> None:
    deployed(scene, project() | with_files("a", {"x": "1"}))
    report = scene.run(Verb.UPLOAD)
    assert outcomes(report) == {"a": "unchanged"}
    assert scene.calls() == LOOK | {"ListObjectsV2": 1}


def test_a_plan_writes_nothing(scene: Scene) -> None:
    scene.commit(project("b") | with_files("a", {"x": "1"}))
    before = scene.picture()
    report = scene.run(Verb.PLAN)
    assert report.result is Result.SUCCESS
    assert scene.picture() == before
    assert set(scene.calls()) == {"ListPipelines", "ListObjectsV2"}
    assert scene.sandbox.pipelines() == []


@pytest.mark.parametrize(
    ("changed", "result"), [(template(command="ls"), "edited"), (template(machine="Other"), "replaced")]
)
def test_a_template_change_reaches_all_that_use_it(scene: Scene, changed: str, result: str) -> None:
    deployed(scene, project("a", "b"))
    before = scene.ids()
    scene.commit({"pipeline_definition.json": changed})
    assert outcomes(scene.run()) == {"a": result, "b": result}
    assert len(scene.ids()) == 2
    assert (scene.ids() == before) is (result == "edited")
