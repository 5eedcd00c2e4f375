"""What a layer is: a declaration with a shape rule and labelled parameters, lowered to operations of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from msgspec.structs import force_setattr

from engine.activations import Activation
from engine.errors import ExperimentError
from engine.fields import count, flag, hidden
from engine.initialisers import Fan
from engine.kernels.table import Buffer
from engine.passes import Pass
from engine.registry import Kind, Registry
from engine.shapes import Axis, Shape, spoken
from engine.summing import Summing
from engine.ties import Tie

INPUT: Final = "input"
"""The id that stands for the features of the data."""

GROUPS: Final = (
    "neurons",
    "convolution",
    "pooling",
    "form",
    "dropout and noise",
    "normalisation",
    "branches",
    "outputs",
)
"""The headings under which people choose a layer, in their order."""

Reads = Literal["units", "pictures", "any"]
"""What a layer takes in: flat layers, layers of pictures, or whatever comes."""

Role = Literal["weight", "bias", "scale", "kept"]
"""What a parameter is to learning: weights are drawn and may cost a penalty, biases start at the initialiser's value,
scales at their own; what is kept (a running mean) is saved but not learned."""


class Parameter(NamedTuple):
    """An array of a layer: name, labelled axes [inputs ..., outputs] or [outputs], role, and where it starts.

    `start` is the first value of scales and of what is kept. `fans` is the fan where it is another than the matrix.
    """

    name: str
    axes: Shape
    role: Role
    start: float = 0.0
    fans: Fan | None = None

    @property
    def fan(self) -> Fan:
        """How many numbers a sum reads, and how many sums a slope comes back from; rows and columns unless it says."""
        return self.fans or Fan(*self.matrix)

    @property
    def is_weight(self) -> bool:
        """Whether it is drawn, and costs a penalty."""
        return self.role == "weight"

    @property
    def is_learned(self) -> bool:
        """Whether it has a gradient."""
        return self.role != "kept"

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size along each axis."""
        return tuple(a.size for a in self.axes)

    @property
    def total(self) -> int:
        """How many numbers it has."""
        return prod(self.shape)

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns as it stands in the arena: all axes but the last, and the last."""
        *rows, columns = self.shape
        return prod(rows), columns

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """Its labels along each axis."""
        return tuple(a.labels for a in self.axes)


class Reading(NamedTuple):
    """How a number of a layer without weights comes about: from those at (input, place), joined by a sign.

    What joins a single number is empty: it is passed on, or goes through the layer's activation.
    """

    sign: Literal["", "+", "·"]
    places: tuple[tuple[int, int], ...]


class Layer(Kind, frozen=True):
    """One operation of a network. `inputs` names the layers it reads; empty means the one before it.

    The id `input` stands for the features of the data.
    """

    registry: ClassVar[Registry[Layer]] = Registry("layer")
    whole_batch: ClassVar[bool] = False
    """Whether it needs all samples of a batch at once; then a batch is never cut in pieces."""
    reads: ClassVar[Reads] = "any"
    """What its inputs must be."""
    group: ClassVar[str] = ""
    """The heading under which people choose it, one of `GROUPS`; empty for what can't be put between other layers."""
    summing: ClassVar[Summing | None] = None
    """How the z of its neurons comes about; None where it is no sum. A layer with an `unwritten` is not explained."""
    sign: ClassVar[str] = ""
    """What a layer that joins several others is drawn with; empty for one that reads a single layer."""

    unchecked: ClassVar[str] = ""
    """Why its gradient can't meet the gradient check, where it can't."""

    short: ClassVar[str] = ""
    """Its title where there is little room; empty where the title is short."""

    id: Annotated[str, hidden("id", "the layer's identity; numbers follow it through edits")]
    inputs: Annotated[tuple[str, ...], hidden("inputs", "ids of the layers it reads; empty: the one before")] = ()

    @property
    def setting(self) -> str:
        """Its main setting in a word, such as “50 %”; empty where none says more than its name."""
        return ""

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Return the shape of the output, or raise an `ExperimentError` that says what was expected."""
        raise NotImplementedError

    def parameters(self, inputs: tuple[Shape, ...]) -> tuple[Parameter, ...]:
        """Return its arrays for these inputs."""
        return ()

    def reading(self, inputs: tuple[Shape, ...], unit: int) -> Reading | None:
        """Return how the number of a unit comes about; None where it is more than reading a few numbers."""
        return None

    def uses(self, inputs: tuple[Shape, ...]) -> int:
        """Return at how many places of one sample each weight is used: more than one where weights are shared."""
        return 1

    def multiplications(self, inputs: tuple[Shape, ...]) -> int:
        """Return how many products of a weight and a number one sample takes, those with padding among them."""
        weights = sum(q.total for q in self.parameters(inputs) if q.is_weight)
        return weights * self.uses(inputs)

    def ties(self) -> tuple[Tie, ...]:
        """Return which of its arrays follow those of other layers."""
        return ()

    def forward(self, p: Pass) -> Buffer:
        """Add the operations that compute the output, and return its buffer [sample, unit]."""
        raise NotImplementedError

    def backward(self, p: Pass) -> None:
        """Add the operations that turn `p.d` into gradients (added to) and deltas of the inputs (added to).

        With `p.fused`, `p.d` is already the slope at the weighted sums.
        """
        raise NotImplementedError

    def after_update(self, p: Pass) -> None:
        """Add the operations that are due once the learned numbers were updated, such as keeping a running mean."""

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        """The hidden layers in which its gradient is checked; two of a kind unless it needs others around it."""
        return cls(id="h1"), cls(id="h2")


class Learning(Layer, frozen=True):
    """A layer with numbers of its own, which learn unless they are held fast as a whole.

    The gradient flows on through a frozen layer to what it reads.
    """

    frozen: Annotated[bool, flag("frozen", "whether its numbers stay as they are while others learn")] = False


class Column(Learning, frozen=True):
    """A layer of units that people add, remove and move one by one; each has an id."""

    reads: ClassVar[Reads] = "units"
    group: ClassVar[str] = "neurons"

    units: Annotated[int, count("neurons", "number of neurons", low=1, high=4096)] = 4
    unit_ids: Annotated[tuple[int, ...], hidden("neuron ids", "identities of the neurons; empty: 0, 1, 2 ...")] = ()

    def __post_init__(self) -> None:
        ids = self.unit_ids
        if len(set(ids)) != len(ids):
            raise ExperimentError(f"layer “{self.id}” has a neuron id twice; every neuron needs its own")
        # The number of neurons is the truth; ids follow it, so `units = 16` alone is a complete edit.
        if ids and len(ids) != self.units:
            fresh = range(max(ids) + 1, max(ids) + 1 + max(0, self.units - len(ids)))
            force_setattr(self, "unit_ids", (*ids[: self.units], *fresh))
        if self.unit_ids == tuple(range(self.units)):
            force_setattr(self, "unit_ids", ())

    @property
    def ids(self) -> tuple[int, ...]:
        """The id of each neuron, from top to bottom."""
        return self.unit_ids or tuple(range(self.units))

    @property
    def axis(self) -> Axis:
        """The axis of its units."""
        return units_axis(self.id, self.ids)

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        single(self, inputs)
        return (self.axis,)


def units_axis(layer: str, ids: tuple[int, ...]) -> Axis:
    """The axis of a layer's neurons, labelled `layer/unit`, so labels never collide between layers."""
    return Axis("unit", tuple(f"{layer}/{k}" for k in ids))


