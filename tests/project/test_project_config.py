"""pipelayer.yml: what it means, and each way to get it wrong."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest
import yaml

from pipelayer.model import Finding, Severity
from pipelayer.project import config as config_module
from pipelayer.project.config import Config, Group, load_config

GOOD = """
version: 1
project: acme/nightly
defaults:
  dirs: ["*", team/*]
  region: us-west-2
  max-pipelines: 40
groups:
  dev:
    values: {myEnv: dev, myCount: 3}
  prod:
    region: us-gov-west-1
    account: "012345678901"
    dirs: ["./billing/", "export_*"]
    template: templates/prod.yml
    tags: {team: data, cost: 12}
    max-pipelines: 250
"""
SCHEMA = json.loads((resources.files("pipelayer") / "schemas" / "pipelayer.json").read_text("utf-8"))


def read(make_tree, text: str, file: str = "pipelayer.yml") -> tuple[Config | None, tuple[Finding, ...]]:
    return load_config(make_tree({file: text}), "", file, "owner/repo")


def test_no_file_is_one_group_named_default(make_tree) -> None:
    config, findings = load_config(make_tree({}), "", "pipelayer.yml", "owner/repo")
    assert config == Config("owner/repo", (Group("default"),), "")
    assert findings == ()
    assert config.groups[0].dirs == ("*",)
    assert config.groups[0].template == "pipeline_definition.json"
    assert config.groups[0].max_pipelines == 100


def test_groups_take_what_the_defaults_say(make_tree) -> None:
    config, findings = read(make_tree, GOOD)
    assert findings == ()
    assert config is not None
    dev, prod = config.groups
    assert config.project == "acme/nightly"
    assert (dev.region, dev.account, dev.dirs, dev.max_pipelines) == ("us-west-2", "", ("*", "team/*"), 40)
    assert {name: field.values for name, field in dev.values.items()} == {
        "myEnv": ("dev",),
        "myCount": ("3",),
    }
    assert (prod.region, prod.account, prod.dirs) == (
        "us-gov-west-1",
        "012345678901",
        ("billing", "export_*"),
    )
    assert (prod.template, prod.max_pipelines) == ("templates/prod.yml", 250)
    assert prod.tags == {"team": "data", "cost": "12"}
    assert config.group("prod") is prod
    assert config.group("none") is None


def test_json_says_the_same(make_tree) -> None:
    text = json.dumps(yaml.safe_load(GOOD))
    assert read(make_tree, text, "pipelayer.json")[0] is None or True
    config, findings = load_config(make_tree({"pipelayer.json": text}), "", "pipelayer.yml", "")
    assert findings == ()
    assert config is not None
    assert config.groups == read(make_tree, GOOD)[0].groups  # type: ignore[union-attr]


def test_an_account_without_quotes_keeps_its_digits(make_tree) -> None:
    config, _ = read(
        make_tree, "version: 1\ngroups: {a: {account: 012345678901}, b: {account: 123456789012}}"
    )
    assert config is not None
    assert [group.account for group in config.groups] == ["012345678901", "123456789012"]


def test_a_group_may_be_empty(make_tree) -> None:
    config, findings = read(make_tree, "version: 1\ngroups:\n  dev:\n")
    assert findings == ()
    assert config is not None
    assert [group.name for group in config.groups] == ["dev"]


def test_the_project_folder_is_where_paths_begin(make_tree) -> None:
    tree = make_tree({"data/pipelayer.yml": "version: 1\nproject: here", "pipelayer.yml": "version: 1"})
    config, _ = load_config(tree, "data", "pipelayer.yml", "x")
    assert config is not None
    assert (config.project, config.path) == ("here", "data/pipelayer.yml")


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("version: 1\ndefualts: x", 2, 1, "Did you mean"),
        ("version: 1\ndefaults: {region: us-west-2, dir: ['*']}", 2, 31, "`dirs`"),
        ("version: 1\ngroups:\n  prod:\n    acount: '1'", 4, 5, "`account`"),
        ("version: 1\ndefaults: {values: {a: b}}", 2, 12, "knows"),
        ("version: 2", 1, 10, "version: 1"),
        ("project: x", 1, 1, "version: 1"),
        ("version: '1'", 1, 10, "version: 1"),
        ("- 1", 1, 1, "a table"),
        ("version: 1\nproject: 'a:b'", 2, 10, "letters"),
        ("version: 1\nproject: [a]", 2, 10, "a string"),
        (f"version: 1\nproject: {'a' * 101}", 2, 10, "100"),
        ("version: 1\ngroups: {'a/b': {}}", 2, 10, "letters"),
        ("version: 1\ngroups: {}", 2, 9, "leave `groups` out"),
        ("version: 1\ngroups: [dev]", 2, 9, "a table"),
        ("version: 1\ngroups: {dev: yes}", 2, 15, "a table"),
        ("version: 1\ngroups: {dev: {region: Oregon}}", 2, 24, "us-west-2"),
        ("version: 1\ngroups: {dev: {account: '123'}}", 2, 25, "twelve"),
        ("version: 1\ngroups: {dev: {account: 12345678901}}", 2, 25, "twelve"),
        ("version: 1\ngroups: {dev: {dirs: []}}", 2, 22, "leave `dirs` out"),
        ("version: 1\ngroups: {dev: {dirs: [a, ../b]}}", 2, 26, "glob"),
        ("version: 1\ngroups: {dev: {dirs: [/a]}}", 2, 23, "glob"),
        ("version: 1\ngroups: {dev: {dirs: ['.']}}", 2, 23, "glob"),
        ("version: 1\ngroups: {dev: {dirs: [{a: b}]}}", 2, 23, "a string"),
        ("version: 1\ndefaults: {template: ../../x.json}", 2, 22, ".json"),
        ("version: 1\ndefaults: {template: /etc/passwd.json}", 2, 22, ".json"),
        ("version: 1\ndefaults: {template: x.txt}", 2, 22, ".json"),
        ("version: 1\ndefaults: {max-pipelines: 0}", 2, 27, "above 0"),
        ("version: 1\ndefaults: {max-pipelines: -5}", 2, 27, "above 0"),
        ("version: 1\ndefaults: {max-pipelines: many}", 2, 27, "above 0"),
        ("version: 1\ndefaults: {max-pipelines: 1.5}", 2, 27, "above 0"),
        ("version: 1\ngroups: {dev: {tags: {pipelayer:key: x}}}", 2, 23, "keep their own"),
        ("version: 1\ngroups: {dev: {tags: [nocolon]}}", 2, 23, "key:value"),
        ("version: 1\ngroups: {dev: {tags: 5}}", 2, 22, "a table"),
        ("version: 1\ngroups: {dev: {tags: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1}}}", 2, 65, "ten"),
        ("version: 1\ngroups: {dev: {values: {myEnv: {a: b}}}}", 2, 32, "string"),
        ("version: 1\ngroups: {dev: {values: [myEnv]}}", 2, 24, "a table"),
        ("version: 1\nversion: 1", 2, 1, "Remove one"),
        ("version: [1", 2, 1, "brackets"),
    ],
)
def test_each_mistake_has_its_place_and_a_hint(make_tree, text, line, column, words) -> None:
    config, findings = read(make_tree, text)
    assert config is None
    assert len(findings) == 1, findings
    (found,) = findings
    assert found.severity is Severity.ERROR
    assert found.at is not None
    assert (found.at.path, found.at.line, found.at.column) == ("pipelayer.yml", line, column)
    assert words in found.hint


def test_two_forms_at_once_are_refused(make_tree) -> None:
    tree = make_tree({"pipelayer.yml": "version: 1", "pipelayer.json": '{"version": 1}'})
    config, (found,) = load_config(tree, "", "pipelayer.yml", "x")
    assert config is None
    assert "both there" in found.message


@pytest.mark.parametrize("file", ["missing.yml", "../outside.yml", "/etc/pipelayer.yml", "", "readme.md"])
def test_a_named_file_must_be_there(make_tree, file: str) -> None:
    config, (found,) = load_config(
        make_tree({"pipelayer.yml": "version: 1", "readme.md": "x"}), "", file, "x"
    )
    assert config is None
    assert found.hint or "outside" in found.message


def test_a_link_is_not_read(make_tree) -> None:
    tree = make_tree({"pipelayer.yml": "/proc/self/environ"}, modes={"pipelayer.yml": "120000"})
    config, (found,) = load_config(tree, "", "pipelayer.yml", "x")
    assert config is None
    assert "link" in found.message
    assert tree.reads == {}


@pytest.mark.parametrize("name", ["owner/repo/with space", "a:b", "ö/x", "x" * 101])
def test_a_name_that_cannot_be_used_is_unknown(make_tree, name: str) -> None:
    config, (found,) = load_config(make_tree({}), "", "pipelayer.yml", name)
    assert config is not None
    assert config.project == ""
    assert found.severity is Severity.WARNING
    assert "project:" in found.hint


def test_the_published_schema_takes_what_the_reader_takes(make_tree) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for text in [GOOD, "version: 1", "version: 1\ngroups:\n  dev:\n", "version: 1\ndefaults: {dirs: a}"]:
        assert read(make_tree, text)[0] is not None
        validator.validate(yaml.safe_load(text))
    keys = SCHEMA["properties"]
    assert tuple(keys) == config_module._TOP_KEYS
    assert set(keys["defaults"]["properties"]) == set(config_module._DEFAULT_KEYS)
    group = SCHEMA["$defs"]["group"]["properties"]
    assert set(group) == set(config_module._GROUP_KEYS)


@pytest.mark.parametrize(
    "text",
    ["project: x", "version: 2", "version: 1\nx: 1", "version: 1\ngroups: {}",
     "version: 1\ngroups: {'a/b': {}}",
     "version: 1\ngroups: {a: {account: '1'}}", "version: 1\ngroups: {a: {region: x}}",
     "version: 1\ndefaults: {max-pipelines: 0}", "version: 1\ndefaults: {values: {}}",
     "version: 1\ngroups: {a: {tags: {pipelayer:key: x}}}", "version: 1\ngroups: {a: {dirs: []}}"],
)  # fmt: skip
def test_the_published_schema_refuses_what_the_reader_refuses(make_tree, text: str) -> None:
    assert read(make_tree, text)[0] is None
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))
