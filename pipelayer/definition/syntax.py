"""The grammar inside `#{…}`: names, dotted paths, strings, numbers, calls and the five operators.

Source: AWS Data Pipeline Developer Guide, "Pipeline Expressions and Functions" and "Special Characters".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_DEPTH = 50
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[@A-Za-z_]\w*)
      | (?P<string>'[^']*'|"[^"]*")
      | (?P<sign>[-+*/^().,])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Name:
    """A field, a parameter or a path through references: `name`, `*mySecret`, `input.directoryPath`."""

    path: tuple[str, ...]
    offset: int


@dataclass(frozen=True)
class Literal:
    """A quoted string (without its quotes) or a number in its written form."""

    text: str
    offset: int


@dataclass(frozen=True)
class Call:
    """`function(argument, …)`."""

    function: str
    arguments: tuple[Node, ...]
    offset: int


@dataclass(frozen=True)
class Operation:
    """`left operator right`; a sign before an operand is an operation on the literal 0."""

    operator: str
    left: Node
    right: Node
    offset: int


Node = Name | Literal | Call | Operation


class SyntaxProblem(Exception):
    """What can't be read, and where (an offset from the start of the text)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse_expression(source: str, offset: int) -> Node:
    """Parse what stands between `#{` and `}`; `offset` is where `source` begins. Raises `SyntaxProblem`."""
    parser = _Parser(list(_tokens(source, offset)), offset + len(source))
    node = parser.sum(0)
    if (token := parser.peek()) is not None:
        raise SyntaxProblem(f"`{token.text}` isn't expected here", token.offset)
    return node


def names(node: Node) -> Iterator[Name]:
    """Every name in an expression, from left to right."""
    match node:
        case Name():
            yield node
        case Literal():
            pass
        case Call():
            for argument in node.arguments:
                yield from names(argument)
        case Operation():
            yield from names(node.left)
            yield from names(node.right)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    offset: int


def _tokens(source: str, offset: int) -> Iterator[_Token]:
    place, end = 0, len(source.rstrip())
    while place < end:
        match = _TOKEN.match(source, place)
        if match is None or match.lastgroup is None:
            at = place + len(source[place:]) - len(source[place:].lstrip())
            raise SyntaxProblem(f"`{source[at]}` means nothing in an expression", offset + at)
        kind = match.lastgroup
        yield _Token(kind, match.group(kind), offset + match.start(kind))
        place = match.end()


class _Parser:
    """Recursive descent; `depth` is bounded, so that hostile nesting can't exhaust the stack."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = tokens
        self._next = 0
        self._end = end

    def peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, *signs: str) -> _Token | None:
        token = self.peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self._next += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._take(sign) is None:
            token = self.peek()
            raise SyntaxProblem(f"`{sign}` is missing", token.offset if token else self._end)

    def sum(self, depth: int) -> Node:
        return self._chain(depth, ("+", "-"), ("*", "/"), ("^",))

    def _chain(self, depth: int, operators: tuple[str, ...], *tighter: tuple[str, ...]) -> Node:
        def operand() -> Node:
            return self._chain(depth, *tighter) if tighter else self._operand(depth + 1)

        left = operand()
        while (operator := self._take(*operators)) is not None:
            left = Operation(operator.text, left, operand(), operator.offset)
        return left

    def _operand(self, depth: int) -> Node:
        token = self.peek()
        offset = token.offset if token else self._end
        if depth > _MAX_DEPTH:
            raise SyntaxProblem("this is nested too deeply", offset)
        if sign := self._take("-", "+"):
            return Operation(sign.text, Literal("0", offset), self._operand(depth + 1), offset)
        if self._take("("):
            inner = self.sum(depth)
            self._expect(")")
            return inner
        secret = "*" if self._take("*") else ""
        token = self.peek()
        if token is None or token.kind == "sign" or (secret and token.kind != "name"):
            raise SyntaxProblem("a name or a value is missing", token.offset if token else self._end)
        self._next += 1
        if token.kind == "name":
            return self._named(secret + token.text, offset, depth)
        return Literal(token.text[1:-1] if token.kind == "string" else token.text, offset)

    def _named(self, first: str, offset: int, depth: int) -> Node:
        if self._take("("):
            arguments: list[Node] = []
            if self._take(")") is None:
                arguments.append(self.sum(depth))
                while self._take(","):
                    arguments.append(self.sum(depth))
                self._expect(")")
            return Call(first, tuple(arguments), offset)
        path = [first]
        while self._take("."):
            secret = "*" if self._take("*") else ""
            token = self.peek()
            if token is None or token.kind != "name":
                raise SyntaxProblem("a name is missing after `.`", token.offset if token else self._end)
            self._next += 1
            path.append(secret + token.text)
        return Name(tuple(path), offset)
