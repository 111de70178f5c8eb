"""A definition as a Mermaid flowchart: what runs, on what, from where to where."""

from __future__ import annotations

from collections.abc import Iterator

from pipelayer.definition.catalogue import Category, object_types
from pipelayer.definition.inheritance import DEFAULT, Inheritance
from pipelayer.definition.parts import Definition, PipelineObject

_SHAPES = {
    Category.ACTIVITY: ("[", "]"),
    Category.DATA_NODE: ("[(", ")]"),
    Category.RESOURCE: ("[[", "]]"),
    Category.PRECONDITION: ("{", "}"),
    Category.SCHEDULE: ("([", "])"),
}
# Edges point the way things flow: data into and out of an activity, one activity after another.
_INWARD = {"input": "-->", "dependsOn": "-->", "precondition": "-.->", "schedule": "-.->"}
_OUTWARD = {"output": "-->", "runsOn": "-.-"}
_LONGEST = 60


def mermaid(definition: Definition) -> str:
    """The objects that run or are run upon, as a Mermaid flowchart in the order of the definition.

    Ids are replaced by numbers and labels hold no character that means anything to Mermaid, HTML or Markdown.
    """
    inheritance = Inheritance(definition)
    shown: dict[str, str] = {}
    lines = ["flowchart LR"]
    for item in definition.objects:
        type = object_types().get(inheritance.type(item))
        if type is None or type.category not in _SHAPES or item.id == DEFAULT or item.id in shown:
            continue
        shown[item.id] = f"n{len(shown)}"
        opening, closing = _SHAPES[type.category]
        lines.append(f'    {shown[item.id]}{opening}"{_label(item.name)}<br/>{type.name}"{closing}')
    for item in definition.objects:
        if item.id in shown:
            lines.extend(dict.fromkeys(_edges(item, inheritance, shown)))
    return "\n".join(lines) + "\n"


def _edges(item: PipelineObject, inheritance: Inheritance, shown: dict[str, str]) -> Iterator[str]:
    """What the object itself or a parent refers to. What all have from `Default` would hide the rest."""
    own = [above for above in inheritance.chain(item) if above.id != DEFAULT or item.id == DEFAULT]
    for key in (*_INWARD, *_OUTWARD):
        field = next((above.fields[key] for above in own if key in above.fields), None)
        for target in field.refs if field else ():
            if target in shown and target != item.id:
                here, there = shown[item.id], shown[target]
                if key in _INWARD:
                    yield f"    {there} {_INWARD[key]} {here}"
                else:
                    yield f"    {here} {_OUTWARD[key]} {there}"


def _label(text: str) -> str:
    """Letters, digits and a few harmless signs as they are, any other as Mermaid's `#number;`."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return (
        "".join(sign if _harmless(sign) else f"#{ord(sign)};" for sign in short if sign.isprintable()) or "?"
    )


def _harmless(sign: str) -> bool:
    return sign.isalnum() or sign in " _,…"
