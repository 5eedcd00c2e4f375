"""Conjugate gradients and L-BFGS: searches worked by hand, directions against dense matrices, known functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.kernels.table import float_bits
from engine.optimisers import Optimiser
from engine.optimisers._search import (
    AFRESH,
    BROKEN,
    CLOSED,
    NAMES,
    OPEN,
    RESTING,
    SEARCHING,
    SETTLING,
)
from engine.optimisers.line_search import LBFGS, ConjugateGradient, conjugate_gradient, lbfgs
from engine.plan.alone import Alone
from tests.engine.guarded import Ran, close, library, run
from tests.engine.test_layer_kernels import DTYPES, normal

F = NDArray[np.float64]
COUNT = 48
PAIRS = 3
SEARCHERS: tuple[Optimiser, ...] = (ConjugateGradient(), ConjugateGradient(beta="fletcher-reeves"), LBFGS())
EACH = pytest.mark.parametrize("optimiser", SEARCHERS, ids=lambda o: f"{o.key} {getattr(o, 'beta', '')}")


def memory(**known: float) -> F:
    """A memory of zeros but for the numbers given by their names (with _ for blanks)."""
    return np.array([[known.get(name.replace(" ", "_"), 0.0) for name in NAMES]])


def told(ran: Ran) -> dict[str, float]:
    """The memory by names."""
    return dict(zip(NAMES, ran["memory"][0].tolist(), strict=True))


def searching(t: float = 1.0, loss: float = 2.0, slope: float = -4.0, **known: float) -> F:
    """The memory of a search at its first trial, unless told otherwise."""
    low = {"low_loss": loss, "low_slope": slope, "phase": SEARCHING, "trial": t, "longest": 100.0}
    return memory(**{"loss": loss, "slope": slope, **low, **known})


def turn(optimiser: Optimiser, dtype: Any, m: F, loss: float, **given: Any) -> Ran:
    """One step of an optimiser; `w` is where the memory says, unless it is given."""
    m = m.astype(dtype)
    slots = {s: given.get(s, np.zeros((1, COUNT))).astype(dtype) for s in ("start", "before", "direction")}
    w = given.get("w", slots["start"] + m[0, NAMES.index("trial")] * slots["direction"])
    known: dict[str, Any] = {
        "count": COUNT, "limit": 1e18, "stop": -77, "rate": [[given.get("rate", 1.0)]], "apart": COUNT,
        "updates": [given.get("updates", 9)], "loss": [float_bits(loss)], "memory": m, "shares": np.zeros((1, 16)),
        "w": w, "g": given["g"], "step1": given.get("pairs", np.zeros((2 * PAIRS, COUNT))), **slots,
        **optimiser.settings(),
    }  # fmt: skip
    kernel = optimiser.update
    assert kernel in (conjugate_gradient, lbfgs)
    return run(kernel, dtype, **{name: known[name] for name in kernel.arguments})


def ones(x: float) -> F:
    """As many numbers as there are, all equal; along one more of them slopes are 48 times as large."""
    return np.full((1, COUNT), x)


@DTYPES
@EACH
def test_the_first_search_goes_down_the_steepest_way(dtype: Any, optimiser: Optimiser) -> None:
    """Not further than η: ‖g‖ = √48 2, so t = 1/4 of the 1 / ‖g‖; where the slope is faint, t is η itself."""
    w, g = normal(0, 1, COUNT), ones(2.0)
    ran = turn(optimiser, dtype, memory(), 5.0, updates=0, w=w, g=g, rate=0.25)
    t = 0.25 / math.sqrt(48 * 4)
    close(dtype, ran["w"], w - t * g)
    close(dtype, ran["start"], w)
    assert np.array_equal(ran["before"], g.astype(dtype))
    assert np.array_equal(ran["direction"], -g.astype(dtype))
    known = told(ran)
    assert (known["phase"], known["bracket"], known["searches"]) == (SEARCHING, OPEN, 0)
    assert (known["loss"], known["slope"], known["low slope"]) == (5.0, -192.0, -192.0)
    ran = turn(optimiser, dtype, memory(), 5.0, updates=0, w=w, g=g / 1000, rate=0.25)
    close(dtype, ran["w"], w - 0.25 * g / 1000)


@DTYPES
@EACH
def test_numbers_set_by_another_hand_begin_anew(dtype: Any, optimiser: Optimiser) -> None:
    """One number of w is not where the search has put it: what it knew is worth nothing."""
    w = ones(0.5) * 1.0
    w[0, 47] = 0.25
    given = {"start": ones(0.0), "before": ones(1.0), "direction": ones(0.5), "g": ones(0.125)}
    m = searching(pairs=2.0, searches=5.0)
    ran = turn(optimiser, dtype, m, 1.0, w=w, **given)
    assert np.array_equal(ran["start"], w.astype(dtype))
    assert np.array_equal(ran["direction"], -ones(0.125).astype(dtype))
    known = told(ran)
    assert (known["phase"], known["pairs"], known["searches"], known["loss"]) == (SEARCHING, 0, 0, 1)


@DTYPES
@EACH
@pytest.mark.parametrize(
    ("loss", "slope", "m", "t", "bracket"),
    [
        # too far: the cubic with φ = 2, 3 and slopes -4, 8 has d₁ = 1, d₂ = √33, t = 1 - (8 + d₂ - 1) / (12 + 2 d₂)
        (3.0, 8.0, searching(), 1 - (7 + math.sqrt(33)) / (12 + 2 * math.sqrt(33)), CLOSED),
        # low enough, but past the bottom: the start is the high end. d₁ = 7, d₂ = 9, t = 1 - (8 + 9 - 7) / (12 + 18)
        (1.0, 8.0, searching(), 2 / 3, CLOSED),
        # still steep: on the cubic 2 - 4 t - t² / 30 + 4 t³ / 45, which is lowest at 4
        (-4 - 1 / 30 + 4 / 45 + 2, -3.8, searching(), 4.0, OPEN),
        # straight on: ten times as far; but no further than the longest way
        (-2.0, -4.0, searching(), 10.0, OPEN),
        (-2.0, -4.0, searching(longest=3.0), 3.0, OPEN),
        # not finite: a tenth of the way back, from where it was still low
        (math.nan, 1.0, searching(), 0.1, BROKEN),
        (math.inf, 1.0, searching(t=3.0, low=1.0), 1.2, BROKEN),
        # losses that rounding can't tell apart: the slopes decide, on a straight line from -4 to 8
        (2.0000001, 8.0, searching(), 1 / 3, CLOSED),
        # the lowest place is too near to an end: a tenth of the bracket off it
        (200.0, 400.0, searching(), 0.1, CLOSED),
        # every third trial halves
        (3.0, 8.0, searching(trials=2.0), 0.5, CLOSED),
    ],
)
def test_trials_worked_by_hand(
    dtype: Any, optimiser: Optimiser, loss: float, slope: float, m: F, t: float, bracket: int
) -> None:
    """A search from w₀ = 1 along d = 1/2, with φ(0) = 2 and φ'(0) = -4; the next t, and w there."""
    given = {"start": ones(1.0), "before": ones(-4 / 24), "direction": ones(0.5)}
    ran = turn(optimiser, dtype, m, loss, g=ones(slope / 24), **given)
    close(dtype, ran["memory"][:, :2], np.array([[SEARCHING, t]]))
    close(dtype, ran["w"], ones(1.0 + t / 2))
    assert told(ran)["bracket"] == bracket
    assert told(ran)["trials"] == m[0, NAMES.index("trials")] + 1
    assert np.array_equal(ran["start"], ones(1.0).astype(dtype))


