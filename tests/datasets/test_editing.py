"""Brushes: what each does to the points, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine.arrays import Array
from engine.datasets import Dataset, editing
from engine.datasets.base import Samples
from engine.datasets.editing import TOOLS, Brush
from engine.datasets.points import Points
from engine.datasets.regression import Curve
from engine.errors import DataError

PATH = np.array([[0.0, 0.0], [2.0, 0.0]])
CLICK = PATH[:1]
FULL = Brush(radius=1.0, strength=1.0, label=1)


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def cloud(count: int = 200) -> Points:
    return points_of(np.random.default_rng(9).uniform(-6, 6, (count, 2)))


def points_of(xy: NDArray[np.float64] | list[tuple[float, float]], label: int = 0) -> Points:
    """Points of one class."""
    xy = np.array(xy, np.float64).reshape(-1, 2)
    n = len(xy)
    return Points(Array(xy), Array(np.full(n, float(label))), Array((np.arange(n) + 0.5) / max(n, 1)))


def own(key: str) -> Points | Curve:
    return editing.from_samples(Dataset.registry[key].kind().samples(0))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())
@pytest.mark.parametrize("start", [Points(), Curve(), own("spiral"), own("sine"), own("gate"), own("rings")])
@pytest.mark.parametrize("path", [PATH, CLICK, np.repeat(CLICK, 3, axis=0), np.array([[6.0, 6.0], [-6.0, -6.0]])])
def test_every_tool_is_pure_seeded_and_valid(
    tool: editing.Tool, start: Points | Curve, path: NDArray[np.float64]
) -> None:
    before = start.samples(0)
    one, again = (tool.apply(start, path, FULL, stream(4)) for _ in range(2))
    assert one == again
    assert type(one) is type(start)
    assert np.array_equal(start.samples(0).x, before.x), "the old value changed"
    samples = one.samples(0)
    assert len(samples.x) == len(samples.y) == len(samples.keys)
    assert ((samples.keys >= 0) & (samples.keys < 1)).all()
    assert tool.title
    assert tool.help


def test_put_adds_one_point_of_the_class() -> None:
    after = editing.put(cloud(3), PATH, FULL, stream())
    assert np.array_equal(after.xy.values[-1], [2.0, 0.0])
    assert after.labels.values.tolist() == [0, 0, 0, 1]
    assert np.array_equal(after.keys.values[:3], cloud(3).keys.values)


def test_brush_stays_within_its_radius_of_the_path_and_grows_with_the_way() -> None:
    after = editing.brush(Points(), PATH, FULL, stream())
    xy = after.xy.values
    beyond = np.hypot(np.maximum(np.abs(xy[:, 0] - 1) - 1, 0), xy[:, 1])
    assert beyond.max() <= 1
    many = [len(editing.brush(Points(), PATH * k, FULL, stream(s)).xy) for k in (1, 4) for s in range(50)]
    assert np.mean(many[50:]) == pytest.approx(4 * np.mean(many[:50]), rel=0.2)
    # The same way in ten calls draws as many points as in one.
    slow = []
    for seed in range(50):
        value, random = Points(), stream(seed)
        for k in range(10):
            value = editing.brush(value, np.array([[k / 5, 0], [(k + 1) / 5, 0]]), FULL, random)
        slow.append(len(value.xy))
    assert np.mean(slow) == pytest.approx(np.mean(many[:50]), rel=0.2)


def test_a_click_of_the_brush_always_draws() -> None:
    faint = Brush(strength=0.0)
    assert all(len(editing.brush(Points(), CLICK, faint, stream(s)).xy) == 1 for s in range(20))


def test_airbrush_is_dense_in_the_middle() -> None:
    value, random = Points(), stream()
    for _ in range(300):
        value = editing.airbrush(value, CLICK, FULL, random)
    assert value.xy.values.std(axis=0) == pytest.approx([0.5, 0.5], rel=0.1)
    assert len(value.xy) == pytest.approx(1800, rel=0.1)


def test_line_is_straight_and_even() -> None:
    after = editing.line(Points(), np.array([[0.0, 0.0], [5.0, 5.0], [4.0, 2.0]]), Brush(radius=0.5), stream())
    xy = after.xy.values
    assert np.allclose(xy[:, 1], xy[:, 0] / 2)
    assert np.allclose(np.diff(xy, axis=0, n=2), 0)
    assert np.array_equal(xy[[0, -1]], [[0, 0], [4, 2]])


def test_erase_and_relabel_reach_exactly_the_radius() -> None:
    value = points_of([(0, 0.99), (1, -0.99), (2.99, 0), (1, 1.01), (-1.01, 0), (5, 5)])
    assert editing.erase(value, PATH, FULL, stream()).xy.values.tolist() == [[1, 1.01], [-1.01, 0], [5, 5]]
    assert editing.relabel(value, PATH, FULL, stream()).labels.values.tolist() == [1, 1, 1, 0, 0, 0]
    kept = editing.erase(cloud(2000), PATH, replace(FULL, strength=0.5, radius=3.0), stream())
    gone = 2000 - len(kept.xy)
    assert gone == pytest.approx(0.5 * 2000 * (np.pi * 9 + 12) / 144, rel=0.2)


def test_erased_points_take_their_class_and_key_along() -> None:
    value = replace(cloud(3), labels=Array(np.array([0.0, 1.0, 0.0])))
    after = editing.delete(value, np.array([True, False, False]))
    assert after.labels.values.tolist() == [1.0, 0.0]
    assert after.keys.values.tolist() == cloud(3).keys.values.tolist()[1:]


def test_jitter_and_magnet_move_only_what_is_near() -> None:
    value = cloud(3000)
    start = value.xy.values
    distance = np.hypot(np.maximum(np.abs(start[:, 0] - 1) - 1, 0), start[:, 1])
    for tool in (editing.jitter, editing.magnet):
        moved = (tool(value, PATH, FULL, stream()).xy.values != start).any(axis=1)
        assert np.array_equal(moved, distance < 1)
    pulled = editing.magnet(value, PATH, FULL, stream()).xy.values
    closer = np.hypot(np.maximum(np.abs(pulled[:, 0] - 1) - 1, 0), pulled[:, 1])
    near = distance < 1
    assert np.allclose(closer[near], distance[near] ** 2)


def test_nothing_leaves_the_plane() -> None:
    corner = np.array([[6.0, 6.0]])
    value = editing.airbrush(editing.brush(Points(), corner, FULL, stream()), corner, FULL, stream())
    assert np.abs(editing.jitter(value, corner, FULL, stream()).xy.values).max() <= 6


def test_select_and_move_together() -> None:
    value = points_of([(0, 0), (1, 1), (4, 4)])
    chosen = editing.inside(value, (1.5, -1), (-1, 1.5))
    assert chosen.tolist() == [True, True, False]
    assert editing.move(value, chosen, 2, -1).xy.values.tolist() == [[2, -1], [3, 0], [4, 4]]
    # The right one stops at the edge, and the other with it.
    assert editing.move(value, chosen, 100, 0).xy.values.tolist() == [[5, 0], [6, 1], [4, 4]]
    assert editing.near(value, (3.8, 4.1), 0.5).tolist() == [False, False, True]
    assert not editing.near(value, (3, 3), 0.5).any()
    assert not editing.near(Points(), (3, 3), 0.5).any()


def test_classes_up_to_nine() -> None:
    value = Points()
    for k in range(3, 10):
        value = editing.new_class(value)
        assert value.names[-1] == str(k)
    with pytest.raises(DataError, match="at most 9 classes can be drawn; use one of 1, 2, 3"):
        editing.new_class(value)
    with pytest.raises(DataError, match="“2” already"):
        editing.new_class(Points(), "2")
    with pytest.raises(DataError, match="no class 3"):
        editing.put(Points(), CLICK, Brush(label=2), stream())


def test_an_empty_class_breaks_nothing() -> None:
    value = replace(cloud(4), labels=Array(np.array([0.0, 0.0, 1.0, 1.0])))
    empty = editing.delete(value, value.labels.values == 1)
    assert empty.class_names == ("1", "2")
    assert editing.put(empty, CLICK, FULL, stream()).labels.values.tolist() == [0, 0, 1]
    nothing = editing.delete(value, np.ones(4, np.bool_))
    assert len(nothing.samples(0)) == 0


def test_removing_a_class_moves_the_others_down() -> None:
    value = replace(cloud(3), names=("a", "b", "c"), labels=Array(np.array([0.0, 1.0, 2.0])))
    after = editing.remove_class(value, 1)
    assert after.names == ("a", "c")
    assert after.labels.values.tolist() == [0, 1]
    with pytest.raises(DataError, match="two classes"):
        editing.remove_class(after, 0)


@pytest.mark.parametrize("key", [e.key for e in Dataset.registry if len(e.kind().columns) == 2])
def test_the_first_stroke_takes_over_every_set_of_two_columns(key: str) -> None:
    samples = Dataset.registry[key].kind().samples(3)
    mine = editing.from_samples(samples)
    assert isinstance(mine, Points)
    now = mine.samples(0)
    for name in ("x", "y", "keys"):
        assert np.array_equal(getattr(now, name), getattr(samples, name)), name
    assert (now.classes, now.domain) == (samples.classes, samples.domain)


def test_a_curve_is_taken_over_and_drawn_on() -> None:
    samples = Dataset.registry["sine"].kind().samples(3)
    curve = editing.from_samples(samples)
    assert isinstance(curve, Curve)
    assert np.array_equal(curve.samples(0).x, samples.x)
    assert np.array_equal(curve.samples(0).keys, samples.keys)
    after = editing.put(curve, np.array([[1.0, 0.5]]), Brush(label=7), stream())
    assert (after.x.values[-1], after.y.values[-1]) == (1.0, 0.5)
    assert editing.relabel(after, PATH, FULL, stream()) is after
    # A brush is round on the screen: a unit is a twelfth of each side, here 1 across and a quarter up.
    drawn = editing.brush(Curve(), CLICK, FULL, stream())
    assert 0.25 < np.abs(drawn.x.values).max() <= 1
    assert np.abs(drawn.y.values).max() <= 0.25


def test_values_over_the_plane_are_drawn_with_the_value_of_the_brush() -> None:
    before = editing.from_samples(Dataset.registry["plane"].kind().samples(3))
    assert isinstance(before, Points)
    drawn = Brush(radius=1.0, strength=1.0, label=7, value=-0.25)
    for tool in (t for t in editing.TOOLS.values() if t.draws and t.key != "relabel"):
        after = tool.apply(before, PATH, drawn, stream())
        assert len(after.xy) > len(before.xy)
        assert np.array_equal(after.labels.values[: len(before.xy)], before.labels.values)
        assert (after.labels.values[len(before.xy) :] == -0.25).all(), tool.key
    within = editing.inside(before, (-1.0, -1.0), (1.0, 1.0))
    marked = editing.set_class(before, within, 0.5)
    assert within.any()
    assert (marked.labels.values[within] == 0.5).all()
    assert np.array_equal(marked.labels.values[~within], before.labels.values[~within])
    assert not (editing.relabel(before, PATH, drawn, stream()).labels.values == before.labels.values).all()


def test_what_can_not_be_drawn_on_says_why() -> None:
    long = Samples(("a", "b", "c"), np.zeros((1, 3)), np.zeros(1), np.zeros(1))
    with pytest.raises(DataError, match="3 columns and values to predict"):
        editing.from_samples(long)
    wide = Samples(("a", "b", "c"), np.zeros((1, 3)), np.zeros(1), np.zeros(1), ("u", "v"))
    with pytest.raises(DataError, match="3 columns and classes"):
        editing.from_samples(wide)


def test_a_full_drawing_says_so() -> None:
    full = cloud(editing.MOST_POINTS - 1)
    value = editing.line(full, PATH, Brush(radius=0.1), stream())
    assert len(value.xy) == editing.MOST_POINTS
    with pytest.raises(DataError, match="100,000"):
        editing.put(value, CLICK, FULL, stream())


def test_own_points_that_do_not_fit_together() -> None:
    one, half, none = Array(np.zeros(1)), Array(np.array([0.5])), Array(np.array([np.nan]))
    place = Array(np.zeros((1, 2)))
    for said, build in (
        ("lengths differ", lambda: Points(place)),
        ("label outside", lambda: Points(place, Array(np.array([2.0])), one)),
        ("not finite", lambda: Points(place, none, one)),
        ("whole number", lambda: Points(place, half, one)),
        ("name twice", lambda: Points(names=("a", "a"))),
        ("no height", lambda: Points(area=(0.0, 1.0, 2.0, 2.0))),
        ("lengths differ", lambda: Curve(one)),
        ("not finite", lambda: Curve(none, one, one)),
        ("no width", lambda: Curve(area=(1.0, 1.0, 2.0, 3.0))),
    ):
        with pytest.raises(DataError, match=said):
            build()
