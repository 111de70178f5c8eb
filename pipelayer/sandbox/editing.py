"""The five edits that AWS forbids once a pipeline has been activated.

Developer Guide, "Editing Your Pipeline", Limitations. Parameters are evaluated before two versions are
compared.
"""

from __future__ import annotations

from .definition import Definition, Item
from .validation import Verdict


def check_edit(active: Definition, desired: Definition, verdict: Verdict) -> None:
    """Adds an error for each forbidden difference between what runs and what is to be saved."""
    for before in active.by_id.values():
        after = desired.by_id.get(before.id)
        if after is None:
            verdict.error(before.id, f"Object '{before.id}' can not be removed from an activated pipeline.")
        else:
            _check_object(before, after, verdict)
    for item in desired.by_id.values():
        if item.id in active.by_id:
            continue
        for one in item.own.get("output", ()):
            if one.get("refValue") in active.by_id:
                verdict.error(
                    item.id,
                    f"New object '{item.id}' can not reference the existing object '{one.get('refValue')}' "
                    "in its 'output' field.",
                )


def _check_object(before: Item, after: Item, verdict: Verdict) -> None:
    if _period(before) != _period(after):
        verdict.error(before.id, "The schedule period of an existing object can not be changed.")
    if _start(before) != _start(after):
        verdict.error(before.id, "The scheduled start date of an existing object can not be changed.")
    old, new = _references(before), _references(after)
    for key in sorted(set(old) | set(new)):
        if old.get(key) != new.get(key):
            verdict.error(
                before.id,
                f"Reference field '{key}' of an existing object can not be added, modified or removed.",
            )


def _period(item: Item) -> object:
    text = item.own_text("period")
    return (item.period() or text) if item.type == "Schedule" else None


def _start(item: Item) -> object:
    if item.type != "Schedule":
        return None
    return item.own_text("startDateTime"), item.own_text("startAt").upper()


def _references(item: Item) -> dict[str, list[str]]:
    """The targets of each reference field, in any order."""
    found: dict[str, list[str]] = {}
    for one in item.json["fields"]:
        if "refValue" in one:
            found.setdefault(one["key"], []).append(one["refValue"])
    return {key: sorted(targets) for key, targets in found.items()}
