"""The rules as one page of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from pipelayer.explain import DEFINITION, Rule, rules

_FAMILIES = {
    "PL00": "Text",
    "PL01": "pipelayer.yml",
    "PL02": "A pipeline's directory",
    "PL03": "Between pipelines",
    "PL04": "Files to upload",
    "PL1": "Structure",
    "PL2": "Types and fields",
    "PL3": "References",
    "PL4": "Expressions and parameters",
    "PL5": "Schedules",
    "PL6": "Limits",
    "PL7": "What a run needs",
}

_HEAD = """\
# Rules

<!-- Made by `python -m pipelayer.explain > docs/rules.md` from pipelayer/explain/data. -->

What Pipelayer finds without asking AWS. An **error** is what AWS would refuse, or what can't be deployed; it
can't be lowered or ignored. **Warnings** and **notes** can be, for the project:

```yaml
# pipelayer.yml
rules: {PL706: off, PL418: error}     # off, note, warning or error
```

and for one pipeline:

```json
{"metadata": {"ignore": ["PL706"]}}
```

Findings with the code `AWS` are AWS's own words. Examples show the part of a definition that matters: where
they have no `Default`, think of one with roles, a `workerGroup` and a `pipelineLogUri`. `«300 characters»`
stands for as many of them.
"""


def page() -> str:
    """The whole page, from the first line to the last."""
    return "\n".join(_lines()) + "\n"


def markdown(rule: Rule) -> str:
    """One rule, without its heading."""
    return "\n".join(_rule(rule))


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _contents()
    shown = ""
    for rule in rules().values():
        family = next(name for start, name in _FAMILIES.items() if rule.code.startswith(start))
        if family != shown:
            shown = family
            yield f"\n## {family}"
        yield f"\n### {rule.code}\n"
        yield from _rule(rule)


def _contents() -> Iterator[str]:
    yield "| code | severity | |"
    yield "|---|---|---|"
    for rule in rules().values():
        yield f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.title} |"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"**{rule.title}** ({rule.severity})\n"
    yield f"{rule.why}\n"
    yield "Not so:\n"
    yield from _example(rule.bad)
    yield "\nBut so:\n"
    yield from _example(rule.good)


def _example(files: Mapping[str, str]) -> Iterator[str]:
    for path, text in files.items():
        if len(files) > 1 or path != DEFINITION:
            yield f"`{path}`"
        yield f"```{_language(path, text)}"
        yield _pretty(text) if path.endswith(".json") else text.strip()
        yield "```"


def _language(path: str, text: str) -> str:
    """What an editor can colour; what is broken on purpose is plain text."""
    import yaml

    if not path.endswith((".json", ".yml")):
        return "text"
    try:
        json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return "text"
    return "json" if path.endswith(".json") else "yaml"


def _pretty(text: str) -> str:
    """JSON with an object on each line; what is broken on purpose, as it is."""
    try:
        document = json.loads(text)
    except ValueError:
        return text.strip()
    if not isinstance(document, dict) or not document or len(text) < 90:
        return text.strip()
    lines = [f"  {json.dumps(key)}: {_section(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _section(value: object) -> str:
    if isinstance(value, list) and len(value) > 0:
        items = ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
        return f"[\n{items}\n  ]"
    return json.dumps(value, ensure_ascii=False)
