from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipelayer.github.commands import Output
from pipelayer.github.inputs import INPUTS, InputSpec

_PATH = Path(__file__).parents[2] / "action.yml"
_ACTION = yaml.safe_load(_PATH.read_text(encoding="utf-8"))


def test_every_input_is_declared_in_order_and_no_other() -> None:
    assert list(_ACTION["inputs"]) == [spec.name for spec in INPUTS]


@pytest.mark.parametrize("spec", INPUTS, ids=lambda spec: spec.name)
def test_the_declared_default_is_the_one_that_is_read(spec: InputSpec) -> None:
    declared = _ACTION["inputs"][spec.name]
    assert declared["default"] == str(spec.default)
    assert isinstance(declared["default"], str)
    assert "required" not in declared


@pytest.mark.parametrize("spec", [spec for spec in INPUTS if spec.choices and "true" not in spec.choices])
def test_the_description_names_what_may_be_chosen(spec: InputSpec) -> None:
    assert all(f"`{choice}`" in _ACTION["inputs"][spec.name]["description"] for choice in spec.choices)


def test_every_output_is_declared_and_no_other() -> None:
    assert list(_ACTION["outputs"]) == [str(name) for name in Output]


def test_it_runs_the_image_of_this_repository_without_arguments_or_environment() -> None:
    assert _ACTION["runs"] == {"using": "docker", "image": "Dockerfile"}


def test_it_is_a_valid_action() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-actions",
        str(_PATH),
    ]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
