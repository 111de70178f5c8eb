"""Whether the account has room, counted before the first write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipelayer.deploy import words
from pipelayer.deploy.facts import Work
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.stage import Stage
from pipelayer.deploy.steps import going_first
from pipelayer.errors import PipelayerError
from pipelayer.model import Action, Kind


def places(stages: Sequence[Stage]) -> list[int]:
    """How many replacements of each stage may be under way at once: groups may share an account and region.

    Where no place is free, what earlier runs left behind goes first. Where that isn't enough and the user
    allows it, so do the old pipelines, and the plans say so. Raises PipelayerError where the account has no
    room.
    """
    free: dict[int, int] = {}
    for stage in stages:
        same = [other for other in stages if other.survey.snapshot is stage.survey.snapshot]
        try:
            free[id(stage)] = _shared_places(same)
        except PipelayerError as problem:
            if at := stage.group.at:
                problem.path, problem.line, problem.column = at.path, at.line, at.column
            raise
    return [free[id(stage)] for stage in stages]


def _shared_places(stages: Sequence[Stage]) -> int:
    """The free places of stages that share an account and region."""
    most = min(stage.group.max_pipelines for stage in stages)
    stub = any(stage.lacks_stub for stage in stages)
    snapshot = stages[0].survey.snapshot

    def count() -> int:
        return free_places([work for stage in stages for work in stage.works], snapshot, most, stub=stub)

    ways = [swept_first, old_first] if stages[0].options.delete_first else [swept_first]
    for otherwise in ways:
        try:
            return count()
        except PipelayerError:
            for stage in stages:
                stage.works = tuple(otherwise(work) for work in stage.works)
    return count()


def swept_first(work: Work) -> Work:
    """The same work, but what an earlier run left behind is gone before the new pipeline is created."""
    if not (work.has(Action.CREATE) and work.has(Action.DELETE)):
        return work
    steps = going_first(work.plan.steps, but=work.plan.live_id)
    return replace(work, plan=replace(work.plan, steps=steps))


def old_first(work: Work) -> Work:
    """The same work, but the old pipeline is gone before the new one is created."""
    if work.makes_room or not (work.has(Action.CREATE) and work.takes(Action.DELETE, work.plan.live_id)):
        return work
    plan = work.plan
    plan = replace(plan, steps=going_first(plan.steps), reason=f"{plan.reason}; {words.OLD_FIRST}")
    return replace(work, plan=plan, old_first=True)


def free_places(works: Sequence[Work], snapshot: Snapshot, most: int, *, stub: bool) -> int:
    """How many replacements may be under way at once. `stub` says whether the validation stub will be
    created.

    Raises PipelayerError where the new pipelines don't fit, or a replacement finds no place to stand beside
    the old one.
    """
    creating = [work for work in works if work.has(Action.CREATE) and not work.makes_room]
    new = sum(work.plan.kind is not Kind.REPLACE for work in creating)
    replacing = len(creating) - new
    taken = len(snapshot.existing) + int(stub)
    free = most - taken - new
    if free >= (1 if replacing else 0) or not (creating or stub):
        return max(0, free)
    hint = "Have the quota raised and set `max-pipelines`, or delete pipelines that nobody needs."
    if new:
        wish = f"{new} more {'does' if new == 1 else 'do'}n't fit"
        wish += ", nor does the stub that validations are asked on" if stub else ""
    elif replacing:
        wish = "a replacement needs one place more for a while"
        hint += " Or let the old one go first, and nothing run in between: `replace: delete-first`."
    else:
        wish = "the stub that validations are asked on needs a place"
    raise PipelayerError(
        f"The region holds {len(snapshot.existing)} pipelines, and {wish}: `max-pipelines` is {most}.", hint
    )
