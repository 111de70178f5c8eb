"""What a run needs to work: staged folders, logs, and a machine that stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from pipelayer.definition.catalogue import Category
from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import references
from pipelayer.definition.inheritance import DEFAULT
from pipelayer.definition.parts import PipelineObject
from pipelayer.definition.period import Period, parse_period
from pipelayer.definition.rules.context import Context, own_at, warning
from pipelayer.definition.schedule import is_on_demand, schedules
from pipelayer.model import Finding, Position

_INPUT_DIR = "myS3InputDir"
_STAGED = re.compile(r"\$\{?(INPUT|OUTPUT)([0-9]{1,3})_STAGING_DIR\b")
_RUNS = re.compile(r"(?:^|[\s;&|(])(?:\./|\"?\$\{?INPUT[0-9]+_STAGING_DIR\}?\"?/)run(?![\w./-])")
_BY_SHELL = re.compile(r"\b(?:ba|da|z|k)?sh\s+(?:-\w+\s+)*\S*run(?![\w./-])")
_MAKES_EXECUTABLE = re.compile(r"\bchmod\b|\binstall\s+-m")
_MONTH = timedelta(days=31)
_WITH_LOGS = frozenset({Category.ACTIVITY, Category.RESOURCE})


def check(context: Context) -> Iterator[Finding]:
    """PL701 to PL708."""
    template = context.template
    for item in template.of_type("ShellCommandActivity"):
        yield from _staging(context, item)
        for text, at in context.texts(item, "command"):
            yield from _command(context, item, text, at)
    yield from _unread(context)
    yield from _paths(context)
    yield from _logs(context)
    yield from _machines(context)


def _staging(context: Context, item: PipelineObject) -> Iterator[Finding]:
    if not context.is_true(item, "stage"):
        return
    for node in context.template.targets(item, "output"):
        type = context.template.types.get(node.id)
        if type and type.name == "S3DataNode" and "directoryPath" not in context.template.effective[node.id]:
            message = f"`{item.id}` stages its output `{node.id}`, which has no `directoryPath`."
            hint = "Give it a `directoryPath` in place of `filePath`, or turn `stage` off."
            yield warning(Code.STAGED_OUTPUT, message, node.at, hint)


def _command(context: Context, item: PipelineObject, text: str, at: Position | None) -> Iterator[Finding]:
    """What a command expects of its folders and of `run`."""
    staged = context.is_true(item, "stage")
    open = any("#{" in flag for flag, _ in context.texts(item, "stage"))
    used = {(match[1], int(match[2])) for match in _STAGED.finditer(text)}
    if used and not staged and not open:
        kind, number = min(used)
        message = f"`{item.id}` uses `${{{kind}{number}_STAGING_DIR}}`, and `stage` isn't on."
        yield warning(Code.STAGING_DIR, message, at, 'Add "stage": "true".')
        return
    for kind, number in sorted(used):
        key = kind.lower()
        field = context.template.effective[item.id].get(key)
        count = len(field.values) if field else 0
        if not 1 <= number <= count:
            has = f"no `{key}`" if not count else f"{count} of `{key}`"
            message = f"`{item.id}` uses `${{{kind}{number}_STAGING_DIR}}`, and has {has}."
            hint = f"Add an S3DataNode as `{key}`: they are counted from 1, in the order of the list."
            yield warning(Code.STAGING_DIR, message, at, hint)
    if _RUNS.search(text) and not _MAKES_EXECUTABLE.search(text) and not _BY_SHELL.search(text):
        message = f"`{item.id}` starts `run`, which nothing makes executable: S3 keeps no file modes."
        yield warning(Code.RUN_MODE, message, at, "Begin with `chmod +x run`, or start it by `sh run`.")


def _unread(context: Context) -> Iterator[Finding]:
    field = context.given.get(_INPUT_DIR)
    if field is None:
        return
    names = set(context.template.used)
    grown = True
    while grown:
        more = {
            name
            for used in names
            if (f := context.given.get(used))
            for t in f.texts
            for name in references(t)
        }
        grown = not more <= names
        names |= more
    if _INPUT_DIR in names:
        return
    place = _folder(context.resolver.text(field.texts[0])) if len(field.texts) == 1 else None
    if place is not None:
        for item in context.template.of_type("S3DataNode"):
            for key in ("directoryPath", "filePath"):
                if any((_folder(text) or "").startswith(place) for text, _ in context.texts(item, key)):
                    return
    message = f"No object uses `{_INPUT_DIR}`: what is uploaded is read by nothing."
    hint = (
        f'Add an S3DataNode with "directoryPath": "#{{{_INPUT_DIR}}}" and make it the input of an activity.'
    )
    yield warning(Code.UNREAD_INPUT_DIR, message, field.key_at or field.at, hint)


def _paths(context: Context) -> Iterator[Finding]:
    """An output in a folder that the same pipeline reads is read with it by the next run."""
    template = context.template
    inputs: dict[str, str] = {}
    outputs: dict[str, PipelineObject] = {}
    for item in template.of_category(Category.ACTIVITY):
        for node in template.targets(item, "input"):
            if place := _folder(context.text(node, "directoryPath")):
                inputs.setdefault(place, node.id)
        outputs.update({node.id: node for node in template.targets(item, "output")})
    own = context.given.get(_INPUT_DIR)
    if own and len(own.texts) == 1 and (place := _folder(context.resolver.text(own.texts[0]))):
        inputs.setdefault(place, _INPUT_DIR)
    for node in outputs.values():
        for key in ("directoryPath", "filePath"):
            for text, _ in context.texts(node, key):
                path = _folder(text) or ""
                for place, name in inputs.items():
                    # An intermediate folder, one activity's output and the next one's input, is meant.
                    if name != node.id and path.startswith(place) and (path != place or name == _INPUT_DIR):
                        message = (
                            f"The output `{node.id}` lies inside the input `{name}`, and is read with it."
                        )
                        at = own_at(node, key)
                        yield warning(Code.OUTPUT_IN_INPUT, message, at, "Write to a folder beside it.")


def _folder(path: str | None) -> str | None:
    """A place in S3 with a slash at its end, None where it isn't one."""
    if path is None or not path.startswith("s3://") or path.removeprefix("s3://").startswith("#{"):
        return None
    return path if path.endswith("/") else f"{path}/"


