"""A network as a value: layers with ids and wiring, resolved to shapes and labelled parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple

from msgspec import Struct

from engine.arrays import Labelled
from engine.errors import ExperimentError
from engine.fields import choice, hidden, listing
from engine.initialisers import AnyInitialiser, Xavier
from engine.layers import AnyLayer, Axis, Layer, Learning, Parameter, Shape
from engine.layers.base import INPUT as INPUT
from engine.layers.output import Answering, Output
from engine.registry import nearest
from engine.ties import Tie


class Node(NamedTuple):
    """A layer in its place: what it reads, what shape it makes, what it learns."""

    layer: Layer
    sources: tuple[str, ...]
    inputs: tuple[Shape, ...]
    shape: Shape
    parameters: tuple[Parameter, ...]
    ties: tuple[Tie, ...]

    @property
    def units(self) -> Axis:
        """The axis of its units or channels."""
        return self.shape[-1]

    @property
    def numbers(self) -> int:
        """How many numbers it learns."""
        return sum(q.total for q in self.parameters if q.is_learned)

    @property
    def multiplications(self) -> int:
        """How many products of a weight and a number one sample takes."""
        return self.layer.multiplications(self.inputs)

    @property
    def is_flat(self) -> bool:
        """Whether it has units only, and no places for them."""
        return len(self.shape) == 1

    @property
    def frozen(self) -> bool:
        """Whether its numbers are held fast as a whole."""
        return isinstance(self.layer, Learning) and self.layer.frozen


class Network(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Layers in the order of computation, how their weights start, and which numbers are held fast.

    `start` holds given starting weights (“start from these weights”); what it does not name is drawn.
    `frozen` lists single numbers held fast as (parameter, label of each axis): `("h1.weight", "input/x1", "h1/0")`;
    a layer that is held fast as a whole says so itself.
    """

    layers: Annotated[tuple[AnyLayer, ...], listing("layers", "from the first hidden one to the output", longest=256)]
    initialiser: Annotated[AnyInitialiser, choice("initial weights", "how the weights start")] = Xavier()
    start: Annotated[tuple[Labelled, ...], hidden("start", "given starting numbers")] = ()
    frozen: Annotated[tuple[tuple[str, ...], ...], hidden("frozen", "numbers that do not learn")] = ()

    def layer(self, id: str) -> Layer:  # noqa: A002 - the field's own name
        """Return the layer called `id`."""
        for layer in self.layers:
            if layer.id == id:
                return layer
        raise ExperimentError(f"there is no layer “{id}”; {nearest(id, [x.id for x in self.layers])}")

    @property
    def output(self) -> Output:
        """The last layer, which follows the task."""
        last = self.layers[-1] if self.layers else None
        if not isinstance(last, Output):
            raise ExperimentError("the last layer must be an output; add one", "model.layers")
        return last

    @property
    def hidden_layers(self) -> tuple[Layer, ...]:
        """All layers but the output."""
        return self.layers[:-1]

    def fresh_id(self, stem: str = "h") -> str:
        """An id no layer has: h1, h2 ..."""
        taken = {layer.id for layer in self.layers}
        return next(name for k in range(1, len(taken) + 2) if (name := f"{stem}{k}") not in taken)


def resolve(network: Network, inputs: Shape) -> tuple[Node, ...]:
    """Work out wiring, shapes and parameters for such inputs; every error names the layer and its want."""
    shapes: dict[str, Shape] = {INPUT: inputs}
    answering = {layer.id for layer in network.layers if isinstance(layer, Answering)}
    nodes: list[Node] = []
    before = INPUT
    for k, layer in enumerate(network.layers):
        path = f"model.layers.{k}"
        if not layer.id or layer.id in shapes:
            raise ExperimentError(f"two layers are called “{layer.id}”, or one has no id; give each its own", path)
        sources = layer.inputs or (before,)
        for source in sources:
            if source not in shapes:
                raise ExperimentError(
                    f"layer “{layer.id}” reads “{source}”, which is not a layer before it; {nearest(source, shapes)}",
                    f"{path}.inputs",
                )
            if source in answering:
                raise ExperimentError(
                    f"layer “{layer.id}” reads “{source}”, which is an output; let it read what that one reads",
                    f"{path}.inputs",
                )
        read = tuple(shapes[s] for s in sources)
        shapes[layer.id] = layer.shape(read)
        parameters = layer.parameters(read)
        node = Node(layer, sources, read, shapes[layer.id], parameters, layer.ties())
        _check_ties(node, nodes, path)
        nodes.append(node)
        before = layer.id
    return tuple(nodes)


def followers(resolved: Sequence[Node]) -> dict[str, Tie]:
    """The arrays that are the same numbers as those of another layer, and do not learn by themselves."""
    return {f"{n.layer.id}.{t.name}": t for n in resolved for t in n.ties if not t.pull}


def held_places(resolved: Sequence[Node], frozen: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Where numbers that are held fast are learned: the array and the place on its axes.

    A number that follows another is held where that one stands.
    """
    parameters = {f"{n.layer.id}.{q.name}": q for n in resolved for q in n.parameters}
    following = followers(resolved)
    for name, *labels in frozen:
        where = tuple(axis.index(label) for axis, label in zip(parameters[name].labels, labels, strict=True))
        tie = following.get(name)
        if tie is None:
            yield name, where
        else:
            yield tie.owner, where[::-1] if tie.turned else where


def held_arrays(resolved: Sequence[Node]) -> frozenset[str]:
    """The arrays that are held fast as a whole: those of frozen layers, and all that are the same numbers as these."""
    held = {f"{n.layer.id}.{q.name}" for n in resolved if n.frozen for q in n.parameters}
    following = followers(resolved)
    held |= {tie.owner for name, tie in following.items() if name in held}
    return frozenset(held | {name for name, tie in following.items() if tie.owner in held})


def _check_ties(node: Node, before: Sequence[Node], path: str) -> None:
    """Refuse a tie to a layer that comes later, has no such array, follows another itself, or is of another form."""
    id_ = node.layer.id
    known = {f"{n.layer.id}.{q.name}": (n, q) for n in before for q in n.parameters}
    for tie in node.ties:
        owner, _, array = tie.owner.rpartition(".")
        if tie.owner not in known:
            raise ExperimentError(
                f"layer “{id_}” is tied to the {array}s of “{owner}”, but there are none before it; "
                f"{nearest(owner, [n.layer.id for n in before if n.parameters])}",
                f"{path}.weights.of",
            )
        chief, theirs = known[tie.owner]
        if any(t.name == array for t in chief.ties):
            raise ExperimentError(
                f"layer “{id_}” is tied to “{owner}”, which is tied to another layer itself; tie both to that one",
                f"{path}.weights.of",
            )
        mine = next(q for q in node.parameters if q.name == tie.name)
        wanted = theirs.shape[::-1] if tie.turned else theirs.shape
        if mine.shape != wanted:
            raise ExperimentError(
                f"layer “{id_}” has {_by(mine.shape)} {array}s, but those of “{owner}” are {_by(wanted)}"
                f"{' when turned' if tie.turned else ''}; give “{id_}” {wanted[-1]} neurons and let it read a layer of "
                f"{wanted[0]}",
                f"{path}.weights.of",
            )


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
