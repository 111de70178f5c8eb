"""One pipeline: its values, its metadata, its definition and its digests."""

from __future__ import annotations

import json

import pytest

from pipelayer.definition.flat import SecretKind, SecretSource
from pipelayer.model import Key
from pipelayer.project.config import Config, Group
from pipelayer.project.layout import discover
from pipelayer.project.pipeline import Documents, load_pipeline

from_config = (
    "version: 1\ngroups: {dev: {values: {myEnv: dev}}, prod: {values: {myEnv: prod}, tags: {team: data}}}"
)


def values(**parts: object) -> str:
    return json.dumps({key.replace("_", "-"): value for key, value in parts.items()}, indent=2)


def one(load, text: str, **more: str):
    loaded = load({"a/values.json": text, **more})
    assert loaded.findings == (), loaded.text
    return loaded.pipelines[0]


def test_the_least_there_can_be(load) -> None:
    pipeline = one(load, "{}")
    assert pipeline.key == Key("acme/nightly", "default", "a")
    assert (pipeline.name, pipeline.named, pipeline.description) == ("a", False, "")
    assert (pipeline.adopt, pipeline.moved_from, pipeline.ignore, pipeline.input) == ("", (), (), None)
    assert pipeline.files == ()
    assert pipeline.values_path == "a/values.json"
    assert not pipeline.on_demand
    assert len(pipeline.definition_digest) == len(pipeline.files_digest) == 32


def test_yaml_and_json_come_to_the_same(load) -> None:
    written = {"metadata": {"name": "x", "tags": {"a": "b"}}, "values": {"myCount": 3, "myFlag": True}}
    as_json = one(load, json.dumps(written))
    loaded = load(
        {"a/values.yml": "metadata: {name: x, tags: {a: b}}\nvalues:\n  myCount: 3\n  myFlag: true\n"}
    )
    as_yaml = loaded.pipelines[0]
    assert as_json.definition == as_yaml.definition
    assert as_json.definition_digest == as_yaml.definition_digest
    assert as_json.name == as_yaml.name == "x"


def test_values_are_merged_weakest_first(load) -> None:
    template = '{"objects": [{"id": "Default"}], "values": {"a": "template", "b": "template"}}'
    loaded = load(
        {
            "pipeline_definition.json": template,
            "pipelayer.yml": "version: 1\ngroups: {dev: {values: {c: group, d: group}}, prod: {}}",
            "p/values.json": values(values={"b": "file", "c": "file", "d": "file"}),
            "p/values.dev.yml": "values: {d: group file}",
        }
    )
    assert loaded.findings == ()
    plain = {
        name: {key: field.values for key, field in loaded.named(name).definition.values.items()}
        for name in ("dev/p", "prod/p")
    }
    assert plain["dev/p"] == {"a": ("template",), "b": ("file",), "c": ("group",), "d": ("group file",)}
    assert plain["prod/p"] == {"a": ("template",), "b": ("file",), "c": ("file",), "d": ("file",)}


def test_metadata_is_merged_too(load) -> None:
    loaded = load(
        {
            "pipelayer.yml": from_config,
            "p/values.json": values(
                metadata={"name": "etl #{myEnv}", "tags": {"owner": "me", "team": "web"}}
            ),
            "p/values.dev.json": values(metadata={"description": "only dev", "tags": {"owner": "you"}}),
        }
    )
    assert loaded.findings == ()
    dev, prod = loaded.pipelines
    assert (dev.name, dev.description, dev.tags) == ("etl dev", "only dev", {"owner": "you", "team": "web"})
    assert (prod.name, prod.description, prod.tags) == ("etl prod", "", {"team": "web", "owner": "me"})


def test_my_forms_mean_the_same(load) -> None:
    pipeline = one(
        load, values(values={"myName": "n", "myDescription": "d", "myTags": ["a:b", "c:d:e"], "myOther": "x"})
    )
    assert (pipeline.name, pipeline.named, pipeline.description) == ("n", True, "d")
    assert pipeline.tags == {"a": "b", "c": "d:e"}
    assert list(pipeline.definition.values) == ["myOther"]


