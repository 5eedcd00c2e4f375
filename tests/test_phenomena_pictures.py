"""Bundled experiments with pictures that show something: it is really there, and goes away by what the note says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, nets
from engine.adapt import adapt
from engine.datasets.editing import ink
from engine.experiment import Experiment, nodes
from engine.layers import Layer
from engine.layers.reforming import Flatten
from engine.machines.supervised import Supervised
from engine.penalties import NoPenalty
from engine.producers.filters import Filters
from engine.producers.inside import Insight
from engine.producers.pictures import Pictures
from engine.records import Want
from tests.test_phenomena import accuracy, ran, taught, without

Values = NDArray[np.float64]


def record(machine: Supervised, name: str, *target: str, given: bytes = b"") -> Any:
    """One record of a machine."""
    want = Want(name, target=target, given=given)
    return machine.snapshot(frozenset({want})).records[want]


def drawn_anew(experiment: Experiment, seed: int) -> Experiment:
    """The experiment with all chance drawn anew."""
    return replace(experiment, seeds=replace(experiment.seeds, data=seed, weights=seed, training=seed))


def other(experiment: Experiment, id_: str, layer: Layer | None) -> Experiment:
    """The network with another layer instead of one, or without it."""
    layers = [layer if x.id == id_ else x for x in experiment.model.layers]
    model = replace(experiment.model, layers=tuple(x for x in layers if x is not None))
    return adapt(replace(experiment, model=model))[0]


def answer(machine: Supervised, pixels: Any) -> int:
    """The class the network gives a picture of bytes."""
    found = record(machine, "pictures", given=pixels.tobytes())
    assert isinstance(found, Pictures)
    assert found.glass is not None
    return int(found.glass.shares.argmax())


def asked_of(machine: Supervised, count: int) -> list[tuple[str, int]]:
    """The first test samples: what they are called, and their classes."""
    prepared = machine._running.prepared
    rows = range(prepared.train, prepared.train + count)
    numbers = [int(prepared.source[k]) for k in rows]
    return [(str(k), int(prepared.samples.y[k])) for k in numbers]


# -- draw a digit -------------------------------------------------------------------------------------------------


def arc(middle: tuple[float, float], radii: tuple[float, float], first: float = 0.0, last: float = 2 * np.pi) -> Values:
    """A part of an ellipse, from an angle to another, clockwise from the top."""
    angle = np.linspace(first, last, 40)
    return np.stack([middle[0] - radii[0] * np.cos(angle), middle[1] + radii[1] * np.sin(angle)], axis=1)


def lines(*corners: tuple[float, float]) -> Values:
    """From corner to corner."""
    ends = np.array(corners, float)
    return np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(ends)])


STROKES: dict[int, list[Values]] = {
    0: [arc((14, 14), (9, 6))],
    1: [lines((8, 10), (5, 14), (23, 14))],
    2: [np.concatenate([arc((9, 14), (5, 5), -1.2, 2.2), lines((12, 18), (23, 9), (23, 20))])],
    3: [np.concatenate([arc((9.5, 13), (4.5, 5), -1, np.pi), arc((18.5, 13), (4.5, 5.5), 0, np.pi + 1)])],
    4: [lines((4, 14), (16, 8), (16, 20)), lines((10, 17), (24, 16))],
    5: [np.concatenate([lines((5, 19), (5, 10), (13, 10)), arc((17.5, 13), (5.5, 6), 0, np.pi + 0.8)])],
    6: [np.concatenate([lines((4, 16), (12, 10)), arc((18, 14), (5, 5), -1.2, 5)])],
    7: [lines((5, 8), (5, 20), (24, 12))],
    8: [arc((9, 14), (4.5, 4.5)), arc((18.5, 14), (5, 5))],
    9: [arc((10, 14), (5, 5)), lines((9, 19), (24, 17))],
}
"""How the digits are drawn, (row, column) of 28."""


def test_digits_are_read_by_a_small_convolutional_net() -> None:
    assert accuracy(ran(examples.load("digits"), 6)) > 0.95


def test_digits_that_are_drawn_are_read() -> None:
    """With the pen of the pad, brought into place as the pad does it."""
    machine = ran(examples.load("digits"), 12)
    side, grain = ink.usual_side(machine._running.prepared.samples.x.reshape(-1, 8, 8, 1)), ink.grain(8, 8)
    right = 0
    for digit, strokes in STROKES.items():
        ground = ink.blank(8, 8)
        for path in strokes:
            ground = ink.inked(ground, path * 8 * grain / 28, 0.55 * grain)
        right += answer(machine, ink.picture_of(ground, (8, 8, 1), side)) == digit
    assert right >= 9


# -- what filters become ------------------------------------------------------------------------------------------


def direction(window: Values) -> tuple[float, float]:
    """The angle in degrees along which a filter changes least, and how much it has one direction, 0 to 1.

    Twice the angle is that of Σ |F(k)|² e^(2iφ(k)), F the Fourier transform of the filter without its mean.
    """
    power = np.abs(np.fft.fftshift(np.fft.fft2(window - window.mean(), (32, 32)))) ** 2
    down, across = np.mgrid[-16:16, -16:16]
    whole = (power * np.exp(2j * np.arctan2(-down, across)) * (np.hypot(down, across) > 0)).sum() / power.sum()
    return float(np.degrees(np.angle(whole)) / 2 + 90) % 180, float(abs(whole))


def directions(windows: NDArray[Any]) -> list[tuple[float, float]]:
    """The directions of filters [row, column, 1, filter], as how far they are from the next class, and how sure."""
    found = [direction(windows[:, :, 0, k].astype(np.float64)) for k in range(windows.shape[3])]
    return [(abs((angle + 22.5) % 45 - 22.5), sure) for angle, sure in found]


def test_filters_become_the_stripes_they_tell_apart() -> None:
    experiment = examples.load("stripes")
    machine = ran(experiment, 40)
    filters = record(machine, "filters")
    assert isinstance(filters, Filters)
    assert accuracy(machine) > 0.98
    assert max(far for far, _ in directions(filters.now)) < 6
    assert min(sure for _, sure in directions(filters.now)) > 0.6
    assert max(sure for _, sure in directions(filters.start)) < 0.3
    classes = {round(direction(filters.now[:, :, 0, k].astype(float))[0] / 45) % 4 for k in range(filters.now.shape[3])}
    assert classes == {0, 1, 2, 3}
    free = record(ran(taught(experiment, penalty=NoPenalty()), 40), "filters")
    assert max(far for far, _ in directions(free.now)) > 12, "without the penalty they blur"


# -- what sharing spares ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_lenet_errs_less_with_fewer_weights_than_a_perceptron(seed: int) -> None:
    experiment = drawn_anew(examples.load("lenet"), seed)
    dense = nets.take(experiment, "perceptron")
    lenet, perceptron = ran(experiment, 10), ran(dense, 10)
    assert 1 - accuracy(lenet) < 0.6 * (1 - accuracy(perceptron))
    weights, more = (sum(n.numbers for n in nodes(e)) - len(e.model.frozen) for e in (experiment, dense))
    assert 60_000 < weights < 0.6 * more


# -- where nothing tells where ------------------------------------------------------------------------------------


def test_pooling_over_all_places_needs_few_pictures_that_move() -> None:
    experiment = examples.load("shift")
    pooled = ran(experiment, 40)
    flat = ran(other(experiment, "pool", Flatten(id="pool")), 40)
    nothing = ran(other(other(experiment, "p1", None), "pool", Flatten(id="pool")), 40)
    for machine in (pooled, flat, nothing):
        found = machine.scores()[0].accuracy
        assert found is not None
        assert found > 0.98, "what is learned from is known by all"
    assert accuracy(pooled) > 0.97
    assert accuracy(flat) < 0.88
    assert accuracy(nothing) < 0.7


def test_letters_moved_anew_teach_more_than_the_same_ones() -> None:
    experiment = examples.load("augmentation")
    for seed in range(2):
        moved = ran(drawn_anew(experiment, seed), 100)
        plain = ran(drawn_anew(taught(experiment, regularisers=()), seed), 100)
        assert accuracy(moved) > 0.97
        assert 1 - accuracy(moved) < 0.35 * (1 - accuracy(plain))


# -- depth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_seventeen_convolutions_learn_with_ways_around_them(seed: int) -> None:
    experiment = drawn_anew(examples.load("deep-pictures"), seed)
    around, plain = ran(experiment, 8), ran(without(experiment, "add"), 8)
    assert accuracy(around) > 0.8
    assert accuracy(plain) < 0.6


# -- looking inside -----------------------------------------------------------------------------------------------


def test_what_is_looked_at_is_the_figure() -> None:
    """The share of each map that lies on the figure and two places around it, against the share of the picture."""
    machine = ran(examples.load("look-inside"), 25)
    assert accuracy(machine) > 0.97
    found: dict[str, list[float]] = {}
    for sample, _ in asked_of(machine, 30):
        for kind in ("saliency", "cam", "occlusion"):
            insight = record(machine, "inside", kind, "", "", sample)
            assert isinstance(insight, Insight)
            rows, columns = np.nonzero(insight.picture[:, :, 0] > 0.6)
            near = np.zeros(insight.picture.shape[:2])
            near[max(rows.min() - 2, 0) : rows.max() + 3, max(columns.min() - 2, 0) : columns.max() + 3] = 1
            values = np.maximum(insight.values, 0)
            for axis in (0, 1):
                values = values.repeat(near.shape[axis] // values.shape[axis], axis=axis)
            found.setdefault(kind, []).append(float((values * near).sum() / values.sum() / near.mean()))
    for kind, ratios in found.items():
        assert np.mean(ratios) > 1.8, kind


def test_a_change_against_the_slope_fools_and_chance_does_not() -> None:
    machine, size = ran(examples.load("fooled"), 8), 0.15
    draws = np.random.default_rng(0)
    right = fooled = by_chance = 0
    for sample, label in asked_of(machine, 40):
        insight = record(machine, "inside", "fooled", "", str(size), sample)
        assert isinstance(insight, Insight)
        assert insight.after is not None
        if insight.shares.argmax() != label:
            continue
        right += 1
        fooled += int(insight.after.argmax() != label)
        noisy = np.clip(insight.picture + size * np.sign(draws.standard_normal(insight.picture.shape)), 0, 1)
        by_chance += answer(machine, np.rint(noisy * 255).astype(np.uint8)) != label
    assert right >= 36
    assert fooled > 0.5 * right
    assert by_chance < 0.06 * right
