"""Whether the account has room, counted before the first write."""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.deploy.facts import Work
from pipelayer.deploy.snapshot import Snapshot
from pipelayer.errors import PipelayerError
from pipelayer.model import Action, Kind


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
    hint = "Have the quota raised and set max-pipelines, or delete pipelines that nobody needs."
    if new:
        raise PipelayerError(
            f"{taken} of {most} pipelines exist, and {new} more don't fit (max-pipelines).", hint
        )
    if not replacing:
        raise PipelayerError(
            f"{taken - 1} of {most} pipelines exist (max-pipelines), and the validation stub needs a place.",
            hint,
        )
    taken_words = f"{taken} of {most} pipelines exist (max-pipelines)"
    raise PipelayerError(f"{taken_words}, and a replacement needs one place more for a while.", hint)
