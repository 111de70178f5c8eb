"""Which folder of S3 is a pipeline's own, and which of its objects can be files."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipelayer.definition.flat import Definition, Field, Parameter, PipelineObject, Ref
from pipelayer.importer.inputs import (
    Unfit,
    contents,
    with_input_dir,
    without_input_dir,
)
from pipelayer.project.uploads import S3Location, input_location


@dataclass(frozen=True)
class Stored:
    key: str
    size: int = 1


def staged(command: str, *folders: str, values: dict[str, str] | None = None) -> Definition:
    nodes = [
        PipelineObject(
            f"In{n}", f"In{n}", {"type": Field(("S3DataNode",)), "directoryPath": Field((folder,))}
        )
        for n, folder in enumerate(folders, 1)
    ]
    job = {
        "type": Field(("ShellCommandActivity",)),
        "command": Field((command,)),
        "input": Field(tuple(Ref(node.id) for node in nodes)),
    }
    given = {id: Field((text,)) for id, text in (values or {}).items()}
    return Definition((PipelineObject("Job", "Job", job), *nodes), (), given)


@pytest.mark.parametrize(
    "command",
    [
        "cd ${INPUT1_STAGING_DIR} && ./run",
        "(cd ${INPUT1_STAGING_DIR} && chmod +x run && ./run) > ${OUTPUT1_STAGING_DIR}/stdout.txt",
        "bash ${INPUT1_STAGING_DIR}/x.sh",
        'python3 "$INPUT1_STAGING_DIR/x.py"',
        "${INPUT1_STAGING_DIR}/x",
        "set -e; ${INPUT1_STAGING_DIR}/x",
    ],
)
def test_the_folder_from_which_something_is_run_is_the_pipelines_own(command: str) -> None:
    found = with_input_dir(staged(command, "s3://bucket/code/orders"))
    assert input_location(found) == S3Location("bucket", "code/orders/")
    assert found.objects[1].text("directoryPath") == "#{myS3InputDir}"


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("wc -l ${INPUT1_STAGING_DIR}/*.csv", ["s3://bucket/data"]),
        ("cat ${INPUT1_STAGING_DIR}/x | sort", ["s3://bucket/data"]),
        ("sh ${INPUT1_STAGING_DIR}/a; sh ${INPUT2_STAGING_DIR}/b", ["s3://bucket/one", "s3://bucket/two"]),
        ("sh ${INPUT1_STAGING_DIR}/a", ["s3://bucket/#{format(@scheduledStartTime,'YYYY')}"]),
        ("sh ${INPUT3_STAGING_DIR}/a", ["s3://bucket/one"]),
    ],
)
def test_data_and_what_nobody_can_tell_stays_where_it_is(command: str, folders: list[str]) -> None:
    found = staged(command, *folders)
    assert with_input_dir(found) == found


def test_a_value_that_is_there_counts() -> None:
    found = staged(
        "sh ${INPUT1_STAGING_DIR}/a", "s3://bucket/one", values={"myS3InputDir": "s3://bucket/two"}
    )
    assert with_input_dir(found) == found


def test_a_folder_that_is_not_mirrored_goes_by_another_name_in_expressions_alone() -> None:
    found = staged(
        "echo myS3InputDir #{myS3InputDir} #{myS3InputDirs}",
        "#{myS3InputDir}",
        values={"myS3InputDir": "s3://bucket/x"},
    )
    found = Definition(found.objects, (Parameter("myS3InputDir", {}),), found.values)
    left = without_input_dir(found)
    assert input_location(left) is None
    assert left.objects[0].text("command") == "echo myS3InputDir #{myS3SourceDir} #{myS3InputDirs}"
    assert [one.id for one in left.parameters] == ["myS3SourceDir"]
    assert left.values == {"myS3SourceDir": Field(("s3://bucket/x",))}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../../etc/passwd", Unfit.NAME),
        ("tasks//x", Unfit.NAME),
        ("tasks/./x", Unfit.NAME),
        ("tasks/a\\b", Unfit.NAME),
        ("tasks/a\x07", Unfit.NAME),
        ("tasks/" + "x" * 256, Unfit.NAME),
        ("tasks/folder/", Unfit.NAME),
        ("/run", Unfit.NAME),
        ("values.json", Unfit.OURS),
        ("values.prod.yml", Unfit.OURS),
        ("pipeline_definition.json", Unfit.OURS),
        ("tasks/values.json", Unfit.OURS),
        ("tasks/.git/config", Unfit.GITS),
        ("tasks/.GIT/config", Unfit.GITS),
        (".gitignore", Unfit.GITS),
    ],
)
def test_what_can_be_no_file_of_the_repository(path: str, why: Unfit) -> None:
    found = contents(S3Location("b", "in/"), [Stored(f"in/{path}"), Stored("in/run", 3)])
    assert found.unfit == {f"in/{path}": why}
    assert [(one.path, one.size) for one in found.scripts] == [("run", 3)]


def test_a_file_and_a_folder_of_one_name() -> None:
    found = contents(S3Location("b", "in/"), [Stored("in/tasks/a"), Stored("in/tasks/a/b")])
    assert found.unfit == {"in/tasks/a": Unfit.BOTH}


def test_what_only_marks_a_folder_is_nothing() -> None:
    found = contents(S3Location("b", "in/"), [Stored("in/", 0), Stored("in/tasks/", 0)])
    assert (found.scripts, found.unfit) == ((), {})