def test_my_forms_stay_where_something_uses_them(load) -> None:
    uses = '{"objects": [{"id": "Default", "pipelineLogUri": "s3://logs/#{myName}"}]}'
    declares = '{"objects": [{"id": "Default"}], "parameters": [{"id": "myName"}]}'
    written = values(values={"myName": "n", "myDescription": "d"})
    for template in (uses, declares):
        pipeline = one(load, written, **{"a/pipeline_definition.json": template})
        assert list(pipeline.definition.values) == ["myName"]
    by_value = values(values={"myName": "n", "myPath": "x/#{myName}"})
    assert set(one(load, by_value).definition.values) == {"myName", "myPath"}


def test_both_forms_may_agree(load) -> None:
    written = values(metadata={"name": "n", "tags": {"a": "b"}}, values={"myName": "n", "myTags": ["a:b"]})
    assert one(load, written).name == "n"


def test_an_own_template_replaces_the_shared_one(load) -> None:
    loaded = load(
        {"a/values.json": "{}", "a/pipeline_definition.yml": "objects: [{id: Mine}]", "b/values.json": "{}"}
    )
    assert [item.id for item in loaded.named("default/a").definition.objects] == ["Mine"]
    assert len(loaded.named("default/b").definition.objects) == 3


def test_a_secret_is_kept_as_its_source(load) -> None:
    pipeline = one(load, values(values={"*myPassword": {"env": "DB_PASSWORD"}}))
    assert pipeline.definition.values["*myPassword"].values == (SecretSource(SecretKind.ENV, "DB_PASSWORD"),)
    other = one(load, values(values={"*myPassword": {"secretsmanager": "arn:x"}}))
    assert other.definition_digest == pipeline.definition_digest


def test_a_secret_has_no_place_in_a_plain_value(load) -> None:
    loaded = load({"a/values.json": values(values={"myPassword": {"env": "DB_PASSWORD"}})})
    assert len(loaded.findings) == 1
    assert "*myPassword" in loaded.text


def test_moved_from(load) -> None:
    loaded = load(
        {
            "pipelayer.yml": "version: 1\ngroups: {dev: {dirs: [a, b, c, d/*]}, prod: {dirs: [x]}}",
            "a/values.json": values(metadata={"moved-from": "old"}),
            "b/values.json": values(metadata={"moved-from": "prod/old/"}),
            "c/values.json": values(metadata={"moved-from": "default/old"}),
            "d/e/values.json": values(metadata={"moved-from": "team/old"}),
            "x/values.json": "{}",
        }
    )
    assert loaded.findings == (), loaded.text
    assert [[str(key) for key in p.moved_from] for p in loaded.pipelines] == [
        ["acme/nightly:dev/old"],
        ["acme/nightly:prod/old"],
        ["acme/nightly:default/old"],
        ["acme/nightly:dev/team/old", "acme/nightly:team/old"],  # `team` may be a group that is gone
        [],
    ]


def test_adopt_and_ignore(load) -> None:
    pipeline = one(load, values(metadata={"adopt": "old job", "ignore": ["PL706", "PL601"]}))
    assert (pipeline.adopt, pipeline.ignore, pipeline.named) == ("old job", ("PL706", "PL601"), False)


def test_on_demand(load) -> None:
    template = '{"objects": [{"id": "Default", "scheduleType": "ONDEMAND"}]}'
    assert one(load, "{}", **{"a/pipeline_definition.json": template}).on_demand


