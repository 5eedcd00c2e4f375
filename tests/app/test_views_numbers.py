"""Numbers behind the pictures: colours, modes, values between the numbers of a record, places on screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from app import painting
from app.theme import DARK, LIGHT, Palette, theme
from app.views import _modes, _readout
from app.views._maps import Grid
from app.views._viewport import Viewport, ticks
from engine import examples
from engine.records import Domain, ImageGrid, Surface, Tile


def test_the_ends_and_the_middle_of_signed_colours() -> None:
    lut = painting.signed_lut(LIGHT)
    assert lut[0] == painting.pack(LIGHT.negative)
    assert lut[-1] == painting.pack(LIGHT.positive)
    image = painting.lut_image(np.array([[-1.0, 0.0, 1.0, np.nan, np.inf]]), lut)
    zero = image.pixelColor(1, 0)
    assert abs(zero.red() - 0xF4) <= 3
    assert image.pixel(0, 0) == painting.pack(LIGHT.negative)
    assert image.pixel(3, 0) == image.pixel(1, 0)
    assert image.pixel(4, 0) == painting.pack(LIGHT.positive)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_magnitudes_grow_evenly_in_lightness(palette: Palette) -> None:
    lut = painting.magnitude_lut(palette)
    grey = np.array([painting._oklab(f"#{int(c) & 0xFFFFFF:06x}")[0] for c in lut[::15]])
    steps = np.diff(grey)
    assert (np.sign(steps) == np.sign(steps[0])).all()
    assert np.abs(steps - steps.mean()).max() < 0.01


def test_two_classes_are_blended_and_decided() -> None:
    values = np.array([[[1.0, 0.0], [0.5, 0.5], [0.4, 0.6], [0.0, 1.0]]], np.float32)
    soft = painting.class_pixels(values, LIGHT)
    assert soft[0, 0] == painting.pack(LIGHT.classes[0])
    assert soft[0, 3] == painting.pack(LIGHT.classes[1])
    hard = painting.class_pixels(values, LIGHT, discretize=True)
    assert hard[0].tolist() == [painting.pack(LIGHT.classes[k]) for k in (0, 1, 1, 1)]


def test_many_classes_take_the_likeliest_and_pale_with_doubt() -> None:
    values = np.array([[[0, 0, 1.0], [1 / 3, 1 / 3, 1 / 3], [0.1, 0.8, 0.1]]], np.float32)
    pixels = painting.class_pixels(values, LIGHT)
    assert pixels[0, 0] == painting.pack(LIGHT.classes[2])
    assert pixels[0, 1] == painting.pack(LIGHT.zero)
    hard = painting.class_pixels(values, LIGHT, discretize=True)
    assert hard[0, 2] == painting.pack(LIGHT.classes[1])


def test_nine_shapes_differ_and_have_about_one_area() -> None:
    areas = []
    for k in range(9):
        polygon = painting.shape(k, 10).toFillPolygon()
        x = np.array([polygon.at(n).toTuple() for n in range(polygon.count())])
        areas.append(abs(np.dot(x[:-1, 0], x[1:, 1]) - np.dot(x[1:, 0], x[:-1, 1])) / 2)
    assert len({round(a, 2) for a in areas}) >= 6
    assert min(areas) > 45
    assert max(areas) < 110


def test_classes_beyond_nine_are_told_apart_by_colour_and_by_shape() -> None:
    def outline(k: int) -> str:
        polygon = painting.shape(k, 10).toFillPolygon()
        return str([polygon.at(n).toTuple() for n in range(polygon.count())])

    for palette in (LIGHT, DARK):
        colours = [palette.class_colour(k) for k in range(27)]
        assert len(set(colours)) == 27
        assert colours[:9] == list(palette.classes)
        assert len({(palette.class_colour(k), outline(k)) for k in range(81)}) == 81
        hard = painting.class_pixels(np.eye(26, dtype=np.float32)[None], palette, discretize=True)
        assert hard[0].tolist() == [painting.pack(c) for c in colours[:26]]
    assert len({outline(k) for k in (0, 9, 18)}) == 3


def test_margin_and_entropy_by_hand() -> None:
    values = np.array([[[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]]], np.float32)
    assert _modes.margin(values)[0] == pytest.approx([0.5, 1.0])
    # -(0.7 ln 0.7 + 0.2 ln 0.2 + 0.1 ln 0.1) / ln 3 = 0.8018 / 1.0986
    assert _modes.entropy(values)[0] == pytest.approx([0.7298, 0.0], abs=1e-4)
    pair = np.array([[[0.25, 0.75], [0.5, 0.5]]], np.float32)
    assert _modes.margin(pair)[0] == pytest.approx([0.5, 0.0])
    assert _modes.entropy(pair)[0, 1] == pytest.approx(1.0)


def test_finer_keeps_the_numbers_and_draws_straight_lines() -> None:
    plane = np.array([[0.0, 3.0], [6.0, 9.0]], np.float32)
    found = _modes.finer(plane, 3)
    assert found.shape == (4, 4)
    assert found[0] == pytest.approx([0, 1, 2, 3])
    assert found[:, 0] == pytest.approx([0, 2, 4, 6])
    assert found[3, 3] == 9


def test_the_value_at_a_place_lies_between_its_neighbours() -> None:
    values = np.array([[[0.0], [1.0]], [[2.0], [3.0]]], np.float32)
    surface = Surface("s", Domain(0, 1, 0, 1), values)
    found = _modes.at(surface, 0.25, 0.5)
    assert found is not None
    assert found[0] == pytest.approx(1.25)
    assert _modes.at(surface, 0, 1) == pytest.approx([0.0])
    assert _modes.at(surface, 1.1, 0.5) is None


def test_places_go_to_the_screen_and_back() -> None:
    view = Viewport(Domain(-6, 6, -3, 3))
    view.rect = QRectF(20, 0, 300, 200)
    assert view.to_widget(-6, 3) == QPointF(20, 0)
    assert view.to_plane(view.to_widget(1.5, -2)) == pytest.approx((1.5, -2))
    view.zoom(view.to_widget(1.5, -2), 3)
    assert view.to_plane(view.to_widget(1.5, -2)) == pytest.approx((1.5, -2))
    view.pan(QPointF(1e6, 1e6))
    assert view.shown.left == pytest.approx(-6)
    assert view.shown.top == pytest.approx(3)
    assert view.reach(1.0) == pytest.approx((3 * 300 / 12, 3 * 200 / 12))


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(-6, 6, [-6, -3, 0, 3, 6]), (0, 1, [0, 0.5, 1]), (-1.5, 1.5, [-1, 0, 1]), (2, 2, [])],
)
def test_ticks_are_round(low: float, high: float, found: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(found)


@pytest.mark.parametrize(("shown", "drawn"), [("xor", "sine"), ("sine", "xor")])
def test_a_surface_older_than_the_data_says_nothing_of_a_point(shown: str, drawn: str) -> None:
    data = {name: examples.load(name).data.source.samples(1) for name in (shown, drawn)}
    old = data[shown]
    values = np.zeros((2, 2, max(len(old.classes), 1)), np.float32)
    surface = Surface("s", Domain(-6, 6, -6, 6), values, old.columns[0], old.columns[-1], old.classes)
    names = [line.name for line in _readout.lines(surface, data[drawn], (0.0, 0.0), 3, train=True)]
    assert "train point" in names
    assert not {"its error", "its probability"} & set(names)


def test_maps_over_a_line_do_not_run_into_each_other(qapp: QApplication) -> None:
    tiles = tuple(Tile("h1", f"h1/{k}") for k in range(3))
    strips = np.stack([np.full((1, 8), v, np.float32) for v in (-1.0, 0.0, 1.0)])
    reach = np.ones(3, np.float32)
    grid = Grid()
    grid.resize(390, 150)
    grid.show_tiles(
        ImageGrid("maps", strips, tiles, -reach, reach), [0, 1, 2], ["a", "b", "c"], ["", "dead", "saturated"]
    )
    image = grid.grab().toImage()
    side = image.width() // 3
    palette = theme().palette
    for k, wanted in enumerate((palette.negative, palette.zero, palette.positive)):
        for share in (0.2, 0.5, 0.75):
            found = image.pixelColor(int((k + 0.4) * side), int(share * min(side, image.height()) * 0.8))
            off = QColor(wanted)
            assert abs(found.red() - off.red()) + abs(found.blue() - off.blue()) < 12
