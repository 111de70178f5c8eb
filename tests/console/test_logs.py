"""Which attempts are meant, where their logs lie, and what is made of them, with stand-ins for AWS."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.console.attempts import Asked, Chosen, choose
from pipelayer.console.log_places import placed
from pipelayer.console.logs import AttemptLogs, LogFile, Logs, last_lines, listed, logs_of, whole
from pipelayer.console.ports import ANY, Wanted
from pipelayer.console.unpacking import LONGEST, lines, tail, unpacked
from pipelayer.definition.flat import Definition, Field, PipelineObject, Ref
from pipelayer.errors import AwsError, UsageError
from pipelayer.model import LivePipeline
from pipelayer.model.history import ObjectOrder, ObjectRun, ObjectStatus, Sphere
from pipelayer.project.uploads import S3Location
from pipelayer.render.logs import told

FIRST = datetime(2026, 3, 1, 2, tzinfo=UTC)
NOW = FIRST + timedelta(hours=10)
SECOND = FIRST + timedelta(days=1)
LIVE = LivePipeline("df-1", "orders")
TEXT = "".join(f"line {number}\n" for number in range(1000)).encode()


# ---- content


def pieces(content: bytes, size: int = 7) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@given(
    parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    padding=st.integers(0, 20),
    size=st.integers(1, 50),
)
def test_members_one_after_the_other_are_one_content(parts: list[bytes], padding: int, size: int) -> None:
    packed = b"".join(map(gzip.compress, parts)) + b"\0" * padding
    assert b"".join(unpacked(pieces(packed, size))) == b"".join(parts)


@given(
    content=st.binary(max_size=300).filter(lambda one: not one.startswith(b"\x1f\x8b")),
    size=st.integers(1, 9),
)
def test_what_is_not_packed_stays_as_it_is(content: bytes, size: int) -> None:
    assert b"".join(unpacked(pieces(content, size))) == content


@given(text=st.text().filter(lambda one: "\r" not in one), size=st.integers(1, 9))
def test_lines_do_not_depend_on_the_pieces(text: str, size: int) -> None:
    expected = text.split("\n")
    assert list(lines(pieces(text.encode(), size))) == (expected if expected[-1] else expected[:-1])


def test_a_tail_says_how_much_it_leaves_out() -> None:
    found = tail(pieces(gzip.compress(TEXT)), 3)
    assert (found.lines, found.left_out, found.problem) == (("line 997", "line 998", "line 999"), 997, "")
    assert tail([], 3).lines == ()


@pytest.mark.parametrize("cut", [3, 12, 200, 1000])
def test_what_is_cut_short_shows_what_there_is(cut: int) -> None:
    packed = gzip.compress(TEXT)
    found = tail(pieces(packed[:cut]), 5000)
    assert found.problem == "it is cut short"
    assert TEXT.decode().startswith("\n".join(found.lines))
    assert bool(found.lines) is (cut > 100)


def test_what_is_damaged_shows_what_came_before() -> None:
    packed = bytearray(gzip.compress(random.Random(1).randbytes(50_000)))
    packed[40_000] ^= 0xFF
    assert tail(pieces(bytes(packed)), 5).problem == "it is damaged"
    after = tail(pieces(gzip.compress(b"good\n") + b"rubbish"), 5)
    assert (after.lines, after.problem) == (("good",), "what follows is damaged")


def test_a_log_of_one_line_and_one_that_unpacks_to_much_fill_no_memory() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * 100_000

    found = tail(endless(), 2)
    assert [len(line) for line in found.lines] == [LONGEST, 20_000_000 % LONGEST]
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert max(map(len, unpacked([bomb]))) <= 64 * 1024


# ---- which attempts


def instance(
    component: str, status: str, at: datetime = FIRST, *, tries: int = 1, **more: object
) -> ObjectRun:
    own = f"@{component}_{at:%Y-%m-%dT%H:%M:%S}"
    given: dict[str, object] = {
        "component": component,
        "scheduled": at,
        "head": f"{own}_Attempt={tries}" if tries else "",
        "started": at if tries else None,
        "ended": at + timedelta(minutes=1) if tries else None,
        **more,
    }
    return ObjectRun(own, Sphere.INSTANCE, ObjectStatus(status), **given)  # type: ignore[arg-type]


@dataclass
class FakeHistory:
    """The instances, and the attempts that their heads tell of."""

    instances: Sequence[ObjectRun]
    described: list[str] = field(default_factory=list)

    @property
    def attempts(self) -> list[ObjectRun]:
        return [
            ObjectRun(
                f"{one.id}_Attempt={number}",
                Sphere.ATTEMPT,
                one.status,
                component=one.component,
                instance=one.id,
                number=number,
                scheduled=one.scheduled,
                runs_on=one.runs_on,
            )
            for one in self.instances
            if one.head
            for number in range(1, int(one.head.rpartition("=")[2]) + 1)
        ]

    def query(self, pipeline_id: str, sphere: Sphere, wanted: Wanted = ANY) -> Sequence[str]:
        found = self.instances if sphere is Sphere.INSTANCE else reversed(self.attempts)
        return [one.id for one in found if fits(one, wanted)]

    def describe(self, pipeline_id: str, ids: Sequence[str]) -> Sequence[ObjectRun]:
        self.described += ids
        every = {one.id: one for one in [*self.instances, *self.attempts]}
        return [every[one] for one in ids]

    def set_status(self, pipeline_id: str, ids: Sequence[str], order: ObjectOrder) -> None:
        raise AssertionError("looking changes nothing")


def fits(one: ObjectRun, wanted: Wanted) -> bool:
    return (
        (not wanted.scheduled_from or (one.scheduled is not None and one.scheduled >= wanted.scheduled_from))
        and (not wanted.scheduled_to or (one.scheduled is not None and one.scheduled <= wanted.scheduled_to))
        and (not wanted.statuses or one.status in wanted.statuses)
        and wanted.instance in ("", one.instance)
    )


def chosen(*instances: ObjectRun, now: datetime = NOW, **asked: object) -> Chosen:
    found = choose(FakeHistory(instances), LIVE, Asked(**asked), now)  # type: ignore[arg-type]
    assert found is not None
    return found


def ids(found: Chosen) -> list[str]:
    """The attempts without the time: `@Job=2`."""
    return [f"@{one.component}={one.number}" for one in found.attempts]


def test_the_last_attempt_of_what_failed_last() -> None:
    found = chosen(
        instance("Load", "FAILED", tries=3),
        instance(
            "Send", "FAILED", ended=FIRST + timedelta(minutes=9), runs_on=f"@Box_{FIRST:%Y-%m-%dT%H:%M:%S}"
        ),
        instance("Late", "CASCADE_FAILED", tries=0),
        instance("Box", "FINISHED", ended=FIRST + timedelta(minutes=10)),
    )
    assert ids(found) == ["@Send=1"]
    assert [one.component for one in found.others] == ["Load"]
    assert (found.hosts, found.running, found.scheduled) == (("Box",), False, FIRST)


def test_of_a_run_that_went_well_the_last_work_and_not_its_resource() -> None:
    found = chosen(
        instance("Job", "FINISHED", runs_on="Box"),
        instance("Data", "FINISHED", tries=0),
        instance("Box", "FINISHED", ended=FIRST + timedelta(minutes=10)),
    )
    assert ids(found) == ["@Job=1"]


def test_of_a_run_that_goes_on_what_is_at_work() -> None:
    found = chosen(instance("Job", "FINISHED"), instance("Next", "RUNNING", ended=None))
    assert (ids(found), found.running) == (["@Next=1"], True)


def test_the_last_run_is_the_last_that_began() -> None:
    found = chosen(
        instance("Job", "FAILED"),
        instance("Job", "FINISHED", SECOND),
        instance("Job", "WAITING_ON_DEPENDENCIES", SECOND + timedelta(days=1), tries=0),
        now=SECOND,
    )
    assert (ids(found), found.scheduled) == (["@Job=1"], SECOND)


def test_a_run_of_long_ago_is_found() -> None:
    assert chosen(instance("Job", "FAILED"), now=FIRST + timedelta(days=400)).scheduled == FIRST


def test_a_long_history_is_not_described() -> None:
    runs = [instance("Job", "FINISHED", FIRST + timedelta(days=day)) for day in range(300)]
    history = FakeHistory(runs)
    choose(history, LIVE, Asked(), FIRST + timedelta(days=300))
    choose(history, LIVE, Asked("2026-03-02"), FIRST + timedelta(days=300))
    assert len(history.described) == 4


def test_ids_that_tell_no_time_are_described() -> None:
    odd = instance("Job", "FAILED")
    odd = ObjectRun("@odd", odd.sphere, odd.status, component="Job", scheduled=FIRST, started=FIRST)
    assert [one.id for one in chosen(odd).untried] == ["@odd"]


def test_nothing_has_run() -> None:
    waiting = instance("Job", "WAITING_ON_DEPENDENCIES", tries=0)
    assert choose(FakeHistory([]), LIVE, Asked(), NOW) is None
    assert choose(FakeHistory([instance("Job", "FAILED")]), LIVE, Asked("2026-03-02"), NOW) is None
    assert [one.component for one in chosen(waiting, run="2026-03-01").untried] == ["Job"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"run": "2026-03-01"}, ["@Job=2"]),
        ({"run": "2026-03-01T02:00:00"}, ["@Job=2"]),
        ({"run": "2026-03-01T03:00:00+01:00"}, ["@Job=2"]),
        ({"run": "@Load_2026-03-01T02:00:00"}, ["@Load=1"]),
        ({"run": "@Job_2026-03-01T02:00:00_Attempt=1"}, ["@Job=1"]),
        ({"run": "2026-03-01", "object_id": "Load"}, ["@Load=1"]),
        ({"run": "2026-03-01", "object_id": "Job", "attempt": 1}, ["@Job=1"]),
        ({"run": "2026-03-01", "every": True}, ["@Job=1", "@Job=2", "@Load=1"]),
        ({"object_id": "Job"}, ["@Job=1"]),
    ],
)
def test_another_run_object_or_attempt(asked: dict[str, object], expected: list[str]) -> None:
    found = chosen(
        instance("Job", "FAILED", tries=2),
        instance("Load", "FINISHED"),
        instance("Job", "FINISHED", SECOND),
        now=SECOND,
        **asked,
    )
    assert ids(found) == expected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"run": "yesterday"}, "yesterday"),
        ({"run": "@Job"}, "@Job"),
        ({"run": "@Job_2026-13-01T02:00:00"}, "No run has the id"),
        ({"object_id": "Jbo"}, "Jbo"),
        ({"attempt": 3}, "attempt 3"),
    ],
)
def test_what_can_not_be_meant(asked: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        chosen(instance("Job", "FAILED"), **asked)
    assert caught.value.hint


# ---- where the logs are

ATTEMPT = ObjectRun(
    "@Job_T_Attempt=1",
    Sphere.ATTEMPT,
    ObjectStatus.FAILED,
    component="Job",
    instance="@Job_T",
    log_uri="s3://logs/x",
)
FOLDER = "x/df-1/Job/@Job_T/@Job_T_Attempt=1/"


@dataclass(frozen=True)
class File:
    key: str
    size: int = 1
    modified: datetime | None = None


@dataclass
class FakeStore:
    """Buckets by name; an error in the place of a content is raised."""

    buckets: dict[str, dict[str, bytes | AwsError]]
    read_keys: list[str] = field(default_factory=list)

    def list(self, location: S3Location) -> Sequence[File]:
        if location.bucket not in self.buckets:
            raise AwsError("gone", code="NoSuchBucket")
        found = self.buckets[location.bucket]
        if isinstance(denied := found.get("*"), AwsError):
            raise denied
        return [File(key) for key in found if key.startswith(location.prefix)]

    def read(self, bucket: str, key: str) -> bytes:
        return b"".join(self.pieces(bucket, key))

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        self.read_keys.append(key)
        found = self.buckets[bucket][key]
        if isinstance(found, AwsError):
            raise found
        yield found


def changed(**more: object) -> ObjectRun:
    return replace(ATTEMPT, **more)  # type: ignore[arg-type]


def test_everything_in_the_attempts_folder_is_a_log() -> None:
    store = FakeStore(
        {
            "logs": {
                FOLDER: b"",
                FOLDER + "StdError.gz": gzip.compress(b"bad\n"),
                FOLDER + "deep/Task Runner.log": b"said",
                FOLDER.replace("=1", "=11") + "StdError.gz": b"another's",
            }
        }
    )
    found = logs_of(store, "df-1", ATTEMPT, last_lines(10))
    assert found.address == f"s3://logs/{FOLDER}"
    assert [(one.address.removeprefix(found.address), list(one.lines)) for one in found.files] == [
        ("StdError.gz", ["bad"]),
        ("deep/Task Runner.log", ["said"]),
    ]
    assert found.problems == ()


def test_what_was_written_elsewhere_is_read_too() -> None:
    attempt = changed(logs=("s3://out/job.txt", "s3://emr/steps/s-1/", "https://nowhere/", "s3://out/#{x}"))
    store = FakeStore(
        {
            "logs": {FOLDER + "Activity.log": b"a"},
            "out": {"job.txt": b"o", "job.txt2": b"another's"},
            "emr": {"steps/s-1/stderr.gz": gzip.compress(b"e")},
        }
    )
    found = logs_of(store, "df-1", attempt, last_lines(10))
    assert [list(one.lines) for one in found.files] == [["a"], ["o"], ["e"]]


@pytest.mark.parametrize(
    ("attempt", "buckets", "said", "hint"),
    [
        (changed(log_uri=""), {}, "nowhere", "pipelineLogUri"),
        (changed(log_uri="/tmp/logs"), {}, "no place in S3", "pipelineLogUri"),
        (changed(log_uri="s3://logs/#{myEnv}"), {}, "no place in S3", "pipelineLogUri"),
        (ATTEMPT, {"logs": {}}, "nothing under s3://logs/", "lifecycle"),
        (ATTEMPT, {}, "no bucket `logs`", "pipelineLogUri"),
        (ATTEMPT, {"logs": {"*": AwsError("no", code="AccessDenied")}}, "may not read", "s3:ListBucket"),
        (ATTEMPT, {"logs": {"*": AwsError("slow", "later", code="SlowDown")}}, "slow", "later"),
    ],
)
def test_logs_that_are_not_there(
    attempt: ObjectRun, buckets: dict[str, dict[str, bytes | AwsError]], said: str, hint: str
) -> None:
    found = logs_of(FakeStore(buckets), "df-1", attempt, last_lines(10))
    assert (len(found.problems), found.files) == (1, ())
    assert said in found.problems[0]
    assert hint in found.hint


def test_one_file_that_can_not_be_read_stops_no_other() -> None:
    store = FakeStore({"logs": {FOLDER + "a": AwsError("gone", code="NoSuchKey"), FOLDER + "b": b"good"}})
    first, second = logs_of(store, "df-1", ATTEMPT, last_lines(10)).files
    assert (first.lines, first.problem) == ((), f"s3://logs/{FOLDER}a is gone.")
    assert second.lines == ("good",)


def test_the_whole_is_read_while_it_is_gone_through() -> None:
    store = FakeStore({"logs": {FOLDER + "a": gzip.compress(TEXT)[:-20]}})
    [file] = logs_of(store, "df-1", ATTEMPT, whole).files
    assert store.read_keys == []
    assert list(file.lines)[-1] == "[The rest can't be unpacked: it is cut short.]"
    assert logs_of(store, "df-1", ATTEMPT, listed).files[0].lines == ()
    assert len(store.read_keys) == 1


# ---- how it is told


def test_it_is_told_under_headings() -> None:
    attempt = changed(number=1, started=FIRST, ended=NOW, error_id="E1", error="No disk\non /dev/sda")
    file = LogFile("s3://logs/a", 1234, NOW, ("one\ttab", "two"), left_out=1200)
    cut = LogFile("s3://logs/b", 0, None, (), problem="it is cut short")
    logs = Logs("Orders", "df-1", FIRST, (AttemptLogs(attempt, "s3://logs/", (file, cut)),), ("more",))
    assert list(told(logs, read=True)) == [
        "Orders (df-1), run of 2026-03-01 02:00:00 UTC",
        "",
        "Job, attempt 1: FAILED, 2026-03-01 02:00:00 UTC to 2026-03-01 12:00:00 UTC",
        "  E1: No disk",
        "  on /dev/sda",
        "",
        "==> s3://logs/a (1.2 kB, 2026-03-01 12:00:00 UTC) <==",
        "[1,200 lines before these are left out: --whole shows them.]",
        "one    tab",
        "two",
        "",
        "==> s3://logs/b (0 B) <==",
        "[The rest can't be shown: it is cut short]",
        "",
        "note: more",
    ]


# ---- where the definition has them


def test_what_aws_does_not_tell_the_definition_does() -> None:
    definition = of_objects(
        Default={"pipelineLogUri": "s3://logs/#{myEnv}/#{format(@scheduledStartTime, 'YYYY/MM-dd')}"},
        Parent={"stdout": "s3://out/#{@pipelineId}/#{@scheduledStartTime}"},
        Job={"type": "ShellCommandActivity", "parent": Ref("Parent")},
        Odd={"pipelineLogUri": "s3://logs/#{format(@scheduledStartTime, 'EEE')}/#{plusDays(@x, 1)}"},
    )
    silent = changed(log_uri="", scheduled=FIRST)
    found = placed(silent, definition, "df-1")
    assert found.log_uri == "s3://logs/prod/2026/03-01"
    assert found.logs == ("s3://out/df-1/2026-03-01T02:00:00",)
    assert placed(replace(silent, component="Gone"), definition, "df-1") == replace(silent, component="Gone")
    odd = placed(replace(silent, component="Odd"), definition, "df-1")
    assert odd.log_uri.count("#{") == 2
    told = changed(logs=("s3://out/a",))
    assert placed(told, definition, "df-1") == told


def of_objects(**objects: dict[str, str | Ref]) -> Definition:
    """A definition of these objects, in which `myEnv` is `prod`."""
    return Definition(
        objects=tuple(
            PipelineObject(name, name, {key: Field((value,), None) for key, value in fields.items()}, None)
            for name, fields in objects.items()
        ),
        parameters=(),
        values={"myEnv": Field(("prod",), None)},
    )
