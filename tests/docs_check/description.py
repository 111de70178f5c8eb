"""GitHub's OpenAPI description: which requests it allows, and which answers."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

import jsonschema

from docs_check.verdict import PACKAGES, ROOT, Verdict, shown
from tools.extract_openapi import ERRORS, extract, json_schema, references, trimmed

_EXTRACT = ROOT / "tests" / "sandbox_github" / "data" / "openapi_extract.json"
_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_COUNTS = {"per_page": 100}
"""The most that GitHub takes, which its description has in prose only."""
Node = Mapping[str, object]


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; `path` is below the root of the API, bodies are JSON values or None."""

    method: str
    path: str
    query: str
    sent: object
    status: int
    received: object

    @property
    def name(self) -> str:
        """How a failure names it."""
        return f"{self.method} {self.path}{'?' if self.query else ''}{self.query}"


class Description:
    """`document` is the description as JSON."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document

    @classmethod
    def of_package(cls) -> Description:
        """GitHub's, as its package has it."""
        path = PACKAGES / "@octokit" / "openapi" / "generated" / "api.github.com.json"
        return cls(json.loads(path.read_text("utf-8")))

    def problems(self, exchange: Exchange) -> Iterator[str]:
        """What the description doesn't allow about an exchange."""
        found = self._operation(exchange.method, exchange.path)
        if found is None:
            yield f"{exchange.name}: GitHub describes no such request"
            return
        template, operation = found
        said: list[str] = []
        if operation.get("deprecated"):
            said.append("GitHub is about to take it away")
        said += self._query_problems(operation, exchange.query)
        said += self._body_problems(operation, exchange.sent)
        said += self._answer_problems(operation, exchange)
        yield from (f"{exchange.name} ({exchange.method} {template}): {problem}" for problem in said)

    def check_extract(self) -> Verdict:
        """Whether the cut that `make test` holds the sandbox against is still a cut of this description."""
        same = json.loads(_EXTRACT.read_text("utf-8")) == extract(self._document)
        problem = f"{shown(_EXTRACT)} isn't what tests/tools/extract_openapi.py cuts out of the description"
        return Verdict("the extract of that description, up to date", () if same else (problem,))

    # ---- finding the operation

    def _operation(self, method: str, path: str) -> tuple[str, Node] | None:
        for pattern, template, name, operation in self._operations:
            if name == method.lower() and pattern.fullmatch(path):
                return template, operation
        return None

    @cached_property
    def _operations(self) -> list[tuple[re.Pattern[str], str, str, Node]]:
        """The most specific first: what is written out goes before a parameter, one part before several."""
        found = []
        for template, item in _node(self._document["paths"]).items():
            for method, operation in _node(item).items():
                if method in _METHODS:
                    node = _node(operation)
                    wide = {str(p["name"]) for p in self._parameters(node) if p.get("x-multi-segment")}
                    found.append((_pattern(template, wide), template, method, node))
        return sorted(found, key=lambda item: (item[0].pattern.count(".+"), item[1].count("{")))

    def _parameters(self, operation: Node) -> Iterator[Node]:
        for parameter in _list(operation.get("parameters", [])):
            node = _node(parameter)
            if "$ref" in node:
                name = str(node["$ref"]).rsplit("/", 1)[1]
                node = _node(_node(_node(self._document["components"])["parameters"])[name])
            yield node

    # ---- the request

    def _query_problems(self, operation: Node, query: str) -> Iterator[str]:
        known = {str(p["name"]): p for p in self._parameters(operation) if p["in"] == "query"}
        given = parse_qsl(query, keep_blank_values=True)
        for name, text in given:
            if name not in known:
                yield f"it takes no query parameter {name!r}"
                continue
            schema = _node(trimmed(known[name].get("schema", {})))
            value: object = int(text) if schema.get("type") == "integer" and text.isdigit() else text
            yield from (f"query parameter {name!r}: {p}" for p in self._schema_problems(schema, value))
            if isinstance(value, int) and value > _COUNTS.get(name, value):
                yield f"query parameter {name!r}: {value} is more than {_COUNTS[name]}"
        for name, parameter in known.items():
            if parameter.get("required") and name not in dict(given):
                yield f"it wants the query parameter {name!r}"

    def _body_problems(self, operation: Node, sent: object) -> Iterator[str]:
        body = _node(operation.get("requestBody", {}))
        schema = json_schema(body, self._document)
        if schema is None:
            if sent is not None:
                yield "it takes no body"
        elif sent is not None or body.get("required"):
            yield from (f"body: {problem}" for problem in self._schema_problems(schema, sent))
            known = schema.get("properties")
            if isinstance(sent, dict) and known and not schema.get("additionalProperties"):
                yield from (f"body: it takes no {name!r}" for name in sent if name not in known)

    # ---- the answer

    def _answer_problems(self, operation: Node, exchange: Exchange) -> Iterator[str]:
        responses = _node(operation["responses"])
        code = str(exchange.status)
        if code in responses:
            schema = json_schema(responses[code], self._document)
        elif code in ERRORS:
            schema = {"$ref": f"#/components/schemas/{ERRORS[code]}"}
        else:
            yield f"the sandbox answers {code}, which GitHub doesn't"
            return
        if schema is None:
            if exchange.received is not None:
                yield f"the sandbox's answer {code} has a body, GitHub's has none"
        else:
            for problem in self._schema_problems(schema, exchange.received):
                yield f"the sandbox's answer {code}: {problem}"

    # ---- schemas

    def _schema_problems(self, schema: Node, value: object) -> Iterator[str]:
        components = {"schemas": self._schemas_of(schema)}
        validator = jsonschema.Draft4Validator({**schema, "components": components})
        for error in validator.iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            yield f"{place}: {error.message[:200]}" if place else error.message[:200]

    def _schemas_of(self, schema: Node) -> Node:
        """The named schemas that this one refers to, and those to which they refer."""
        all_schemas = _node(_node(self._document["components"])["schemas"])
        found: dict[str, object] = {}
        while missing := (references(schema) | references(found)) - found.keys():
            found |= {name: trimmed(all_schemas[name]) for name in missing}
        return found


def _pattern(template: str, wide: Collection[str]) -> re.Pattern[str]:
    """What the paths of a template look like; the `wide` parameters may hold slashes."""
    parts = re.split(r"\{(\w+)\}", template)
    names = [(".+" if name in wide else "[^/]+") for name in parts[1::2]]
    fixed = [re.escape(part) for part in parts[::2]]
    return re.compile("".join(part + name for part, name in zip(fixed, [*names, ""], strict=True)))


def _node(value: object) -> Node:
    assert isinstance(value, dict), "GitHub's description has an object here"
    return value


def _list(value: object) -> list[object]:
    assert isinstance(value, list), "GitHub's description has a list here"
    return value
