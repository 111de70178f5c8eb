"""A project of Pipewelder's is read as it is."""

from __future__ import annotations

import json

from pipelayer.project.config import Config, Group, config_forms, load_config

OLD = {
    "defaults": {"dirs": ["jobs_*"], "region": "us-west-2", "template": "t.json", "values": {"myEnv": "any"}},
    "dev": {"values": {"myEnv": "dev"}},
    "prod": {"region": "us-east-1", "dirs": ["jobs_a", "jobs_b"], "values": {"myEnv": "prod", "myDays": 2}},
    "plain": {},
}


def read(make_tree, old: object, **more: str) -> tuple[Config | None, list[str]]:
    text = old if isinstance(old, str) else json.dumps(old, indent=1)
    config, findings = load_config(make_tree({"pipewelder.json": text, **more}), "", default_project="o/r")
    return config, [f"{one.at.path}:{one.at.line}: {one.message}" for one in findings if one.at]


def values(group: Group) -> dict[str, tuple[str, ...]]:
    return {name: field.values for name, field in group.values.items()}


def test_each_key_but_the_defaults_is_a_group(make_tree) -> None:
    config, findings = read(make_tree, OLD)
    assert findings == []
    assert config is not None
    assert (config.project, config.path) == ("o/r", "pipewelder.json")
    told = {one.name: (one.region, one.dirs, one.template) for one in config.groups}
    assert told == {
        "dev": ("us-west-2", ("jobs_*",), "t.json"),
        "prod": ("us-east-1", ("jobs_a", "jobs_b"), "t.json"),
        "plain": ("us-west-2", ("jobs_*",), "t.json"),
    }
    dev, prod, plain = config.groups
    assert values(dev) == {"myEnv": ("dev",)}
    assert values(prod) == {"myEnv": ("prod",), "myDays": ("2",)}
    assert values(plain) == {"myEnv": ("any",)}


def test_without_groups_there_is_one(make_tree) -> None:
    config, _ = read(make_tree, {"defaults": {"region": ""}})
    assert config is not None
    assert config.groups == (Group("default"),)


def test_our_own_configuration_comes_before_it(make_tree) -> None:
    config, _ = read(make_tree, OLD, **{"pipelayer.yml": "version: 1\nproject: acme/nightly\n"})
    assert config is not None
    assert (config.project, config.path) == ("acme/nightly", "pipelayer.yml")


def test_a_mistake_is_shown_where_it_stands(make_tree) -> None:
    config, findings = read(make_tree, '{\n "dev": {\n  "region": "nowhere",\n  "dir": ["*"]\n }\n}')
    assert config is None
    assert findings[0].startswith("pipewelder.json:4:")
    assert "`dir`" in findings[0]
    assert findings[1].startswith("pipewelder.json:3: `region` can't be `nowhere`")


def test_what_is_no_group_is_named(make_tree) -> None:
    config, (finding,) = read(make_tree, '{\n "dev": {},\n "comment": "hello"\n}')
    assert config is None
    assert finding.startswith("pipewelder.json:3: ")
    assert "`comment`" in finding


def test_a_change_of_it_is_one_of_the_configuration() -> None:
    assert config_forms("nightly")[-1] == "nightly/pipewelder.json"
    assert config_forms("nightly", "other.yml") == ("nightly/other.yml",)
