"""What is sent and what is deleted: by content, and under `tasks/` alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelayer.deploy.upload import UploadPlan, plan_upload
from pipelayer.project.uploads import S3Location, UploadFile
from support.fakes import FakeBucket
from support.wanted import files

PLACE = S3Location("data", "in/a/")


class Disk:
    """The project's files by their paths, and which were read."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents, self.read = contents, list[str]()

    def __call__(self, path: str) -> bytes:
        self.read.append(path)
        return self.contents[path]


def plan(bucket: FakeBucket, contents: dict[str, bytes]) -> UploadPlan:
    disk = Disk({f"a/{name}": body for name, body in contents.items()})
    return plan_upload(PLACE, files(*contents), bucket, disk)


def sent(found: UploadPlan) -> list[str]:
    return [file.relative for file in found.send]


def test_an_empty_bucket_takes_everything() -> None:
    assert sent(plan(FakeBucket(), {"run": b"1", "tasks/x": b"2"})) == ["run", "tasks/x"]


def test_what_is_the_same_is_not_sent() -> None:
    bucket = FakeBucket({"in/a/run": b"1", "in/a/tasks/x": b"2"})
    assert plan(bucket, {"run": b"1", "tasks/x": b"2"}).empty
    assert bucket.looked_at == []


def test_one_byte_is_enough() -> None:
    bucket = FakeBucket({"in/a/run": b"1", "in/a/tasks/x": b"2"})
    assert sent(plan(bucket, {"run": b"2", "tasks/x": b"2"})) == ["run"]


def test_only_under_tasks_is_anything_stale() -> None:
    names = ("tasks/old", "tasks/deep/er", "tasks2/x", "tasks", "other/x", "run.old", "xtasks/y")
    bucket = FakeBucket(
        {f"in/a/{name}": b"1" for name in names} | {"in/ab/tasks/x": b"1", "in/b/tasks/x": b"1"}
    )
    found = plan(bucket, {"run": b"1"})
    assert found.stale == ("in/a/tasks/deep/er", "in/a/tasks/old")


def test_the_bucket_itself_may_be_the_place() -> None:
    bucket = FakeBucket({"tasks/old": b"1", "tasks2/x": b"1"})
    found = plan_upload(S3Location("data", ""), files("run", place=""), bucket, Disk({"a/run": b"1"}))
    assert (sent(found), found.stale) == (["run"], ("tasks/old",))


def test_an_etag_that_is_no_md5_leaves_it_to_our_own_mark() -> None:
    bucket = FakeBucket({"in/a/run": b"1", "in/a/x": b"1"}, {"in/a/run": "id-run"}, kms=True)
    assert sent(plan(bucket, {"run": b"1", "x": b"1"})) == ["x"]
    assert bucket.looked_at == ["in/a/run", "in/a/x"]


def test_another_size_needs_no_second_look() -> None:
    bucket = FakeBucket({"in/a/run": b"12"}, {"in/a/run": "id-run"}, kms=True)
    assert sent(plan(bucket, {"run": b"1"})) == ["run"]
    assert bucket.looked_at == []


NAMES = st.sampled_from(["run", "tasks/a", "tasks/b", "tasks/c/d", "tasks2/a", "x"])
TREES = st.dictionaries(NAMES, st.binary(max_size=3), max_size=6)


@given(TREES, TREES, st.booleans())
def test_after_it_the_bucket_holds_just_the_files(
    before: dict[str, bytes], after: dict[str, bytes], kms: bool
) -> None:
    bucket = FakeBucket({f"in/a/{name}": body for name, body in before.items()}, kms=kms)
    disk = Disk({f"a/{name}": body for name, body in after.items()})

    def wanted() -> tuple[UploadFile, ...]:
        return tuple(
            UploadFile(f"a/{name}", name, f"in/a/{name}", body.hex(), False) for name, body in after.items()
        )

    found = plan_upload(PLACE, wanted(), bucket, disk)
    for file in found.send:
        bucket.put("data", file.destination, disk(file.source), file.id)
    bucket.delete("data", found.stale)
    mirrored = {name: body for name, body in before.items() if not name.startswith("tasks/")}
    assert bucket.objects == {f"in/a/{name}": body for name, body in {**mirrored, **after}.items()}
    if not kms:
        assert plan_upload(PLACE, wanted(), bucket, disk).empty