def test_the_digest_is_of_the_meaning(load) -> None:
    first = one(load, values(metadata={"name": "one"}, values={"myA": "1", "myB": ["x"]}))
    same = one(load, values(metadata={"name": "two", "description": "d"}, values={"myB": "x", "myA": 1}))
    other = one(load, values(values={"myA": "2", "myB": "x"}))
    assert first.definition_digest == same.definition_digest
    assert first.definition_digest != other.definition_digest


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"value": {}}', 1, 2, "Did you mean `values`"),
        ('{"metadata": {"nane": "x"}}', 1, 15, "Did you mean `name`"),
        ('{"metadata": {"move-from": "x"}}', 1, 15, "Did you mean `moved-from`"),
        ('{"metadata": []}', 1, 14, "a table"),
        ('{"values": 5}', 1, 12, "a table"),
        ("[]", 1, 1, "a table"),
        ('{"metadata": {"name": ["x"]}}', 1, 23, "a string"),
        ('{"metadata": {"name": ""}}', 1, 23, "metadata.name"),
        ('{"metadata": {"name": "a\\nb"}}', 1, 23, "one line"),
        ('{"metadata": {"name": "#{format(myX)}"}}', 1, 23, "parameters"),
        (f'{{"metadata": {{"name": "{"x" * 1025}"}}}}', 1, 23, "1024"),
        (f'{{"metadata": {{"description": "{"x" * 1025}"}}}}', 1, 30, "Shorten"),
        ('{"values": {"myName": ["a", "b"]}}', 1, 23, "one string"),
        ('{"metadata": {"name": "a"},\n "values": {"myName": "b"}}', 1, 23, "Remove one"),
        ('{"metadata": {"tags": {"a": "b"}},\n "values": {"myTags": ["a:c"]}}', 1, 24, "Remove one"),
        ('{"metadata": {"tags": {"pipelayer:key": "b"}}}', 1, 24, "Choose another"),
        ('{"metadata": {"tags": {"aws:x": "b"}}}', 1, 24, "Choose another"),
        ('{"metadata": {"tags": {"": "b"}}}', 1, 24, "1 to 128"),
        (f'{{"metadata": {{"tags": {{"a": "{"x" * 257}"}}}}}}', 1, 24, "256"),
        ('{"metadata": {"tags": ["a"]}}', 1, 24, "key:value"),
        ('{"metadata": {"tags": ["a:1", "a:2"]}}', 1, 31, "Remove one"),
        ('{"values": {"myTags": ["a:1",\n "b"]}}', 2, 2, "key:value"),
        ('{"metadata": {"tags": "a"}}', 1, 23, "a table"),
        ('{"metadata": {"adopt": ""}}', 1, 24, "in AWS"),
        ('{"metadata": {"moved-from": "a"}}', 1, 29, "GROUP/DIR"),
        ('{"metadata": {"moved-from": "../x"}}', 1, 29, "GROUP/DIR"),
        ('{"metadata": {"moved-from": "/"}}', 1, 29, "GROUP/DIR"),
        ('{"metadata": {"moved-from": "b", "adopt": "c"}}', 1, 29, "Keep one"),
        ('{"metadata": {"ignore": "PL706", "ignore": "PL707"}}', 1, 34, "Remove one"),
        ('{"values": {"myA": {"b": "c"}}}', 1, 20, "string"),
        ('{"values": ', 1, 12, "half-written"),
    ],
)
def test_each_mistake_has_its_place_and_a_hint(load, text, line, column, words) -> None:
    loaded = load({"a/values.json": text})
    assert len(loaded.findings) == 1, loaded.text
    assert loaded.text.startswith(f"a/values.json:{line}:{column}: "), loaded.text
    assert words in loaded.text
    assert loaded.text.endswith("acme/nightly:default/a")


def test_tags_of_the_group_count(load) -> None:
    tags = {f"t{n}": "x" for n in range(7)}
    assert len(one(load, values(metadata={"tags": tags})).tags) == 7
    loaded = load({"pipelayer.yml": from_config, "a/values.json": values(metadata={"tags": tags})})
    assert loaded.codes == ("PL024",)
    assert loaded.text.endswith("acme/nightly:prod/a")


