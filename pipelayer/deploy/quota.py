"""Whether the account has room, counted before the first write."""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.deploy.facts import Work
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.deploy.stage import Stage
from pipelayer.errors import PipelayerError
from pipelayer.model import Action, Kind


def places(stages: Sequence[Stage]) -> list[int]:
    """How many replacements of each stage may be under way at once: groups may share an account and region.

    Raises PipelayerError where the account has no room.
    """
    free: dict[int, int] = {}
    for stage in stages:
        same = [other for other in stages if other.survey.snapshot is stage.survey.snapshot]
        works = [work for other in same for work in other.works]
        most = min(other.group.max_pipelines for other in same)
        stub = any(other.lacks_stub for other in same)
        try:
            free[id(stage)] = free_places(works, stage.survey.snapshot, most, stub=stub)
        except PipelayerError as problem:
            if at := stage.group.at:
                problem.path, problem.line, problem.column = at.path, at.line, at.column
            raise
    return [free[id(stage)] for stage in stages]


def free_places(works: Sequence[Work], snapshot: Snapshot, most: int, *, stub: bool) -> int:
    """How many replacements may be under way at once. `stub` says whether the validation stub will be
    created.

    Raises PipelayerError where the new pipelines don't fit, or a replacement finds no place to stand beside
    the old one.
    """
    creating = [work for work in works if work.has(Action.CREATE)]
    new = sum(work.plan.kind is Kind.CREATE for work in creating)
    replacing = len(creating) - new
    taken = len(snapshot.existing) + int(stub)
    free = most - taken - new
    if free >= (1 if replacing else 0) or not (creating or stub):
        return max(0, free)
    if new:
        wish = f"{new} more {'does' if new == 1 else 'do'}n't fit"
        wish += ", nor does the stub that validations are asked on" if stub else ""
    elif replacing:
        wish = "a replacement needs one place more for a while"
    else:
        wish = "the stub that validations are asked on needs a place"
    raise PipelayerError(
        f"The region holds {len(snapshot.existing)} pipelines, and {wish}: `max-pipelines` is {most}.",
        "Have the quota raised and set `max-pipelines`, or delete pipelines that nobody needs.",
    )