def _logs(context: Context) -> Iterator[Finding]:
    template = context.template
    default = template.by_id.get(DEFAULT)
    for item in template.objects:
        type = template.types.get(item.id)
        if type is None or type.category not in _WITH_LOGS or item.id in template.parents:
            continue
        if "pipelineLogUri" not in template.effective[item.id]:
            message = f"There is no `pipelineLogUri` for `{item.id}`: what it printed can't be looked at."
            hint = 'Add "pipelineLogUri": "s3://bucket/logs/" to `Default`.'
            yield warning(Code.NO_LOGS, message, (default or item).at, hint)
            return


def _machines(context: Context) -> Iterator[Finding]:
    template = context.template
    periods = {schedule.object_id: schedule.period for schedule in schedules(context.definition)}
    for item in template.of_type("Ec2Resource", "EmrCluster"):
        own = [periods[it.id] for it in template.targets(item, "schedule") if it.id in periods]
        shortest = min((length for period in own if (length := _length(period))), default=None)
        if "terminateAfter" not in template.effective[item.id]:
            message = f"`{item.id}` has no `terminateAfter`: when its work hangs, it runs for ever."
            yield warning(Code.NO_TERMINATE, message, item.at, 'Add "terminateAfter", such as "2 hours".')
        elif shortest and not is_on_demand(context.definition):
            for text, at in context.texts(item, "terminateAfter"):
                period = parse_period(text)
                if period and (length := _length(period)) and length > shortest:
                    message = f"`{item.id}` stops after {text}, when the next run has long begun."
                    hint = "Write less than the schedule's period."
                    yield warning(Code.LATE_TERMINATE, message, at, hint)


def _length(period: Period) -> timedelta | None:
    """How long a period lasts at most; None beyond what can be counted."""
    try:
        return period.fixed if period.fixed is not None else _MONTH * period.months
    except OverflowError:
        return None
