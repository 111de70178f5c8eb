"""A prefix with 5,000 objects: read page by page, mirrored exactly, deleted 1,000 at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from pipelayer.model import Verb
from pipelayer.sandbox.faults import Fault, Kind, When
from support.clouds import somebody
from support.scene import BUCKET, Scene, outcome, outcomes, project, with_files

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

OTHERS = ("in/a/by-hand", "in/a/tasks.old", "in/a/tasks2/t0001", "in/ab/tasks/t0001", "tasks/t0001")
"""Keys around `in/a/tasks/`, none of them ours."""


@pytest.fixture
def person(sandbox: Sandbox) -> Any:
    """S3 as somebody else calls it."""
    return somebody(sandbox)


def names(numbers: Iterable[int]) -> list[str]:
    return [f"t{number:04}" for number in numbers]


def task(name: str) -> str:
    return f"in/a/tasks/{name}"


def stage(scene: Scene, *, there: Iterable[int], wanted: Iterable[int]) -> list[str]:
    """A live pipeline, objects under its `tasks/`, others around, and a commit with other files.

    The keys as they shall be in the end.
    """
    scene.commit(project() | with_files("a", {}))
    assert scene.run().exit_code == 0
    for name in names(there):
        scene.sandbox.put_object(BUCKET, task(name), name.encode())
    for key in OTHERS:
        scene.sandbox.put_object(BUCKET, key, b"theirs")
    scene.commit(with_files("a", {name: name for name in names(wanted)}))
    scene.clear()
    return sorted(["in/a/run", *OTHERS, *map(task, names(wanted))])


def keys(person: Any) -> list[str]:
    """Every key of the bucket, in order."""
    pages = person.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def recorded(scene: Scene) -> str:
    """What the live pipeline's record says of its files."""
    return str(scene.live("a").tags["pipelayer:state"].split("/")[2])


def test_five_thousand_objects_become_just_the_files(scene: Scene, person: Any) -> None:
    end = stage(scene, there=range(5000), wanted=range(4900, 5010))
    report = scene.run()
    done = outcome(report, "a")
    assert (done.result.value, done.uploaded, done.removed) == ("uploaded", 10, 4900)
    calls = scene.calls()
    assert (calls["ListObjectsV2"], calls["PutObject"], calls["DeleteObjects"]) == (6, 10, 5)
    assert "HeadObject" not in calls
    assert keys(person) == end


def test_a_page_that_is_cut_short_changes_nothing(scene: Scene, person: Any) -> None:
    """Else what is on the pages after it would be sent again, and nothing of it deleted."""
    end = stage(scene, there=range(2100), wanted=range(2000, 2101))
    before, record = keys(person), recorded(scene)
    scene.sandbox.fault(Fault("s3", "ListObjectsV2", nth=2, kind=Kind.TRUNCATE))
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert "ListObjectsV2" in outcome(report, "a").error
    assert (keys(person), recorded(scene)) == (before, record)
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert keys(person) == end


@pytest.mark.parametrize("when", When)
def test_deleting_goes_on_where_it_was_cut_off(scene: Scene, person: Any, when: When) -> None:
    end = stage(scene, there=range(2100), wanted=range(10))
    scene.sandbox.fault(Fault("s3", "DeleteObjects", nth=2, kind=Kind.DROP, when=when))
    assert outcomes(scene.run()) == {"a": "failed"}
    assert len(keys(person)) == len(end) + (90 if when is When.AFTER else 1090)
    assert recorded(scene) == "?"
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert keys(person) == end


def test_keys_that_may_not_be_deleted_are_named_and_hold_up_no_others(scene: Scene, person: Any) -> None:
    end = stage(scene, there=range(2100), wanted=range(10))
    protected = [task("t0100"), task("t1500")]
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": [f"arn:aws:s3:::{BUCKET}/{key}" for key in protected],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    person.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    error = outcome(report, "a").error
    assert f"S3 did not delete `{protected[0]}` and 1 more" in error
    assert "s3:DeleteObject" in error
    assert "Retry: pipelayer deploy a" in error
    assert keys(person) == sorted([*end, *protected])
    assert recorded(scene) == "?"
    person.delete_bucket_policy(Bucket=BUCKET)
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert keys(person) == end
    assert outcomes(scene.run(Verb.UPLOAD)) == {"a": "unchanged"}