@DTYPES
@EACH
@pytest.mark.parametrize(
    ("known", "phase", "t"),
    [({"low": 0.5}, SETTLING, 0.5), ({"searches": 3.0}, AFRESH, 0.0), ({}, RESTING, 0.0)],
)
def test_a_search_without_end_goes_back(
    dtype: Any, optimiser: Optimiser, known: dict[str, float], phase: int, t: float
) -> None:
    """To the best place it has seen; at the start the steepest way is next, and where that was it, a rest."""
    given = {"start": ones(1.0), "before": ones(-4 / 24), "direction": ones(0.5), "g": ones(1.0)}
    ran = turn(optimiser, dtype, searching(trials=11.0, **known), 9.0, **given)
    assert (told(ran)["phase"], told(ran)["trial"]) == (phase, t)
    close(dtype, ran["w"], ones(1.0 + t / 2))


@DTYPES
@EACH
def test_a_rest_ends_when_loss_or_gradient_are_others(dtype: Any, optimiser: Optimiser) -> None:
    m = memory(phase=RESTING, loss=2.0)
    given = {"start": ones(1.0), "before": ones(0.125), "direction": ones(-0.125)}
    for loss, slope, phase in ((2.0001, 0.125, RESTING), (2.0003, 0.125, SEARCHING), (2.0, 0.26, SEARCHING)):
        ran = turn(optimiser, dtype, m, loss, g=ones(slope), **given)
        assert told(ran)["phase"] == phase
        assert np.array_equal(ran["w"], ones(1.0).astype(dtype)) == (phase == RESTING)


