"""The sentences of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipelayer.definition.compare import Change
from pipelayer.definition.excerpts import arrow, excerpts
from pipelayer.deploy.upload import UploadPlan
from pipelayer.model import LivePipeline, Subject

UNCOMPARED = "its secrets were not compared, so a new value alone is deployed only with the next change"
COMPARED_LATER = "only a deploy compares its secrets"
SAVED_ASIDE = "somebody saved another definition on it without activating that"
OLD_FIRST = "no place is free, so the old one goes first and nothing is scheduled in between"
NO_RUN_LEFT = "its schedule has no run left in the future: set a later end, or remove it"


_LONGEST = 48
"""Characters of a changed text that a sentence holds."""


def change(change: Change) -> str:
    """One difference, with the rule of AWS that forbids to make it on a live pipeline."""
    place = change.name if change.subject is Subject.VALUE else change.place
    before, after = excerpts(change.before, change.after, _LONGEST)
    told = arrow(before, after)
    text = f"{place}: {told}" if told else place
    return f"{text} [{change.rule.value}]" if change.rule else text


def tags(live: LivePipeline, wanted: Mapping[str, str], differing: Sequence[str]) -> str:
    """Which of the users' tags differ."""
    told = [f"{key}: {live.tags[key]} → {wanted[key]}" for key in differing if key in live.tags]
    told += [f"{key}: {wanted[key]} (new)" for key in differing if key not in live.tags]
    return f"its tags differ: {listed(told)}"


def takes_over(live: LivePipeline) -> str:
    """What adopting means."""
    return f"takes over {live.id} with its id and history"


def takes_the_place(live: LivePipeline) -> str:
    """What adopting means where AWS allows no edit."""
    return f"takes the place of {live.id}, which it adopts"


def in_order(changes: Iterable[Change]) -> list[Change]:
    """What AWS forbids to edit first, then the values that a person wrote, then the fields that these
    reach.
    """
    return sorted(changes, key=lambda one: (one.rule is None, one.subject is not Subject.VALUE))


def listed(found: Sequence[str], most: int = 2) -> str:
    """The first few of them, and how many more there are."""
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return "; ".join(found[:most]) + rest


def files(count: int) -> str:
    """A number of files."""
    return "1 file" if count == 1 else f"{count} files"


def sending(upload: UploadPlan) -> str:
    """What will be sent. Where the bucket wasn't asked, it is what could be sent."""
    return f"upload {'' if upload.compared else 'up to '}{files(len(upload.send))}"


def removing(upload: UploadPlan) -> str:
    """What will be deleted."""
    return f"remove {files(len(upload.stale))} from tasks/"


def upload(plan: UploadPlan | None) -> str:
    """Both in one."""
    if plan is None:
        return ""
    parts = [sending(plan)] if plan.send else []
    return ", ".join([*parts, removing(plan)] if plan.stale else parts)
