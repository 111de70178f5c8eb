"""The product's GraphQL, and the sandbox's cut of the schema, held against GitHub's public schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_introspection_type,
    is_required_argument,
    is_required_input_field,
    is_specified_scalar_type,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import NoDeprecatedCustomRule

from docs_check.verdict import PACKAGES, Verdict
from pipelayer.github import queries as product
from pipelayer.render.words import count


def public_schema() -> GraphQLSchema:
    """GitHub's schema, as its package has it."""
    text = (PACKAGES / "@octokit" / "graphql-schema" / "schema.graphql").read_text("utf-8")
    return build_schema(text, assume_valid=True, assume_valid_sdl=True)


def product_queries() -> Mapping[str, str]:
    """Every GraphQL document of the product, by the name of its constant."""
    return {
        f"{product.__name__}.{key}": value
        for key, value in vars(product).items()
        if key.strip("_").isupper() and isinstance(value, str) and "{" in value
    }


def query_problems(name: str, query: str, schema: GraphQLSchema) -> Iterator[str]:
    """What GitHub would refuse, or is about to take away."""
    try:
        document = parse(query)
    except GraphQLError as error:
        yield f"{name}: {error.message}"
        return
    for wrong in validate(schema, document, [*specified_rules, NoDeprecatedCustomRule]):
        line = f" (line {wrong.locations[0].line} of it)" if wrong.locations else ""
        yield f"{name}: {wrong.message}{line}"


def cut_problems(cut: GraphQLSchema, public: GraphQLSchema) -> Iterator[str]:
    """Where the cut says something that the public schema doesn't say in the same words."""
    for name, ours in sorted(_named(cut).items()):
        theirs = public.type_map.get(name)
        if theirs is None:
            yield f"{name}: GitHub has no such type"
        elif type(theirs) is not type(ours):
            yield f"{name}: GitHub has it as {type(theirs).__name__}, not {type(ours).__name__}"
        else:
            yield from (f"{name}{problem}" for problem in _type_problems(ours, theirs))


def _named(schema: GraphQLSchema) -> Mapping[str, GraphQLNamedType]:
    """The types that the schema itself brings."""
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if not is_specified_scalar_type(kind) and not is_introspection_type(kind)
    }


def _type_problems(ours: GraphQLNamedType, theirs: GraphQLNamedType) -> Iterator[str]:
    match ours, theirs:
        case GraphQLEnumType(), GraphQLEnumType():
            yield from (f".{value}: GitHub has no such value" for value in ours.values.keys() - theirs.values)
        case GraphQLUnionType(), GraphQLUnionType():
            members = {member.name for member in theirs.types}
            yield from (f": {m.name} is no member of it" for m in ours.types if m.name not in members)
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            for key, field in ours.fields.items():
                yield from _same(f".{key}", str(field.type), theirs.fields.get(key))
            for key, field in theirs.fields.items():
                if is_required_input_field(field) and key not in ours.fields:
                    yield f".{key}: GitHub wants this field, and the cut lacks it"
        case GraphQLObjectType() | GraphQLInterfaceType(), GraphQLObjectType() | GraphQLInterfaceType():
            known = {interface.name for interface in theirs.interfaces}
            yield from (f": it is no {i.name} for GitHub" for i in ours.interfaces if i.name not in known)
            for key, output in ours.fields.items():
                yield from _same(f".{key}", str(output.type), theirs.fields.get(key))
                if key in theirs.fields:
                    yield from _argument_problems(f".{key}", output.args, theirs.fields[key].args)


def _argument_problems(
    place: str, ours: Mapping[str, GraphQLArgument], theirs: Mapping[str, GraphQLArgument]
) -> Iterator[str]:
    for key, argument in ours.items():
        yield from _same(f"{place}({key}:)", str(argument.type), theirs.get(key))
        if key in theirs and argument.default_value != theirs[key].default_value:
            yield f"{place}({key}:): GitHub's default is {theirs[key].default_value!r}"
    for key, argument in theirs.items():
        if is_required_argument(argument) and key not in ours:
            yield f"{place}({key}:): GitHub wants this argument, and the cut lacks it"


def _same(place: str, type_: str, theirs: object) -> Iterator[str]:
    found = str(getattr(theirs, "type", ""))
    if not found:
        yield f"{place}: GitHub has nothing of this name"
    elif found != type_:
        yield f"{place}: GitHub's type is {found}, not {type_}"


def check(schema: GraphQLSchema) -> Iterator[Verdict]:
    """The queries, then the cut."""
    from pipelayer.sandbox.github_graphql import SDL

    queries = product_queries()
    problems = [p for name, query in queries.items() for p in query_problems(name, query, schema)]
    if not queries:
        problems = [f"no GraphQL is found in {product.__name__}"]
    yield Verdict(
        f"{count(len(queries), 'GraphQL document')} of the product, for GitHub's public schema",
        tuple(problems),
    )

    cut = build_schema(SDL)
    said = (f"pipelayer/sandbox/github_graphql.py: {problem}" for problem in cut_problems(cut, schema))
    what = f"{count(len(_named(cut)), 'GraphQL type')} of the sandbox, for the same schema"
    yield Verdict(what, tuple(said))
