"""How fast learning is: whole training steps of three networks, against a NumPy step, interleaved in the same run.

`measure` runs this module in a process of its own, in which linear algebra is held to one thread.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.datasets.points import Points
from engine.experiment import Data, Experiment, Model, Training
from engine.kernels.library import Library, Progress
from engine.kernels.record import Floats, Ints, Out, kernel
from engine.kernels.table import Table
from engine.kernels.words import LANES, fma, load, splat, store
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses import Loss
from engine.losses.distance import SquaredError
from engine.losses.entropy import CategoricalCrossEntropy
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD
from engine.plan import Plan, Prepared
from engine.plan import procedure as p
from engine.plan.learned import Learner, initial

F = NDArray[np.float32]

ROUNDS: Final = 7
SECONDS: Final = 0.15
"""One round of one side."""


class Net(NamedTuple):
    """A network to be measured."""

    name: str
    sizes: tuple[int, ...]
    hidden: Activation
    output: Activation
    loss: Loss
    optimiser: Optimiser
    batch: int
    samples: int


NETS: Final = (
    Net("2-8-8-1 tanh, batch 10, SGD", (2, 8, 8, 1), Tanh(), Tanh(), SquaredError(), SGD(rate=0.03), 10, 250),
    Net("2-32-32-32-2 ReLU softmax, batch 32, Adam", (2, 32, 32, 32, 2), ReLU(), Softmax(), CategoricalCrossEntropy(),
        Adam(rate=0.001), 32, 500),
    Net("784-128-10 ReLU softmax, batch 64, Adam", (784, 128, 10), ReLU(), Softmax(), CategoricalCrossEntropy(),
        Adam(rate=0.001), 64, 6400),
)  # fmt: skip


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
        """SGD or Adam, in place."""
        self.steps += 1
        rate = np.float32(self.net.optimiser.rate)
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


def experiment(net: Net) -> Experiment:
    """The experiment of a network; its samples are made by `samples`."""
    units = net.sizes[1:]
    hidden = [Dense(id=f"h{k + 1}", units=n, activation=net.hidden) for k, n in enumerate(units[:-1])]
    output = Output(id="out", units=units[-1], activation=net.output)
    names = tuple(f"x{k + 1}" for k in range(net.sizes[0]))
    return Experiment(
        data=Data(source=Points(), features=names, share=100.0),
        model=Model(layers=(*hidden, output)),
        training=Training(loss=net.loss, optimiser=net.optimiser, batch=net.batch),
    )


def samples(net: Net, source: Experiment) -> Prepared:
    """Normal inputs with random classes: how long a step takes does not depend on what is learned."""
    random = np.random.default_rng(0)
    x: NDArray[np.float64] = random.normal(size=(net.samples, net.sizes[0]))
    kinds = random.integers(0, max(2, net.sizes[-1]), net.samples)
    y = np.asarray(np.eye(net.sizes[-1])[kinds] if net.sizes[-1] > 1 else 2.0 * kinds[:, None] - 1, np.float64)
    empty = source.data.source.samples(0)
    return Prepared(empty, x, y, {}, np.arange(net.samples), net.samples)


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


def flops(net: Net) -> int:
    """Floating-point operations of the matrix products of a step: forward, gradients, and deltas but the first."""
    products = [2 * net.batch * a * b for a, b in zip(net.sizes, net.sizes[1:], strict=False)]
    return 3 * sum(products) - products[0]


@kernel
def fma_chain(f: Floats, i: Ints, count: int, out: Out) -> None:
    """Nothing but multiply-adds, in 12 independent chains of 16 numbers."""
    a, b = splat(f, 0.999999), splat(f, 0.000001)
    s0, s1, s2, s3, s4, s5 = a, a, a, a, a, a
    t0, t1, t2, t3, t4, t5 = b, b, b, b, b, b
    for _ in range(count):
        s0, s1, s2 = fma(s0, a, b), fma(s1, a, b), fma(s2, a, b)
        s3, s4, s5 = fma(s3, a, b), fma(s4, a, b), fma(s5, a, b)
        t0, t1, t2 = fma(t0, a, b), fma(t1, a, b), fma(t2, a, b)
        t3, t4, t5 = fma(t3, a, b), fma(t4, a, b), fma(t5, a, b)
    store(f, out, s0 + s1 + s2 + s3 + s4 + s5 + t0 + t1 + t2 + t3 + t4 + t5 + load(f, out))


def peak(library: Library, count: int = 1_000_000) -> float:
    """What one core can do at most, floating-point operations a second, measured."""
    table = Table()
    table.op(fma_chain, count=count, out=0)
    table.op(p.halt)
    rows = table.encoded({k: library.address(k) for k in table.kernels})
    run = library.runner(np.zeros(LANES, library.dtype), np.zeros(1, np.int64), rows)
    run(0)
    return 12 * 2 * LANES * count / min(_timed(lambda: run(0)) for _ in range(3))


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(step: Callable[[int], None], seconds: float, guess: int) -> float:
    """Steps a second, over about so many seconds."""
    once = _timed(lambda: step(guess))
    count = max(1, int(guess * seconds / once))
    return count / _timed(lambda: step(count))


def compare(net: Net, library: Library, top: float, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure one network: medians of interleaved rounds."""
    plan, reference = both(net, library)
    error = gradient_error(plan, reference)

    def ours(count: int) -> None:
        plan.steps(plan.counter(p.STEP) + count, 1 << 60)

    def numpys(count: int) -> None:
        for _ in range(count):
            reference.step()

    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(rate(ours, seconds, 10))
        theirs.append(rate(numpys, seconds, 2))
    speed, other = statistics.median(mine), statistics.median(theirs)
    return {
        "net": net.name,
        "steps_per_second": speed,
        "numpy_steps_per_second": other,
        "ratio": speed / other,
        "samples_per_second": speed * net.batch,
        "share_of_peak": speed * flops(net) / top,
        "gradient_error": error,
    }


def nets(rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure all networks in this process."""
    library = Library(np.float32)
    top = peak(library)
    return {"peak_flops": top, "nets": [compare(net, library, top, rounds, seconds) for net in NETS]}


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Measure all networks in a process whose linear algebra has one thread."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    command = [sys.executable, "-m", "engine.bench", str(rounds), str(seconds)]
    environment, here = {**os.environ, **dict.fromkeys(threads, "1")}, Path(__file__).parent.parent
    run = subprocess.run(command, env=environment, cwd=here, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(nets(int(sys.argv[1]), float(sys.argv[2])), indent=1) + "\n")
