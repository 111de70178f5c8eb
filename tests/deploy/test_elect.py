"""The one judge of what is live: every combination of up to three pipelines under one key."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

from pipelayer.deploy.elect import Election, elect, is_standing
from pipelayer.deploy.tags import STATE, parse_state
from pipelayer.model import LivePipeline, PipelineState
from support.wanted import BIRTH, DIGEST, live, state

# An empty record is a lost one.
RECORDS = (state(), state("o" * 32), state("?"), state(saved=True), "")
AGES = (0, 1)


def variants() -> Iterator[tuple[PipelineState, str, bool, int]]:
    return itertools.product(PipelineState, RECORDS, (False, True), AGES)


def one(number: int, shape: tuple[PipelineState, str, bool, int]) -> LivePipeline:
    at, recorded, retired, age = shape
    created = BIRTH + timedelta(days=age)
    return live(
        f"df-{number}", state=at, recorded=recorded, retired="df-x" if retired else "", created=created
    )


def pairs() -> Iterator[list[LivePipeline]]:
    for shapes in itertools.product(list(variants()), repeat=2):
        yield [one(number, shape) for number, shape in enumerate(shapes)]


def wants(pipeline: LivePipeline) -> bool:
    return parse_state(pipeline.tags.get(STATE)).definition == DIGEST


def works(pipeline: LivePipeline) -> bool:
    """Whether AWS says that it was activated; of VALIDATING and of unknown states nobody knows."""
    passing = (PipelineState.PENDING, PipelineState.VALIDATING, PipelineState.UNKNOWN)
    return pipeline.state not in passing


def unfinished(pipeline: LivePipeline) -> bool:
    """Whether it was created for a definition and nothing says that AWS took that."""
    return pipeline.tags[STATE] in (state(), state("o" * 32))


def rank(pipeline: LivePipeline) -> tuple[object, ...]:
    at_work = works(pipeline) or pipeline.tags[STATE] == state(saved=True)
    return at_work, wants(pipeline), pipeline.created, pipeline.id


def check(candidates: list[LivePipeline], found: Election) -> None:
    """What the design says of any election."""
    everyone = [*([found.live] if found.live else []), *found.leftovers, *found.retired]
    leaving = [pipeline for pipeline in candidates if pipeline.state is PipelineState.DELETING]
    assert sorted(pipeline.id for pipeline in (*everyone, *leaving)) == [p.id for p in candidates]
    able = [
        p for p in candidates if p not in leaving and "pipelayer:retired" not in p.tags and is_standing(p)
    ]
    if any(works(p) for p in able):
        able = [p for p in able if works(p) or not unfinished(p)]
    assert (found.live is None) == (not able)
    if found.live:
        assert found.live in able
        assert rank(found.live) == max(rank(p) for p in able)
    for pipeline in found.leftovers:
        assert unfinished(pipeline)
        assert not works(pipeline)
        assert "pipelayer:retired" not in pipeline.tags
    for pipeline in found.retired:
        assert "pipelayer:retired" in pipeline.tags or pipeline in able


def test_one_and_two_of_every_kind_in_any_order() -> None:
    for shape in variants():
        check([one(0, shape)], elect([one(0, shape)], DIGEST))
    for pair in pairs():
        found = elect(pair, DIGEST)
        check(pair, found)
        assert elect(reversed(pair), DIGEST) == found


def test_three_of_the_telling_kinds_in_any_order() -> None:
    states = (PipelineState.PENDING, PipelineState.SCHEDULED, PipelineState.INACTIVE)
    shapes = list(itertools.product(states, RECORDS[:2], (False, True), AGES))
    for combination in itertools.combinations_with_replacement(shapes, 3):
        trio = [one(number, shape) for number, shape in enumerate(combination)]
        found = elect(trio, DIGEST)
        check(trio, found)
        assert all(elect(order, DIGEST) == found for order in itertools.permutations(trio))


def test_nobody_is_elected_among_none() -> None:
    assert elect([], DIGEST) == Election()


def test_a_digest_counts_only_on_one_that_was_activated() -> None:
    old = live("df-1", recorded=state("o" * 32))
    unfinished = live("df-2", state=PipelineState.PENDING)
    assert elect([old, unfinished], DIGEST) == Election(old, (unfinished,), ())


def test_on_demand_counts_once_its_definition_was_accepted() -> None:
    saved = live("df-1", state=PipelineState.PENDING, recorded=state(saved=True))
    assert elect([saved], DIGEST).live == saved


def test_for_a_removed_one_no_digest_counts() -> None:
    older, newer = live("df-1"), live("df-0", recorded="", created=BIRTH + timedelta(days=1))
    assert elect([older, newer], "").live == newer
    assert elect([older, newer], DIGEST).live == older


def test_one_without_a_creation_time_is_the_oldest() -> None:
    unknown, known = live("df-9", created=None), live("df-1")
    assert elect([unknown, known], DIGEST).live == known
