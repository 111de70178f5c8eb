"""What is uploaded, where to, and what is refused."""

from __future__ import annotations

import json

import pytest

from pipelayer.project.pipeline import Pipeline
from pipelayer.project.tree import blob_id
from pipelayer.project.uploads import S3Location

INPUT = '{"values": {"myS3InputDir": "s3://bucket/in"}}'
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"


def template(command: str) -> str:
    return json.dumps({"objects": [{"id": "Job", "type": "ShellCommandActivity", "command": command}]})


def one(load, files: dict[str, str | bytes], **modes) -> Pipeline:
    loaded = load(files, **modes)
    assert loaded.findings == (), loaded.text
    return loaded.pipelines[0]


def test_files_go_below_the_input_dir(load) -> None:
    files = {"d/a/values.json": INPUT, "d/a/run": "x", "d/a/tasks/1.sh": "y"}
    pipeline = one(load, files, root="d", modes={"d/a/run": "100755"})
    assert pipeline.input == S3Location("bucket", "in/")
    run, task = pipeline.files
    assert (run.source, run.relative, run.destination) == ("d/a/run", "run", "in/run")
    assert (run.id, run.executable) == (blob_id(b"x"), True)
    assert (task.relative, task.destination, task.executable) == ("tasks/1.sh", "in/tasks/1.sh", False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("s3://bucket/in", "s3://bucket/in/"),
        ("s3://bucket/in/", "s3://bucket/in/"),
        ("s3://bucket", "s3://bucket/"),
        ("s3://bucket/", "s3://bucket/"),
        ("s3://#{myBucket}/#{myEnv}/in", "s3://b-dev/dev/in/"),
        ("#{myRoot}/x y", "s3://b-dev/root/x y/"),
    ],
)
def test_the_input_dir_may_use_values(load, written: str, expected: str) -> None:
    names = {
        "myS3InputDir": written,
        "myEnv": "dev",
        "myBucket": "b-#{myEnv}",
        "myRoot": "s3://#{myBucket}/root",
    }
    pipeline = one(load, {"a/values.json": json.dumps({"values": names}), "a/run": "x"})
    assert str(pipeline.input) == expected


def test_the_input_dir_may_be_a_default(load) -> None:
    declared = (
        '{"objects": [{"id": "A"}], "parameters": [{"id": "myS3InputDir", "default": "s3://bucket/x"}]}'
    )
    pipeline = one(load, {"a/values.json": "{}", "a/run": "x", "pipeline_definition.json": declared})
    assert pipeline.input == S3Location("bucket", "x/")


def test_files_need_an_input_dir(load) -> None:
    loaded = load({"a/values.json": "{}", "a/run": "x"})
    assert loaded.codes == ("PL040",)
    assert loaded.text.startswith("a/values.json:1:1: ")
    assert load({"a/values.json": "{}"}).findings == ()


@pytest.mark.parametrize(
    "written",
    ["bucket/in", "https://bucket/in", "s3:/bucket", "s3://", "s3:///in", "s3://b/in", "s3://bucket/a//b",
     "s3://bucket/../b", "s3://bucket/./b", "s3://buc ket/b", "s3://bucket/a\tb", "", "#{format(myX, 'y')}",
     "s3://bucket/#{myMissing}", "s3://bucket/#{@scheduledStartTime}"],
)  # fmt: skip
def test_an_input_dir_that_cannot_be_used(load, written: str) -> None:
    text = json.dumps({"values": {"myS3InputDir": written}})
    loaded = load({"a/values.json": text, "a/run": "x"})
    assert loaded.codes == ("PL041",)
    assert loaded.text.startswith("a/values.json:1:29: ")
    assert load({"a/values.json": text}).findings == ()


def test_an_input_dir_that_is_a_list(load) -> None:
    text = json.dumps({"values": {"myS3InputDir": ["s3://bucket/a", "s3://bucket/b"]}})
    assert load({"a/values.json": text, "a/run": "x"}).codes == ("PL041",)


