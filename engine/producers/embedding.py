"""Samples where a layer puts them, in two directions: by principal components, or by t-SNE, which keeps neighbours."""

from __future__ import annotations

import time
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.plan import procedure as p
from engine.producers._judging import ends_of, part_of
from engine.producers.base import Look, Producer, finite
from engine.producers.representation import components
from engine.records import Record, Want, readonly
from engine.registry import register

MOST: Final = 400
STEPS: Final = 400
PERPLEXITY: Final = 30.0
"""About so many samples count as neighbours of each."""
EARLY: Final = 100
"""The first steps, in which groups form."""
LIE: Final = 4.0
"""How many times as strong attraction is in them."""
BUDGET: Final = 0.03
"""Seconds of a snapshot that go to t-SNE."""
METHODS: Final = ("components", "t-SNE")

Matrix = NDArray[np.floating[Any]]


class Embedding(Record, frozen=True, eq=False):
    """`points` [sample, 2] of the samples `rows` of the data, of class `y`, as the layer sees them; by a `method`.

    `spread` is the share of the variance that two components show. t-SNE is on its way until `steps` are done.
    """

    part: str
    method: str
    layer: str
    layers: tuple[str, ...]
    rows: tuple[int, ...]
    y: Matrix
    points: Matrix
    spread: float
    steps: int

    @property
    def unfinished(self) -> bool:
        return self.method == METHODS[1] and self.steps < STEPS


class Neighbours:
    """Exact t-SNE (van der Maaten, Hinton 2008): gradient descent with momentum on KL(P ‖ Q)."""

    def __init__(self, x: Matrix, start: Matrix) -> None:
        self.p = affinities(x).astype(np.float32)  # half the numbers to move: places are only looked at
        self.y = (start / max(float(np.abs(start).max(initial=0.0)), 1e-12) * 1e-2).astype(np.float32)
        self._speed, self._gain = np.zeros_like(self.y), np.ones_like(self.y)
        self.steps = 0

    def step(self) -> None:
        """One step; the rate is a quarter of the number of samples (Belkina et al. 2019), at least 50."""
        near = 1 / (1 + distances(self.y))
        np.fill_diagonal(near, 0)
        pull = (self.p * (LIE if self.steps < EARLY else 1.0) - near / max(float(near.sum()), 1e-12)) * near
        slope = 4 * (pull.sum(axis=1)[:, None] * self.y - pull @ self.y)
        same = np.sign(slope) == np.sign(self._speed)
        self._gain = np.maximum(np.where(same, self._gain * 0.8, self._gain + 0.2), 0.01)
        rate, momentum = max(len(self.y) / 4, 50.0), 0.5 if self.steps < EARLY else 0.8
        self._speed = momentum * self._speed - rate * self._gain * slope
        self.y = self.y + self._speed
        self.y -= self.y.mean(axis=0)
        self.steps += 1


def distances(x: Matrix) -> Matrix:
    """Squared distances between all rows."""
    squares = np.square(x).sum(axis=1)
    found: Matrix = np.maximum(squares[:, None] + squares[None] - 2 * (x @ x.T), 0)
    return found


def affinities(x: Matrix) -> Matrix:
    """How near samples are to each other, with a width for each that gives it about `PERPLEXITY` neighbours; sum 1."""
    far, count = distances(x), len(x)
    np.fill_diagonal(far, np.inf)
    far = far - far.min(axis=1, keepdims=True, initial=np.inf) if count > 1 else far
    wanted = np.log(min(PERPLEXITY, max((count - 1) / 3, 1.0)))
    low, high, beta = np.zeros(count), np.full(count, np.inf), np.full(count, 1.0)
    scale = max(float(np.median(far[np.isfinite(far)])) if count > 1 else 1.0, 1e-12)
    beta /= scale
    for _ in range(50):
        weight = np.exp(-far * beta[:, None])
        total = np.maximum(weight.sum(axis=1), 1e-300)
        share = weight / total[:, None]
        entropy = np.log(total) + beta * (np.where(np.isfinite(far), far, 0) * share).sum(axis=1)
        wide = entropy > wanted
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
    both: Matrix = (share + share.T) / (2 * max(count, 1))
    return both


@register("Embedding")
class EmbeddingOf(Producer, tag="embedding", frozen=True):
    """At most 400 samples as the last hidden layer sees them; the target is (part, method, layer)."""

    yields: ClassVar[type[Record]] = Embedding
    needs: ClassVar[str] = "pictures"

    def make(self, look: Look, want: Want) -> Embedding | None:
        _, method, layer = (*want.target, "", "", "")[:3]
        part, prepared = part_of(want.target), look.plan.prepared
        layers = tuple(n.layer.id for n in look.nodes)
        layer = layer if layer in layers else layers[max(len(layers) - 2, 0)]
        first, end = ends_of(look, part)
        end = min(end, first + min(MOST, look.plan.lowered.largest))
        if end - first < 3:
            return None
        seen = finite(look.plan.activations(first, end)[layer])
        middle, directions, spread = components(seen)
        flat = (seen - middle) @ directions
        kept = method if method in METHODS else METHODS[0]
        points, steps = (flat, 0) if kept == METHODS[0] else self._neighbours(look, (part, layer), seen, flat)
        source = prepared.source[first:end]
        return Embedding(
            "embedding", part, kept, layer, layers, tuple(source.tolist()),
            readonly(prepared.samples.y[source].astype(np.float64)), readonly(np.ascontiguousarray(points)),
            float(np.nansum(spread)), steps,
        )  # fmt: skip

    @staticmethod
    def _neighbours(look: Look, asked: tuple[str, ...], seen: Matrix, flat: Matrix) -> tuple[Matrix, int]:
        """The places so far; they begin anew, from where they are, once the network has learned further and stands."""
        now = (*asked, look.plan.counter(p.STEP), len(seen))
        key, found = look.kept.get("embedding", (None, None))
        if key != now or not isinstance(found, Neighbours):
            same = isinstance(found, Neighbours) and key[:-2] == now[:-2] and key[-1] == now[-1]
            found = Neighbours(seen, found.y if same and found is not None else flat)
            look.kept["embedding"] = now, found
        until = time.perf_counter() + BUDGET
        while found.steps < STEPS:
            found.step()
            if time.perf_counter() > until:
                break
        return found.y.copy(), found.steps
