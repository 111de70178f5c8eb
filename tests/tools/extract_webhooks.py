"""Cuts the events that Pipelayer is run by out of GitHub's published webhook schemas, as small test data.

    npm pack @octokit/webhooks-schemas@7.6.1 --pack-destination /tmp/webhooks
    tar -xzf /tmp/webhooks/*.tgz -C /tmp/webhooks
    python tests/tools/extract_webhooks.py /tmp/webhooks/package

It reads that one folder, downloads nothing, and writes `tests/support/data/webhooks.json`: the definitions of
the events' payloads and of all that they refer to, without what only people and TypeScript read. Every word
that decides whether a payload is valid stays. Each definition is one line, so a diff shows which changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EVENTS = [
    "create$event",
    "delete$event",
    "issue_comment$created",
    "merge_group$checks_requested",
    "merge_group$destroyed",
    "pull_request$closed",
    "pull_request$opened",
    "pull_request$reopened",
    "pull_request$synchronize",
    "pull_request_review$submitted",
    "push$event",
    "release$published",
    "repository_dispatch$event",
    "workflow_dispatch$event",
    "workflow_run$completed",
]
PROSE = {"$schema", "default", "description", "examples", "readOnly", "title", "tsAdditionalProperties"}


def trimmed(schema: Any, *, names: bool = False) -> Any:
    """The schema without what decides nothing. `names`: a table whose keys are names, not words."""
    match schema:
        case dict():
            return {
                key: trimmed(value, names=key == "properties" and not names)
                for key, value in schema.items()
                if names or key not in PROSE
            }
        case list():
            return [trimmed(item) for item in schema]
        case _:
            return schema


def references(schema: Any) -> set[str]:
    """The names of the definitions that this refers to."""
    match schema:
        case dict():
            found = {schema["$ref"].rsplit("/", 1)[1]} if isinstance(schema.get("$ref"), str) else set()
            return found.union(*(references(item) for item in schema.values()))
        case list():
            return set().union(*(references(item) for item in schema))
        case _:
            return set()


def extract(document: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions of EVENTS and of all that they refer to."""
    found: dict[str, Any] = {}
    wanted = set(EVENTS)
    while missing := wanted - found.keys():
        found |= {name: trimmed(document["definitions"][name]) for name in missing}
        wanted |= references(found)
    return found


def written(package: Mapping[str, str], document: Mapping[str, Any]) -> str:
    """The file's text, a JSON schema that says where it is from."""
    head = {
        "$schema": document["$schema"],
        "license": f"{package['license']}, {package['author']}",
        "source": f"{package['name']} {package['version']}",
    }
    lines = [
        f"{json.dumps(name)}:{json.dumps(definition, separators=(',', ':'), sort_keys=True)}"
        for name, definition in sorted(extract(document).items())
    ]
    return json.dumps(head, indent=0)[:-2] + ',\n"definitions": {\n' + ",\n".join(lines) + "\n}\n}\n"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    package, document = (
        json.loads((folder / name).read_text("utf-8")) for name in ("package.json", "schema.json")
    )
    target = Path(__file__).parents[1] / "support" / "data" / "webhooks.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written(package, document), "utf-8")
    print(f"{target}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
