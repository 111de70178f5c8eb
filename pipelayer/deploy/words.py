"""The sentences of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from pipelayer.definition.compare import Change
from pipelayer.deploy.upload import UploadPlan

NO_RUN_LEFT = "its schedule has no run left in the future: set a later end, or remove it"


def change(change: Change) -> str:
    """One difference, with the rule of AWS that forbids to make it on a live pipeline."""
    if change.before and change.after:
        text = f"{change.place}: {change.before} → {change.after}"
    elif change.after:
        text = f"{change.place}: {change.after} (new)"
    else:
        text = f"{change.place}: {change.before} (removed)" if change.before else change.place
    return f"{text} [{change.rule.value}]" if change.rule else text


def listed(found: Sequence[str], most: int = 3) -> str:
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