@pytest.mark.parametrize(
    ("name", "mode", "content", "code"),
    [
        ("a/tasks/x", "120000", "/etc/passwd", "PL042"),
        ("a/sub", "160000", "", "PL043"),
        ("a/big.bin", "100644", POINTER, "PL044"),
        ("a/x\ny", "100644", "x", "PL045"),
        ("a/x\udcff", "100644", "x", "PL045"),
        ("a/x\u2028", "100644", "x", "PL045"),
        ("a/x\uffff", "100644", "x", "PL045"),
        (f"a/{'x/' * 511}y", "100644", "x", "PL045"),
    ],
)
def test_what_is_refused(load, name: str, mode: str, content: str, code: str) -> None:
    loaded = load({"a/values.json": INPUT, "a/run": "x", name: content}, modes={name: mode})
    assert loaded.codes == (code,)
    assert loaded.findings[0].at.path == name
    assert [file.relative for file in loaded.pipelines[0].files] == ["run"] + ["big.bin"] * (code == "PL044")
    assert loaded.findings[0].message.isprintable()


def test_a_pointer_is_known_by_its_beginning(load) -> None:
    files = {"a/values.json": INPUT, "a/doc": f"See {POINTER}", "a/long": POINTER + "x" * 2000, "a/empty": ""}
    loaded = load(files)
    assert [finding.at.path for finding in loaded.findings] == ["a/long"]


def test_each_content_is_looked_at_once(load, make_tree) -> None:
    from pipelayer.project.uploads import find_pointers

    files = {"a/values.json": INPUT, "a/run": "same", "a/tasks/x": "same", "a/tasks/y": "other"}
    (pipeline,) = load(files).pipelines
    tree = make_tree(files)
    assert list(find_pointers(tree, {"a": pipeline.files, "b": pipeline.files})) == []
    assert tree.reads == {"a/run": 1, "a/tasks/y": 1}


def test_loading_opens_no_file_that_is_uploaded(load) -> None:
    loaded = load({"a/values.json": INPUT, "a/run": "x", "a/tasks/y": "y"}, check=False)
    assert len(loaded.pipelines[0].files) == 2
    assert set(loaded.reads) == {"pipeline_definition.json", "a/values.json"}


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        ("./run", True),
        ("chmod +x run && ./run", True),
        ("chmod 755 ./run", True),
        ("(cd ${INPUT1_STAGING_DIR} && chmod +x run && ./run) > ${OUTPUT1_STAGING_DIR}/stdout.txt", True),
        ("bash ${INPUT1_STAGING_DIR}/run", True),
        ("sh run fast", True),
        ("#{myCommand}", True),
        ("cd /opt/app && ./run", False),
        ("./runner", False),
        ("./run.sh", False),
        ("bin/run", False),
        ("echo run", False),
        ("true", False),
    ],
)
def test_a_command_that_calls_run_needs_it(load, command: str, missing: bool) -> None:
    text = '{"values": {"myS3InputDir": "s3://bucket/in", "myCommand": "./run"}}'
    files = {"pipeline_definition.json": template(command), "a/values.json": text}
    loaded = load(files)
    assert loaded.codes == (("PL046",) if missing else ())
    if missing:
        assert loaded.text.startswith("pipeline_definition.json:1:")
        assert loaded.text.endswith("acme/nightly:default/a")
    assert load({**files, "a/run": "x"}).findings == ()


def test_the_files_digest(load) -> None:
    def digest(files: dict[str, str], values: str = INPUT, mode: str = "100644") -> str:
        mine = {f"a/{name}": text for name, text in files.items()}
        return one(load, {"a/values.json": values, **mine}, modes={"a/run": mode}).files_digest

    base = digest({"run": "x", "tasks/1": "y"})
    assert base == digest({"tasks/1": "y", "run": "x"})
    elsewhere = INPUT.replace("bucket/in", "bucket/on"), INPUT.replace("bucket/in", "basket/in")
    others = [
        digest({"run": "z", "tasks/1": "y"}),
        digest({"run": "x", "tasks/2": "y"}),
        digest({"run": "x"}),
        digest({"run": "x", "tasks/1": "y"}, mode="100755"),
        *(digest({"run": "x", "tasks/1": "y"}, values) for values in elsewhere),
    ]
    assert len({base, *others}) == 7
    assert digest({}) == digest({}, "{}") == digest({}, elsewhere[0])
