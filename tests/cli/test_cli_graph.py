"""`graph`: one pipeline's objects as Mermaid, from the files alone."""

from __future__ import annotations

import json

from cli.conftest import Shell
from pipelayer.sandbox import Sandbox
from support.gitrepo import Work
from support.small_project import template, values

GROUPS = "version: 1\nproject: acme/nightly\ndefaults: {region: us-east-1}\ngroups: {dev: {}, prod: {}}\n"


def own(*activities: str) -> str:
    """A definition with an activity of each of these ids beside what the template has."""
    definition = json.loads(template())
    (job,) = (one for one in definition["objects"] if one.get("type") == "ShellCommandActivity")
    definition["objects"] += [{**job, "id": name, "name": name} for name in activities]
    return json.dumps(definition)


def test_it_draws_what_the_files_say_and_asks_nobody(shell: Shell, sandbox: Sandbox) -> None:
    drawn = shell("graph", "alpha")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert drawn.stdout.startswith("flowchart ")
    assert "<br/>ShellCommandActivity" in drawn.stdout
    assert sandbox.calls() == []


def test_many_objects_share_boxes_unless_the_whole_is_wanted(shell: Shell, work: Work) -> None:
    names = [f"job{number}" for number in range(60)]
    work.commit({"alpha/pipeline_definition.json": own(*names)})
    assert shell("graph", "alpha").stdout.count("ShellCommandActivity") < 10
    whole = shell("graph", "alpha", "--whole").stdout
    assert all(f'"{name}<br/>ShellCommandActivity"' in whole for name in names)


def test_a_name_that_means_none_or_several_is_refused(shell: Shell, work: Work) -> None:
    none = shell("graph", "alpa")
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr == "Error: No pipeline is named `alpa`.\nHint: Did you mean `alpha`?\n"
    work.commit({"beta/values.json": values("beta"), "beta/pipeline_definition.json": own("more")})
    several = shell("graph", "*a")
    assert several.returncode == 2
    assert "`default/alpha`, `default/beta`" in several.stderr


def test_groups_that_share_the_objects_share_the_picture(shell: Shell, work: Work) -> None:
    work.commit({"pipelayer.yml": GROUPS})
    assert shell("graph", "alpha").stdout == shell("graph", "alpha", "-g", "prod").stdout


def test_a_file_that_cannot_be_read_is_shown_at_its_place(shell: Shell, work: Work) -> None:
    work.commit({"alpha/pipeline_definition.json": '{"objects": [\n  {"id": 5,}\n]}'})
    drawn = shell("graph", "alpha")
    assert (drawn.returncode, drawn.stdout) == (2, "")
    assert drawn.stderr.startswith("Error: alpha/pipeline_definition.json:2:")
