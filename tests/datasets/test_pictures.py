"""Generated and bundled pictures: what is drawn is what the formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.datasets._bundled import bundled
from engine.datasets.base import Samples
from engine.datasets.figures import FIGURES, PEN, RADIUS, Figures
from engine.datasets.letters import Letters
from engine.datasets.stripes import Stripes
from engine.datasets.two_digits import TwoDigits


def squares(samples: Samples, side: int) -> NDArray[np.float64]:
    """The pictures as [picture, row, column]."""
    return samples.x.reshape(len(samples), side, side).astype(np.float64)


# -- figures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [16, 28])
def test_all_figures_have_the_same_area(side: int) -> None:
    source = Figures(count=800, classes=len(FIGURES), side=side, smallest=100.0, noise=0.0, shift=3.0)
    samples = source.samples(0)
    ink = samples.x.sum(axis=1, dtype=np.float64)
    for label, name in enumerate(samples.classes):
        assert ink[samples.y == label].mean() == pytest.approx(np.pi * (RADIUS * side) ** 2, rel=0.015), name


def test_an_outline_is_as_long_as_the_figure_around() -> None:
    # the circumference of a polygon is 2 · area / apothem, with both known from n a² tan(π/n) = π r²
    side, r = 28, RADIUS * 28
    samples = Figures(count=400, classes=6, side=side, drawn="outline", smallest=100.0, noise=0.0).samples(0)
    ink = samples.x.sum(axis=1, dtype=np.float64)
    for label, corners in ((0, 1000), (1, 3), (2, 4), (3, 5), (4, 6), (5, 8)):
        apothem = r * np.sqrt(np.pi / (corners * np.tan(np.pi / corners)))
        assert ink[samples.y == label].mean() == pytest.approx(2 * np.pi * r**2 / apothem * PEN * side, rel=0.02)


def test_a_polygon_that_is_not_turned_stands_on_a_side() -> None:
    x = squares(Figures(count=8, classes=4, turn=0.0, shift=0.0, smallest=100.0, noise=0.0).samples(0), 28)
    circle, triangle, square, pentagon = x[:4]
    for picture in (circle, triangle, square, pentagon):
        assert np.allclose(picture, picture[:, ::-1], atol=1e-6), "not the same left and right"
    widths = (triangle > 0.5).sum(axis=1)
    inside = widths[widths > 0]
    assert (np.diff(inside) >= 0).all()
    assert inside[-1] > 3 * inside[0]
    assert np.allclose(square, square.T, atol=1e-6)
    assert np.allclose(circle, circle.T, atol=1e-6)


def test_figures_are_moved_and_scaled_by_what_is_declared() -> None:
    x = squares(Figures(count=2000, classes=2, shift=8.0, smallest=50.0, noise=0.0).samples(0), 28)[::2]
    at = np.arange(28) - 13.5
    across = (x.sum(axis=1) @ at) / x.sum(axis=(1, 2))
    assert np.abs(across).max() == pytest.approx(0.08 * 28, rel=0.02)
    radius = np.sqrt(x.sum(axis=(1, 2)) / np.pi) / (RADIUS * 28)
    assert radius.min() == pytest.approx(0.5, abs=0.01)
    assert radius.max() == pytest.approx(1.0, abs=0.01)


# -- stripes ------------------------------------------------------------------------------------------------------


def directions(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The angle along which each picture changes least, in degrees from 0 to 180, by its structure tensor."""
    up, right = x[:, :-2, 1:-1] - x[:, 2:, 1:-1], x[:, 1:-1, 2:] - x[:, 1:-1, :-2]
    xx, yy, xy = ((a * b).sum(axis=(1, 2)) for a, b in ((right, right), (up, up), (right, up)))
    found: NDArray[np.float64] = np.mod(np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)) + 90, 180)
    return found


@pytest.mark.parametrize("pattern", ["stripes", "edges", "either"])
def test_stripes_and_edges_run_at_the_angle_of_their_class(pattern: str) -> None:
    source = Stripes(count=300, angles=6, side=28, pattern=pattern, jitter=0.0, noise=0.0, shortest=6.0, longest=9.0)  # type: ignore[arg-type] # words of the choice
    samples = source.samples(0)
    assert samples.classes == ("0°", "30°", "60°", "90°", "120°", "150°")
    apart = directions(squares(samples, 28)) - 30 * samples.y
    assert np.abs(np.mod(apart + 90, 180) - 90).max() < 5


def test_stripes_are_as_far_apart_as_declared() -> None:
    samples = Stripes(count=50, angles=2, side=32, jitter=0.0, noise=0.0, shortest=8.0, longest=4.0).samples(0)
    spectrum = np.abs(np.fft.rfft(squares(samples, 32)[1::2, 0] - 0.5, axis=1))
    assert (spectrum.argmax(axis=1) == 4).all()  # 32 / 8


# -- two digits ---------------------------------------------------------------------------------------------------


def test_a_sum_is_that_of_the_digits_in_the_picture() -> None:
    digits = bundled("digits")
    labels: dict[bytes, set[int]] = {}
    for picture, label in zip(digits["x"], digits["y"], strict=True):
        labels.setdefault(picture.tobytes(), set()).add(int(label))
    samples = TwoDigits(count=800).samples(0)
    seen = set()
    for picture, total in zip(samples.x.reshape(-1, 8, 16), samples.y, strict=True):
        left, right = ((half * 16).astype(np.uint8).tobytes() for half in np.split(picture, 2, axis=1))
        assert int(total) in {a + b for a in labels[left] for b in labels[right]}
        seen |= {left, right}
    assert len(seen) == 1600, "a digit came twice"


# -- letters ------------------------------------------------------------------------------------------------------


def test_each_letter_is_there_as_often_and_the_first_can_be_taken_alone() -> None:
    every, few = Letters().samples(0), Letters(classes=5).samples(0)
    assert set(np.bincount(every.y.astype(int))) == {34 * 4}
    assert few.classes == tuple("ABCDE")
    assert np.array_equal(few.x, every.x[every.y < 5])
    assert len(np.unique(every.x)) == 16


def test_letters_look_like_themselves() -> None:
    """The nearest mean picture is right far more often than chance (1/26): pictures and labels belong together."""
    samples = Letters().samples(0)
    trains = samples.train(0.8)
    means = np.stack([samples.x[trains & (samples.y == k)].mean(axis=0) for k in range(26)])
    apart = ((samples.x[~trains][:, None] - means) ** 2).sum(axis=2)
    assert (apart.argmin(axis=1) == samples.y[~trains]).mean() > 0.7
