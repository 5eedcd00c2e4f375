"""Drawings: ink, its centring and averaging, and how they become pictures of the data."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine.arrays import Array
from engine.datasets import Dataset
from engine.datasets.editing import ink, pictures
from engine.datasets.own_pictures import OwnPictures
from engine.errors import DataError

DIGITS = Dataset.registry["digits"].kind()


def own() -> OwnPictures:
    return pictures.own_pictures(DIGITS, DIGITS.samples(0))


def stroke(*places: tuple[float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(places, np.float64)


# -- ink --------------------------------------------------------------------------------------------------------------


def test_a_pen_covers_a_disc_and_its_edge_is_smooth() -> None:
    """A pen of radius 3 at the corner (8, 8): the place [8, 8] has its centre 0.71 away, [8, 11] 3.54 away.

    3 + 1/2 - 0.71 > 1 is all ink, [8, 10] is 2.55 away: 0.95 of it; [8, 11] is 3.54 away: nothing.
    """
    drawn = ink.inked(np.zeros((16, 16), np.float32), stroke((8, 8)), 3)
    assert drawn[8, 8] == 1
    assert_allclose(drawn[8, 10], 3.5 - np.hypot(0.5, 2.5), rtol=1e-6)
    assert drawn[8, 11] == 0
    assert_allclose(drawn, drawn.T)
    assert_allclose(drawn.sum(), np.pi * 9, rtol=0.03)


def test_a_stroke_has_no_gaps_however_fast_the_hand() -> None:
    """A line 40 long and 4 wide with round ends has the area 40 · 4 + π · 2²."""
    ground = np.zeros((64, 64), np.float32)
    drawn = ink.inked(ground, stroke((32, 12), (32, 52)), 2)
    assert (drawn[31:33, 12:52] == 1).all()
    assert_allclose(drawn.sum(), 160 + 4 * np.pi, rtol=0.02)
    assert not ground.any(), "the old value changed"
    halves = ink.inked(ink.inked(ground, stroke((32, 12), (32, 30)), 2), stroke((32, 30), (32, 52)), 2)
    assert_allclose(halves, drawn, atol=1e-6)


def test_the_eraser_takes_away_what_it_covers() -> None:
    full = np.ones((16, 16), np.float32)
    erased = ink.inked(full, stroke((8, 0), (8, 16)), 2, erase=True)
    assert not erased[7:9].any()
    assert (erased[:5] == 1).all()
    assert (erased[11:] == 1).all()


@pytest.mark.parametrize("place", [(-50.0, 8.0), (8.0, 90.0), (300.0, -300.0)])
def test_ink_beyond_the_edge_is_lost_and_nothing_else_happens(place: tuple[float, float]) -> None:
    assert not ink.inked(np.zeros((16, 16), np.float32), stroke(place), 3).any()


def test_a_picture_is_the_mean_of_the_places_of_each_pixel() -> None:
    ground = np.zeros((4, 4), np.float32)
    ground[0, :2], ground[2:, 2:] = 1, 0.5
    assert_allclose(ink.averaged(ground, 2, 2), [[0.5, 0], [0, 0.5]])
    assert ink.picture_of(ground, (2, 2, 3)).tolist() == [[[128] * 3, [0] * 3], [[0] * 3, [128] * 3]]


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (28, 28), (32, 20), (100, 1)])
def test_a_ground_divides_into_pixels(rows: int, columns: int) -> None:
    ground = ink.blank(rows, columns)
    assert ink.averaged(ground, rows, columns).shape == (rows, columns)
    assert not ink.picture_of(ground, (rows, columns, 1), side=5).any()


def test_centring_scales_to_the_box_and_moves_the_mass_to_the_middle() -> None:
    """A block of 8 x 4 places near a corner becomes 16 x 8 in the middle of 32 x 32: rows 8-24, columns 12-20."""
    ground = np.zeros((32, 32), np.float32)
    ground[2:10, 1:5] = 1
    found = ink.centred(ground, 16)
    assert (found[9:23, 13:19] == 1).all()
    assert not found[:7].any()
    assert not found[25:].any()
    assert not found[:, :11].any()
    assert_allclose(found.sum(), 16 * 8, rtol=1e-3)


def test_a_box_as_large_as_the_picture_is_not_pushed_out_by_its_mass() -> None:
    """A T has its mass high: in a box of the whole height it can't go down, so nothing of it is lost."""
    ground = np.zeros((32, 32), np.float32)
    ground[4:8, 8:24] = 1
    ground[8:20, 14:18] = 1
    found = ink.centred(ground, 32)
    assert_allclose(found.sum(), ground.sum() * 4, rtol=0.04)
    assert (found[1:6, 4:28] == 1).all()


