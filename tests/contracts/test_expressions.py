"""What activations, losses and optimisers declare as expressions is what their compiled code does, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.activations import Activation
from engine.activations.classic import Linear
from engine.activations.shares import Softmax, Winner, silence, softmax_backward, softmax_forward, winner_forward
from engine.expressions import assignments, follow
from engine.fields import describe
from engine.kernels.record import Floats, In, Ints, Out, hole, kernel
from engine.kernels.table import padded
from engine.kernels.words import LANES, Vec, load, store
from engine.losses import Loss
from engine.optimisers import Optimiser
from engine.passes import Settings
from engine.passes import settings as padded_settings
from engine.registry import Kind
from tests.engine.guarded import close, run

F = NDArray[np.float64]
GRID = np.array([-700, -30, -2, -1.5, -1, -0.5, -1e-9, -0.0, 0, 1e-300, 0.25, 0.5, 1, 1 + 1e-12, 2, 40, 700.0])
"""Kinks, steps and their neighbours, and sums so large that e^z is hardly a number."""
SHARES = np.array([0, 1e-9, 1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-6, 1])
WRITTEN = (Activation, Loss, Optimiser)


def variants(kind: type[Kind]) -> Iterator[Any]:
    """A declaration by its defaults, and with each field at other values of its range."""
    yield (first := kind())
    for info in describe(kind):
        if info.type == "flag" or (info.type == "choice" and info.choices):
            yield from (replace(first, **{info.name: v}) for v in info.choices or (True,))
        elif info.type == "number":
            low = info.low if info.low is not None else info.above or 0.0
            yield from (replace(first, **{info.name: v}) for v in (0.6 * info.default + 0.4 * low, _more(info)))


def _more(info: Any) -> float:
    return float(min(info.default * 1.5 + 0.125, 0.5 * (info.default + info.high)))


def cases(base: type[Kind]) -> list[Any]:
    return [
        pytest.param(variant, id=f"{entry.key}-{k}")
        for entry in base.registry
        if not entry.kind.unwritten
        for k, variant in enumerate(variants(entry.kind))
    ]


def lines(kind: Any) -> tuple[str, ...]:
    if isinstance(kind, Optimiser):
        return kind.assignments
    return (*kind.expressions, *kind.fused_expressions) if isinstance(kind, Loss) else tuple(kind.expressions)


@pytest.mark.parametrize("kind", [pytest.param(e.kind(), id=e.key) for base in WRITTEN for e in base.registry])
def test_a_kind_is_written_or_says_why_not(kind: Any) -> None:
    assert bool(lines(kind)) != bool(kind.unwritten)
    assert all(line.name for line in assignments(lines(kind)))
    fields = {info.name: info for info in describe(type(kind))}
    for symbol, name in kind.symbols.items():
        assert name in fields, f"“{symbol}” is no field"
        told = f"{fields[name].name} {fields[name].title} {fields[name].help}"
        assert symbol in told, f"neither title nor help of {name} says that it is “{symbol}”"
    if isinstance(kind, Optimiser) and not kind.unwritten:
        assert set(kind.slot_symbols.values()) == set(kind.slots)
    if not kind.unwritten:
        unused = set(fields) - set(kind.symbols.values()) - {"rate"}
        assert not unused, f"{unused} changes nothing in the expressions"


@hole
def value(z: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The function."""