def by_way(layer: str, way: int, label: str) -> str:
    """The label of a place that came into a layer once before: its own, behind the layer and the way it came now."""
    return f"{layer}/{way}/{label}"


def relabelled(label: str, ids: Mapping[str, str]) -> str:
    """The same label where layers have other ids; those that are not named keep theirs."""
    id_, slash, place = label.partition("/")
    if id_ not in ids:
        return label
    way, inside, origin = place.partition("/")
    return f"{ids[id_]}{slash}{way}{inside}{relabelled(origin, ids)}"


def per_cent(share: float) -> str:
    """A share as a setting: 50 %."""
    return f"{100 * share:.3g} %"


def listed(ids: tuple[str, ...]) -> str:
    """Layers in a sentence: “h1” and “h2”."""
    quoted = [f"“{x}”" for x in ids]
    return " and ".join((", ".join(quoted[:-1]), quoted[-1]) if len(quoted) > 1 else quoted)


def source_name(layer: Layer, k: int) -> str:
    """The k-th layer that a layer reads, in a sentence: by its id, or as the one before."""
    return f"“{layer.inputs[k]}”" if layer.inputs else "the layer before it"


def hidden_only(layer: Layer, function: Activation) -> None:
    """Refuse a function that only the output can have."""
    if not function.hidden:
        raise ExperimentError(f"{function.key} is for the output only; choose another for “{layer.id}”")


def only(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    """Return the shape of the one layer that it reads."""
    if len(inputs) != 1:
        raise ExperimentError(
            f"layer “{layer.id}” reads one layer but was given {listed(layer.inputs)}; connect exactly one, or join "
            "them by a layer that adds or concatenates"
        )
    return inputs[0]


def single(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    """Return the one flat shape that a column of neurons reads."""
    if len(only(layer, inputs)) != 1:
        raise ExperimentError(
            f"layer “{layer.id}” expects one flat axis but its input has {spoken(inputs[0])}; flatten it first"
        )
    return inputs[0]