def test_what_is_centred_already_stays() -> None:
    ground = np.zeros((32, 32), np.float32)
    ground[8:24, 10:22] = 1
    assert_allclose(ink.centred(ground, 16), ground, atol=1e-5)


def test_the_usual_side_is_what_the_pictures_show() -> None:
    """Digits of 8 x 8 fill all 8 rows; without pictures the box is that of MNIST, 20 of 28."""
    x = DIGITS.samples(0).x.reshape(-1, 8, 8, 1)
    assert ink.usual_side(x) == 8
    assert ink.usual_side(np.zeros((0, 28, 28, 1), np.float32)) == 20


# -- pictures ---------------------------------------------------------------------------------------------------------


def test_bundled_pictures_become_own_ones_with_the_same_split() -> None:
    before, after = DIGITS.samples(0), own().samples(0)
    assert after.classes == before.classes
    assert np.array_equal(after.y, before.y)
    assert np.array_equal(after.train(0.8), before.train(0.8))
    assert_allclose(after.x, before.x, atol=0.5 / 255 + 1e-6)
    mine = own()
    assert pictures.own_pictures(mine, mine.samples(0)) is mine


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("training", [True, False])
def test_a_drawing_is_kept_in_the_part_it_is_for(share: float, training: bool) -> None:
    now, drawing = pictures.empty(8), np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    for k in range(40):
        now = pictures.kept(now, drawing, k % 2, training=training, share=share)
    samples = now.samples(0)
    assert (samples.train(share) == training).all()
    assert samples.y.tolist() == [0, 1] * 20
    assert_allclose(samples.x[7], drawing.ravel() / 255, rtol=1e-6)
    assert ((samples.keys >= 0) & (samples.keys < 1)).all()
    if training:  # the share moved to the half of itself divides them evenly
        assert 18 <= samples.train(share / 2).sum() <= 22


def test_with_all_samples_to_learn_from_none_is_kept_for_tests() -> None:
    drawing = np.zeros((8, 8, 1), np.uint8)
    with pytest.raises(DataError, match="lower the train share"):
        pictures.kept(pictures.empty(8), drawing, 0, training=False, share=1)
    with pytest.raises(DataError, match="8 × 8 × 1 but the new one is 4 × 4 × 1"):
        pictures.kept(pictures.empty(8), drawing[:4, :4], 0, training=True, share=1)
    with pytest.raises(DataError, match="no class 2"):
        pictures.kept(pictures.empty(8), drawing, 2, training=True, share=1)


def test_removing_a_picture_leaves_all_others() -> None:
    before = own()
    after = pictures.removed(before, 3)
    assert len(after.pixels) == len(before.pixels) - 1
    assert np.array_equal(after.pixels.values[3], before.pixels.values[4])
    assert np.array_equal(after.keys.values, np.delete(before.keys.values, 3))
    with pytest.raises(DataError, match="no picture 1797"):
        pictures.removed(before, 1797)


def test_classes_are_made_and_named() -> None:
    assert pictures.next_name(("1", "2")) == "3"
    assert pictures.next_name(tuple("0123456789")) == "10"
    assert pictures.next_name(("cat", "dog")) == "3"
    mine = pictures.new_class(pictures.empty(8), "  a   cat ")
    assert mine.names == ("1", "2", "a cat")
    assert pictures.rename_class(mine, 0, "dog").names == ("dog", "2", "a cat")
    assert pictures.rename_class(mine, 0, "1") == mine
    for wrong in ("a cat", " "):
        with pytest.raises(DataError, match="class"):
            pictures.rename_class(mine, 1, wrong)


def test_columns_are_no_ground_for_pictures() -> None:
    spiral = Dataset.registry["spiral"].kind()
    with pytest.raises(DataError, match="choose a set of pictures"):
        pictures.own_pictures(spiral, spiral.samples(0))


@pytest.mark.parametrize("side", pictures.SIDES)
def test_an_empty_start_has_no_samples_and_two_classes(side: int) -> None:
    samples = pictures.empty(side).samples(0)
    assert samples.x.shape == (0, side * side)
    assert samples.classes == ("1", "2")
    assert Array(samples.y).values.size == 0
