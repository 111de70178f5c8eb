"""How much a rule weighs can be chosen, but for what AWS refuses anyway."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pipelayer.model import Severity
from pipelayer.project.offline import check_definitions

# `load` comes from the conftest beside this file.
VALUES = json.dumps({"values": {"myTypo": "x"}})


def found(load: Callable[..., object], config: str, values: str = VALUES) -> list[tuple[str, Severity]]:
    loaded = load({"pipelayer.yml": config, "a/values.json": values})
    findings = list(loaded.findings)  # type: ignore[attr-defined]
    if loaded.config is not None:  # type: ignore[attr-defined]
        findings += check_definitions(loaded.pipelines, loaded.config.rules)  # type: ignore[attr-defined]
    return [(str(finding.code), finding.severity) for finding in findings]


def test_as_it_is(load: Callable[..., object]) -> None:
    assert set(found(load, "version: 1")) == {("PL419", Severity.WARNING), ("PL706", Severity.WARNING)}


@pytest.mark.parametrize("word", ["note", "warning", "error"])
def test_a_severity_can_be_chosen(load: Callable[..., object], word: str) -> None:
    config = f"version: 1\nrules: {{PL419: {word}}}"
    assert ("PL419", Severity(word)) in found(load, config)


@pytest.mark.parametrize("word", ["off", "'off'", "false"])
def test_a_rule_can_be_switched_off(load: Callable[..., object], word: str) -> None:
    assert found(load, f"version: 1\nrules: {{PL419: {word}, PL706: off}}") == []


def test_a_pipeline_can_ignore_a_rule(load: Callable[..., object]) -> None:
    values = json.dumps({"metadata": {"ignore": ["PL419"]}, "values": {"myTypo": "x"}})
    assert found(load, "version: 1\nrules: {PL419: error}", values) == [("PL706", Severity.WARNING)]


def test_another_pipeline_does_not_ignore_it(load: Callable[..., object]) -> None:
    quiet = json.dumps({"metadata": {"ignore": ["PL419", "PL706"]}, "values": {"myTypo": "x"}})
    loaded = load({"a/values.json": quiet, "b/values.json": VALUES})
    findings = check_definitions(loaded.pipelines, {})  # type: ignore[attr-defined]
    assert {finding.key.rpartition("/")[2] for finding in findings} == {"b"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("PL70: off", "Did you mean `PL70"),
        ("XX: off", "docs/rules.md"),
        ("PL201: off", "Only warnings and notes"),
        ("PL201: error", "Only warnings and notes"),
        ("PL706: loud", "`off`, `note`, `warning`"),
        ("PL706: [off]", "`off`, `note`, `warning`"),
    ],
)
def test_what_cannot_be_chosen_is_said_at_its_place(
    load: Callable[..., object], line: str, says: str
) -> None:
    loaded = load({"pipelayer.yml": f"version: 1\nrules:\n  {line}\n", "a/values.json": "{}"})
    assert loaded.config is None  # type: ignore[attr-defined]
    assert loaded.codes == ("PL017",)  # type: ignore[attr-defined]
    assert "pipelayer.yml:3:" in loaded.text  # type: ignore[attr-defined]
    assert says in loaded.text  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", ["PL201", "PL403", "PL999", "AWS"])
def test_what_aws_refuses_cannot_be_ignored(load: Callable[..., object], code: str) -> None:
    loaded = load({"a/values.json": json.dumps({"metadata": {"ignore": [code]}})})
    assert loaded.codes == ("PL028",)  # type: ignore[attr-defined]


def test_a_value_of_the_group_may_go_unused(load: Callable[..., object]) -> None:
    config = "version: 1\nrules: {PL706: off}\ngroups: {dev: {values: {myEnv: dev}}}"
    assert found(load, config, "{}") == []
