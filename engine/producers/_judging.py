"""Answers beside targets: what classes a network gives to many samples, and how sure it is."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.experiment import task
from engine.producers.base import Look, finite

MOST: Final = 8192
"""Most samples that are judged for a picture: pieces spread evenly over all of them."""

PARTS: Final = ("train", "test")


class Judged(NamedTuple):
    """Samples `rows` of the plan with their targets, the network's outputs [sample, output] and their number in all.

    For classes, `target` and `answer` are their numbers and `share` [sample, class] their probabilities; for a value to
    predict they are values, and there are no shares.
    """

    rows: NDArray[np.intp]
    target: NDArray[np.float64]
    answer: NDArray[np.float64]
    output: NDArray[np.float64]
    share: NDArray[np.float64]
    total: int


def judged(look: Look, part: str, most: int = MOST) -> Judged:
    """Ask the network about (at most so many of) the training or test samples."""
    first, end = ends_of(look, part)
    return answered(look, *_outputs(look, first, end, most), end - first)


def ends_of(look: Look, part: str) -> tuple[int, int]:
    """From the first row, in the plan, of the training or test samples to behind the last."""
    prepared = look.plan.prepared
    return (0, prepared.train) if part != "test" else (prepared.train, len(prepared.x))


def answered(look: Look, rows: NDArray[np.intp], output: NDArray[np.float64], total: int) -> Judged:
    """Judge what the network said [sample, output] about some samples, of so many in all."""
    prepared, kind = look.plan.prepared, task(look.experiment)
    target = prepared.samples.y[prepared.source[rows]].astype(np.float64)
    if kind in ("regression", "unsupervised"):
        return Judged(rows, target, output[:, 0], output, np.zeros((len(rows), 0)), total)
    share = look.answers(output).astype(np.float64)
    low, high = look.experiment.training.loss.targets(look.experiment.model.output.activation)
    middle = (low + high) / 2  # as hits are counted: two classes by the side, several by the greatest output
    answer = output[:, 0] > middle if kind == "binary" else output.argmax(axis=1)
    return Judged(rows, target, answer.astype(np.float64), output, share, total)


def _outputs(look: Look, first: int, end: int, most: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    largest = look.plan.lowered.largest
    pieces = -(-(end - first) // largest)
    taken: Any = (
        np.unique(np.linspace(0, pieces - 1, min(pieces, max(1, most // largest))).astype(int)) if pieces else []
    )
    rows: list[NDArray[np.intp]] = [np.zeros(0, np.intp)]
    found: list[NDArray[Any]] = [np.zeros((0, look.nodes[-1].units.size))]
    for piece in taken:
        start = first + int(piece) * largest
        stop = min(start + largest, end)
        rows.append(np.arange(start, stop))
        found.append(look.plan.activations(start, stop)[look.nodes[-1].layer.id])
    return np.concatenate(rows), finite(np.concatenate(found))


def part_of(target: tuple[str, ...]) -> str:
    """Which samples a want is about: `train` unless it says `test`."""
    return target[0] if target and target[0] in PARTS else PARTS[0]
