"""Filters without training: the worked examples of the course, borders, and the same sums as the layers compute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine.activations.classic import Linear as Same
from engine.errors import LearnscopeError
from engine.filters import Filter, Sweep, corner, histogram
from engine.filters.base import F
from engine.filters.edges import Edge, Laplacian, SobelMagnitude, SobelX, SobelY, VerticalEdge
from engine.filters.linear import Box, Emboss, Gaussian, Identity, Sharpen, SharpenMean, Shift, Unsharp
from engine.filters.own import Own, normalised, sized, typed, with_number
from engine.filters.points import Equalise, Largest, ShufflePixels
from engine.layers.convolution import Convolution
from engine.layers.shuffle import Shuffle
from tests.engine.test_picture_books import through

VALID, TRUE = Sweep(padding="valid"), Sweep(operation="convolution", padding="valid")
ENTRIES = [pytest.param(e.kind(), id=e.key) for e in Filter.registry]


def grid(*rows: Any) -> F:
    """Rows of numbers."""
    return np.array(rows, np.float64)


# -- worked examples of the course ---------------------------------------------------------------------------------


def test_the_first_patch_under_the_sharpen_kernel() -> None:
    patch = grid([45, 12, 5], [22, 10, 35], [88, 26, 51])
    assert Sharpen().of(patch, VALID).tolist() == [[-45.0]]  # -12 - 22 + 50 - 35 - 26
    (seen,) = Sharpen().patches(patch, VALID, 0, 0)
    assert seen.weights is not None
    assert (seen.seen * seen.weights).ravel().tolist() == [0, -12, 0, -22, 50, -35, 0, -26, 0]


def test_the_toy_convolution() -> None:
    x, kernel = np.arange(1.0, 13).reshape(3, 4), typed(grid([1, 2], [3, 4]), 1.0)
    # the first: 1 · 1 + 2 · 2 + 5 · 3 + 6 · 4 = 44; turned: 1 · 4 + 2 · 3 + 5 · 2 + 6 · 1 = 26
    assert kernel.of(x, VALID).tolist() == [[44, 54, 64], [84, 94, 104]]
    assert kernel.of(x, TRUE).tolist() == [[26, 36, 46], [66, 76, 86]]


def test_the_edge_between_10_and_0() -> None:
    x = grid(*[[10, 10, 10, 0, 0, 0]] * 6)
    assert VerticalEdge().of(x, VALID).tolist() == [[0, 30, 30, 0]] * 4
    assert VerticalEdge().of(x, TRUE).tolist() == [[0, -30, -30, 0]] * 4, "the book's are correlations"
    assert VerticalEdge(turned=True).of(x.T, VALID).tolist() == [[0] * 4, [30] * 4, [30] * 4, [0] * 4]


def test_the_padded_picture_of_the_book() -> None:
    x, kernel = np.arange(9.0).reshape(3, 3), typed(grid([0, 1], [2, 3]), 1.0)
    full = replace(VALID, padding="full")
    assert kernel.of(x, full).tolist() == [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    turned = replace(TRUE, padding="full")
    assert kernel.of(x, turned).tolist() == [[0, 0, 1, 2], [0, 5, 11, 11], [6, 23, 29, 23], [12, 32, 37, 24]]
    assert kernel.of(x, VALID).tolist() == [[19, 25], [37, 43]]


def test_pooling_is_a_filter_with_a_stride() -> None:
    two = Sweep(padding="valid", stride=2)
    one = grid([1, 2, 2, 3], [4, 6, 6, 8], [3, 1, 1, 0], [1, 2, 2, 4])
    assert Largest().of(one, two).tolist() == [[6, 8], [3, 4]]
    assert Box(side=2).of(one, two).tolist() == [[3.25, 4.75], [1.75, 1.75]]
    other = grid([4, 3, 1, 5], [1, 3, 4, 8], [4, 5, 4, 3], [6, 5, 9, 4])
    assert Largest().of(other, two).tolist() == [[4, 8], [6, 9]]
    assert Box(side=2).of(other, two).tolist() == [[2.75, 4.5], [5.0, 5.0]]
    slide = grid([1, 4, 2, 1], [5, 8, 3, 4], [7, 6, 4, 5], [1, 3, 1, 2])
    assert Largest().of(slide, VALID).tolist() == [[8, 8, 4], [8, 8, 5], [7, 6, 5]]
    assert Largest().of(slide, two).tolist() == [[8, 4], [7, 5]]


@pytest.mark.parametrize(
    ("size", "side", "padding", "stride", "made"),
    [(8, 3, "valid", 1, 6), (6, 3, "valid", 1, 4), (7, 3, "valid", 1, 5), (7, 5, "valid", 1, 3), (3, 2, "full", 1, 4),
     (7, 3, "same", 1, 7), (7, 3, "same", 2, 4), (7, 3, "valid", 2, 3), (5, 3, "valid", 2, 2), (8, 3, "mirrored", 1, 8),
     (5, 3, "valid", 1, 3)],
)  # fmt: skip
def test_sizes_that_come_out(size: int, side: int, padding: Any, stride: int, made: int) -> None:
    assert Box(side=side).of(np.ones((size, size)), Sweep("correlation", padding, stride)).shape == (made, made)


STEP = grid(*[[0, 0, 0, 0, 9, 9, 9, 9]] * 5)
MIRRORED = Sweep(padding="mirrored")


@pytest.mark.parametrize(
    ("made", "row"),
    [
        (Identity(), [0, 0, 0, 0, 9, 9, 9, 9]),
        (Box(), [0, 0, 0, 3, 6, 9, 9, 9]),
        (SharpenMean(), [0, 0, 0, -3, 12, 9, 9, 9]),
        (Sharpen(), [0, 0, 0, -9, 18, 9, 9, 9]),
        (Edge(), [0, 0, 0, 27, -27, 0, 0, 0]),
        (Laplacian(), [0, 0, 0, 9, -9, 0, 0, 0]),
        (SobelX(), [0, 0, 0, 4.5, 4.5, 0, 0, 0]),
        (SobelMagnitude(), [0, 0, 0, 4.5, 4.5, 0, 0, 0]),
        # 1 · 9 + 2 · 9 - 2 · 0 - 1 · 0 ... : at the edge the right column sums to (0 + 1 + 2) · 9
        (Emboss(), [0, 0, 0, 27, 36, 9, 9, 9]),
    ],
    ids=lambda x: x.key if isinstance(x, Filter) else "",
)
def test_filters_across_an_edge(made: Filter, row: list[float]) -> None:
    assert np.allclose(made.of(STEP, MIRRORED), [row] * 5)


def test_slopes_of_ramps_are_1() -> None:
    down, right = np.mgrid[:5, :5].astype(float)
    assert np.allclose(SobelX().of(right, VALID), 1)
    assert np.allclose(SobelY().of(right, VALID), 0)
    assert np.allclose(SobelY().of(down, VALID), -1), "it measures the slope upwards"
    assert np.allclose(SobelMagnitude().of(3 * right + 4 * down, VALID), 5)
    assert np.allclose(Laplacian().of(3 * right + 4 * down, VALID), 0)


def test_a_shift_goes_the_other_way_in_a_true_convolution() -> None:
    impulse = grid([0, 0, 0, 0, 0], [0, 0, 9, 0, 0], [0, 0, 0, 0, 0])
    assert Shift().of(impulse, Sweep())[1].tolist() == [0, 9, 0, 0, 0]
    assert Shift().of(impulse, Sweep("convolution"))[1].tolist() == [0, 0, 0, 9, 0]


def test_two_gaussians_in_a_row_are_one_that_is_wider() -> None:
    impulse = np.zeros((31, 31))
    impulse[15, 15] = 1
    twice = Gaussian(deviation=1.4).of(Gaussian(deviation=1.4).of(impulse, Sweep()), Sweep())
    once = Gaussian(deviation=1.4 * np.sqrt(2)).of(impulse, Sweep())
    assert np.abs(twice - once).max() < 1e-3, "but for what is cut off at 3σ"
    assert once.sum() == pytest.approx(1)


def test_unsharp_masking_adds_the_detail() -> None:
    x = np.random.default_rng(1).uniform(size=(9, 9))
    blurred = Gaussian(deviation=0.8).of(x, MIRRORED)
    assert np.allclose(Unsharp(amount=2.5, deviation=0.8).of(x, MIRRORED), x + 2.5 * (x - blurred))


# -- points --------------------------------------------------------------------------------------------------------


def test_equalising_by_hand() -> None:
    x = grid([0, 0], [0.2, 1])
    # of four pixels two are at most 0, three at most 0.2, all at most 1
    assert Equalise().of(x, Sweep()).tolist() == [[0.5, 0.5], [0.75, 1]]
    assert Equalise(ground=True).of(x, Sweep()).tolist() == [[0, 0], [0.5, 1]]
    assert Equalise(ground=True).of(np.full((2, 2), 0.3), Sweep()).tolist() == [[1, 1], [1, 1]], "one value only"
    ramp = np.random.default_rng(2).uniform(size=(20, 20)) ** 3
    assert histogram(Equalise().of(ramp, Sweep()), 4, 0, 1).tolist() == pytest.approx([100] * 4, abs=1)


def test_a_histogram_by_hand() -> None:
    assert histogram(grid([0, 0.1], [0.6, 1.5]), 2, 0, 1).tolist() == [2, 2]


def test_shuffled_pixels_are_those_that_the_layer_of_the_same_order_sees() -> None:
    x = np.arange(16).reshape(4, 4)
    made = ShufflePixels(seed=7)
    assert sorted(made.of(x.astype(float), Sweep()).ravel()) == list(range(16))
    assert isinstance(made.layer, Shuffle)
    assert np.allclose(through(made.layer, x), made.of(x.astype(float), Sweep()), atol=1e-4)


# -- all of them ---------------------------------------------------------------------------------------------------

PICTURE = np.random.default_rng(3).integers(0, 200, (9, 7)).astype(float)


@pytest.mark.parametrize("made", ENTRIES)
def test_an_entry_says_how_and_from_where_and_keeps_the_size(made: Filter) -> None:
    assert made.formula
    assert made.source
    assert made.of(PICTURE, Sweep()).shape == PICTURE.shape
    flat = made.of(np.full((9, 7), 3.0), MIRRORED)
    assert np.ptp(flat) < 1e-9, "an even ground stays even"
    assert not made.signed or abs(flat[0, 0]) < 1e-9


@pytest.mark.parametrize("made", ENTRIES)
@pytest.mark.parametrize("sweep", [Sweep("convolution", "valid", 2), Sweep("correlation", "full", 3), MIRRORED],
                         ids=["valid", "full", "mirrored"])  # fmt: skip
def test_the_sum_that_is_written_out_is_the_pixel(made: Filter, sweep: Sweep) -> None:
    found = made.of(PICTURE, sweep)
    for row, column in ((0, 0), (found.shape[0] - 1, found.shape[1] - 1), (1, 0)):
        patches = made.patches(PICTURE, sweep, row, column)
        if not patches:
            assert not made.sweeps
            continue
        sums = [(q.seen * q.weights).sum() for q in patches if q.weights is not None]
        whole = np.hypot(*sums) if len(sums) == 2 else sums[0] if sums else patches[0].seen[patches[0].inside].max()
        if sums or sweep is not MIRRORED:
            assert whole == pytest.approx(found[row, column], abs=1e-3)
        top, left = corner(sweep, PICTURE.shape, patches[0].seen.shape, row, column)
        inside = [(y, x) for y, x in np.argwhere(patches[0].inside).tolist()]
        assert all(patches[0].seen[y, x] == PICTURE[top + y, left + x] for y, x in inside)


@pytest.mark.parametrize("operation", ["correlation", "convolution"])
@pytest.mark.parametrize("padding", ["same", "valid", "full"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_layer_with_these_weights_computes_the_same(operation: Any, padding: Any, stride: int) -> None:
    kernel = grid([1, -2, 0], [3, 0.5, 1])
    layer = Convolution(id="c1", units=1, window=2, width=3, operation=operation, padding=padding, stride=stride,
                        activation=Same())  # fmt: skip
    expected = through(layer, PICTURE, kernel)
    found = typed(kernel, 1.0).of(PICTURE, Sweep(operation, padding, stride))
    assert np.allclose(found, expected, atol=1e-3)


# -- typing --------------------------------------------------------------------------------------------------------


def test_a_kernel_is_typed_number_by_number() -> None:
    first = with_number(Box(), 1, 1, 8)
    assert first.numbers.tolist() == [[1, 1, 1], [1, 8, 1], [1, 1, 1]]
    assert first.divisor == 9
    assert normalised(first).divisor == 16
    large = sized(first, 5)
    assert large.numbers[1:4, 1:4].tolist() == first.numbers.tolist()
    assert large.numbers.sum() == 16
    assert sized(large, 3) == first
    assert sized(first, 1).numbers.tolist() == [[8]]
    assert typed(np.arange(81.0).reshape(9, 9), 1).numbers[3, 3] == 40


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: normalised(Edge()), "sum to 0, by which nothing can be divided; type a divisor"),
        (lambda: typed(grid([1]), 0.0), "the divisor is 0"),
        (lambda: with_number(Identity(), 0, 0, float("inf")), "is not finite; give a finite one"),
        (lambda: Own(rows=((1.0,), (1.0, 2.0))), "make all rows equally long"),
        (lambda: Own(rows=()), "a kernel has 1 to 7 rows"),
        (lambda: Box(side=9).of(np.ones((8, 8)), VALID), "a kernel of 9 × 9 does not fit into a picture of 8 × 8"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(wrong: Any, sentence: str) -> None:
    with pytest.raises(LearnscopeError, match=sentence):
        wrong()
