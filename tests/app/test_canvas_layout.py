"""The geometry of the diagram, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from app.canvas.hit import find
from app.canvas.layout import FEW, Box, Layout, Metrics, arrange
from app.canvas.links import codes, curve, slopes
from engine.network import INPUT
from tests.app.test_canvas_edits import net


def nothing(_x: float, _y: float) -> None:
    return None


def boxes(layout: Layout) -> list[Box]:
    return [c.box for column in layout.columns for c in column.cells]


def test_columns_follow_the_flow_of_data() -> None:
    layout = arrange(net(8, 6), 720, 560)
    assert [c.id for c in layout.columns] == [INPUT, "h1", "h2", "out"]
    assert [c.title for c in layout.columns] == ["Inputs", "Dense 8", "Dense 6", "Output"]
    assert [len(c.cells) for c in layout.columns] == [2, 8, 6, 1]
    middles = [c.body.cx for c in layout.columns]
    assert middles == sorted(middles)
    assert [g.place for g in layout.gaps] == [0, 1, 2]


@pytest.mark.parametrize("size", [(420, 300), (720, 560), (1400, 900)])
@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("hidden", [(), (1,), (8, 6, 4), (16,) * 6, (40, 3), (64,) * 12])
def test_nothing_overlaps_or_leaves_the_card(hidden: tuple[int, ...], scale: float, size: tuple[float, float]) -> None:
    layout = arrange(net(*hidden), *size, Metrics(scale))
    found = boxes(layout)
    for k, (x, y, w, h) in enumerate(found):
        assert x >= 0
        assert x + w <= layout.width
        assert y >= 100 * scale
        for a, b, c, d in found[:k]:
            assert x + w <= a + 1 or a + c <= x + 1 or y + h <= b + 1 or b + d <= y + 1


def test_twelve_layers_of_sixty_four_fit_a_usual_card() -> None:
    layout = arrange(net(*(64,) * 12), 720, 560)
    assert layout.width == 720
    assert all(c.condensed for c in layout.columns[1:-1])


def test_many_neurons_are_condensed_until_opened() -> None:
    shut = arrange(net(FEW + 1), 720, 560).columns[1]
    opened = arrange(net(FEW + 1), 720, 560, opened=frozenset({"h1"})).columns[1]
    assert shut.condensed
    assert not opened.condensed
    assert opened.cells[0].box.w > shut.cells[0].box.w
    assert not arrange(net(FEW), 720, 560).columns[1].condensed


def test_everything_is_found_where_it_stands() -> None:
    layout = arrange(net(3, 2), 720, 560)
    column = layout.columns[1]
    assert column.plus is not None
    assert column.activation is not None
    assert find(layout, column.plus.cx, column.plus.cy, nothing).what == "plus"
    assert find(layout, column.activation.cx, column.activation.cy, nothing).what == "activation"
    cell = column.cells[2]
    assert find(layout, cell.box.cx, cell.box.cy, nothing)[:3] == ("cell", "h1", "h1/2")
    dot = layout.dot(cell)
    assert find(layout, dot.cx, dot.cy, nothing)[:4] == ("bias", "h1", "h1/2", "bias")
    gap = layout.gaps[1]
    found = find(layout, gap.line, gap.box.y + 2, nothing)
    assert (found.what, found.place) == ("gap", 1)
    assert find(layout, gap.pill.cx, gap.pill.cy, nothing).what == "pill"
    assert find(layout, layout.more.cx, layout.more.cy, nothing).what == "more"
    assert find(layout, 3, 3, nothing).what == "nothing"


def test_links_follow_the_wiring() -> None:
    before = net(3, 2)
    layers = list(before.model.layers)
    layers[2] = replace(layers[2], inputs=("h1",))
    layout = arrange(replace(before, model=replace(before.model, layers=tuple(layers))), 720, 560)
    assert [(b.source, b.target, b.near) for b in layout.bundles] == [
        (INPUT, "h1", True),
        ("h1", "h2", True),
        ("h1", "out", False),
    ]
    assert layout.bundles[0].weights == "h1.weight"
    assert layout.bundles[0].targets == ("h1/0", "h1/1", "h1/2")


def test_the_distance_from_a_link_is_that_of_its_curve() -> None:
    bundle = arrange(net(3), 720, 560).bundles[0]
    path = curve(bundle.x0, float(bundle.y0[0]), bundle.x1, float(bundle.y1[2]))
    for share in (0.1, 0.4, 0.5, 0.9):
        at = path.pointAtPercent(share)
        far = slopes(bundle, at.x(), at.y())
        assert far[0, 2] < 0.6
        assert far.min() >= 0


def test_faint_links_are_not_drawn_and_frozen_ones_differ() -> None:
    values = np.array([[1.0, -0.5, 0.001]], np.float32)
    found = codes(values, None, 1.0)
    assert found[0, 0] > 0 > found[0, 1]
    assert found[0, 2] == 0
    assert (codes(values, np.array([[True, True, True]]), 1.0) != found).tolist() == [[True, True, False]]


def test_of_very_many_links_only_the_strongest_are_drawn() -> None:
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    assert 0 < np.count_nonzero(codes(values, None, 1.0)) <= 240