def test_both_forms_of_a_file_at_once(load) -> None:
    assert load({"a/values.json": "{}", "a/values.yml": "{}"}).text.startswith("a/values.yml:1:1: PL020")
    shared = load({"pipeline_definition.yml": "objects: []", "a/values.json": "{}", "b/values.json": "{}"})
    assert shared.codes == ("PL020",)
    assert shared.text.endswith("] ")


def test_a_missing_template(load) -> None:
    loaded = load({"pipelayer.yml": "version: 1\ndefaults: {template: other.json}", "a/values.json": "{}"})
    assert loaded.codes == ("PL027",)
    assert loaded.pipelines == ()


@pytest.mark.parametrize("path", ["a/values.json", "pipeline_definition.json"])
def test_links_are_not_read(load, path: str) -> None:
    loaded = load({"a/values.json": "{}", path: "/proc/self/environ"}, modes={path: "120000"})
    assert loaded.pipelines == ()
    assert loaded.codes == ("PL020",)
    assert loaded.text.startswith(path)


def test_a_shared_template_is_read_once_and_reported_once(make_tree) -> None:
    files = {f"p{n}/values.json": "{}" for n in range(5)}
    tree = make_tree({"pipeline_definition.json": '{"objects": [{"id": "A"},]}', **files})
    places = discover(tree, Config("p", (Group("g"),)), "")
    documents = Documents(tree)
    results = [load_pipeline(tree, place, documents) for place in places]
    assert tree.reads["pipeline_definition.json"] == 1
    assert {finding.key for _, findings in results for finding in findings} == {""}
    assert len({finding for _, findings in results for finding in findings}) == 1


def test_a_template_between_is_read_once_and_reported_once_and_is_nobodys_own(load) -> None:
    loaded = load(
        {
            "pipelayer.yml": 'version: 1\ndefaults: {dirs: ["*", "*/*"]}\ngroups: {dev: {}, prod: {}}',
            "exports/pipeline_definition.json": '{"objects": [{"id": "Mine"},]}',
            "exports/pipeline_definition.yml": "objects: []",
            "exports/a/values.json": "{}",
            "exports/b/values.json": "{}",
            "c/values.json": "{}",
        }
    )
    assert loaded.reads["exports/pipeline_definition.json"] == 1
    assert [(one.at and one.at.path, one.key) for one in loaded.findings] == [
        ("exports/pipeline_definition.yml", ""),
        ("exports/pipeline_definition.json", ""),
    ]
    assert [item.id for item in loaded.named("dev/exports/b").definition.objects] == ["Mine"]
    assert len(loaded.named("prod/c").definition.objects) == 3


def test_findings_in_an_own_template_are_the_pipelines(load) -> None:
    loaded = load({"a/values.json": "{}", "a/pipeline_definition.json": '{"objects": [{"id": "A"},]}'})
    assert loaded.text.endswith("acme/nightly:default/a")


def test_a_cycle_of_values_is_no_recursion(load) -> None:
    cycle = {"myA": "#{myB}", "myB": "#{myA}", "myName": "#{myA}"}
    assert load({"a/values.json": values(values=cycle)}).codes == ("PL023",)


def test_a_group_without_pipelines_is_a_warning(load) -> None:
    loaded = load(
        {"pipelayer.yml": "version: 1\ngroups: {dev: {}, prod: {dirs: [b]}}", "a/values.json": "{}"}
    )
    assert loaded.codes == ("PL016",)
    assert "pipelayer.yml:2:" in loaded.text
    assert load({}).codes == ("PL016",)


def test_a_template_without_objects_is_an_error(load) -> None:
    loaded = load({"pipeline_definition.json": '{"objects": []}', "a/values.json": "{}"})
    assert [finding.code for finding in loaded.findings] == ["PL107"]
    assert "pipeline_definition.json:1:1" in loaded.text
