"""What a person calls a live pipeline, and which one that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from pipelayer.deploy import tags
from pipelayer.deploy.lookup import look_up, matching
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import UsageError
from pipelayer.model import LivePipeline, PipelineState

BIRTH = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
PLAIN = LivePipeline("df-1", "orders", state=PipelineState.SCHEDULED, created=BIRTH)
SAME = LivePipeline("df-2", "orders", state=PipelineState.INACTIVE)
STUB = LivePipeline("df-3", "stub", tags={tags.STUB: "1"})
RETIRED = LivePipeline("df-4", "orders", tags={tags.RETIRED: "df-1"})
GOING = LivePipeline("df-5", "gone", state=PipelineState.DELETING)
TRICKY = LivePipeline("df-6", "df-1")
"""Somebody gave it another one's id as its name."""


def refusal(wanted: str, *pipelines: LivePipeline) -> UsageError:
    with pytest.raises(UsageError) as refused:
        look_up(wanted, Snapshot(pipelines))
    return refused.value


@pytest.mark.parametrize(
    ("wanted", "pipelines", "found"),
    [
        ("df-1", [PLAIN, SAME], PLAIN),
        ("orders", [STUB, PLAIN, GOING], PLAIN),
        ("orders", [RETIRED, PLAIN], PLAIN),
        ("df-1", [TRICKY, PLAIN], PLAIN),
        ("df-1", [TRICKY], TRICKY),
    ],
)
def test_the_id_counts_first_and_then_the_name(
    wanted: str, pipelines: Sequence[LivePipeline], found: LivePipeline
) -> None:
    assert look_up(wanted, Snapshot(tuple(pipelines))) is found
    assert matching(wanted, Snapshot(tuple(pipelines))) == [found]


def test_of_several_each_is_told_with_its_state_and_age() -> None:
    several = refusal("orders", SAME, RETIRED, PLAIN)
    listed = "df-1 (SCHEDULED, created 2026-01-02 03:04 UTC); df-2 (INACTIVE)"
    assert several.message == f"2 pipelines are named `orders`: {listed}."
    assert several.hint == "Give the id of one."


@pytest.mark.parametrize(
    ("wanted", "one", "why"),
    [
        ("df-3", STUB, "validations"),
        ("stub", STUB, "validations"),
        ("orders", RETIRED, "df-1 took its place"),
        ("df-4", RETIRED, "df-1 took its place"),
        ("gone", GOING, "being deleted"),
    ],
)
def test_what_cannot_be_taken_over_says_why(wanted: str, one: LivePipeline, why: str) -> None:
    refused = refusal(wanted, one)
    assert refused.message.startswith(f"{one.id} (`{one.name}`) can't be taken over: ")
    assert why in refused.message
    assert refused.hint


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("order", "Did you mean `orders`?"),
        ("Stub", "Check the spelling, the group and its region."),
        ("something else", "Check the spelling, the group and its region."),
    ],
)
def test_a_name_that_none_has(wanted: str, hint: str) -> None:
    refused = refusal(wanted, PLAIN, STUB, GOING)
    assert refused.message == f"No pipeline of this account and region has the id or the name `{wanted}`."
    assert refused.hint == hint
