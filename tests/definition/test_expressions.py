from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelayer.definition.expressions import Expression, Literally, cycles, parse, references, resolve
from pipelayer.definition.parts import Field, SecretKind, SecretSource
from pipelayer.definition.syntax import Call, Literal, Name, Operation


def fields(**texts: str) -> dict[str, Field]:
    return {name: Field((text,)) for name, text in texts.items()}


def only(text: str) -> Expression:
    (segment,) = parse(text)
    assert isinstance(segment, Expression)
    return segment


def test_text_and_expressions_alternate_with_their_offsets() -> None:
    first, second, third = parse("a#{myB}c")
    assert first == Literally("a", 0)
    assert isinstance(second, Expression)
    assert (second.source, second.offset, second.parameter) == ("#{myB}", 1, "myB")
    assert third == Literally("c", 7)


def test_a_call_with_a_path_a_string_and_a_number() -> None:
    node = only("#{format(minusDays(node.@scheduledStartTime, 1), 'YYYY-}')}").node
    inner = Call("minusDays", (Name(("node", "@scheduledStartTime"), 19), Literal("1", 45)), 9)
    assert node == Call("format", (inner, Literal("YYYY-}", 49)), 2)


def test_operators_bind_as_in_arithmetic() -> None:
    node = only("#{1 + 2 * 3 ^ 4}").node
    assert isinstance(node, Operation)
    assert node.operator == "+"
    assert isinstance(node.right, Operation)
    assert node.right.operator == "*"


def test_a_star_before_a_name_is_a_secret_and_between_operands_a_product() -> None:
    assert only("#{*mySecret}").parameter == "*mySecret"
    assert isinstance(only("#{myA * myB}").node, Operation)
    assert references("#{*myA * *myB}") == ("*myA", "*myB")


@pytest.mark.parametrize("text", ["#{myA", "a #{", "#{format(x, '}')", "#{myA}#{myB"])
def test_an_unclosed_brace_is_told(text: str) -> None:
    if text == "#{format(x, '}')":
        assert isinstance(parse(text)[0], Expression)
        assert parse(text)[0].problem  # type: ignore[union-attr]
    else:
        last = parse(text)[-1]
        assert isinstance(last, Expression)
        assert not last.closed


@pytest.mark.parametrize(
    "text", ["#{}", "#{a b}", "#{(a}", "#{a..b}", "#{don't}", "#{1 +}", "#{*}", "#{a = b}", "#{f(}"]
)
def test_what_cannot_be_read_says_why_and_where(text: str) -> None:
    expression = only(text)
    assert expression.node is None
    assert expression.problem
    assert 2 <= expression.problem_offset < len(text)


def test_shell_and_json_are_not_expressions() -> None:
    for text in ("${INPUT1_STAGING_DIR}", "{#}", "# {a}", "${#list[@]}", "}"):
        assert parse(text) == (Literally(text, 0),)


def test_values_come_before_defaults_and_lead_on() -> None:
    values, defaults = (
        fields(myEnv="dev", myDir="s3://b/#{myEnv}/#{myName}"),
        fields(myName="x", myEnv="prod"),
    )
    assert resolve("#{myDir}/in", values, defaults) == "s3://b/dev/x/in"


def test_what_aws_must_evaluate_stays() -> None:
    values = {**fields(myA="#{@pipelineId}", myB="#{myC}", myC="#{myB}"), "myD": Field(("a", "b"))}
    for text in ("#{myA}", "#{myB}", "#{myD}", "#{myE}", "#{name}", "#{myA + 1}", "#{myA"):
        assert resolve(text, values, {}) is None


def test_a_secret_is_never_put_in_place() -> None:
    values = {"*myA": Field(("hidden",)), "*myB": Field((SecretSource(SecretKind.ENV, "X"),))}
    assert resolve("#{*myA}", values, {}) is None
    assert resolve("#{*myB}", values, {}) is None


def test_values_that_double_one_another_end_at_once() -> None:
    values = fields(**{f"my{n}": f"#{{my{n + 1}}}" * 2 for n in range(80)}, my80="x")
    assert resolve("#{my0}", values, {}) is None
    assert resolve("#{my70}", values, {}) == "x" * 1024


def test_cycles_are_found_once_each() -> None:
    values = fields(myA="#{myB}", myB="#{myC}-#{myB}", myC="x#{myA}", myD="#{myA}", myE="#{myF}", myF="")
    assert cycles(values) == (("myA", "myB", "myC"), ("myB",))


def test_long_chains_do_not_recurse() -> None:
    values = fields(**{f"my{n}": f"#{{my{(n + 1) % 5000}}}" for n in range(5000)})
    assert [len(cycle) for cycle in cycles(values)] == [5000]
    assert resolve("#{my0}", values, {}) is None


def test_hostile_text_takes_linear_time() -> None:
    started = time.perf_counter()
    for text in (
        "#{'" * 100_000,
        "#{" * 100_000,
        "#{" + "(" * 100_000 + "}",
        "#{a}" * 50_000,
        "#{" + "-" * 100_000 + "}",
    ):
        parse(text)
    assert time.perf_counter() - started < 10


@given(st.text(alphabet="#{}'\"()+-*/^.,@my A1\n", max_size=60))
def test_the_segments_are_the_text(text: str) -> None:
    pieces = [segment.text if isinstance(segment, Literally) else segment.source for segment in parse(text)]
    assert "".join(pieces) == text
    assert all(segment.offset == len("".join(pieces[:n])) for n, segment in enumerate(parse(text)))


@given(
    st.dictionaries(st.sampled_from([f"my{c}" for c in "ABCDE"]), st.text(alphabet="#{}myABCDE", max_size=12))
)
def test_what_resolves_holds_no_expression(texts: dict[str, str]) -> None:
    values = fields(**texts)
    for name in texts:
        resolved = resolve(f"#{{{name}}}", values, {})
        if resolved is not None:
            assert not any(name in cycle for cycle in cycles(values))
