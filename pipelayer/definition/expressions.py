"""`#{…}` in a text: where it stands, which names it uses, what it comes to where only parameters are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipelayer.definition.parts import Field, is_secret
from pipelayer.definition.syntax import Name, Node, SyntaxProblem, names, parse_expression
from pipelayer.model import Position

_OPEN = "#{"
_MAX_DEPTH = 100
_MAX_LENGTH = 100_000
"""Ten times what AWS takes in one field: values that double one another must not fill the memory."""
_MAX_PARSED = 20_000
"""Twice what AWS takes in one field or value: a longer text is refused anyway, and means itself here."""


@dataclass(frozen=True)
class Literally:
    """Text that means itself."""

    text: str
    offset: int


@dataclass(frozen=True)
class Expression:
    """`#{…}` with its offset in the text; `node` is None where it can't be read, and `problem` says why."""

    source: str
    offset: int
    node: Node | None
    problem: str = ""
    problem_offset: int = 0
    closed: bool = True

    @property
    def parameter(self) -> str | None:
        """The parameter that this expression is, if it is nothing but one."""
        match self.node:
            case Name(path=(name,)) if is_parameter(name):
                return name
            case _:
                return None


Segment = Literally | Expression


def is_parameter(name: str) -> bool:
    """Whether a name may be a parameter's: they begin with `my`, secret ones with `*my`."""
    return name.removeprefix("*").startswith("my")


def parse(text: str) -> tuple[Segment, ...]:
    """The text as what means itself and what is an expression. An unclosed `#{` takes the rest."""
    return _parse(text) if len(text) <= _MAX_PARSED and _OPEN in text else (Literally(text, 0),)


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    place = 0
    while (start := text.find(_OPEN, place)) != -1:
        if start > place:
            segments.append(Literally(text[place:start], place))
        end = _end(text, start + len(_OPEN))
        if end is None:
            segments.append(Expression(text[start:], start, None, "its `}` is missing", start, closed=False))
            return tuple(segments)
        segments.append(_expression(text, start, end))
        place = end + 1
    if place < len(text):
        segments.append(Literally(text[place:], place))
    return tuple(segments)


def _end(text: str, place: int) -> int | None:
    """Where the `}` is that closes an expression: one inside quotes doesn't. A lone quote hides nothing."""
    first = text.find("}", place)
    while place < len(text):
        match text[place]:
            case "}":
                return place
            case "'" | '"' as quote:
                closing = text.find(quote, place + 1)
                if closing == -1:
                    return first if first != -1 else None
                place = closing + 1
            case _:
                place += 1
    return first if first != -1 else None


def _expression(text: str, start: int, end: int) -> Expression:
    inside = start + len(_OPEN)
    source = text[start : end + 1]
    try:
        return Expression(source, start, parse_expression(text[inside:end], inside))
    except SyntaxProblem as problem:
        return Expression(source, start, None, problem.message, problem.offset)


def references(text: str) -> tuple[str, ...]:
    """The names that the expressions in `text` use, in their order and each once; a path with its dots."""
    nodes = (segment.node for segment in parse(text) if isinstance(segment, Expression))
    found = (".".join(name.path) for node in nodes if node is not None for name in names(node))
    return tuple(dict.fromkeys(found))


class Resolver:
    """Puts values in place of `#{myParameter}`: values before defaults, through other parameters."""

    def __init__(self, values: Mapping[str, Field], defaults: Mapping[str, Field]) -> None:
        self._values = values
        self._defaults = defaults
        self._known: dict[str, str | None] = {}

    def field(self, name: str) -> Field | None:
        """What gives this parameter its value."""
        return self._values.get(name) or self._defaults.get(name)

    def text(self, text: str, _depth: int = 0) -> str | None:
        """The text with each parameter's value in place; None where something remains for AWS to evaluate."""
        if _OPEN not in text:
            return text
        parts: list[str] = []
        length = 0
        for segment in parse(text):
            part: str | None
            if isinstance(segment, Literally):
                part = segment.text
            else:
                name = segment.parameter
                part = self._parameter(name, _depth + 1) if name is not None else None
            if part is None or (length := length + len(part)) > _MAX_LENGTH:
                return None
            parts.append(part)
        return "".join(parts)

    def origin(self, text: str) -> Position | None:
        """Where the text was given that a parameter alone stands for: in the values, or as a default."""
        at = None
        for _ in range(_MAX_DEPTH):
            match parse(text):
                case (Expression(parameter=str() as name),) if (field := self.field(name)) and len(
                    field.texts
                ) == 1:
                    at, text = field.position(0) or at, field.texts[0]
                case _:
                    break
        return at

    def partial(self, text: str) -> str:
        """The text with the parameters that have a value in place, and the rest as written; all of it as
        written where it would get too long.
        """
        parts: list[str] = []
        length = 0
        for segment in parse(text):
            if isinstance(segment, Literally):
                part = segment.text
            else:
                resolved = self.text(segment.source)
                part = segment.source if resolved is None else resolved
            if (length := length + len(part)) > _MAX_LENGTH:
                return text
            parts.append(part)
        return "".join(parts)

    def _parameter(self, name: str, depth: int) -> str | None:
        if name in self._known:
            return self._known[name]
        if depth > _MAX_DEPTH or is_secret(name):
            return None
        self._known[name] = None  # what leads back here has no value
        field = self.field(name)
        match field.values if field else ():
            case (str() as text,):
                self._known[name] = self.text(text, depth)
        return self._known[name]


def resolve(text: str, values: Mapping[str, Field], defaults: Mapping[str, Field]) -> str | None:
    """`text` with parameters in place, or None where AWS must evaluate it. A secret is never put in place."""
    return Resolver(values, defaults).text(text)


def cycles(values: Mapping[str, Field]) -> tuple[tuple[str, ...], ...]:
    """The values that lead back to themselves: each cycle once, from its smallest name on."""
    uses = {
        name: [used for text in field.texts for used in references(text) if used in values]
        for name, field in values.items()
    }
    return find_cycles(uses)


def find_cycles(edges: Mapping[str, list[str]]) -> tuple[tuple[str, ...], ...]:
    """The cycles that a walk along `edges` meets; without recursion, since users choose the depth."""
    found: dict[tuple[str, ...], None] = {}
    done: set[str] = set()
    for root in edges:
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            name, index = stack.pop()
            if index == 0:
                if name in done:
                    continue
                on_path[name] = len(path)
                path.append(name)
            targets = edges.get(name, [])
            if index < len(targets):
                stack.append((name, index + 1))
                target = targets[index]
                if target in on_path:
                    cycle = path[on_path[target] :]
                    smallest = cycle.index(min(cycle))
                    found[(*cycle[smallest:], *cycle[:smallest])] = None
                elif target not in done:
                    stack.append((target, 0))
            else:
                done.add(name)
                path.pop()
                del on_path[name]
    return tuple(sorted(found))