@DTYPES
@EACH
def test_what_is_not_finite_without_a_past_stops(dtype: Any, optimiser: Optimiser) -> None:
    w = normal(0, 1, COUNT)
    for loss, slope in ((math.nan, 1.0), (math.inf, 1.0), (1.0, math.nan), (1.0, 1e18)):
        ran = turn(optimiser, dtype, memory(), loss, updates=0, w=w, g=ones(slope))
        assert ran.code == -77
        assert np.array_equal(ran["w"], w.astype(dtype))


@DTYPES
@pytest.mark.parametrize("beta", ["polak-ribiere", "fletcher-reeves"])
def test_conjugate_directions(dtype: Any, beta: Any) -> None:
    """β by its formula; the first trial promises what the last search gained, 1/2 * 40."""
    start, before, d = (normal(k, 1, COUNT) for k in range(3))
    g = normal(3, 1, COUNT) - 0.7 * before
    g -= (g * d).sum() / (d * d).sum() * d  # flat along d: the search is over
    ran = turn(
        ConjugateGradient(beta=beta),
        dtype,
        searching(t=0.5, slope=-40.0),
        1.0,
        start=start,
        before=before,
        direction=d,
        g=g,
    )
    above = (g * g if beta == "fletcher-reeves" else g * (g - before)).sum()
    assert above > 0
    expected = above / (before * before).sum() * d - g
    close(dtype, ran["direction"], expected, scale=4)
    close(dtype, ran["start"], start + 0.5 * d, scale=4)
    fall = (expected * g).sum()
    close(dtype, ran["w"], start + 0.5 * d + 20.0 / -fall * expected, scale=4)
    assert told(ran)["searches"] == 1


@DTYPES
@pytest.mark.parametrize("known", [0, 2, 3])
def test_quasi_newton_directions(dtype: Any, known: int) -> None:
    """-H g, with H as matrices: H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ from (s·y / y·y) I on, the oldest first."""
    start, before, d = (normal(k, 1, COUNT) for k in range(3))
    g = normal(3, 1, COUNT) * 0.1
    g -= (g * d).sum() / (d * d).sum() * d
    before = g - 0.5 * d * np.linspace(1, 2, COUNT)
    pairs = np.zeros((2 * PAIRS, COUNT))
    for k in range(known):
        pairs[2 * k] = normal(10 + k, 1, COUNT)[0]
        pairs[2 * k + 1] = pairs[2 * k] * np.linspace(1, 3 + k, COUNT)
    ran = turn(LBFGS(pairs=PAIRS), dtype, searching(t=0.5, pairs=float(known)), 1.0, start=start, before=before,
               direction=d, g=g, pairs=pairs)  # fmt: skip
    newest = np.concatenate([0.5 * d, g - before, pairs])[: 2 * PAIRS]
    used = min(known + 1, PAIRS)
    close(dtype, ran["step1"], newest, scale=4)
    assert told(ran)["pairs"] == used
    s, y = newest[0], newest[1]
    h = np.eye(COUNT) * (s @ y) / (y @ y)
    for k in range(used - 1, -1, -1):
        s, y = newest[2 * k], newest[2 * k + 1]
        left = np.eye(COUNT) - np.outer(s, y) / (s @ y)
        h = left @ h @ left.T + np.outer(s, s) / (s @ y)
    close(dtype, ran["direction"], -g @ h, scale=20)
    close(dtype, ran["w"], start + 0.5 * d - g @ h, scale=20)


