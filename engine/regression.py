"""The best weights of one layer of weighted sums: linear least squares at once, logistic regression by Newton's method.

Inputs X [sample, input] begin with a column of ones for the bias, so that weights W [input, output] have the biases in
their first row. The mean loss over n samples, and a penalty ½ λ Σ w² without the biases, is made smallest:

- least squares, ½ ‖X W - T‖² / n: W = (Xᵀ X + n λ I₀)⁻¹ Xᵀ T, I₀ being the unit matrix with 0 for the bias. Where that
  matrix is singular many W are as good, and the shortest of them is taken.
- logistic and softmax regression have no such formula. Their loss is convex: Newton's method finds the minimum, W ← W -
  H⁻¹ ∇, which is the same as least squares with weights that change from step to step (iteratively reweighted least
  squares). Where the classes can be separated, and nothing holds the weights, there is no minimum: the loss falls for
  ever, as the weights grow.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.losses.base import Link

Values = NDArray[np.float64]

FUNCTIONS: Final[dict[Link, str]] = {"logit": "σ", "multinomial": "softmax"}
"""The functions of the sums, as formulas write them."""
STEPS: Final = 100
"""Most steps of Newton's method; ten are common."""
NEAR: Final = 1e-10
"""The norm of the gradient at a minimum, for inputs of size 1."""
ALONG: Final = 1e-6
"""How far, in relation, a sample may be moved to the wrong side by a direction that separates the others."""


class Best(NamedTuple):
    """The best weights [input, output] with the biases first; None where the minimum lies at infinity.

    `singular` tells whether other weights are as good. `steps` were taken by Newton's method, 0 by the formula;
    `found` is False where it did not come to rest. A `missing` class, of which there are no samples, is why a bias
    grows for ever, with or without a penalty.
    """

    weights: Values | None
    singular: bool
    steps: int = 0
    found: bool = True
    missing: bool = False


def with_ones(x: NDArray[np.floating[Any]]) -> Values:
    """Inputs [sample, input] in float64 behind a column of ones."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    return np.concatenate([np.ones((len(flat), 1)), flat], axis=1)


def mean_loss(link: Link, x: Values, t: Values, w: Values, gain: float = 1.0) -> float:
    """The mean loss, without a penalty; NaN without samples."""
    if not len(x):
        return float("nan")
    with np.errstate(all="ignore"):  # weights of a run that diverges
        return float(_terms(link, gain * (x @ w), t).sum() / len(x))


def best(link: Link, x: Values, t: Values, rate: float, gain: float = 1.0) -> Best:
    """The weights at which the mean loss with the penalty is smallest; the function sees `gain` times the sums."""
    held = np.full(x.shape[1], rate)
    held[0] = 0.0
    if link == "identity":
        return _least_squares(x, t, held)
    return _newton(link, gain * x, t, held)


def _least_squares(x: Values, t: Values, held: Values) -> Best:
    """The formula, by the singular values of X with a row √(n λ) for each weight that costs something."""
    whole, wanted = _ridged(x, held), np.concatenate([t, np.zeros((len(held), t.shape[1]))])
    found, _, rank, _ = np.linalg.lstsq(whole, wanted, rcond=None)
    return Best(found, int(rank) < x.shape[1])


def _ridged(x: Values, held: Values) -> Values:
    return np.concatenate([x, np.diag(np.sqrt(len(x) * held))])


def _newton(link: Link, x: Values, t: Values, held: Values) -> Best:
    """Steps from 0 to where the gradient vanishes; each is halved until the loss falls enough."""
    inputs, outputs = x.shape[1], t.shape[1]
    singular = int(np.linalg.matrix_rank(_ridged(x, held))) < inputs
    if (t.min(axis=0) == t.max(axis=0)).any():
        return Best(None, singular, missing=True)
    w, free = np.zeros((inputs, outputs)), not held.any()
    near = NEAR * max(1.0, float(np.abs(x).max()))
    for steps in range(STEPS):
        z = x @ w
        gradient = x.T @ (_answers(link, z) - t) / len(x) + held[:, None] * w
        if free and _separated(link, z, t):
            return Best(None, singular, steps)
        if np.linalg.norm(gradient) < near:
            return Best(w, singular, steps)
        step = -_solved(link, x, z, held, gradient)
        if free and _separated(link, x @ step, t, ALONG):
            return Best(None, singular, steps)
        w = w + _length(link, x, t, held, w, step, gradient) * step
    return Best(w, singular, STEPS, found=False)


def _solved(link: Link, x: Values, z: Values, held: Values, gradient: Values) -> Values:
    """H⁻¹ ∇ for the second derivatives H of the mean loss; outputs that say shares of one depend on each other."""
    a, (inputs, outputs), n = _answers(link, z), gradient.shape, len(x)
    if link == "logit":
        parts = [(x * (a[:, k] * (1 - a[:, k]) / n)[:, None]).T @ x + np.diag(held) for k in range(outputs)]
        apart = [np.linalg.lstsq(h, gradient[:, k], rcond=None)[0] for k, h in enumerate(parts)]
        return np.stack(apart, axis=1)
    whole = np.zeros((outputs, inputs, outputs, inputs))
    for j in range(outputs):
        for k in range(j + 1):
            slope = a[:, j] * ((j == k) - a[:, k]) / n
            whole[j, :, k] = whole[k, :, j] = (x * slope[:, None]).T @ x + (j == k) * np.diag(held)
    size = outputs * inputs
    found = np.linalg.lstsq(whole.reshape(size, size), gradient.T.reshape(size), rcond=None)[0]
    return np.asarray(found, np.float64).reshape(outputs, inputs).T


def _length(link: Link, x: Values, t: Values, held: Values, w: Values, step: Values, gradient: Values) -> float:
    """The longest of 1, ½, ¼ ... with which the loss falls by a ten-thousandth of what its slope promises (Armijo)."""
    before, promised, length = _cost(link, x, t, held, w), float((gradient * step).sum()), 1.0
    slack = 1e-14 * max(abs(before), 1.0)  # near the minimum the loss falls by less than it can be told
    while _cost(link, x, t, held, w + length * step) > before + 1e-4 * length * promised + slack and length > 1e-9:
        length /= 2
    return length


def _cost(link: Link, x: Values, t: Values, held: Values, w: Values) -> float:
    return mean_loss(link, x, t, w) + 0.5 * float((held[:, None] * w * w).sum())


def _answers(link: Link, z: Values) -> Values:
    """The function of the sums: their slope in the loss is this, less the target."""
    if link == "identity":
        return z
    if link == "logit":
        return np.exp(-np.logaddexp(0.0, -z))
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _terms(link: Link, z: Values, t: Values) -> Values:
    """The loss of each sample, in parts: [sample, part]."""
    if link == "identity":
        return np.asarray(0.5 * (z - t) ** 2)
    if link == "logit":
        return np.asarray(np.logaddexp(0.0, z) - t * z)
    top = z.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(z - top).sum(axis=1)) - (t * z).sum(axis=1))


def _separated(link: Link, z: Values, t: Values, slack: float = 0.0) -> bool:
    """Whether sums have the right sign for every sample, of one output at least; or the right class the greatest.

    With `slack` they are those of a direction, along which samples may stay where they are.
    """
    if link == "logit":
        margins = [(2 * t - 1)[:, k] * z[:, k] for k in range(t.shape[1])]
    else:
        margins = [((t * z).sum(axis=1, keepdims=True) - z)[t < 0.5]]
    return any(m.max() > 0 and m.min() > (-slack * m.max() if slack else 0.0) for m in margins)
