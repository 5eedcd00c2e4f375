"""The tree: data, model, training, seeds and notes, and what the network reads and is made of."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from engine.datasets import AnyDataset
from engine.datasets.base import LEAST_SHARE
from engine.errors import ExperimentError
from engine.fields import choice, count, hidden, listing, number, text
from engine.losses import AnyLoss
from engine.network import INPUT, Network, Node, resolve
from engine.optimisers import AnyOptimiser
from engine.penalties import AnyPenalty, NoPenalty
from engine.regularisers import AnyRegulariser
from engine.schedules import AnySchedule, Constant
from engine.shapes import Axis, Shape

BATCHES = (1, 5, 10, 20, 30, 50, 100, 200, 0)

Order = Literal["shuffled", "given"]
Seed = Annotated[int, count("seed", "start of a random stream", low=0, high=2**31 - 1)]


class Data(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The samples and what the network sees of them.

    `plane` are the two columns shown as x1 and x2 (one column twice for a task of one dimension); every other column
    stands at its mean unless `held` says where.
    """

    source: Annotated[AnyDataset, choice("data", "where the samples come from")]
    features: Annotated[tuple[str, ...], listing("inputs", "what the network sees of a sample", longest=4096)] = (
        "x1",
        "x2",
    )
    share: Annotated[
        float,
        number("train share", "per cent of the samples that are learned from", low=LEAST_SHARE, high=100, unit="%"),
    ] = 50.0
    plane: Annotated[tuple[str, ...], listing("plane", "the columns shown across and up", longest=2)] = ()
    held: Annotated[dict[str, float], hidden("held", "where columns outside the plane stand")] = msgspec.field(
        default_factory=dict
    )


class Model(Network, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One or more networks: the main one is spelled out here, further ones stand under their names."""

    networks: Annotated[dict[str, Network], hidden("networks", "further networks by name")] = msgspec.field(
        default_factory=dict
    )


class Training(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the main network learns; settings of further networks stand under their names."""

    loss: Annotated[AnyLoss, choice("loss", "what learning makes small")]
    optimiser: Annotated[AnyOptimiser, choice("optimiser", "how gradients become steps")]
    batch: Annotated[
        int,
        count(
            "batch",
            "samples in a step; 0 means all of them",
            low=0,
            high=1_000_000,
            log=True,
            choices=BATCHES,
            zero="all",
        ),
    ] = 10
    order: Annotated[
        Order, choice("order", "shuffled: anew in every epoch; given: as the data has them, the same in every epoch")
    ] = "shuffled"
    penalty: Annotated[AnyPenalty, choice("penalty", "what large weights cost")] = NoPenalty()
    schedule: Annotated[AnySchedule, choice("schedule", "how the rate moves with the steps")] = Constant()
    regularisers: Annotated[
        tuple[AnyRegulariser, ...], listing("regularisation", "what is done to a step besides", longest=32)
    ] = ()
    networks: Annotated[dict[str, Training], hidden("networks", "settings of further networks by name")] = (
        msgspec.field(default_factory=dict)
    )


class Seeds(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The three visible seeds from which every random number follows."""

    data: Seed = 0
    weights: Seed = 0
    training: Seed = 0


class Experiment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that decides a run."""

    name: Annotated[str, text("name", "what the experiment is called", longest=200)] = "untitled"
    notes: Annotated[str, text("notes", "what to look for", longest=100_000)] = ""
    machine: Annotated[str, text("machine", "the kind of experiment", longest=100)] = "supervised"
    data: Data
    model: Model
    training: Training
    seeds: Seeds = Seeds()

    @property
    def sentence(self) -> str:
        """The first line of the notes."""
        return self.notes.partition("\n")[0]


def plane(data: Data) -> tuple[str, str]:
    """The two columns of the plane; the first two of the data unless chosen, one column twice where there is one.

    Pictures have no plane.
    """
    if data.source.axes is not None:
        raise ExperimentError("pictures have no plane of two inputs", "data.plane")
    across, up = (*data.plane, *data.source.columns, *data.source.columns)[:2] if not data.plane else data.plane[:2]
    return across, up


_resolved: deque[tuple[Network, Shape, tuple[Node, ...]]] = deque(maxlen=8)
"""Networks are values: what one resolves to is always the same, and every part of an edit asks for it."""


def nodes(experiment: Experiment) -> tuple[Node, ...]:
    """The main network, resolved for the experiment's inputs; of the latest experiments it is remembered."""
    model, shape = experiment.model, input_shape(experiment.data)
    for known, inputs, found in tuple(_resolved):
        if known is model and inputs == shape:
            return found
    found = resolve(model, shape)
    _resolved.append((model, shape, found))
    return found


def input_shape(data: Data) -> Shape:
    """The axes of what the network sees of a sample: a picture, or the chosen features."""
    return data.source.axes or (Axis("feature", tuple(f"{INPUT}/{f}" for f in data.features)),)