@DTYPES
def test_a_pair_that_is_curved_the_wrong_way_is_passed_over(dtype: Any) -> None:
    d, pairs = ones(1.0), normal(5, 2 * PAIRS, COUNT)
    ran = turn(LBFGS(pairs=PAIRS), dtype, searching(t=0.5, slope=-48.0, pairs=0.0), 1.0, direction=d, before=ones(-1.0),
               g=ones(-0.5) - 0.6, pairs=pairs, start=ones(0.0))  # fmt: skip
    assert told(ran)["phase"] == SEARCHING  # steeper than before: the search goes on
    m = searching(t=0.5, slope=-48.0, longest=0.5)
    ran = turn(LBFGS(pairs=PAIRS), dtype, m, -90.0, direction=d, before=ones(-1.0), g=ones(-1.1), pairs=pairs,
               start=ones(0.0))  # fmt: skip
    assert told(ran)["pairs"] == 0
    assert np.array_equal(ran["step1"], pairs.astype(dtype))
    assert np.array_equal(ran["direction"], ones(1.1).astype(dtype))


def bowl(w: F, curvature: F) -> tuple[F, float]:
    """Gradient and value of ½ Σ c w²."""
    return curvature * w, 0.5 * float(curvature @ w**2)


def rosenbrock(w: F) -> tuple[F, float]:
    """Gradient and value of the banana valley (1 - x)² + 100 (y - x²)², lowest at (1, 1)."""
    x, y = w
    slope = np.array([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])
    return slope, (1 - x) ** 2 + 100 * (y - x * x) ** 2


def descend(run: Alone, function: Callable[[F], tuple[F, float]], steps: int) -> list[float]:
    """The loss at each step."""
    losses = []
    for _ in range(steps):
        gradient, loss = function(run.w.astype(np.float64))
        losses.append(loss)
        assert run.step(gradient, loss)
    return losses


@DTYPES
def test_a_bowl_of_n_curvatures_takes_n_exact_searches(dtype: Any) -> None:
    """Conjugate gradients with near-exact searches: 2 evaluations each, n = 10 searches (Hestenes, Stiefel 1952)."""
    curvature = np.linspace(1, 100, 10)
    run = Alone(ConjugateGradient(curvature=0.001), np.ones(10), library(dtype))
    losses = descend(run, lambda w: bowl(w, curvature), 30)
    assert losses[0] == 252.5
    assert min(losses[:20]) > 1e-3
    assert min(losses[:25]) < (1e-8 if dtype == np.float32 else 1e-16)
    run = Alone(LBFGS(), np.ones(10), library(dtype))
    assert min(descend(run, lambda w: bowl(w, curvature), 30)) < 1e-12


@DTYPES
@EACH
def test_the_banana_valley(dtype: Any, optimiser: Optimiser) -> None:
    run = Alone(optimiser, [-1.2, 1.0], library(dtype))
    losses = descend(run, rosenbrock, 150)
    assert losses[0] == pytest.approx(24.2, rel=1e-6)
    assert min(losses) < 1e-9
    close(np.float32, run.w, np.ones(2), scale=10)


@DTYPES
@EACH
def test_it_is_still_at_the_bottom(dtype: Any, optimiser: Optimiser) -> None:
    """A bowl with its bottom at 3, as float32 sees it: the loss has noise there, and so has the gradient."""
    random = np.random.default_rng(0)

    def noisy(w: F) -> tuple[F, float]:
        gradient, loss = bowl(w - 3.0, np.linspace(1, 100, 10))
        return gradient + 1e-6 * random.normal(size=10), (1.0 + loss) * (1 + 1e-7 * random.normal())

    run = Alone(optimiser, np.zeros(10), library(dtype))
    descend(run, noisy, 200)
    for _ in range(40):
        losses = descend(run, noisy, 50)
        assert max(losses) < 1 + 1e-5
        assert np.isfinite(run.w).all()
