"""References that lead nowhere, to the wrong kind of object, or back to where they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipelayer.definition.catalogue import Category, ObjectType
from pipelayer.definition.codes import Code
from pipelayer.definition.expressions import find_cycles
from pipelayer.definition.parts import PipelineObject, Ref
from pipelayer.definition.rules.context import Template, error, warning
from pipelayer.definition.suggest import did_you_mean
from pipelayer.model import Finding, Position

_RUNNABLE = frozenset({Category.ACTIVITY, Category.DATA_NODE, Category.RESOURCE, Category.PRECONDITION})
_KINDS: Mapping[str, frozenset[Category] | str] = {
    "schedule": "Schedule",
    "runsOn": frozenset({Category.RESOURCE}),
    "input": frozenset({Category.DATA_NODE}),
    "output": frozenset({Category.DATA_NODE}),
    "dependsOn": _RUNNABLE,
    "precondition": frozenset({Category.PRECONDITION}),
    "onFail": frozenset({Category.ACTION}),
    "onSuccess": frozenset({Category.ACTION}),
    "onLateAction": frozenset({Category.ACTION}),
    "database": frozenset({Category.DATABASE}),
    "dataFormat": frozenset({Category.DATA_FORMAT}),
    "httpProxy": "HttpProxy",
    "configuration": "EmrConfiguration",
    "property": "Property",
    "preActivityTaskConfig": "ShellScriptConfig",
    "postActivityTaskConfig": "ShellScriptConfig",
    "coreEbsConfiguration": "EbsConfiguration",
    "masterEbsConfiguration": "EbsConfiguration",
    "taskEbsConfiguration": "EbsConfiguration",
    "ebsBlockDeviceConfig": "EbsBlockDeviceConfig",
    "volumeSpecification": "VolumeSpecification",
}
"""What each field must refer to (AWS Data Pipeline Developer Guide, "Pipeline Object Reference")."""

_CLUSTER_ONLY = frozenset(
    {"EmrActivity", "HadoopActivity", "HiveActivity", "HiveCopyActivity", "PigActivity"}
)


def check(template: Template) -> Iterator[Finding]:
    """PL301 to PL305."""
    for item in template.objects:
        for key, field in item.fields.items():
            for index, value in enumerate(field.values):
                if isinstance(value, Ref) and value.id:
                    yield from _target(template, item, key, value.id, field.position(index))
    yield from _circles(
        template, "parent", Code.PARENT_CYCLE, "Parents", "An object can't inherit from itself"
    )
    waits = "None of them could ever start"
    yield from _circles(template, "dependsOn", Code.DEPENDS_CYCLE, "Dependencies", waits)
    for item in template.of_type(*_CLUSTER_ONLY):
        for target in template.targets(item, "runsOn"):
            if (type := template.types.get(target.id)) and type.name == "Ec2Resource":
                message = (
                    f"`{item.id}` is a {template.types[item.id].name}, which needs a cluster, and runs on "
                )
                message += f"the Ec2Resource `{target.id}`."
                field = template.effective[item.id]["runsOn"]
                yield warning(Code.RUNS_ON_MACHINE, message, field.at, "Refer to an EmrCluster.")


def _target(
    template: Template, item: PipelineObject, key: str, id: str, at: Position | None
) -> Iterator[Finding]:
    if id not in template.by_id:
        message = f"`{item.id}.{key}` refers to `{id}`, which is no object here."
        hint = did_you_mean(id, template.by_id, "Add an object with that id, or remove this.")
        yield error(Code.DANGLING, message, at, hint)
        return
    wanted = _KINDS.get(key)
    found = template.types.get(id)
    if wanted is None or found is None or found.category is Category.DEFAULT or _fits(found, wanted):
        return
    known = [name for name, type in template.types.items() if _fits(type, wanted)]
    hint = f"Refer to {_words(wanted)}"
    hint += f", such as `{known[0]}`." if known else "."
    message = f"`{item.id}.{key}` needs {_words(wanted)}, and `{id}` is a {found.name}."
    yield error(Code.WRONG_KIND, message, at, hint)


def _fits(type: ObjectType, wanted: frozenset[Category] | str) -> bool:
    return type.name == wanted if isinstance(wanted, str) else type.category in wanted


def _words(wanted: frozenset[Category] | str) -> str:
    if wanted is _RUNNABLE:
        return "something that runs"
    name = wanted if isinstance(wanted, str) else next(iter(wanted)).value.replace("_", " ")
    return f"an {name}" if name[0] in "aeiouEAIO" else f"a {name}"


def _circles(template: Template, key: str, code: Code, what: str, why: str) -> Iterator[Finding]:
    edges = {item.id: list(item.fields[key].refs) for item in template.objects if key in item.fields}
    for cycle in find_cycles(edges):
        message = f"{what} in a circle: {' → '.join(f'`{id}`' for id in (*cycle, cycle[0]))}."
        at = template.by_id[cycle[0]].fields[key].at
        yield error(code, message, at, f"{why}: remove one `{key}`.")
