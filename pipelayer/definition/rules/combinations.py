"""Fields that go together, or don't (AWS Data Pipeline Developer Guide, "Pipeline Object Reference")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelayer.definition.catalogue import Category
from pipelayer.definition.codes import Code
from pipelayer.definition.parts import PipelineObject
from pipelayer.definition.rules.context import Context, own_at, warning
from pipelayer.definition.schedule import is_on_demand
from pipelayer.model import Finding

_EITHER_OR = (
    (("ShellCommandActivity", "ShellCommandPrecondition"), "command", "scriptUri"),
    (("HiveActivity",), "hiveScript", "scriptUri"),
    (("PigActivity", "SqlActivity"), "script", "scriptUri"),
    (("RedshiftDatabase",), "clusterId", "connectionString"),
    (("EmrCluster",), "releaseLabel", "amiVersion"),
    (("S3DataNode",), "filePath", "directoryPath"),
)
_NEEDS = (
    ("coreInstanceBidPrice", "coreInstanceCount"),
    ("taskInstanceBidPrice", "taskInstanceCount"),
)
_COPIED = frozenset({"CSV", "TSV"})


def check(context: Context) -> Iterator[Finding]:
    """PL214 to PL216, PL218, PL219."""
    template = context.template
    for types, one, other in _EITHER_OR:
        for item in template.of_type(*types):
            if one in item.fields and other in item.fields:
                message = f"`{item.id}` has `{one}` and `{other}`: only one of them counts."
                yield warning(Code.EITHER_OR, message, own_at(item, one, other), "Keep one of the two.")
    for item in template.of_category(Category.ACTIVITY):
        yield from _activity(context, item)
    on_demand = is_on_demand(context.definition)
    for item in template.objects:
        yield from _late(context, item, on_demand=on_demand)
    for item in template.of_type("EmrCluster"):
        yield from _cluster(context, item)


def _activity(context: Context, item: PipelineObject) -> Iterator[Finding]:
    template = context.template
    has = template.effective[item.id]
    type = template.types[item.id].name
    if "runsOn" in item.fields and "workerGroup" in item.fields:
        message = f"`{item.id}` has `runsOn` and `workerGroup`: AWS ignores the second."
        yield warning(Code.EITHER_OR, message, own_at(item, "workerGroup"), "Keep one of the two.")
    if "runsOn" in has:
        for key in ("stdout", "stderr"):
            for text, at in context.texts(item, key) if key in item.fields else ():
                if not text.startswith(("s3://", "#{")):
                    message = f"`{item.id}.{key}` is `{text}`: with `runsOn` it lies in S3."
                    yield warning(Code.NOT_S3, message, at, "Write s3://bucket/folder.")
    if type == "HiveActivity" and context.is_true(item, "stage"):
        for key in ("input", "output"):
            if key not in has:
                message = f"`{item.id}` stages its data, and has no `{key}`."
                yield warning(Code.NEEDS, message, item.at, f"Add `{key}`, or turn `stage` off.")
    yield from _nodes(context, item, type)


def _nodes(context: Context, item: PipelineObject, type: str) -> Iterator[Finding]:
    template = context.template
    for key in ("input", "output"):
        for node in template.targets(item, key):
            fields = template.effective[node.id]
            at = template.effective[item.id][key].at
            if "manifestFilePath" in fields and type != "RedshiftCopyActivity":
                message = f"`{item.id}` uses the manifest `{node.id}`: only a RedshiftCopyActivity reads one."
                yield warning(Code.DATA_NODE_USE, message, at, "Give it `filePath` or `directoryPath`.")
            if type == "CopyActivity":
                for format in template.targets(node, "dataFormat"):
                    kind = template.types.get(format.id)
                    if kind and kind.category is Category.DATA_FORMAT and kind.name not in _COPIED:
                        message = f"`{item.id}` copies `{node.id}` as {kind.name}: AWS copies CSV and TSV."
                        yield warning(Code.DATA_NODE_USE, message, at, "Use CSV or TSV.")
            resizes = context.is_true(item, "resizeClusterBeforeRunning")
            node_type = template.types.get(node.id)
            if resizes and node_type and node_type.name == "DynamoDBDataNode":
                message = f"`{item.id}` resizes its cluster for `{node.id}`: AWS then uses m3.xlarge."
                hint = "Set `resizeClusterBeforeRunning` to false to keep the cluster's own instance types."
                yield warning(Code.DATA_NODE_USE, message, at, hint)


def _late(context: Context, item: PipelineObject, *, on_demand: bool) -> Iterator[Finding]:
    """`onLateAction` and `lateAfterTimeout` work together, and never on demand."""
    if "onLateAction" not in item.fields:
        return
    at = own_at(item, "onLateAction")
    if on_demand:
        message = f"`{item.id}.onLateAction`: nothing is ever late in a pipeline that runs on demand."
        yield warning(Code.NO_EFFECT, message, at, "Remove it.")
    elif "lateAfterTimeout" not in context.template.effective[item.id] and not context.template.is_plain(
        item
    ):
        message = f"`{item.id}` has `onLateAction`, and nothing says when it is late."
        yield warning(Code.NEEDS, message, at, 'Add "lateAfterTimeout", such as "2 hours".')


def _cluster(context: Context, item: PipelineObject) -> Iterator[Finding]:
    has = context.template.effective[item.id]
    for key, other in _NEEDS:
        if key in has and other not in has:
            message = f"`{item.id}` has `{key}` without `{other}`."
            yield warning(Code.NEEDS, message, own_at(item, key), f"Add `{other}`.")
    label = context.text(item, "releaseLabel")
    if label is not None and not re.fullmatch(r"emr-[4-9]\.\S*|emr-[1-9][0-9]+\.\S*", label):
        message = f"`{item.id}.releaseLabel` is `{label}`: labels begin with `emr-4` and higher."
        hint = "Write a label like `emr-5.36.0`; older images are set by `amiVersion`."
        yield warning(Code.NEEDS, message, own_at(item, "releaseLabel"), hint)
