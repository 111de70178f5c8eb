"""A graph, made small enough to be read: objects are merged step by step, none is left out.

What comes out is a quotient of the graph: each object is in exactly one box, and a line leads from one box to
another if, and only if, an edge led from an object in the one to an object in the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelayer.model import EdgeKind, Graph, GraphNode, Mark, NodeKind

_DISTANCES = (16, 4, 3, 2, 1, 0)
"""How far around a box others must look alike for it to be merged with another of its type."""

_WEIGHT = {kind: weight for weight, kind in enumerate(EdgeKind)}


@dataclass(frozen=True)
class Box:
    """What is drawn as one: the objects that it shows, and unmarked ones that nothing else uses."""

    shown: tuple[GraphNode, ...]
    folded: tuple[GraphNode, ...] = ()

    @property
    def kind(self) -> NodeKind | None:
        """What the objects are for, None where they differ."""
        return self.shown[0].kind if len({node.kind for node in self.shown}) == 1 else None

    @property
    def type(self) -> str | None:
        """The objects' type, None where they differ."""
        return self.shown[0].type if len({node.type for node in self.shown}) == 1 else None

    @property
    def mark(self) -> Mark:
        """What became of the objects; where that differs, they count as changed."""
        return self.shown[0].mark if len({node.mark for node in self.shown}) == 1 else Mark.CHANGED


@dataclass(frozen=True)
class Line:
    """From one box to another, by their numbers. Where the edges behind it differ, the first kind counts, and
    they are changed.
    """

    source: int
    target: int
    kind: EdgeKind
    mark: Mark = Mark.NONE


@dataclass(frozen=True)
class Drawing:
    """Boxes in the order of the graph, and at most one line for each pair in each direction."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawings(graph: Graph) -> Iterator[Drawing]:
    """The graph as it is, then with less and less in it, at last as one box.

    What is unmarked is merged first: what only one other uses folds into it; then what looks alike with its
    surroundings, of which less and less is looked at, so that what is near to a mark stays longest. Where
    what is marked is too much by itself, the same begins anew with all.
    """
    yield (drawing := _whole(graph))
    yield (drawing := _fold(drawing, NodeKind.PRECONDITION, (NodeKind.ACTIVITY, NodeKind.DATA_NODE)))
    yield (drawing := _fold(drawing, NodeKind.DATA_NODE, (NodeKind.ACTIVITY,)))
    for marks in ((Mark.NONE,), tuple(Mark)):
        yield from (_alike(drawing, marks, distance) for distance in _DISTANCES)
        yield _by(drawing, marks, lambda box: (box.kind, box.mark))
        yield _by(drawing, marks, lambda box: box.mark)
    yield _by(drawing, tuple(Mark), lambda box: None)


def _whole(graph: Graph) -> Drawing:
    """One box for each object. An edge that leads nowhere isn't drawn."""
    numbers = {node.id: number for number, node in reversed(list(enumerate(graph.nodes)))}
    lines = [
        Line(numbers[edge.source], numbers[edge.target], edge.kind, edge.mark)
        for edge in graph.edges
        if edge.source in numbers and edge.target in numbers
    ]
    return Drawing(tuple(Box((node,)) for node in graph.nodes), _joined(lines))


def _joined(lines: Sequence[Line]) -> tuple[Line, ...]:
    """One line where there are several from one box to the same other, none from a box to itself."""
    joined: dict[tuple[int, int], Line] = {}
    for line in lines:
        ends = line.source, line.target
        if line.source != line.target:
            other = joined.get(ends, line)
            kind = min(line.kind, other.kind, key=_WEIGHT.__getitem__)
            joined[ends] = Line(*ends, kind, line.mark if line.mark is other.mark else Mark.CHANGED)
    return tuple(joined.values())


def _merged(drawing: Drawing, hosts: Sequence[int], *, fold: bool = False) -> Drawing:
    """Each box becomes part of its host, which is its own: beside what that shows, or folded into it."""
    numbers = {host: number for number, host in enumerate(sorted(set(hosts)))}
    shown: list[list[GraphNode]] = [[] for _ in numbers]
    folded: list[list[GraphNode]] = [[] for _ in numbers]
    for here, box in enumerate(drawing.boxes):
        number = numbers[hosts[here]]
        (folded if fold and hosts[here] != here else shown)[number].extend(box.shown)
        folded[number].extend(box.folded)
    lines = [
        Line(numbers[hosts[line.source]], numbers[hosts[line.target]], line.kind, line.mark)
        for line in drawing.lines
    ]
    boxes = (Box(tuple(nodes), tuple(more)) for nodes, more in zip(shown, folded, strict=True))
    return Drawing(tuple(boxes), _joined(lines))


def _grouped(drawing: Drawing, keys: Sequence[Hashable]) -> Drawing:
    """Boxes with the same key become one."""
    first: dict[Hashable, int] = {}
    return _merged(drawing, [first.setdefault(key, here) for here, key in enumerate(keys)])


def _by(drawing: Drawing, marks: Sequence[Mark], key: Callable[[Box], Hashable]) -> Drawing:
    """Boxes of these marks become one where the key is the same."""
    keys = [(key(box),) if box.mark in marks else here for here, box in enumerate(drawing.boxes)]
    return _grouped(drawing, keys)


def _alike(drawing: Drawing, marks: Sequence[Mark], distance: int) -> Drawing:
    """Boxes of these marks become one where they have the same type and mark, and the same lines lead to what
    looks alike, as far as that distance. Any other box looks like itself alone.
    """
    looks = _numbered(
        (box.kind, box.type, box.mark) if box.mark in marks else here
        for here, box in enumerate(drawing.boxes)
    )
    for _ in range(distance):
        around: list[set[Hashable]] = [set() for _ in looks]
        for line in drawing.lines:
            around[line.source].add((line.kind, line.mark, "to", looks[line.target]))
            around[line.target].add((line.kind, line.mark, "from", looks[line.source]))
        before, looks = looks, _numbered(zip(looks, map(frozenset, around), strict=True))
        if len(set(before)) == len(set(looks)):
            break
    return _grouped(drawing, looks)


def _numbered(keys: Iterable[Hashable]) -> list[int]:
    """A number for each key, the same for the same."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _fold(drawing: Drawing, kind: NodeKind, into: Sequence[NodeKind]) -> Drawing:
    """Unmarked boxes of this kind become part of the one other box that they are linked to."""
    near: defaultdict[int, set[int]] = defaultdict(set)
    marked: set[int] = set()
    for line in drawing.lines:
        near[line.source].add(line.target)
        near[line.target].add(line.source)
        if line.mark is not Mark.NONE:
            marked |= {line.source, line.target}
    hosts = list(range(len(drawing.boxes)))
    for here, box in enumerate(drawing.boxes):
        if box.kind is kind and box.mark is Mark.NONE and here not in marked and len(near[here]) == 1:
            (there,) = near[here]
            if drawing.boxes[there].kind in into:
                hosts[here] = there
    return _merged(drawing, hosts, fold=True)
