"""A training step by hand in NumPy: what ours is compared with, and checked against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.bench.nets import Net, experiment, samples
from engine.kernels.library import Library, Progress
from engine.optimisers.adam import Adam
from engine.optimisers.descent import Momentum
from engine.plan import Plan
from engine.plan.learned import Learner, initial

F = NDArray[np.float32]


class NumpyNet:
    """The same training step in NumPy: float32, whole batches, `@`, optimiser in place, reshuffled each epoch."""

    def __init__(self, net: Net, x: F, t: F, weights: list[F], biases: list[F]) -> None:
        self.net, self.x, self.t = net, x, t
        self.weights, self.biases = weights, biases
        self.numbers = [*weights, *biases]
        self.slots = [(np.zeros_like(w), np.zeros_like(w)) for w in self.numbers]
        self.random = np.random.default_rng(0)
        self.steps, self.offset, self.order = 0, len(x), np.arange(len(x))

    def step(self) -> None:
        """Take the next batch of the epoch and learn from it."""
        if self.offset >= len(self.x):
            self.order, self.offset = self.random.permutation(len(self.x)), 0
        rows = self.order[self.offset : self.offset + self.net.batch]
        self.offset += len(rows)
        self.update(self.gradients(rows))

    def gradients(self, rows: NDArray[np.intp]) -> list[F]:
        """Forward and backward over some samples; gradients of the weights, then of the biases."""
        outputs = [self.x[rows]]
        for w, b in zip(self.weights, self.biases, strict=True):
            z = outputs[-1] @ w
            z += b
            outputs.append(self.activate(z, last=w is self.weights[-1]))
        delta = outputs[-1] - self.t[rows]
        delta *= np.float32(1 / len(rows))
        if self.net.output.key == "tanh":
            delta *= 1 - outputs[-1] * outputs[-1]
        found: list[tuple[F, F]] = []
        for k in reversed(range(len(self.weights))):
            found.append((outputs[k].T @ delta, delta.sum(axis=0)))
            if k:
                delta = delta @ self.weights[k].T
                delta *= self.slope(outputs[k])
        found.reverse()
        return [g for g, _ in found] + [g for _, g in found]

    def activate(self, z: F, last: bool) -> F:
        """f(z), in place."""
        if last and self.net.output.key == "softmax":
            z -= z.max(axis=1, keepdims=True)
            np.exp(z, out=z)
            z /= z.sum(axis=1, keepdims=True)
            return z
        return np.tanh(z, out=z) if self.net.hidden.key == "tanh" else np.maximum(z, 0, out=z)

    def slope(self, a: F) -> F | NDArray[np.bool_]:
        """f'(z) from a = f(z)."""
        return 1 - a * a if self.net.hidden.key == "tanh" else a > 0

    def update(self, gradients: list[F]) -> None:
        """SGD, momentum or Adam, in place."""
        self.steps += 1
        rate = np.float32(self.net.optimiser.rate)
        if isinstance(self.net.optimiser, Momentum):
            keep = np.float32(self.net.optimiser.momentum)
            for w, g, (v, _) in zip(self.numbers, gradients, self.slots, strict=True):
                g *= rate
                v *= keep
                v -= g
                w += v
            return
        if not isinstance(self.net.optimiser, Adam):
            for w, g in zip(self.numbers, gradients, strict=True):
                g *= rate
                w -= g
            return
        adam = self.net.optimiser
        beta1, beta2, epsilon = np.float32(adam.beta1), np.float32(adam.beta2), np.float32(adam.epsilon)
        one = 1 - adam.beta1**self.steps
        two = np.float32(1 - adam.beta2**self.steps)
        step = np.float32(adam.rate / one)
        for w, g, (m, v) in zip(self.numbers, gradients, self.slots, strict=True):
            m *= beta1
            m += (1 - beta1) * g
            g *= g
            g *= 1 - beta2
            v *= beta2
            v += g
            root = np.sqrt(v / two)
            root += epsilon
            np.divide(m, root, out=root)
            root *= step
            w -= root


def both(net: Net, library: Library, progress: Progress | None = None) -> tuple[Plan, NumpyNet]:
    """Our plan and the NumPy step, from the same numbers."""
    described = experiment(net)
    prepared = samples(net, described)
    plan = Plan(described, prepared, library, progress)
    Learner(plan).start()
    drawn = {name: values.astype(np.float32) for name, _, values in initial(described, plan.lowered.nodes)}
    weights, biases = ([v for n, v in drawn.items() if n.endswith(kind)] for kind in ("weight", "bias"))
    reference = NumpyNet(net, prepared.x.astype(np.float32), prepared.y.astype(np.float32), weights, biases)
    return plan, reference


def gradient_error(plan: Plan, reference: NumpyNet) -> float:
    """Largest difference of our gradients of one batch from NumPy's, relative to the largest gradient."""
    plan.steps(1 << 60, 1)
    rows = plan.i[plan.lowered.order.at :][: reference.net.batch]
    names = list(plan.lowered.numbers.arrays)
    learner = Learner(plan)
    mine = [learner.array(f"{n}#gradient") for kind in ("weight", "bias") for n in names if n.endswith(kind)]
    found = reference.gradients(rows)
    largest = max(float(np.abs(g).max()) for g in found)
    return max(float(np.abs(a - b).max()) for a, b in zip(mine, found, strict=True)) / largest
