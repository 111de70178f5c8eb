"""Mornings as data: what `pipelayer status` may have to tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from pipelayer.model import GroupInfo, Key, PipelineState
from pipelayer.model.history import ObjectStatus
from pipelayer.model.live import Health
from pipelayer.model.status import (
    Difference,
    Drift,
    Drifted,
    Failure,
    LiveCommit,
    ObjectAtWork,
    PipelineRun,
    PipelineStatus,
    Reason,
    Status,
    Strangers,
    Trouble,
)
from support.hostile_labels import HOSTILE as NASTY

AT = datetime(2026, 3, 14, 7, 30, tzinfo=UTC)
COMMIT = LiveCommit("285c2ae25d3ce114c8e4428735a3247ce7d7a388", AT - timedelta(days=12, hours=3), 4)
GROUP = GroupInfo("prod", "us-east-1", "123456789012")


def key(directory: str, group: str = "prod") -> Key:
    return Key("acme/nightly", group, directory)


def run(
    days_ago: int, status: ObjectStatus = ObjectStatus.FINISHED, minutes: float = 12, **more: object
) -> PipelineRun:
    """The run of some night, with one object."""
    begun = datetime(2026, 3, 14, 2, tzinfo=UTC) - timedelta(days=days_ago)
    ended = begun + timedelta(minutes=minutes) if minutes else None
    tries = 3 if status is ObjectStatus.FAILED else 1
    job = ObjectAtWork("Job", "ShellCommandActivity", status, begun, ended, tries)
    facts: dict[str, object] = {"attempts": tries, "objects": (job,), **more}
    return PipelineRun(begun, status, begun, ended, **facts)  # type: ignore[arg-type]


def pipeline(name: str, *found: PipelineRun, **more: object) -> PipelineStatus:
    """One that is live and scheduled, unless more is said."""
    facts: dict[str, object] = {
        "directory": name,
        "id": f"df-{name.upper()}",
        "state": PipelineState.SCHEDULED,
        "health": Health.HEALTHY,
        "last_activation": AT - timedelta(days=12),
        "latest_run": found[0].scheduled if found else None,
        "next_run": datetime(2026, 3, 15, 2, tzinfo=UTC),
        "runs": found,
        "commit": COMMIT,
        **more,
    }
    return PipelineStatus(key(name), name, "us-east-1", **facts)  # type: ignore[arg-type]


NIGHTS = tuple(run(days) for days in range(5))
_FOLDER = "s3://data/logs/df-ORDERS/Job/@Job_2026-03-14T02:00:00/@Job_2026-03-14T02:00:00_Attempt=3/"
_WHY = Failure(
    "Job",
    ObjectStatus.FAILED,
    3,
    "exit code 3",
    "ActivityFailed:ShellCommandActivity",
    (_FOLDER,),
)
_FAILED = run(0, ObjectStatus.FAILED, 47, failures=(_WHY,))
_BY_HAND = Drifted(
    Drift.CHANGED_BY_HAND,
    "Somebody changed it in AWS by hand: `Job.command`.",
    "pipelayer deploy billing",
    (Difference("Job.command", "python run.py --all", "python run.py --all --skip-invoices"),),
)
_GONE = "The files have it and AWS doesn't, so it doesn't run."


def well() -> Status:
    """Five nights without a hitch."""
    return Status("acme/nightly", AT, (GROUP,), (pipeline("orders", *NIGHTS), pipeline("billing", *NIGHTS)))


def morning() -> Status:
    """Nearly everything that may be on one morning."""
    orders = pipeline(
        "orders",
        _FAILED,
        *NIGHTS[1:],
        health=Health.ERROR,
        reasons=(
            Reason(
                Trouble.FAILED,
                key("orders"),
                "orders",
                "Its run of 2026-03-14 02:00 UTC failed in Job (attempt 3): exit code 3.",
                "pipelayer logs orders --run 2026-03-14T02:00:00",
            ),
        ),
    )
    billing = pipeline(
        "billing",
        *NIGHTS,
        drifts=(_BY_HAND,),
        reasons=(
            Reason(Trouble.CHANGED_BY_HAND, key("billing"), "billing", _BY_HAND.sentence, _BY_HAND.command),
        ),
    )
    missing = PipelineStatus(
        key("export"),
        "export",
        "us-east-1",
        "export",
        drifts=(Drifted(Drift.MISSING, _GONE, "pipelayer deploy export"),),
        reasons=(Reason(Trouble.MISSING, key("export"), "export", _GONE, "pipelayer deploy export"),),
    )
    paused = pipeline(
        "reports",
        *NIGHTS[2:],
        state=PipelineState.INACTIVE,
        next_run=None,
        drifts=(Drifted(Drift.PAUSED, "It is paused, so it doesn't run.", "pipelayer resume reports"),),
    )
    newer = pipeline(
        "returns",
        run(0, ObjectStatus.RUNNING, 0),
        *NIGHTS[1:],
        drifts=(
            Drifted(
                Drift.NOT_UPLOADED, "Files changed since they were last uploaded.", "pipelayer deploy returns"
            ),
        ),
    )
    denied = "AWS didn't tell its runs: QueryObjects is not allowed (AccessDeniedException). Allow it."
    untold = tuple(
        pipeline(
            name,
            latest_run=AT - timedelta(hours=5),
            unasked=(denied,),
            reasons=(Reason(Trouble.NOT_ASKED, key(name), name, denied),),
        )
        for name in ("stock", "taxes")
    )
    on_demand = pipeline(
        "refill", on_demand=True, state=PipelineState.PENDING, next_run=None, health=Health.UNKNOWN
    )
    return Status(
        "acme/nightly",
        AT,
        (GROUP,),
        (billing, missing, on_demand, orders, paused, newer, *untold),
        Strangers(4, ("Old nightly", "test", "test 2"), "pipelayer import"),
        (
            "The group dev belongs to account 999999999999, and these credentials to 123456789012: "
            "it was not looked at.",
        ),
        COMMIT.id,
    )


def named() -> Status:
    """Two pipelines that somebody asked about by name."""
    found = morning()
    chosen = tuple(one for one in found.pipelines if one.name in ("orders", "billing"))
    return Status("acme/nightly", AT, (GROUP,), chosen, commit=COMMIT.id, named=True)


def hostile() -> Status:
    """Names and messages of somebody who means harm, wherever there may be any."""
    found = []
    for number, text in enumerate(NASTY):
        odd = Key("acme/nightly", text or "g", f"{number}{text}")
        why = Failure(text, ObjectStatus.FAILED, 1, text, text, (f"s3://{text}/",))
        failed = run(
            0, ObjectStatus.FAILED, failures=(why,), objects=(ObjectAtWork(text, text, ObjectStatus.FAILED),)
        )
        drifted = Drifted(Drift.CHANGED_BY_HAND, text, text, (Difference(text, text, text),))
        reasons = (
            Reason(Trouble.FAILED, odd, text, text, text),
            Reason(Trouble.CHANGED_BY_HAND, odd, text, text, text),
            Reason(Trouble.NOT_ASKED, odd, text, text),
        )
        commit = LiveCommit(text)
        found.append(
            PipelineStatus(
                odd, text, text, text, text, runs=(failed,), drifts=(drifted,), commit=commit, reasons=reasons
            )
        )
    groups = tuple(GroupInfo(text, text, text) for text in NASTY)
    return Status(
        "acme",
        AT,
        groups,
        tuple(found),
        Strangers(len(NASTY), tuple(NASTY[:3]), "pipelayer import"),
        tuple(NASTY),
    )


SCENARIOS: Mapping[str, Status] = {"well": well(), "morning": morning(), "named": named()}

_TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
_TIME = st.none() | st.datetimes(timezones=st.just(UTC))
_SEVERAL = 3


@st.composite
def statuses(draw: st.DrawFn) -> Status:
    """Any status, with names and messages of any kind."""
    keys = draw(st.lists(st.builds(Key, _TEXT, _TEXT, _TEXT), max_size=_SEVERAL, unique=True))
    return Status(
        draw(_TEXT),
        draw(st.datetimes(timezones=st.just(UTC))),
        tuple(draw(st.lists(st.builds(GroupInfo, _TEXT, _TEXT, _TEXT), max_size=_SEVERAL))),
        tuple(draw(_pipeline(one)) for one in keys),
        draw(st.builds(Strangers, st.integers(0, 5), st.lists(_TEXT, max_size=3).map(tuple), _TEXT)),
        tuple(draw(st.lists(_TEXT, max_size=2))),
        draw(_TEXT),
        draw(st.booleans()),
    )


def _pipeline(own: Key) -> st.SearchStrategy[PipelineStatus]:
    statuses = st.sampled_from(ObjectStatus)
    objects = st.builds(ObjectAtWork, _TEXT, _TEXT, statuses, _TIME, _TIME, st.integers(0, 9))
    failures = st.builds(Failure, _TEXT, statuses, st.integers(0, 9), _TEXT, _TEXT, _several(_TEXT))
    runs = st.builds(
        PipelineRun, _TIME, statuses, _TIME, _TIME, st.integers(0, 9), _several(objects), _several(failures)
    )
    kinds = st.sampled_from([one for one in Drift if one is not Drift.IN_STEP])
    drifts = st.builds(Drifted, kinds, _TEXT, _TEXT, _several(st.builds(Difference, _TEXT, _TEXT, _TEXT)))
    return st.builds(
        PipelineStatus,
        st.just(own),
        _TEXT,
        _TEXT,
        _TEXT,
        _TEXT,
        st.none() | st.sampled_from(PipelineState),
        st.sampled_from(Health),
        st.booleans(),
        _TIME,
        _TIME,
        _TIME,
        _several(runs),
        _several(drifts),
        st.none() | st.builds(LiveCommit, _TEXT, _TIME, st.none() | st.integers(0, 9)),
        _several(st.builds(Reason, st.sampled_from(Trouble), st.just(own), _TEXT, _TEXT, _TEXT)),
        _several(_TEXT),
    )


def _several(one: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(one, max_size=2).map(tuple)
