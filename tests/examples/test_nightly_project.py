"""The examples are read as a user's project is: no finding, nothing lost, and AWS's stand-in takes them."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from pipelayer import Project
from pipelayer.definition.flat import SecretKind, from_api, read_definition, secret_sources, to_api, to_flat
from pipelayer.definition.rules import check
from pipelayer.definition.schedule import Moved, move_start
from pipelayer.model import OutcomeResult, Result, Severity
from pipelayer.model.report_json import dumps
from pipelayer.project.config import Config, load_config
from pipelayer.project.load import load_all
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.source import read_document
from pipelayer.project.tree import DiskTree
from pipelayer.sandbox import Sandbox
from pipelayer.sandbox.settings import Settings

ROOT = Path(__file__).parents[2]
NIGHTLY = ROOT / "examples" / "nightly"
DIRECTORIES = ("click_sessions", "exchange_rates", "orders_export")
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def load() -> tuple[Config, tuple[Pipeline, ...]]:
    tree = DiskTree(NIGHTLY)
    config, findings = load_config(tree, "")
    assert config is not None
    pipelines, problems = load_all(tree, config, "")
    assert [f for f in (*findings, *problems) if f.severity is not Severity.NOTE] == []
    return config, pipelines


PIPELINES = load()[1]
each = pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: str(pipeline.key))


def test_the_project_has_three_pipelines_in_two_groups() -> None:
    config, pipelines = load()
    assert config.project == "acme/nightly"
    found = sorted((pipeline.key.group, pipeline.key.directory) for pipeline in pipelines)
    assert found == [(group, directory) for group in ("dev", "prod") for directory in DIRECTORIES]


def test_the_configuration_fits_its_published_schema() -> None:
    schema = json.loads((ROOT / "pipelayer" / "schemas" / "pipelayer.json").read_text())
    jsonschema.validate(yaml.safe_load((NIGHTLY / "pipelayer.yml").read_text()), schema)


@each
def test_both_forms_of_a_definition_are_the_same(pipeline: Pipeline) -> None:
    wanted = pipeline.definition
    node, _ = read_document("definition.json", json.dumps(to_flat(wanted)).encode())
    assert node is not None
    read, findings = read_definition(node)
    assert (read, findings) == (wanted, ())

    api = to_api(wanted)
    back = from_api(api["pipelineObjects"], api["parameterObjects"], api["parameterValues"])
    assert to_api(back) == api


@each
def test_the_offline_checks_find_nothing(pipeline: Pipeline) -> None:
    assert [finding for finding in check(pipeline.definition) if finding.severity is not Severity.NOTE] == []


@each
def test_run_and_tasks_are_uploaded(pipeline: Pipeline) -> None:
    assert pipeline.input is not None
    assert pipeline.input.bucket == f"acme-{pipeline.key.group}-pipelines"
    uploaded = {file.relative: file.executable for file in pipeline.files}
    assert uploaded["run"] is True
    assert any(name.startswith("tasks/") for name in uploaded)


@each
def test_the_schedule_moves_to_the_future(pipeline: Pipeline) -> None:
    moved = move_start(pipeline.definition, NOW)
    assert isinstance(moved, Moved)
    assert moved.skipped > 0
    assert moved.first_run is not None
    assert moved.first_run > NOW


def by_group(directory: str) -> dict[str, Pipeline]:
    return {pipeline.key.group: pipeline for pipeline in PIPELINES if pipeline.key.directory == directory}


def test_the_password_comes_from_the_environment_in_dev_and_from_secrets_manager_in_prod() -> None:
    found = by_group("orders_export")
    kinds = {name: [source.kind for source in secret_sources(one.definition)] for name, one in found.items()}
    assert kinds == {"dev": [SecretKind.ENV], "prod": [SecretKind.SECRETS_MANAGER]}


def test_prod_has_a_bigger_cluster() -> None:
    found = by_group("click_sessions")
    assert "myCoreInstanceCount" not in found["dev"].definition.values
    assert found["prod"].definition.values["myCoreInstanceCount"].texts == ("8",)


@each
def test_the_stand_in_for_aws_has_nothing_to_say_against_it(pipeline: Pipeline) -> None:
    import boto3

    moved = move_start(pipeline.definition, datetime.now(UTC))
    assert isinstance(moved, Moved)
    with Sandbox() as sandbox:
        client = boto3.client(
            "datapipeline",
            region_name="us-east-1",
            endpoint_url=sandbox.url,
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="example",
        )
        pipeline_id = client.create_pipeline(name=pipeline.name, uniqueId="1")["pipelineId"]
        answer = client.put_pipeline_definition(pipelineId=pipeline_id, **to_api(moved.definition))
        assert answer["errored"] is False, answer
        assert answer.get("validationErrors", []) == []
        assert answer.get("validationWarnings", []) == []


@pytest.mark.parametrize(
    ("group", "account", "region"),
    [("dev", "111122223333", "us-west-2"), ("prod", "444455556666", "us-east-1")],
)
def test_the_project_deploys_and_then_rests(tmp_path: Path, group: str, account: str, region: str) -> None:
    folder = tmp_path / "nightly"
    shutil.copytree(NIGHTLY, folder)
    with Sandbox(Settings(account=account)) as sandbox:
        sandbox.create_bucket(f"acme-{group}-pipelines")
        # Secrets Manager gives each ARN an ending of its own.
        values = folder / "orders_export" / "values.prod.json"
        arn = sandbox.create_secret("nightly/shop-exporter", "hunter2")
        values.write_text(re.sub(r"arn:aws:secretsmanager:[^\"]+", arn, values.read_text()))
        environ = {**sandbox.aws_environment(region), "SHOP_DEV_PASSWORD": "hunter2"}
        with Project.open(folder, group=group, environ=environ) as project:
            first = project.deploy()
            again = project.deploy()

    assert (first.error, first.result) == ("", Result.SUCCESS), first.outcomes
    assert [outcome.result for outcome in first.outcomes] == [OutcomeResult.CREATED] * 3
    assert [outcome.result for outcome in again.outcomes] == [OutcomeResult.UNCHANGED] * 3
    assert "hunter2" not in dumps(first)
