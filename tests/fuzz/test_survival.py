"""Whatever stands in the files: no traceback, no hang, no finding without a place, and memory stays bounded.

`make fuzz` tries 100,000 inputs; FUZZ_INPUTS sets how many each run tries.
"""

from __future__ import annotations

import copy
import json
import os
import random
import time
import tracemalloc
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelayer.model import Finding
from pipelayer.project.config import load_config
from pipelayer.project.load import load_all
from pipelayer.project.tree import TreeEntry, blob_id, under
from pipelayer.run.checking import rule_findings

TESTS = Path(__file__).parents[1]
NOW = datetime(2030, 1, 1, tzinfo=UTC)
INPUTS = int(os.environ.get("FUZZ_INPUTS", "600"))
SHARES = 4
CORPUS = [json.loads(path.read_text()) for path in sorted((TESTS / "definition" / "corpus").glob("*.json"))]
VALUES: Any = {
    "metadata": {"name": "N #{myEnv}", "tags": {"a": "b"}, "ignore": ["PL706"], "moved-from": "dev/b"},
    "values": {
        "myEnv": "#{myOther}",
        "myOther": "x",
        "*mySecret": {"env": "X"},
        "myS3InputDir": "s3://b/#{myEnv}",
    },
}
CONFIG: Any = {
    "version": 1,
    "project": "acme/nightly",
    "rules": {"PL706": "off", "PL418": "error"},
    "groups": {"dev": {"values": {"myEnv": "dev"}, "dirs": ["**"], "account": "123456789012"}},
}
SCALARS: list[Any] = [
    "", "#{", "#{}", "#{my", "#{myEnv}", "#{*mySecret}", "#{format(@scheduledStartTime,'DD hh')}",
    "#{node.x}",
    "#{" + "(" * 300 + "}", "#{" + "a." * 300 + "b}", "#{" + "-" * 300 + "1}",
    "#{format(" * 60, "#{parent.parent.@id}",
    "Default", "Schedule", "ShellCommandActivity", "ondemand", "cron", "0", "-1", "1e999", "9" * 400, "1 day",
    "99999999 years", "15 minutes", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2024-02-30T00:00:00",
    "s3://", "s3:///",
    "true", "\ufeff",
    "\u2028", "a\u0301", "😀" * 50, "x" * 11_000, "${INPUT999_STAGING_DIR}", "./run", "\x7f",
    None, True, False, 0, -1, 1.5, 10**400, [], {}, [[]], [None], {"ref": ""}, {"ref": "Default"},
    {"ref": "Nowhere"},
    {"ref": {"ref": "A"}}, {"env": "X"}, {"secretsmanager": ""}, {"ref": "A", "b": 1},
    [{"ref": "Daily"}] * 3, ["a"] * 300,
]  # fmt: skip
KEYS = [
    "id", "name", "type", "parent", "schedule", "runsOn", "dependsOn", "input", "output", "command",
    "stage", "period",
    "startDateTime", "endDateTime", "occurrences", "scheduleType", "fields", "key", "stringValue",
    "attributes",
    "default", "allowedValues", "isArray", "optional", "values", "metadata", "ignore", "rules", "myEnv",
    "*mySecret",
    "__proto__", "", "@id", "#{x}", "objects", "parameters", "terminateAfter", "pipelineLogUri", "<<", "ref",
]  # fmt: skip
BYTES = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\t", b"\r\n", b"\r", b'"\\ud800"', b"\xed\xa0\x80", b"{",
    b"}", b"[", b"]",
    b",", b":", b"&a ", b"*a", b"<<: ", b"---\n", b"!!python/object:os.system ", b"- ", b"#", b"'",
    b'"', b"\\", b"\x85",
    b"|\n", b">\n", b"? ", b"%YAML 9\n", b"[" * 150, b'{"a":' * 150, b"1e99999", b"-", b"0x", b"~",
    b"\xf0\x9f\x98\x80",
]  # fmt: skip


class Files:
    """A tree in memory."""

    commit = ""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.entries = {path: TreeEntry(path, "100644", blob_id(data)) for path, data in files.items()}

    def read(self, path: str) -> bytes:
        return self._files[path]

    def under(self, folder: str) -> Iterable[str]:
        return under(sorted(self.entries), folder)


