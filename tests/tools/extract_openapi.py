"""Cuts the few operations that Pipelayer uses out of GitHub's published REST description, as small test data.

    npm pack @octokit/openapi@23.0.2 --pack-destination /tmp/openapi
    tar -xzf /tmp/openapi/*.tgz -C /tmp/openapi package/generated/api.github.com.json
    python tests/tools/extract_openapi.py /tmp/openapi/package/generated/api.github.com.json

It reads that one file, downloads nothing, and writes `tests/sandbox_github/data/openapi_extract.json`: for
each operation the JSON schemas of its request body and of its answers, without prose and examples.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

OPERATIONS = [
    ("get", "/user"),
    ("get", "/repos/{owner}/{repo}"),
    ("get", "/repos/{owner}/{repo}/branches/{branch}"),
    ("get", "/repos/{owner}/{repo}/git/ref/{ref}"),
    ("get", "/repos/{owner}/{repo}/commits/{ref}"),
    ("get", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"),
    ("get", "/repos/{owner}/{repo}/compare/{basehead}"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}"),
    ("get", "/repos/{owner}/{repo}/issues"),
    ("post", "/repos/{owner}/{repo}/issues"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("patch", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("get", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
    ("patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
    ("delete", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
]
PROSE = {"description", "title", "summary", "example", "examples", "externalDocs", "default", "deprecated"}
MAPS = {"properties", "schemas"}  # tables whose keys are names, not words of JSON Schema
ERRORS = {  # GitHub answers any operation with these; the description lists them only here and there
    "401": "basic-error",
    "403": "basic-error",
    "404": "basic-error",
    "410": "basic-error",
    "422": "validation-error",
    "429": "basic-error",
    "502": "basic-error",
}


def trimmed(schema: Any, *, names: bool = False) -> Any:
    """The schema as JSON Schema has it, without what only people read. `names`: a table of named schemas."""
    match schema:
        case dict():
            kept = {
                key: trimmed(value, names=key in MAPS and not names)
                for key, value in schema.items()
                if names or not (key in PROSE or key.startswith("x-") or key == "nullable")
            }
            if not names and schema.get("nullable"):  # OpenAPI 3.0's word for "or null"
                return {"anyOf": [kept, {"type": "null"}]}
            return kept
        case list():
            return [trimmed(item) for item in schema]
        case _:
            return schema


def references(value: Any) -> set[str]:
    """The names of the component schemas that this refers to."""
    match value:
        case dict():
            found = {value["$ref"].rsplit("/", 1)[1]} if isinstance(value.get("$ref"), str) else set()
            return found.union(*(references(item) for item in value.values()))
        case list():
            return set().union(*(references(item) for item in value))
        case _:
            return set()


def json_schema(holder: Any, document: Any) -> Any:
    """The JSON schema of a request body or response, or None where it has none."""
    if "$ref" in holder:
        holder = document["components"]["responses"][holder["$ref"].rsplit("/", 1)[1]]
    content = holder.get("content", {}).get("application/json")
    return trimmed(content["schema"]) if content else None


def extract(document: Any) -> dict[str, Any]:
    """Everything that the tests need of GitHub's description."""
    operations = {}
    for method, path in OPERATIONS:
        operation = document["paths"][path][method]
        answers = {code: {"$ref": f"#/components/schemas/{name}"} for code, name in ERRORS.items()}
        answers |= {
            code: json_schema(response, document)
            for code, response in operation["responses"].items()
            if code.startswith("2")
        }
        operations[f"{method.upper()} {path}"] = {
            "request": json_schema(operation.get("requestBody", {}), document),
            "responses": answers,
        }
    schemas: dict[str, Any] = {}
    wanted = references(operations)
    while missing := wanted - schemas.keys():
        for name in missing:
            schemas[name] = trimmed(document["components"]["schemas"][name])
        wanted = references(operations) | references(schemas)
    return {
        "source": f"@octokit/openapi, api.github.com.json {document['info']['version']}",
        "operations": operations,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    document = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    target = Path(__file__).parents[1] / "sandbox_github" / "data" / "openapi_extract.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(extract(document), separators=(",", ":")) + "\n", "utf-8")
    print(f"{target}: {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
