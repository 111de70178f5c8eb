"""The parts of `make docs-check` that need neither node nor a browser nor its packages."""

from __future__ import annotations

import pytest
from graphql import build_schema

from docs_check.blocks import blocks_of
from docs_check.commands import Written, differences, letters, meanings, readings, texts
from docs_check.description import Description, Exchange
from docs_check.queries import cut_problems, product_queries, query_problems
from docs_check.traffic import record, unplayed
from pipelayer.sandbox.github_graphql import schema

PUBLIC = build_schema("""
enum Colour { RED GREEN }
interface Node { id: ID! }
type Thing implements Node {
  id: ID! size: Int colour(of: String!): Colour! old: Int @deprecated(reason: "gone")
}
type Query { thing(id: ID!): Thing }
""")
DESCRIPTION = Description(
    {
        "components": {"schemas": {}, "parameters": {}},
        "paths": {
            "/things/{ref}": {
                "get": {
                    "parameters": [
                        {"name": "ref", "in": "path", "x-multi-segment": True},
                        {"name": "per_page", "in": "query", "schema": {"type": "integer"}},
                    ],
                    "responses": {"200": {"content": {"application/json": {"schema": {"type": "array"}}}}},
                },
            },
            "/things/{ref}/parts": {
                "post": {
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"body": {"type": "string"}},
                                    "required": ["body"],
                                }
                            }
                        },
                    },
                    "responses": {"201": {}},
                }
            },
        },
    }
)


def test_blocks_are_found_where_github_finds_them() -> None:
    markdown = (
        '<details><summary>one</summary>\n\n```mermaid\nflowchart LR\n  a["<b>"] --> b\n```\n\n</details>\n'
        "<details>\n```mermaid\nnot a block: no blank line\n```\n</details>\n\n"
        "````markdown\n```mermaid\nnor this\n```\n````\n\n- item\n\n  ~~~mermaid\n  pie\n  ~~~\n"
    )
    first, second = blocks_of(markdown, "x.md")
    assert (first.name, first.text) == ("x.md:3: Mermaid block 1", 'flowchart LR\n  a["<b>"] --> b\n')
    assert (second.name, second.text) == ("x.md:23: Mermaid block 2", "pie\n")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("{ thing(id: 1) { size } }", ""),
        ("{ thing(id: 1) { sise } }", "sise"),
        ("{ thing { size } }", "required"),
        ("{ thing(id: 1) { old } }", "deprecated"),
        ("{ thing(", "Syntax Error"),
    ],
)
def test_a_query_that_github_would_refuse_is_named(query: str, problem: str) -> None:
    said = list(query_problems("QUERY", query, PUBLIC))
    assert bool(said) == bool(problem)
    assert all(line.startswith("QUERY: ") and problem in line for line in said)


@pytest.mark.parametrize(
    ("cut", "problem"),
    [
        ("type Thing { size: Int }", ""),
        ("type Thing { size: Int! }", "Thing.size: GitHub's type is Int, not Int!"),
        ("type Thing { weight: Int }", "Thing.weight: GitHub has nothing of this name"),
        (
            "type Thing { colour: Colour! } enum Colour { RED }",
            "Thing.colour(of:): GitHub wants this argument",
        ),
        ("enum Colour { BLUE }", "Colour.BLUE: GitHub has no such value"),
        ("type Stone { size: Int }", "Stone: GitHub has no such type"),
        ("interface Thing { size: Int }", "Thing: GitHub has it as GraphQLObjectType"),
        ("interface Node { id: ID! } type Thing implements Node { id: ID! }", ""),
    ],
)
def test_a_cut_that_says_more_than_the_schema_is_named(cut: str, problem: str) -> None:
    said = list(cut_problems(build_schema(cut), PUBLIC))
    assert len(said) == bool(problem)
    assert all(line.startswith(problem) for line in said)


@pytest.mark.parametrize(
    ("exchange", "problem"),
    [
        (Exchange("GET", "/things/a/b", "per_page=100", None, 200, []), ""),
        (Exchange("GET", "/things/a/b", "per_page=101", None, 200, []), "101 is more than 100"),
        (Exchange("GET", "/things/a", "size=1", None, 200, []), "no query parameter 'size'"),
        (Exchange("GET", "/things/a", "", None, 200, {}), "the sandbox's answer 200"),
        (Exchange("GET", "/things/a", "", None, 204, None), "the sandbox answers 204"),
        (Exchange("GET", "/thing/a", "", None, 200, []), "describes no such request"),
        (Exchange("POST", "/things/a/parts", "", {"body": "x"}, 201, None), ""),
        (Exchange("POST", "/things/a/parts", "", {"body": 1}, 201, None), "body: body: 1 is not"),
        (
            Exchange("POST", "/things/a/parts", "", {"body": "x", "draft": True}, 201, None),
            "takes no 'draft'",
        ),
        (Exchange("POST", "/things/a/parts", "", None, 201, None), "body: None is not"),
    ],
)
def test_an_exchange_that_github_does_not_describe_is_named(exchange: Exchange, problem: str) -> None:
    said = list(DESCRIPTION.problems(exchange))
    assert len(said) == bool(problem), said
    assert all(line.startswith(exchange.name) and problem in line for line in said)


def test_every_method_of_the_client_is_played_and_answered() -> None:
    assert list(unplayed()) == []
    exchanges, refused = record()
    assert refused == []
    assert {exchange.method for exchange in exchanges} >= {"GET", "POST", "PATCH"}
    assert [exchange for exchange in exchanges if exchange.status >= 400] == []


def test_the_product_asks_what_the_sandbox_understands() -> None:
    queries = product_queries()
    assert queries
    assert [line for name, query in queries.items() for line in query_problems(name, query, schema())] == []


def test_another_command_than_ours_is_named() -> None:
    case = next(letters("50%"))
    assert (case.name, case.arguments) == ("issueCommand", ("notice", {"title": "50%", "file": "a"}, "50%"))
    assert list(case.problems(Written("::notice title=50%25,file=a::50%25\n", {}))) == []
    (problem,) = case.problems(Written("::notice title=50%,file=a::50%\n", {}))
    assert problem.startswith('issueCommand("notice", {"title": "50%", "file": "a"}, "50%"): core\'s is ')


def test_what_means_the_same_may_be_written_in_another_way() -> None:
    warning, output = meanings("a::b")
    written = "::warning title=a%3A%3Ab.,file=a%3A%3Ab,line=3,col=4::a::b\n"
    assert list(warning.problems(Written(written, {}))) == []
    assert len(list(warning.problems(Written(written.replace("%3A%3Ab.", "x"), {})))) == 1
    assert list(output.problems(Written("", {"output": "result<<X\na::b\nX\n"}))) == []
    assert len(list(output.problems(Written("", {"output": "result=a\n"})))) == 1


def test_all_that_core_can_say_is_read() -> None:
    names = {case.name for text in texts()[:3] for case in readings(text)}
    assert names == {"error", "exportVariable", "saveState", "setOutput", "setSecret", "startGroup"}
    assert [line for text in texts() for line in differences(text)] == []