def examine(files: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """All that is read and checked without AWS."""
    tree = Files(files)
    config, found = load_config(tree, "", default_project="acme/nightly")
    if config is None:
        return found
    pipelines, more = load_all(tree, config, "")
    return (*found, *more, *rule_findings(tree, pipelines, more, config.rules, NOW))


def mutated(seed: int) -> dict[str, bytes]:
    """A project that `seed` decides: a real one, changed in its values and in its text."""
    chance = random.Random(seed)
    documents = {
        "pipeline_definition": chance.choice(CORPUS),
        "a/values": VALUES,
        "pipelayer": CONFIG if chance.random() < 0.3 else None,
    }
    likely = {"pipeline_definition": 0.95, "a/values": 0.2, "pipelayer": 0.3}
    damaged = chance.choice(list(documents)) if chance.random() < 0.2 else ""
    files = {}
    for name, document in documents.items():
        if document is None:
            continue
        if chance.random() < likely[name]:
            document = json.loads(json.dumps(document))  # noqa: PLW2901 - a copy
            for _ in range(chance.randint(1, 4)):
                document = change(document, chance)  # noqa: PLW2901
        if chance.random() < 0.25:
            path, text = f"{name}.yml", yaml.safe_dump(document, allow_unicode=True)
        else:
            path, text = f"{name}.json", json.dumps(document, ensure_ascii=chance.random() < 0.5)
        data = text.encode("utf-8", "surrogatepass")
        for _ in range(chance.randint(1, 3) if name == damaged else 0):
            place = chance.randrange(len(data) + 1)
            data = data[:place] + chance.choice(BYTES) + data[place + chance.choice([0, 0, 1, 5, 40]) :]
        files[path] = data
    return files


def change(value: Any, chance: random.Random) -> Any:
    """One change somewhere in a document."""
    if isinstance(value, dict) and value and chance.random() < 0.97:
        key = chance.choice(list(value))
        match chance.randrange(24):
            case 0:
                value[chance.choice(KEYS)] = copy.deepcopy(chance.choice(SCALARS))
            case 1:
                del value[key]
            case 2:
                value[chance.choice(KEYS)] = value.pop(key)
            case _:
                value[key] = change(value[key], chance)
        return value
    if isinstance(value, list) and value and chance.random() < 0.97:
        index = chance.randrange(len(value))
        match chance.randrange(24):
            case 0:
                value.append(copy.deepcopy(chance.choice(value)))
            case 1:
                del value[index]
            case _:
                value[index] = change(value[index], chance)
        return value
    if isinstance(value, str) and chance.random() < 0.3:
        place = chance.randrange(len(value) + 1)
        other = chance.choice([one for one in SCALARS if isinstance(one, str)])
        return value[:place] + other + value[place:]
    return copy.deepcopy(chance.choice(SCALARS))


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_that_can_be_written_makes_it_fail(share: int) -> None:
    @settings(
        max_examples=max(1, INPUTS // SHARES),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**62))
    def survives(number: int) -> None:
        files = mutated(number * SHARES + share)
        started = time.process_time()
        found = examine(files)
        assert time.process_time() - started < 5
        for finding in found:
            assert finding.at is not None, finding
            assert finding.at.line >= 1
            assert finding.at.column >= 1
            assert finding.message
            assert finding.hint, finding
            assert len(finding.message) + len(finding.hint) < 2000, finding

    survives()


JOB = b'{"objects": [{"id": "Job", "type": "ShellCommandActivity", "workerGroup": "w", "command": "true"}]}'


def project(definition: bytes = JOB, values: bytes = b"{}", ending: str = "json") -> dict[str, bytes]:
    return {f"pipeline_definition.{ending}": definition, f"a/values.{ending}": values}


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b", ".join([b"*%c" % (97 + n)] * 9)) for n in range(12)
)
DOUBLING = json.dumps(
    {"values": {f"my{n}": f"#{{my{n + 1}}}" * 2 for n in range(60)} | {"my60": "x"}}
).encode()
CHAIN = json.dumps({"values": {f"my{n}": f"#{{my{n + 1}}}" for n in range(20_000)}}).encode()
HOSTILE = {
    "brackets": project(b"[" * 100_000),
    "tables": project(b'{"objects":' * 100_000),
    "brackets in YAML": project(b"[" * 100_000, ending="yml"),
    "an alias bomb": project(b"objects: []\n", BOMB, "yml"),
    "values that double": project(values=DOUBLING),
    "a chain of values": project(values=CHAIN),
    "50 MB": project(b'{"objects": "' + b"x" * 50_000_000 + b'"}'),
    "NUL": project(b'{"objects": "\x00"}'),
    "a lone surrogate": project(b'{"objects": [{"id": "\\ud800", "type": "\\udfff"}]}'),
    "a raw surrogate": project(b'{"objects": "\xed\xa0\x80"}'),
    "UTF-16": project('{"objects": []}'.encode("utf-16")),
    "brackets in an expression": project(
        json.dumps(
            {"objects": [{"id": "A", "type": "ShellCommandActivity", "command": "#{" + "(" * 100_000}]}
        ).encode()
    ),
    "quotes in an expression": project(
        json.dumps(
            {"objects": [{"id": "A", "type": "ShellCommandActivity", "command": "#{'" * 30_000}]}
        ).encode()
    ),
    "100,000 expressions": project(
        json.dumps(
            {"objects": [{"id": "A", "type": "ShellCommandActivity", "command": "#{x}" * 100_000}]}
        ).encode()
    ),
    "a long chain of parents": project(
        json.dumps(
            {"objects": [{"id": f"A{n}", "parent": {"ref": f"A{n + 1}"}} for n in range(900)]}
        ).encode()
    ),
    "10,000 objects": project(
        json.dumps(
            {"objects": [{"id": f"A{n}", "parent": {"ref": f"A{n + 1}"}} for n in range(10_000)]}
        ).encode()
    ),
    "a circle of dependencies": project(
        json.dumps(
            {"objects": [{"id": f"A{n}", "dependsOn": {"ref": f"A{(n + 1) % 900}"}} for n in range(900)]}
        ).encode()
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_hurt_ends_soon_and_small(name: str) -> None:
    started = time.process_time()
    found = examine(HOSTILE[name])
    seconds = time.process_time() - started
    tracemalloc.start()
    try:
        examine(HOSTILE[name])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found
    assert all(finding.at is not None and finding.hint for finding in found)
    assert seconds < 10
    assert peak < 200_000_000


@pytest.mark.parametrize(
    "text",
    [
        b'{\r\n"objects":\r\n[]\r\n}\r\n',
        b'{\t"objects":\t[]\t}',
        b'{"objects": []}   \n\n\n',
    ],
)
def test_line_ends_and_tabs_are_fine(text: bytes) -> None:
    assert [finding.code for finding in examine(project(text))] == ["PL107"]  # there is no object in it


def test_a_byte_order_mark_is_said_and_read_past() -> None:
    assert [finding.code for finding in examine(project(b'\xef\xbb\xbf{"objects": []}'))] == [
        "PL001",
        "PL107",
    ]
