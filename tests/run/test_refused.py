"""What is refused leaves AWS as it was: pipelines, tags and objects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelayer.model import Report, Verb
from pipelayer.sandbox.faults import Fault
from pipelayer.sandbox.settings import Settings
from support.gitrepo import Content
from support.scene import (
    BUCKET,
    CONFIG,
    PROJECT,
    REGION,
    Scene,
    kinds,
    outcome,
    outcomes,
    project,
    template,
    values,
    with_files,
)

TWO_GROUPS = f"version: 1\nproject: {PROJECT}\ndefaults: {{region: {REGION}}}\ngroups: {{dev: , prod: }}\n"
EVERYTHING_BUT_WRITING_S3 = ["datapipeline:*", "iam:PassRole", "s3:ListBucket", "s3:GetObject"]


def settle(scene: Scene, files: Mapping[str, Content]) -> None:
    scene.commit(files)
    assert scene.run().exit_code == 0
    scene.clear()


def refused(scene: Scene, **orders: object) -> Report:
    """A deployment that fails and changes nothing."""
    before = scene.picture()
    report = scene.run(**orders)
    assert report.exit_code, report
    assert scene.picture() == before
    return report


# ---- twins


def test_a_name_that_somebody_else_has(scene: Scene) -> None:
    made = scene.sandbox.seed_pipeline("a")
    scene.commit(project("a", "b"))
    report = scene.run()
    assert outcomes(report) == {"a": "failed", "b": "created"}
    assert f'"adopt": "{made}"' in outcome(report, "a").error
    assert scene.live("a").id == made
    assert scene.live("a").tags == {}


def test_a_directory_that_moved_without_a_word(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    scene.commit({"a/values.json": None, "c/values.json": values(name="a")})
    report = refused(scene)
    assert '"moved-from": "a"' in outcome(report, "c").error


def test_a_renamed_directory_has_the_same_definition(scene: Scene) -> None:
    settle(scene, project("b") | {"a/values.json": values(myWord="own")})
    scene.commit({"a/values.json": None, "c/values.json": values(myWord="own")})
    report = refused(scene)
    assert "the same definition" in outcome(report, "c").error


def test_a_renamed_directory_has_the_same_input(scene: Scene) -> None:
    settle(scene, project("b") | {"a/values.json": values(myS3InputDir=f"s3://{BUCKET}/in/x")})
    again = values(myS3InputDir=f"s3://{BUCKET}/in/x/", myWord="bye")
    scene.commit({"a/values.json": None, "c/values.json": again})
    report = refused(scene)
    assert "the same myS3InputDir" in outcome(report, "c").error


def test_another_project_with_the_same_name_and_definition(scene: Scene) -> None:
    settle(scene, project("a", config=CONFIG.replace(PROJECT, "acme/old")))
    old = scene.live("a").id
    scene.commit({"pipelayer.yml": CONFIG})
    report = refused(scene)
    assert f'"adopt": "{old}"' in outcome(report, "a").error


def test_another_project_with_the_same_name_alone_is_no_twin(scene: Scene) -> None:
    settle(scene, project("a", config=CONFIG.replace(PROJECT, "acme/old")))
    scene.commit({"pipelayer.yml": CONFIG, "a/values.json": values(myWord="mine")})
    assert outcomes(scene.run()) == {"a": "created"}


def test_dev_and_prod_may_share_names(scene: Scene) -> None:
    scene.commit(project("a", config=TWO_GROUPS))
    for group in ("dev", "prod"):
        report = scene.run(groups=(group,))
        assert outcomes(report) == {"a": "created"}
    assert {one.tags["pipelayer:key"] for one in scene.sandbox.pipelines() if one.name == "a"} == {
        f"{PROJECT}:dev/a",
        f"{PROJECT}:prod/a",
    }


# ---- taking over


def test_adopting_keeps_id_and_history(scene: Scene) -> None:
    settle(scene, project("a"))
    live = scene.live("a")
    scene.sandbox.set_tags(live.id, {"team": "data"})
    scene.commit({"a/values.json": values(metadata={"adopt": live.id})})
    assert outcomes(scene.run()) == {"a": "adopted"}
    after = scene.live("a")
    assert (after.id, after.tags["team"]) == (live.id, "data")
    assert kinds(scene.run(Verb.PLAN)) == {"a": "unchanged"}


def test_moving_keeps_id_history_and_name(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    live = scene.live("a")
    scene.commit({"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})})
    report = scene.run(prune=True)
    assert outcomes(report) == {"b": "unchanged", "c": "adopted"}
    assert scene.live("a").id == live.id
    assert kinds(scene.run(Verb.PLAN)) == {"b": "unchanged", "c": "unchanged"}


def test_moving_and_renaming_replaces(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    moved = values(name="new", metadata={"moved-from": "a"})
    scene.commit({"a/values.json": None, "c/values.json": moved})
    report = scene.run()
    assert outcomes(report)["c"] == "replaced"
    assert set(scene.ids()) == {"new", "b"}
    assert kinds(scene.run(Verb.PLAN)) == {"b": "unchanged", "c": "unchanged"}


def test_a_moved_one_is_never_pruned_before_it_is_taken_over(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    first = scene.repo.head()
    scene.commit({"a/values.json": None, "c/values.json": values(metadata={"moved-from": "a"})})
    scene.run(Verb.DEPLOY, "b", prune=True)
    assert set(scene.ids()) == {"a", "b"}
    scene.commit({"c/values.json": "{"})
    scene.run(since=first, prune=True)
    assert set(scene.ids()) == {"a", "b"}


def test_two_that_claim_one_are_both_refused(scene: Scene) -> None:
    scene.sandbox.seed_pipeline("legacy")
    claim = values(metadata={"adopt": "legacy"})
    scene.commit(project() | {"a/values.json": claim, "b/values.json": claim})
    report = refused(scene)
    assert set(outcomes(report).values()) <= {"failed", "invalid", "skipped"}


@pytest.mark.parametrize(
    ("about", "words"),
    [({"adopt": "nobody"}, "no pipeline of this account"), ({"adopt": "b"}, "belongs to")],
)
def test_a_claim_that_cannot_be_met(scene: Scene, about: Mapping[str, str], words: str) -> None:
    settle(scene, project("b"))
    scene.commit({"a/values.json": values(metadata=about)})
    assert words in outcome(refused(scene), "a").error


# ---- room


def test_no_room_for_a_new_one(scene: Scene) -> None:
    config = CONFIG.replace("}", ", max-pipelines: 3}")
    settle(scene, project("a", "b", config=config))
    scene.commit({"c/values.json": values()})
    report = refused(scene)
    assert "max-pipelines" in report.error
    assert "quota" in report.error_hint


def test_the_stub_counts_too(scene: Scene) -> None:
    scene.commit(project("a", "b", config=CONFIG.replace("}", ", max-pipelines: 2}")))
    refused(scene)
    assert scene.sandbox.pipelines() == []


def test_no_room_for_a_replacement(scene: Scene) -> None:
    settle(scene, project("a", "b", config=CONFIG.replace("}", ", max-pipelines: 3}")))
    scene.commit({"b/values.json": values(myPeriod="2 days")})
    report = refused(scene)
    assert "one place more for a while" in report.error
    assert "`replace: delete-first`" in report.error_hint


def test_an_edit_needs_no_room(scene: Scene) -> None:
    settle(scene, project("a", "b", config=CONFIG.replace("}", ", max-pipelines: 3}")))
    scene.commit({"b/values.json": values(myWord="bye")})
    assert outcomes(scene.run()) == {"a": "unchanged", "b": "edited"}


def test_a_full_region_can_still_be_looked_at_and_uploaded_to(scene: Scene) -> None:
    config = CONFIG.replace("}", ", max-pipelines: 1}")
    settle(scene, project("b") | with_files("a", {"x": "1"}))
    scene.commit({"pipelayer.yml": config, "a/tasks/x": "22"})
    assert outcomes(scene.run()) == {"a": "uploaded", "b": "unchanged"}


def test_replacements_go_in_waves_where_few_places_are_free(scene: Scene) -> None:
    names = ("a", "b", "c")
    scene.sandbox.settings = Settings(max_pipelines=5)
    settle(scene, project(*names, config=CONFIG.replace("}", ", max-pipelines: 5}")))
    scene.commit({"pipeline_definition.json": template(machine="Other")})
    assert set(outcomes(scene.run()).values()) == {"replaced"}
    assert set(scene.ids()) == set(names)
    assert scene.sandbox.gaps() == []


# ---- where, and as whom


def test_another_account(scene: Scene) -> None:
    scene.commit(project("a", config=f'{CONFIG}groups: {{prod: {{account: "999999999999"}}}}\n'))
    report = refused(scene)
    assert report.exit_code == 2
    assert "999999999999" in report.error
    assert [(one.at.path, one.at.line) for one in report.findings if one.at] == [("pipelayer.yml", 4)]
    assert scene.calls() == {}


def test_another_account_is_only_left_out_of_a_validation(scene: Scene) -> None:
    scene.commit(project("a", config=f'{CONFIG}groups: {{dev: , prod: {{account: "999999999999"}}}}\n'))
    report = scene.run(Verb.VALIDATE)
    assert report.exit_code == 0
    assert any("999999999999" in note for note in report.notes)
    assert scene.run(Verb.VALIDATE, groups=("prod",)).exit_code == 2


def test_an_unknown_group(scene: Scene) -> None:
    scene.commit(project("a", config=TWO_GROUPS))
    report = refused(scene, groups=("pord",))
    assert report.exit_code == 2
    assert "prod" in report.error_hint
    assert scene.calls() == {}


def test_several_groups_and_none_chosen(scene: Scene) -> None:
    scene.commit(project("a", config=TWO_GROUPS))
    report = refused(scene)
    assert (report.exit_code, scene.calls()) == (2, {})
    assert "dev, prod" in report.error
    assert scene.run(Verb.PLAN).exit_code == 0


def test_no_region(scene: Scene) -> None:
    scene.commit(project("a", config=f"version: 1\nproject: {PROJECT}\n"))
    report = refused(scene, environment_region="")
    assert (report.exit_code, scene.calls()) == (2, {})
    assert "region" in report.error


def test_no_credentials(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    scene.environ = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    scene.commit(project("a"))
    report = refused(scene)
    assert (report.exit_code, scene.calls()) == (2, {})
    assert "no AWS credentials" in report.error
    checked = scene.run(Verb.VALIDATE)
    assert checked.exit_code == 0
    assert any("no credentials" in note for note in checked.notes)


def test_expired_credentials(scene: Scene) -> None:
    scene.commit(project("a"))
    scene.sandbox.fault(Fault(service="sts", code="ExpiredToken", status=403, times=0))
    report = refused(scene)
    assert "expired" in report.error
    assert report.error_hint


def test_no_project_name(scene: Scene) -> None:
    scene.commit(project("a", config="version: 1\n"))
    report = refused(scene)
    assert report.exit_code == 2
    assert "project" in report.error_hint


def test_an_empty_project(scene: Scene) -> None:
    scene.commit({"pipelayer.yml": CONFIG, "pipeline_definition.json": template()})
    assert refused(scene).exit_code == 2


def test_a_name_that_no_pipeline_has(scene: Scene) -> None:
    scene.commit(project("nightly"))
    before = scene.picture()
    report = scene.run(Verb.DEPLOY, "nihgtly")
    assert report.exit_code == 2
    assert "nightly" in report.error_hint
    assert scene.picture() == before


# ---- the bucket


def test_a_bucket_that_does_not_exist(scene: Scene) -> None:
    scene.commit(
        project() | with_files("a", {"x": "1"}) | {"a/values.json": values(myS3InputDir="s3://nowhere/in")}
    )
    report = refused(scene)
    assert "nowhere" in outcome(report, "a").error
    assert "CreatePipeline" not in scene.calls()


def test_a_bucket_that_forbids_writing_a_new_one(scene: Scene) -> None:
    scene.commit(project() | with_files("a", {"x": "1"}))
    scene.sandbox.allow_only(scene.access_key, EVERYTHING_BUT_WRITING_S3)
    report = refused(scene)
    assert "s3:PutObject" in outcome(report, "a").error


@pytest.mark.parametrize(
    "change",
    [
        {"a/tasks/x": "22"},
        with_files("a", {"x": "22"}, myWord="bye"),
        with_files("a", {"x": "22"}, myPeriod="2 days"),
    ],
    ids=["uploaded", "edited", "replaced"],
)
def test_a_bucket_that_forbids_writing_leaves_what_runs_and_its_files(
    scene: Scene, change: Mapping[str, Content]
) -> None:
    settle(scene, project() | with_files("a", {"x": "1"}))
    before = scene.live("a")
    scene.commit(change)
    scene.sandbox.allow_only(scene.access_key, EVERYTHING_BUT_WRITING_S3)
    assert outcomes(scene.run()) == {"a": "failed"}
    after = scene.live("a")
    assert (after.id, after.active, after.latest) == (before.id, before.active, before.latest)
    assert scene.sandbox.objects(BUCKET, "in/a/tasks/") == {"in/a/tasks/x": b"1"}


def test_a_claim_is_taken_back_with_the_mark(scene: Scene) -> None:
    settle(scene, project("b") | with_files("a", {"x": "1"}))
    scene.sandbox.set_tags(scene.live("a").id, {"team": "data"})
    scene.commit(with_files("a", {"x": "22"}, metadata={"adopt": "a"}))
    scene.sandbox.allow_only(scene.access_key, EVERYTHING_BUT_WRITING_S3)
    report = refused(scene)
    assert outcomes(report) == {"a": "failed", "b": "unchanged"}


def test_one_file_that_got_through_keeps_the_mark(scene: Scene) -> None:
    settle(scene, project() | with_files("a", {"x": "1", "y": "1"}))
    scene.commit({"a/tasks/x": "22", "a/tasks/y": "22"})
    scene.sandbox.fault(Fault("s3", "PutObject", nth=2, code="AccessDenied", status=403))
    assert outcomes(scene.run()) == {"a": "failed"}
    assert scene.live("a").tags["pipelayer:state"].split("/")[2] == "?"
    assert outcomes(scene.run()) == {"a": "uploaded"}


def test_a_listing_that_is_forbidden_refuses_a_deployment_and_shows_in_a_plan(scene: Scene) -> None:
    settle(scene, project() | with_files("a", {"x": "1"}))
    scene.commit({"a/tasks/x": "22"})
    scene.sandbox.allow_only(scene.access_key, ["datapipeline:*", "iam:PassRole"])
    refused(scene)
    report = scene.run(Verb.PLAN)
    assert kinds(report) == {"a": "upload only"}
    assert "up to 2 files" in report.plan[0].reason


# ---- one that is invalid


def test_one_that_is_invalid_keeps_all_from_being_touched(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    scene.commit({"a/values.json": values(myWord="bye"), "b/values.json": '{"values": {"myWord": [}}'})
    report = refused(scene)
    assert outcomes(report) == {"a": "skipped", "b": "invalid"}
    assert scene.calls().keys() <= {"ListPipelines", "DescribePipelines", "GetPipelineDefinition"}


def test_what_only_aws_finds_wrong_keeps_all_from_being_touched(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    scene.commit({"a/values.json": values(myWord="bye"), "b/values.json": values(myWord="hey")})
    scene.sandbox.settings = Settings(role_errors=100)
    report = refused(scene)
    assert outcomes(report) == {"a": "invalid", "b": "invalid"}
    assert all(finding.code == "AWS" for finding in report.findings if finding.severity == "error")


def test_one_that_joined_by_catching_up_blocks_only_itself(scene: Scene) -> None:
    settle(scene, project("a", "b"))
    first = scene.commit({"b/values.json": '{"values": {"myWord": [}}'})
    scene.commit({"a/values.json": values(myWord="bye")})
    report = scene.run(since=first)
    assert outcomes(report)["a"] == "edited"
