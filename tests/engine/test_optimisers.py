"""Every optimiser: its kernel guarded and against a NumPy reference, and down a bowl."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.optimisers import Optimiser
from engine.plan.alone import Alone
from tests.engine.guarded import close, library, run
from tests.engine.test_layer_kernels import DTYPES, normal

F = NDArray[np.float64]
State = dict[str, F]
RATE = 0.25

Rule = Callable[[F, F, State, int, dict[str, float]], tuple[F, State]]


def sgd(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    return w - RATE * g, s


def momentum(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    v = p["keep"] * s["velocity"] - RATE * g
    return w + v, {"velocity": v}


def nesterov(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    v = p["keep"] * s["velocity"] - RATE * g
    return w + p["keep"] * v - RATE * g, {"velocity": v}


def fixed_length(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    return w - RATE * g / np.linalg.norm(g), s


def local_gains(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    agree = g * s["before"]
    c = s["gain"] + 1
    c = np.where(agree > 0, c + p["up"], np.where(agree < 0, c * (1 - p["up"]), c)).clip(p["low"], p["high"])
    return w - RATE * c * g, {"gain": c - 1, "before": g}


def means(g: F, s: State, p: dict[str, float]) -> tuple[F, F]:
    return (
        p["beta1"] * s["mean"] + (1 - p["beta1"]) * g,
        p["beta2"] * s["variance"] + (1 - p["beta2"]) * g * g,
    )


def adam(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    m, v = means(g, s, p)
    step = RATE * m / (1 - p["beta1"] ** t) / (np.sqrt(v / (1 - p["beta2"] ** t)) + p["epsilon"])
    return w * (1 - RATE * p["decay"]) - step, {"mean": m, "variance": v}


def amsgrad(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    m, v = means(g, s, p)
    top = np.maximum(s["greatest"], v)
    step = RATE * m / (1 - p["beta1"] ** t) / (np.sqrt(top / (1 - p["beta2"] ** t)) + p["epsilon"])
    return w - step, {"mean": m, "variance": v, "greatest": top}


def nadam(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    m, v = means(g, s, p)
    ahead = p["beta1"] * m / (1 - p["beta1"] ** (t + 1)) + (1 - p["beta1"]) * g / (1 - p["beta1"] ** t)
    step = RATE * ahead / (np.sqrt(v / (1 - p["beta2"] ** t)) + p["epsilon"])
    return w - step, {"mean": m, "variance": v}


def lion(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    u = np.sign(p["beta1"] * s["mean"] + (1 - p["beta1"]) * g)
    return w - RATE * (u + p["decay"] * w), {"mean": p["beta2"] * s["mean"] + (1 - p["beta2"]) * g}


def adagrad(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    squares = s["squares"] + g * g
    return w - RATE * g / np.sqrt(squares + p["epsilon"]), {"squares": squares}


def rmsprop(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    squares = p["keep"] * s["squares"] + (1 - p["keep"]) * g * g
    return w - RATE * g / np.sqrt(squares + p["epsilon"]), {"squares": squares}


def adadelta(w: F, g: F, s: State, t: int, p: dict[str, float]) -> tuple[F, State]:
    squares = p["keep"] * s["squares"] + (1 - p["keep"]) * g * g
    step = -g * np.sqrt(s["steps"] + p["epsilon"]) / np.sqrt(squares + p["epsilon"])
    steps = p["keep"] * s["steps"] + (1 - p["keep"]) * step * step
    return w + RATE * step, {"squares": squares, "steps": steps}


RULES: dict[str, Rule] = {
    "sgd": sgd, "momentum": momentum, "nesterov": nesterov, "fixed-length": fixed_length, "local-gains": local_gains,
    "adam": adam, "adamw": adam, "amsgrad": amsgrad, "nadam": nadam, "lion": lion, "adagrad": adagrad,
    "rmsprop": rmsprop, "adadelta": adadelta,
}  # fmt: skip


def test_every_optimiser_has_a_reference() -> None:
    """Those that search along lines have theirs in `test_line_search`."""
    assert set(RULES) == {e.key for e in Optimiser.registry if not e.kind.needs_loss}


@DTYPES
@pytest.mark.parametrize("key", RULES)
@pytest.mark.parametrize("updates", [0, 1, 1000])
def test_a_step_is_that_of_the_reference(dtype: Any, key: str, updates: int) -> None:
    optimiser: Optimiser = Optimiser.registry[key].kind()
    w, g = normal(0, 1, 48), normal(1, 1, 48)
    state = {slot: abs(normal(2 + k, 1, 48)) for k, slot in enumerate(optimiser.slots)}
    known: dict[str, Any] = {
        "count": 48, "rate": [[RATE]], "w": w, "g": g, "updates": [updates], **optimiser.settings(), **state,
    }  # fmt: skip
    ran = run(optimiser.update, dtype, **{name: known[name] for name in optimiser.update.arguments})
    expected, kept = RULES[key](w, g, state, updates + 1, optimiser.settings())
    close(dtype, ran["w"], expected, scale=4)
    for slot, values in kept.items():
        close(dtype, ran[slot], values, scale=4)


@pytest.mark.parametrize("key", [e.key for e in Optimiser.registry])
def test_it_finds_the_bottom_of_a_bowl(key: str) -> None:
    """Down ½ Σ c w², c from 1 to 4, from w = 1: after 2000 steps less than a hundredth of the start is left."""
    curvature = np.linspace(1, 4, 16)
    run = Alone(Optimiser.registry[key].kind(), np.ones(16), library(np.float64))
    for _ in range(2000):
        assert run.step(curvature * run.w, 0.5 * float(curvature @ run.w**2))
    assert float((curvature * run.w**2).sum() / curvature.sum()) < 1e-2
