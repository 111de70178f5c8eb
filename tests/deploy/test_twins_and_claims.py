"""What a create would double, and what a pipeline may take over."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from pipelayer.definition.flat import Definition
from pipelayer.deploy import tags
from pipelayer.deploy.claims import claimed_by
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.twins import Twin, find_twin
from pipelayer.errors import PipelayerError
from pipelayer.model import LivePipeline, PipelineState
from pipelayer.project.pipeline import Pipeline
from pipelayer.project.uploads import S3Location
from support.scene import template
from support.wanted import NOW, definition, key, live, state, stranger, wanted

PLACE = S3Location("data", "in/x/")
OTHER = state("o" * 32)
ELSEWHERE = key(project="acme/other")
GONE = key("gone")


class Reader:
    """Fetches live definitions, and counts how often it was asked."""

    def __init__(self, given: Definition | None = None) -> None:
        self.given, self.asked = given, 0

    def __call__(self, pipeline_id: str) -> Definition | None:
        self.asked += 1
        return self.given


UNLIKE = definition(template(command="something else"))
SAME_PLACE = definition(template(command="something else"), myS3InputDir="s3://data/in/x")


def twin(
    pipeline: Pipeline,
    *there: LivePipeline,
    configured: Collection[str] = (),
    read: Reader | None = None,
) -> Twin | None:
    return find_twin(pipeline, pipeline.name, Snapshot(there), configured, read or Reader(UNLIKE), NOW)


TWINS = {
    "a: the name, without a tag of ours": (wanted(), stranger(), None),
    "b: the name, of a directory that is gone": (wanted(), live(key=GONE, recorded=OTHER), None),
    "b: the definition, by its digest": (wanted(), live(name="x", key=GONE), None),
    "b: the definition, as AWS holds it": (wanted(), live(name="x", key=GONE, recorded=OTHER), definition()),
    "b: the input": (wanted(input=PLACE), live(name="x", key=GONE, recorded=OTHER), SAME_PLACE),
    "b: the name, paused": (wanted(), live(key=GONE, recorded=OTHER, state=PipelineState.INACTIVE), None),
    "c: name and definition": (wanted(), live(key=ELSEWHERE), None),
    "c: name and input": (wanted(input=PLACE), live(key=ELSEWHERE, recorded=OTHER), SAME_PLACE),
}


@pytest.mark.parametrize(("pipeline", "there", "held"), TWINS.values(), ids=TWINS)
def test_a_twin(pipeline: Pipeline, there: LivePipeline, held: Definition | None) -> None:
    found = twin(pipeline, there, read=Reader(held))
    assert found is not None
    assert found.pipeline is there
    assert found.hint


NO_TWINS = {
    "another name, without a tag of ours": (wanted(), stranger(name="x")),
    "another directory that is gone": (wanted(input=PLACE), live(name="x", key=GONE, recorded=OTHER)),
    "another project with the same definition": (wanted(), live(name="x", key=ELSEWHERE)),
    "another project with the same name": (wanted(input=PLACE), live(key=ELSEWHERE, recorded=OTHER)),
    "one that is being deleted": (wanted(), live(key=GONE, state=PipelineState.DELETING)),
    "one that is retired": (wanted(), live(key=GONE, retired="df-2")),
    "one that was never activated": (wanted(), live(key=GONE, state=PipelineState.PENDING)),
    "the stub": (
        wanted(name=tags.STUB_NAME),
        LivePipeline("df-0", tags.STUB_NAME, tags={tags.STUB: "1"}),
    ),
}


@pytest.mark.parametrize(("pipeline", "there"), NO_TWINS.values(), ids=NO_TWINS)
def test_no_twin(pipeline: Pipeline, there: LivePipeline) -> None:
    assert twin(pipeline, there) is None


def test_what_the_configuration_still_has_is_never_a_twin() -> None:
    prod = live(key=key(group="prod"))
    assert twin(wanted(), prod) is not None
    assert twin(wanted(), prod, configured={tags.key_tag(key(group="prod"))}) is None


def test_only_what_is_left_open_is_read() -> None:
    read = Reader(UNLIKE)
    twin(wanted(), live(key=ELSEWHERE), live(name="x", key=GONE), stranger(name="x"), read=read)
    assert read.asked == 0


@pytest.mark.parametrize(
    ("origin", "words"),
    [(GONE, '"moved-from": "gone"'), (key("gone", "prod"), '"moved-from": "prod/gone"')],
)
def test_the_hint_says_what_to_write(origin: object, words: str) -> None:
    found = twin(wanted(), live(key=origin))
    assert found is not None
    assert words in found.hint
    assert "prune" in found.hint


def test_a_stranger_and_another_project_can_be_adopted() -> None:
    for there in (stranger(), live("df-9", key=ELSEWHERE)):
        found = twin(wanted(), there)
        assert found is not None
        assert '"adopt": "df-9"' in found.hint


# ---- claims


def claim(pipeline: Pipeline, *there: LivePipeline, configured: Collection[str] = ()) -> LivePipeline | None:
    return claimed_by(pipeline, Snapshot(there), configured)


def test_adopting_by_id_and_by_name() -> None:
    there = stranger(name="legacy")
    assert claim(wanted(adopt="legacy"), there) is there
    assert claim(wanted(adopt="df-9"), there) is there


def test_an_id_wins_over_a_name() -> None:
    by_id, by_name = stranger("df-9", "x"), stranger("df-8", "df-9")
    assert claim(wanted(adopt="df-9"), by_name, by_id) is by_id


REFUSED = {
    "nobody": (wanted(adopt="legacy"), [], "no pipeline"),
    "several": (
        wanted(adopt="legacy"),
        [stranger("df-1", "legacy"), stranger("df-2", "legacy")],
        "df-1, df-2",
    ),
    "another directory's": (wanted(adopt="x"), [live(name="x", key=key("b"))], "belongs to"),
    "the stub": (wanted(adopt="df-0"), [LivePipeline("df-0", "s", tags={tags.STUB: "1"})], "no pipeline"),
    "a retired one": (wanted(adopt="df-1"), [live(key=GONE, retired="df-2")], "no pipeline"),
    "moved from one that is still there": (wanted(moved_from=(key("b"),)), [live(key=key("b"))], "still has"),
}


@pytest.mark.parametrize(("pipeline", "there", "words"), REFUSED.values(), ids=REFUSED)
def test_a_claim_that_cannot_be_met(pipeline: Pipeline, there: list[LivePipeline], words: str) -> None:
    with pytest.raises(PipelayerError, match=words):
        claim(pipeline, *there, configured={tags.key_tag(key("b"))})


def test_moved_from() -> None:
    there = live(key=GONE)
    assert claim(wanted(moved_from=(GONE,)), there, stranger()) is there
    assert claim(wanted(moved_from=(GONE,))) is None
    assert claim(wanted(), there) is None


def test_of_another_project_one_may_be_adopted() -> None:
    there = live(key=ELSEWHERE)
    assert claim(wanted(adopt="df-1"), there) is there
