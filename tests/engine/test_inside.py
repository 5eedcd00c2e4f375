"""The slope of a number of the network back to the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.activations.classic import Tanh
from engine.experiment import Experiment
from engine.gradcheck import PICTURE, STEPS, double_library, example, relative
from engine.layers import Layer
from engine.layers.chance import Dropout
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.depthwise import Depthwise
from engine.layers.dropconnect import DropConnect
from engine.layers.joining import Add
from engine.layers.normalising import BatchNorm
from engine.layers.output import Output
from engine.layers.pooling import GlobalPooling, Pooling
from engine.layers.reforming import Flatten
from engine.losses.distance import SquaredError
from engine.network import INPUT
from engine.plan import Plan
from engine.plan.inside import Inside
from engine.plan.learned import Learner
from engine.plan.samples import prepare
from tests.engine.nets import digits

WIDE = Convolution(id="c1", units=3, padding="same", activation=Tanh())
NETS: list[tuple[Layer, ...]] = [
    (
        WIDE,
        Pooling(id="p1", means="average"),
        Dropout(id="drop"),
        Flatten(id="flat"),
        Dense(id="h1", activation=Tanh()),
    ),
    (Depthwise(id="d1", activation=Tanh()), Convolution(id="c1", units=9, stride=2), Flatten(id="flat")),
    (
        WIDE,
        Convolution(id="c2", units=3, padding="same", activation=Tanh()),
        Add(id="sum", inputs=("c1", "c2")),
        GlobalPooling(id="flat"),
    ),
    (
        WIDE,
        BatchNorm(id="n1"),
        Convolution(id="c2", units=3, padding="same", activation=Tanh()),
        BatchNorm(id="n2"),
        Add(id="sum", inputs=("n1", "n2")),
        Flatten(id="flat"),
    ),
    (
        WIDE,
        Flatten(id="flat"),
        Dropout(id="drop", form="plain", share=0.4),
        DropConnect(id="h1", units=5, activation=Tanh()),
    ),
]


def running(*layers: Layer) -> Plan:
    """A plan in float64 that has learned a little, so that running means are not those of the start."""
    return begun(digits(*layers))


def begun(experiment: Experiment) -> Plan:
    """The same of any experiment."""
    plan = Plan(experiment, prepare(experiment), double_library())
    Learner(plan).start()
    plan.steps(3, 1 << 40)
    return plan


@pytest.fixture(scope="module")
def pixels() -> NDArray[Any]:
    return np.random.default_rng(3).uniform(0.1, 0.9, (8, 8, 1))


@pytest.mark.parametrize("layers", NETS, ids=["pooled", "depthwise", "residual", "batch norm", "dropped"])
@pytest.mark.parametrize("start", ["out", "c1"])
def test_the_slope_at_the_pixels(layers: tuple[Layer, ...], start: str, pixels: NDArray[Any]) -> None:
    plan = running(*layers)
    inside = Inside(plan.experiment, plan.library, start)
    inside.take(plan)
    direction = np.random.default_rng(4).normal(size=(8, 8, 1))

    def value(x: NDArray[Any]) -> Any:
        seen = inside.see(x)
        if start != "out":
            return seen[start][0]
        read = seen["h1" if "h1" in seen else "flat"]
        weight, bias = (Learner(plan).array(f"out.{name}") for name in ("weight", "bias"))
        return (read @ weight + bias)[3]

    inside.see(pixels)
    at = np.zeros(10)
    at[3 if start == "out" else 0] = 1
    slope = inside.at_pixels(at)
    step = 1e-5
    found = (value(pixels + step * direction) - value(pixels - step * direction)) / (2 * step)
    assert found == pytest.approx(float((slope * direction).sum()), rel=1e-6)
    assert np.abs(slope).max() > 0


def test_it_says_what_the_run_says_and_leaves_it_alone(pixels: NDArray[Any]) -> None:
    plan = running(*NETS[0])
    before = plan.f.copy()
    inside = Inside(plan.experiment, plan.library, "out")
    inside.take(plan)
    seen = inside.see(pixels)
    inside.slope(np.ones(10))
    assert np.array_equal(plan.f, before)
    said = plan.sees(pixels.reshape(1, -1))
    for layer in ("c1", "p1", "h1", "out"):
        assert np.array_equal(seen[layer], said[layer][0])


def test_a_slope_stops_at_a_layer(pixels: NDArray[Any]) -> None:
    plan = running(*NETS[0])
    whole, back, first = (
        Inside(plan.experiment, plan.library, *ends) for ends in (("out",), ("out", "c1"), ("c1", INPUT))
    )
    for one in (whole, back, first):
        one.take(plan)
        one.see(pixels)
    at = np.eye(10)[3]
    # the chain rule: through c1 in two parts is through the whole
    assert whole.at_pixels(at) == pytest.approx(first.at_pixels(back.slope(at)), rel=1e-12)


@pytest.mark.parametrize(
    "kind", [e.kind for e in Layer.registry if not issubclass(e.kind, Output)], ids=lambda kind: kind.key
)
def test_every_layer_knows_the_way_back_of_its_answer(kind: type[Layer]) -> None:
    hidden = kind.example()
    if not any(layer.reads == "pictures" for layer in hidden):
        wired = (tuple("all" if source == INPUT else source for source in layer.inputs) for layer in hidden)
        hidden = (Flatten(id="all"), *(replace(layer, inputs=i) for layer, i in zip(hidden, wired, strict=True)))
    plan = begun(example(SquaredError(), hidden, Tanh(), 2))
    inside = Inside(plan.experiment, plan.library, "out")
    inside.take(plan)
    random = np.random.default_rng(5)
    pixels, direction = random.uniform(0.1, 0.9, PICTURE), random.normal(size=PICTURE)
    inside.see(pixels)
    slope = float((inside.at_pixels(np.ones(1)) * direction).sum())
    assert slope != 0
    errors = []
    (source,), weight = plan.lowered.nodes[-1].sources, Learner(plan).array("out.weight")[:, 0]
    for step in STEPS:  # from the weighted sum of the output
        above, below = (inside.see(pixels + s * direction)[source][: len(weight)] @ weight for s in (step, -step))
        errors.append(relative(float((above - below) / (2 * step)), slope))
    assert min(errors) < 1e-6


def test_batch_norm_is_looked_into_with_its_running_means(pixels: NDArray[Any]) -> None:
    plan = running(WIDE, BatchNorm(id="n1"), Flatten(id="flat"))
    inside = Inside(plan.experiment, plan.library, "n1", "c1")
    inside.take(plan)
    inside.see(pixels)
    kept = {name: plan.view(plan.lowered.numbers.kept[f"n1.{name}"].value)[0] for name in ("mean", "variance")}
    assert np.abs(kept["mean"]).max() > 0.01
    at = np.random.default_rng(6).normal(size=(64, 8))
    at[:, 3:] = 0  # three maps; the rest of a place is padding
    slope = inside.slope(at).reshape(64, 8)[:, :3]
    scale = Learner(plan).array("n1.scale")
    assert slope == pytest.approx(at[:, :3] * scale / np.sqrt(kept["variance"][:3] + 1e-5), rel=1e-12)
