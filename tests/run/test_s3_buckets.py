"""Buckets that are encrypted, versioned or busy, objects in parts, and objects that somebody else deletes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pipelayer.model import Action, Verb
from pipelayer.sandbox.faults import Fault
from support.clouds import PART, bucket_heard, encrypt, in_small_parts, somebody
from support.gitrepo import Content
from support.scene import BUCKET, Scene, outcome, outcomes, project, with_files

if TYPE_CHECKING:
    from pipelayer.sandbox import Sandbox

FILES = project() | with_files("a", {"x": "1", "y": "1"})
BIG = b"1" * PART + b"2"


@pytest.fixture
def person(sandbox: Sandbox) -> Any:
    """S3 as somebody else calls it."""
    return somebody(sandbox)


def deploy(scene: Scene, files: Mapping[str, Content], **orders: Any) -> int:
    """Commits and deploys; how many files were sent."""
    scene.commit(files)
    scene.clear()
    report = scene.run(**orders)
    assert report.exit_code == 0, report
    return outcome(report, "a").uploaded


def upload(scene: Scene) -> int:
    """Runs the verb that always looks into the bucket; how many files were sent."""
    scene.clear()
    report = scene.run(Verb.UPLOAD)
    assert report.exit_code == 0, report
    return outcome(report, "a").uploaded


def tasks(scene: Scene) -> dict[str, bytes]:
    """The objects under `tasks/`, by their names there."""
    prefix = "in/a/tasks/"
    objects = scene.sandbox.objects(BUCKET, prefix)
    return {key.removeprefix(prefix): body for key, body in objects.items()}


def test_an_id_that_somebody_copied_hides_no_other_content(scene: Scene, person: Any) -> None:
    deploy(scene, FILES)
    place = {"Bucket": BUCKET, "Key": "in/a/tasks/x"}
    person.put_object(**place, Body=b"9", Metadata=person.head_object(**place)["Metadata"])
    assert upload(scene) == 1
    assert tasks(scene) == {"x": b"1", "y": b"1"}


# ---- ETags that are no MD5


def test_an_encrypted_bucket_takes_each_file_once(scene: Scene, person: Any) -> None:
    encrypt(person, BUCKET)
    assert deploy(scene, FILES) == 3
    assert upload(scene) == 0
    assert scene.calls()["HeadObject"] == 3
    assert "PutObject" not in scene.calls()


@pytest.mark.parametrize(("text", "looks"), [("2", 3), ("longer", 2)], ids=["same size", "another size"])
def test_an_encrypted_bucket_gets_what_changed(scene: Scene, person: Any, text: str, looks: int) -> None:
    encrypt(person, BUCKET)
    deploy(scene, FILES)
    assert deploy(scene, {"a/tasks/x": text}) == 1
    assert scene.calls()["HeadObject"] == looks
    assert tasks(scene) == {"x": text.encode(), "y": b"1"}
    assert upload(scene) == 0


def test_what_somebody_else_encrypted_is_sent_once(scene: Scene, person: Any) -> None:
    encrypt(person, BUCKET)
    deploy(scene, FILES)
    scene.sandbox.put_object(BUCKET, "in/a/tasks/x", b"1")
    assert upload(scene) == 1
    assert upload(scene) == 0


def test_a_bucket_may_become_encrypted(scene: Scene, person: Any) -> None:
    deploy(scene, FILES)
    encrypt(person, BUCKET)
    assert deploy(scene, {"a/tasks/x": "2"}) == 1
    assert scene.calls().get("HeadObject", 0) == 1
    assert upload(scene) == 0
    assert scene.calls()["HeadObject"] == 1


def test_where_nobody_may_look_everything_is_sent(scene: Scene, person: Any) -> None:
    encrypt(person, BUCKET)
    blind = ["s3:ListBucket", "s3:PutObject", "s3:DeleteObject"]
    allowed = ["datapipeline:*", "iam:PassRole", "kms:GenerateDataKey", *blind]
    scene.sandbox.allow_only("AKIABLIND", allowed)
    scene.access_key = "AKIABLIND"
    deploy(scene, FILES)
    assert upload(scene) == 3
    assert tasks(scene) == {"x": b"1", "y": b"1"}


def test_what_vanishes_before_it_is_looked_at_is_sent(scene: Scene, person: Any) -> None:
    encrypt(person, BUCKET)
    deploy(scene, FILES)

    def hear(name: str, call: Callable[[], Any]) -> Any:
        if name == "content_id":
            person.delete_object(Bucket=BUCKET, Key="in/a/tasks/x")
        return call()

    scene.around = bucket_heard(hear)
    assert upload(scene) == 1
    assert tasks(scene) == {"x": b"1", "y": b"1"}


# ---- objects in parts


def in_parts(scene: Scene) -> None:
    scene.around = in_small_parts
    deploy(scene, FILES | {"a/tasks/big": BIG})


def test_a_file_in_parts_is_sent_once(scene: Scene) -> None:
    in_parts(scene)
    assert scene.calls()["UploadPart"] == 2
    assert upload(scene) == 0
    assert scene.calls()["HeadObject"] == 1
    assert tasks(scene) == {"x": b"1", "y": b"1", "big": BIG}


def test_a_file_in_parts_that_changed_is_sent(scene: Scene) -> None:
    in_parts(scene)
    changed = b"3" + BIG[1:]
    assert deploy(scene, {"a/tasks/big": changed}) == 1
    assert tasks(scene)["big"] == changed
    assert upload(scene) == 0


def test_a_file_that_is_no_longer_big_replaces_its_parts(scene: Scene) -> None:
    in_parts(scene)
    assert deploy(scene, {"a/tasks/big": "small"}) == 1
    assert tasks(scene)["big"] == b"small"
    assert upload(scene) == 0
    assert "HeadObject" not in scene.calls()


def test_a_part_that_fails_leaves_no_object_and_no_parts(scene: Scene, person: Any) -> None:
    scene.around = in_small_parts
    scene.commit(FILES | {"a/tasks/big": BIG})
    scene.sandbox.fault(Fault("s3", "UploadPart", nth=2, code="InternalError"))
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert "Retry: pipelayer deploy a" in outcome(report, "a").error
    assert "big" not in tasks(scene)
    assert "Uploads" not in person.list_multipart_uploads(Bucket=BUCKET)
    assert outcomes(scene.run()) == {"a": "created"}
    assert tasks(scene)["big"] == BIG


# ---- a versioned bucket


def test_a_versioned_bucket_keeps_what_was_and_shows_what_is(scene: Scene, person: Any) -> None:
    person.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    deploy(scene, FILES)
    assert deploy(scene, {"a/tasks/x": "2", "a/tasks/y": None}) == 1
    assert tasks(scene) == {"x": b"2"}
    found = person.list_object_versions(Bucket=BUCKET, Prefix="in/a/tasks/")
    assert sorted(one["Key"] for one in found["Versions"]) == ["in/a/tasks/x"] * 2 + ["in/a/tasks/y"]
    assert [one["Key"] for one in found["DeleteMarkers"]] == ["in/a/tasks/y"]
    assert upload(scene) == 0
    assert not {"PutObject", "DeleteObjects"} & scene.calls().keys()


def test_what_comes_back_to_a_versioned_bucket_is_there_again(scene: Scene, person: Any) -> None:
    person.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    deploy(scene, FILES)
    deploy(scene, {"a/tasks/y": None})
    assert deploy(scene, {"a/tasks/y": "1"}) == 1
    assert tasks(scene) == {"x": b"1", "y": b"1"}


# ---- what somebody else deletes meanwhile


def test_what_is_stale_may_be_gone_already(scene: Scene, person: Any) -> None:
    deploy(scene, FILES)
    scene.story.after[Action.UPLOAD] = lambda: person.delete_object(Bucket=BUCKET, Key="in/a/tasks/y")
    assert deploy(scene, {"a/tasks/x": "2", "a/tasks/y": None}) == 1
    assert tasks(scene) == {"x": b"2"}
    assert upload(scene) == 0


def test_what_is_deleted_behind_our_back_comes_back_with_upload(scene: Scene, person: Any) -> None:
    """Only the verb `upload` looks at files that the record says are there."""
    deploy(scene, FILES)
    scene.story.after[Action.UPLOAD] = lambda: person.delete_object(Bucket=BUCKET, Key="in/a/tasks/y")
    assert deploy(scene, {"a/tasks/x": "2"}) == 1
    assert outcomes(scene.run()) == {"a": "unchanged"}
    assert upload(scene) == 1
    assert tasks(scene) == {"x": b"2", "y": b"1"}


def test_the_next_deploy_with_other_files_brings_it_back_too(scene: Scene, person: Any) -> None:
    deploy(scene, FILES)
    person.delete_object(Bucket=BUCKET, Key="in/a/tasks/y")
    assert deploy(scene, {"a/tasks/x": "2"}) == 2
    assert tasks(scene) == {"x": b"2", "y": b"1"}


def test_a_bucket_that_goes_away_is_named_and_filled_once_it_is_back(scene: Scene, person: Any) -> None:
    deploy(scene, FILES)
    scene.commit({"a/tasks/x": "2"})

    def hear(name: str, call: Callable[[], Any]) -> Any:
        if name == "put":
            for key in scene.sandbox.objects(BUCKET):
                person.delete_object(Bucket=BUCKET, Key=key)
            person.delete_bucket(Bucket=BUCKET)
        return call()

    scene.around = bucket_heard(hear)
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    assert f"There is no bucket `{BUCKET}`" in outcome(report, "a").error
    scene.around = lambda cloud: cloud
    scene.sandbox.create_bucket(BUCKET)
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert tasks(scene) == {"x": b"2", "y": b"1"}


# ---- a bucket that is busy

CALLS = ("ListObjectsV2", "HeadObject", "PutObject", "UploadPart", "DeleteObjects")
CHANGE = {"a/tasks/x": "2", "a/tasks/y": None, "a/tasks/big": b"3" + BIG[1:]}
"""What makes every one of these calls, in an encrypted bucket."""


def busy(scene: Scene, person: Any) -> None:
    encrypt(person, BUCKET)
    in_parts(scene)
    scene.commit(CHANGE)


def test_a_bucket_that_is_busy_for_a_moment_is_asked_again(scene: Scene, person: Any) -> None:
    busy(scene, person)
    for operation in CALLS:
        scene.sandbox.fault(Fault("s3", operation, code="SlowDown"))
    scene.attempts = 2
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert scene.sandbox.aws.faults.waiting == []
    assert tasks(scene) == {"x": b"2", "big": b"3" + BIG[1:]}


@pytest.mark.parametrize("operation", CALLS)
def test_a_bucket_that_stays_busy_ends_in_the_command_to_retry(
    scene: Scene, person: Any, operation: str
) -> None:
    busy(scene, person)
    scene.sandbox.fault(Fault("s3", operation, code="SlowDown", times=0))
    report = scene.run()
    assert outcomes(report) == {"a": "failed"}
    error = outcome(report, "a").error
    assert operation in error
    assert "Retry: pipelayer deploy a" in error
    scene.sandbox.clear_faults()
    assert outcomes(scene.run()) == {"a": "uploaded"}
    assert tasks(scene) == {"x": b"2", "big": b"3" + BIG[1:]}
    assert outcomes(scene.run()) == {"a": "unchanged"}