@hole
def derivative(z: Vec, a: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """Its slope."""


@kernel
def answer(
    f: Floats, i: Ints, count: int, p0: float, p1: float, p2: float, p3: float, z: In, a: Out, slope: Out
) -> None:
    """The value and the slope of an activation at each z."""
    for k in range(0, count, LANES):
        v = load(f, z + k)
        found = value(v, (p0, p1, p2, p3))
        store(f, a + k, found)
        store(f, slope + k, derivative(v, found, (p0, p1, p2, p3)))


@pytest.mark.parametrize("activation", [c for c in cases(Activation) if not c.values[0].apart])
def test_an_activation_answers_as_it_is_written(activation: Activation) -> None:
    numbers = activation.by_symbol
    # the places of kinks follow the hyper-parameters
    z = np.concatenate([GRID, *([-v, v, np.nextafter(v, 9e9)] for v in numbers.values())])
    kind = type(activation)
    compiled = answer.filled(activation.key, value=kind.value, derivative=kind.derivative)
    numbered: dict[str, Any] = padded_settings(activation.settings)
    ran = run(compiled, np.float64, count=len(z), z=z, a=z * 0, slope=z * 0, **numbered)
    found = follow(assignments(activation.expressions), {"z": z, **numbers})
    close(np.float64, np.broadcast_to(found["a"], z.shape), ran["a"][0])
    close(np.float64, np.broadcast_to(found["a'"], z.shape), ran["slope"][0])


@pytest.mark.parametrize("softmax", list(variants(Softmax)))
def test_softmax_is_as_it_is_written(softmax: Softmax) -> None:
    z = np.array([[1.0, -2, 0.5], [700, 699, -700], [0, 0, 0]])
    d = np.array([[1.0, 2, -3], [0.5, -1, 4], [1, 0, 0]])
    shape: dict[str, Any] = {"rows": [3], "stride": padded(3), "gain": softmax.gain}
    a = run(softmax_forward, np.float64, units=3, z=z, a=z * 0, **shape)["a"]
    back = run(softmax_backward, np.float64, clean=("a", "d"), a=a, d=d, **shape)["d"]
    found = follow(assignments(softmax.expressions), {"z": z, "d": d, **softmax.by_symbol})
    close(np.float64, found["a"], a)
    close(np.float64, found["d'"], back)


def test_the_winner_is_as_it_is_written() -> None:
    z = np.array([[1.0, -2, 0.5], [-7, -6, -70], [0, 1, 3]])
    shape: dict[str, Any] = {"rows": [3], "units": 3, "stride": padded(3)}
    a = run(winner_forward, np.float64, z=z, a=z * 0, **shape)["a"]
    back = run(silence, np.float64, clean=("d",), rows=[3], stride=padded(3), d=z)["d"]
    found = follow(assignments(Winner.expressions), {"z": z, "d": z})
    close(np.float64, found["a"], a)
    close(np.float64, found["d'"], back)
    assert a.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_what_takes_all_outputs_at_once_has_a_test_of_its_own() -> None:
    assert [e.kind for e in Activation.registry if e.kind.apart and not e.kind.unwritten] == [Softmax, Winner]


def loss_samples(loss: Loss, fused: bool) -> tuple[F, F, F]:
    """Weighted sums, outputs and targets as they meet, one output in a row; three where outputs are shares."""
    answers = {answer for served in loss.tasks.values() for answer in served}
    if answers == {"shares"}:
        z = np.array([[0.0, 1, 2], [30, -30, 0], [700, 0, -700], [-1, -1, 5]])
        o = np.exp(z - z.max(axis=1, keepdims=True))
        return z, o / o.sum(axis=1, keepdims=True), np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [0.2, 0.3, 0.5]])
    if answers == {"share"}:
        o, t = (part.ravel()[:, None] for part in np.meshgrid(SHARES, [0.0, 0.3, 1]))
        z = np.resize(GRID, o.shape)
        return (z, 1 / (1 + np.exp(-z)), t) if fused else (z, o, t)
    z, t = (part.ravel()[:, None] for part in np.meshgrid(GRID, [-1.0, 0, 0.25, 1]))
    return (z, np.sign(z), t) if fused else (z, z, t)


@pytest.mark.parametrize("loss", cases(Loss))
@pytest.mark.parametrize("fused", [False, True])
def test_a_loss_is_as_it_is_written(loss: Loss, fused: bool) -> None:
    function = Activation.registry[loss.fused_with or "linear"].kind()
    if loss.is_fused(function if fused else Linear()) != fused:
        assert not (loss.fused_expressions if fused else loss.expressions), "nothing is compiled that does this"
        return
    z, o, t = loss_samples(loss, fused)
    m, units = z.shape
    lined = assignments(loss.fused_expressions if fused else loss.expressions)
    found = follow(lined, {"z": z, "o": o, "t": t, **loss.by_symbol})
    shape: dict[str, Any] = {"units": units, "stride": padded(units), "gain": 1.0, "v": [[1.0]], "v_step": 0}
    shape |= {"rows": [m], **padded_settings(loss.settings), "z": z, "o": o, "t": t}
    slope = run(loss.slope_kernel(function if fused else Linear()), np.float64, whole=[1], d=z * 0, **shape)["d"]
    close(np.float64, np.broadcast_to(found["L'"], z.shape), slope)
    terms = np.broadcast_to(found["L"], z.shape).sum(axis=1)
    close(np.float64, terms, np.array([one_sum(loss, fused, shape, k) for k in range(m)]))


def one_sum(loss: Loss, fused: bool, shape: dict[str, Any], k: int) -> float:
    """The compiled loss of one sample."""
    function = Activation.registry[loss.fused_with or "linear"].kind() if fused else Linear()
    one = shape | {"rows": [1], "into": [0], **{name: shape[name][k : k + 1] for name in "zot"}}
    return float(run(loss.sum_kernel(function), np.float64, **one)["into"].view(np.float64)[0])


@pytest.mark.parametrize("optimiser", cases(Optimiser))
def test_an_optimiser_steps_as_it_is_written(optimiser: Optimiser) -> None:
    rng = np.random.default_rng(5)
    ours: dict[str, Any] = dict.fromkeys(optimiser.slot_symbols, np.zeros(LANES)) | {"w": rng.normal(size=LANES)}
    theirs: dict[str, Any] = dict.fromkeys(optimiser.slots, np.zeros(LANES)) | {"w": ours["w"]}
    constants: dict[str, Any] = {"count": LANES, "rate": [[optimiser.rate]], **optimiser.settings()}
    # a gradient of 0 and one that repeats itself decide what signs and norms do
    gradients = (rng.normal(size=LANES), np.zeros(LANES), rng.normal(size=LANES), np.ones(LANES))
    for t, g in enumerate(gradients, 1):
        given: dict[str, Any] = {"g": g, "η": optimiser.rate, "t": t, **optimiser.by_symbol}
        ours = follow(assignments(optimiser.assignments), {**ours, **given})
        known = constants | theirs | {"g": g, "updates": [t - 1]}
        ran = run(optimiser.update, np.float64, **{name: known[name] for name in optimiser.update.arguments})
        theirs = {name: ran[name][0] for name in theirs}
        for symbol, name in {"w": "w", **optimiser.slot_symbols}.items():
            close(np.float64, ours[symbol], theirs[name])
