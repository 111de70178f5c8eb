"""Every rule is explained, and its examples do what is said of them."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest

import pipelayer
from pipelayer.explain import DEFINITION, Rule, explain, rules
from pipelayer.explain.page import page
from pipelayer.model import Finding
from pipelayer.project.config import load_config
from pipelayer.project.load import load_all
from pipelayer.project.tree import TreeEntry, blob_id, under
from pipelayer.run.checking import rule_findings

ROOT = Path(__file__).parents[2]
NOW = datetime(2030, 1, 1, tzinfo=UTC)
DEFAULT = {
    "id": "Default",
    "role": "DataPipelineDefaultRole",
    "resourceRole": "DataPipelineDefaultResourceRole",
    "workerGroup": "nightly",
    "pipelineLogUri": "s3://acme/logs/",
}
NOT_FOUND_BY_READING = {"PL000"}


@dataclass
class MemoryTree:
    files: Mapping[str, bytes]
    modes: Mapping[str, str]
    commit: str = ""
    entries: dict[str, TreeEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entries = {
            path: TreeEntry(path, self.modes.get(path, "100644"), blob_id(data))
            for path, data in self.files.items()
        }

    def read(self, path: str) -> bytes:
        return self.files[path]

    def under(self, folder: str) -> Iterable[str]:
        return under(sorted(self.entries), folder)


def expand(text: str) -> str:
    """`«300 characters»` → 300 characters."""

    def make(match: re.Match[str]) -> str:
        count, what = int(match[1]), match[2]
        match what:
            case "characters":
                return "x" * count
            case "brackets":
                return "[" * count + "]" * count
            case "objects":
                jobs = ({"id": f"J{n}", "type": "ShellCommandActivity", "command": "x"} for n in range(count))
                return ", ".join(json.dumps(job) for job in jobs)
            case "fields":
                return ", ".join(f'"my_{n}": "x"' for n in range(count))
            case "steps":
                return ", ".join(f'"{n}.jar"' for n in range(count))
            case "parameters":
                return ", ".join(json.dumps({"id": f"my{n}", "default": "x"}) for n in range(count))
            case "uses":
                return " ".join(f"#{{my{n}}}" for n in range(count))
        raise AssertionError(what)

    return re.sub(r"«(\d+) (\w+)»", make, text)


def with_default(text: str) -> str:
    """A definition that shows what matters, with a `Default` such as people have."""
    document = json.loads(text)
    objects = document.get("objects")
    if not isinstance(objects, list):
        return text
    own = next((one for one in objects if isinstance(one, dict) and one.get("id") == "Default"), {})
    rest = [one for one in objects if one is not own]
    return json.dumps({**document, "objects": [{**DEFAULT, **own}, *rest]})


def findings(example: Mapping[str, str]) -> tuple[Finding, ...]:
    """What the real reader and the real checks say about an example."""
    files = {path: expand(text) for path, text in example.items()}
    project = files.pop("origin", "acme/nightly")
    definition = with_default(files.get(DEFINITION, '{"objects": []}'))
    files = {"a/values.json": "{}", **files, DEFINITION: definition}
    if "a/values.yml" in example and "a/values.json" not in example:
        del files["a/values.json"]
    modes = {p: "120000" for p, text in files.items() if text.startswith("link to ")}
    modes |= {p: "160000" for p, text in files.items() if text == "submodule"}
    tree = MemoryTree({path: text.lstrip("\n").encode() for path, text in files.items()}, modes)
    config, problems = load_config(tree, "", default_project=project)
    if config is None:
        return problems
    pipelines, more = load_all(tree, config, "")
    return (*problems, *more, *rule_findings(tree, pipelines, more, config.rules, NOW))


@pytest.mark.parametrize(
    "rule",
    [r for r in rules().values() if r.code not in NOT_FOUND_BY_READING],
    ids=lambda rule: rule.code,
)
def test_the_bad_example_breaks_this_rule_alone_and_the_good_one_none(rule: Rule) -> None:
    bad = findings(rule.bad)
    assert {finding.code for finding in bad} == {rule.code}, bad
    assert {finding.severity for finding in bad} == {rule.severity}
    assert all(finding.hint for finding in bad)
    assert findings(rule.good) == ()


def codes() -> set[str]:
    """Every member of every enum `Code` of the product."""
    found: set[str] = set()
    for module in pkgutil.walk_packages(pipelayer.__path__, "pipelayer."):
        if "__main__" in module.name or ".sandbox" in module.name:
            continue
        code = getattr(importlib.import_module(module.name), "Code", None)
        if isinstance(code, type) and issubclass(code, StrEnum):
            found |= {str(member) for member in code}
    return found


def test_every_code_has_words_and_no_words_are_left_over() -> None:
    assert codes() | NOT_FOUND_BY_READING == set(rules())


def test_no_code_is_written_that_has_no_words() -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "pipelayer").rglob("*.py"))
    assert {code for text in sources for code in re.findall(r'"(PL\d{3})"', text)} <= set(rules())


def test_titles_are_short_and_each_its_own() -> None:
    titles = [rule.title for rule in rules().values()]
    assert len(set(titles)) == len(titles)
    assert max(map(len, titles)) < 80


def test_a_code_is_found_in_any_case() -> None:
    assert explain("pl101") is explain("PL101") is not None
    assert explain("PL999") is None


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == page(), (
        "python -m pipelayer.explain > docs/rules.md"
    )
