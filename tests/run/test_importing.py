"""Importing, in one process with the sandbox's time: every kind of definition, a hundred pipelines under
AWS's rate limits, and what AWS refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelayer.errors import AwsError
from pipelayer.importer.blueprint import Drawn
from pipelayer.imports import Importer
from pipelayer.model import Verb
from pipelayer.run.destination import open_destination
from pipelayer.run.import_reading import LeftOut, Reader
from pipelayer.run.importing import ImportPlan
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import SecretFields, Switches
from run.test_every_definition_settles import CORPUS
from support.accounts import live, shell_job
from support.clouds import encrypt, somebody
from support.gitrepo import Executable
from support.scene import BUCKET, CONFIG, PROJECT, REGION, Scene, kinds, outcomes, project, with_files


def importer(scene: Scene, folder: Path) -> Importer:
    destination = open_destination(folder, scene._connect, region=REGION, project=PROJECT)
    return Importer(
        destination, Reader(destination.cloud, scene.interrupted, lambda doing, done, total: None)
    )


def imported(scene: Scene, folder: Path) -> tuple[ImportPlan, Sequence[Drawn | LeftOut]]:
    one = importer(scene, folder)
    plan = one.plan(one.choose())
    return plan, list(one.write(plan))


def taken(scene: Scene, folder: Path) -> Scene:
    """A repository with what was imported, and the same AWS."""
    new = Scene(scene.sandbox, folder.parent / "repository", at=scene.clock.now())
    new.environ = scene.environ
    new.commit(
        {
            path.relative_to(folder).as_posix(): Executable(path.read_text())
            if path.stat().st_mode & 0o100
            else path.read_text()
            for path in folder.rglob("*")
            if path.is_file()
        }
    )
    return new


def forgotten(scene: Scene) -> None:
    """The pipelines are as somebody else has made them."""
    for one in scene.sandbox.pipelines():
        if "pipelayer:stub" not in one.tags:
            scene.sandbox.set_tags(one.id, {})


def foretold(scene: Scene, folder: Path) -> Scene:
    """Nothing but tags is to be written."""
    new = taken(scene, folder)
    planned = new.run(Verb.PLAN)
    assert planned.exit_code == 0, planned.findings
    assert set(kinds(planned).values()) == {"adopt"}
    return new


def proved(scene: Scene, folder: Path, *looks: str) -> None:
    """Nothing else is written, either."""
    new = foretold(scene, folder)
    before = [(one.id, one.version, one.state) for one in new.sandbox.pipelines()]
    new.clear()
    assert set(outcomes(new.run()).values()) == {"adopted"}
    assert set(new.calls()) <= {
        "ListPipelines",
        "DescribePipelines",
        "GetPipelineDefinition",
        "AddTags",
        "ListObjectsV2",
        *looks,
    }
    assert [(one.id, one.version, one.state) for one in new.sandbox.pipelines()] == before
    assert set(kinds(new.run(Verb.PLAN)).values()) == {"unchanged"}


@pytest.mark.parametrize("shown", SecretFields)
def test_every_kind_of_definition(scene: Scene, tmp_path: Path, shown: SecretFields) -> None:
    scene.sandbox.switch(Switches(secret_fields=shown))
    scene.environ |= {"DB_PASSWORD": "open sesame", "PASSWORD": "open sesame"}
    scene.commit(
        {
            "pipelayer.yml": CONFIG,
            **{f"{name}/pipeline_definition.json": text for name, text in CORPUS.items()},
            **{f"{name}/values.json": '{"values": {}}' for name in CORPUS},
        }
    )
    report = scene.run(run_on_demand=True)
    assert report.exit_code == 0, report
    forgotten(scene)
    plan, done = imported(scene, tmp_path / "new")
    assert plan.left_out == ()
    assert [one.reason for one in plan.passed_over] == ["validations are asked on it; it never runs"]
    assert len(done) == len(CORPUS)
    assert not [
        path for path in (tmp_path / "new").rglob("*") if path.is_file() and "sesame" in path.read_text()
    ]
    proved(scene, tmp_path / "new")


def test_a_hundred_pipelines_under_the_rate_limits(scene: Scene, tmp_path: Path) -> None:
    for number in range(100):
        live(scene.sandbox, f"job {number:03d}", shell_job(f"echo {number}"))
    scene.sandbox.throttle(per_second=1, burst=10)
    plan, done = imported(scene, tmp_path / "new")
    assert (len(plan.left_out), len(done)) == (0, 100)
    assert [call for call in scene.sandbox.calls("datapipeline") if call.code == "ThrottlingException"]
    scene.sandbox.stop_throttling()
    assert "max-pipelines: 101" in (tmp_path / "new/pipelayer.yml").read_text()
    foretold(scene, tmp_path / "new")


@pytest.mark.parametrize("operation", ["ListPipelines", "DescribePipelines"])
def test_an_account_that_may_not_be_looked_at(scene: Scene, tmp_path: Path, operation: str) -> None:
    scene.sandbox.fault(Fault(operation=operation, times=0, code="AccessDeniedException"))
    live(scene.sandbox, "orders", shell_job())
    with pytest.raises(AwsError, match=operation):
        importer(scene, tmp_path / "new").choose()


def test_a_definition_that_may_not_be_read(scene: Scene, tmp_path: Path) -> None:
    live(scene.sandbox, "orders", shell_job())
    scene.sandbox.fault(Fault(operation="GetPipelineDefinition", times=0, code="AccessDeniedException"))
    plan, done = imported(scene, tmp_path / "new")
    assert ["GetPipelineDefinition" in one.reason for one in plan.left_out] == [True]
    assert done == []
    assert not (tmp_path / "new").exists()


def test_one_that_is_gone_meanwhile_is_left_out(scene: Scene, tmp_path: Path) -> None:
    made = [live(scene.sandbox, name, shell_job()) for name in ("orders", "stock")]
    one = importer(scene, tmp_path / "new")
    chosen = one.choose()
    scene.sandbox.delete(made[0])
    plan = one.plan(chosen)
    assert [left.live.id for left in plan.left_out] == [made[0]]
    assert [drawn.found.live.id for drawn in one.write(plan) if isinstance(drawn, Drawn)] == [made[1]]


def test_scripts_whose_etags_tell_nothing_are_the_same_all_the_same(scene: Scene, tmp_path: Path) -> None:
    """A bucket with a key of its own: what somebody else put there has no id of ours either."""
    encrypt(somebody(scene.sandbox), BUCKET)
    scene.commit(project("a") | with_files("a", {"x": "1"}))
    assert outcomes(scene.run()) == {"a": "created"}
    forgotten(scene)
    for key, body in scene.sandbox.objects(BUCKET, "in/a/").items():
        somebody(scene.sandbox).put_object(Bucket=BUCKET, Key=key, Body=body)
    imported(scene, tmp_path / "new")
    proved(scene, tmp_path / "new", "GetObject", "HeadObject")


def test_another_projects_pipelines_are_left_to_it(scene: Scene, tmp_path: Path) -> None:
    for state in (True, False):  # also one that it hasn't activated yet
        live(
            scene.sandbox,
            f"theirs {state}",
            shell_job(),
            activate=state,
            tags={"pipelayer:key": f"other/project:prod/{state}"},
        )
    own = live(scene.sandbox, "gone", shell_job(), activate=False, tags={"pipelayer:key": f"{PROJECT}:x/y"})
    plan, done = imported(scene, tmp_path / "new")
    assert done == []
    reasons = {one.live.name: one.reason for one in plan.passed_over}
    assert reasons["theirs True"].startswith("it was deployed as `other/project:prod/True`")
    assert own in reasons["gone"]
    assert len(reasons) == 3


def test_a_second_import_shares_templates_too(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    live(scene.sandbox, "hourly", shell_job(stdout=f"s3://{BUCKET}/logs/hourly"))
    for name in ("copy a", "copy b"):
        live(scene.sandbox, name, shell_job(f"echo {name}"))
    for names in (["hourly"], ["copy *"]):
        one = importer(scene, folder)
        list(one.write(one.plan(one.choose(names))))
    templates = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("pipeline_definition.json")
    )
    assert templates == ["copy/pipeline_definition.json", "pipeline_definition.json"]


@pytest.mark.parametrize(
    ("dirs", "directory"), [('["prod/*"]', "prod/orders"), ('["a", "team/**"]', "team/orders")]
)
def test_they_lie_where_the_project_looks_for_them(
    scene: Scene, tmp_path: Path, dirs: str, directory: str
) -> None:
    live(scene.sandbox, "orders", shell_job())
    (tmp_path / "new").mkdir()
    config = f"version: 1\nproject: {PROJECT}\ndefaults: {{region: {REGION}, dirs: {dirs}}}\n"
    (tmp_path / "new/pipelayer.yml").write_text(config)
    plan, done = imported(scene, tmp_path / "new")
    assert plan.left_out == ()
    assert [one.directory for one in done if isinstance(one, Drawn)] == [directory]
    proved(scene, tmp_path / "new")


def test_what_would_change_is_never_written(scene: Scene, tmp_path: Path) -> None:
    """A value of the group hides the live one's: with `broken` or without, a deploy would change it."""
    flat = shell_job("echo #{myEnv}")
    flat["values"] = {"myEnv": "live"}
    live(scene.sandbox, "orders", flat)
    (tmp_path / "new").mkdir()
    groups = f"groups: {{default: {{region: {REGION}, values: {{myEnv: prod}}}}}}"
    (tmp_path / "new/pipelayer.yml").write_text(f"version: 1\nproject: {PROJECT}\n{groups}\n")
    one = importer(scene, tmp_path / "new")
    for broken in (False, True):
        plan = one.plan(one.choose(), broken=broken)
        assert [left.reason for left in plan.left_out] == ["`Job.command` would change"]
        assert plan.blueprint.pipelines == ()


def test_one_that_is_adopted_by_its_name_is_there(scene: Scene, tmp_path: Path) -> None:
    made = live(scene.sandbox, "orders", shell_job())
    (tmp_path / "new/o").mkdir(parents=True)
    (tmp_path / "new/o/values.json").write_text('{"metadata": {"adopt": "orders"}, "values": {}}')
    (tmp_path / "new/pipeline_definition.json").write_text('{"objects": [{"id": "Default"}]}')
    (tmp_path / "new/pipelayer.yml").write_text(CONFIG)
    plan, done = imported(scene, tmp_path / "new")
    assert (plan.blueprint.present, done) == ({made: "o"}, [])
