"""The geometry of the diagram, without a window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.canvas.hit import find
from app.canvas.layout import FEW, STRIP, arrange
from app.canvas.links import Links, codes, curve, slopes, strongest
from app.canvas.parts import Box, Layout, Metrics
from engine import edits, examples
from engine.experiment import Experiment
from engine.layers import Layer
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.layers.joining import Add, Concatenate
from engine.layers.pieces import Maxout
from engine.machines.supervised import Supervised
from engine.nets import take
from engine.network import INPUT
from engine.records import Matrices, Matrix, Want
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


def test_pictures_keep_their_size_under_a_short_title() -> None:
    layout = arrange(take(examples.load("digits"), "resnet-8"), 720, 560)
    assert (layout.columns[0].title, layout.columns[0].subtitle) == ("In", "8 × 8")


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


def test_titles_of_a_deep_net_do_not_run_into_each_other() -> None:
    shown = arrange(take(examples.load("lenet"), "resnet-8"), 606, 430)
    line = [c for c in shown.columns if c.head.y < 80]
    for a, b in pairwise(line):
        words = [min(c.head.w, 7.6 * len(c.title)) for c in (a, b)]
        assert b.head.cx - a.head.cx >= sum(words) / 2, (a.title, b.title)


def test_a_strip_of_very_many_numbers_leaves_room_for_the_others() -> None:
    wide = arrange(net(512, 8), 720, 560).columns[1]
    assert wide.condensed
    assert wide.body.w <= STRIP * 1.15
    assert wide.body.h <= 560


def test_an_output_of_all_letters_shows_each_by_its_name() -> None:
    layout = arrange(examples.load("lenet"), 600, 420)
    answer = layout.columns[-1]
    assert not answer.condensed
    assert [c.name for c in answer.cells] == [chr(k) for k in range(ord("A"), ord("Z") + 1)]
    assert len({c.box.x for c in answer.cells}) == 1
    # Its small pictures do not make those of the maps small.
    assert layout.columns[1].cells[0].box.w > 2 * answer.cells[0].box.w


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
    assert find(layout, column.plus.cx, column.plus.cy, nothing, nothing).what == "plus"
    assert find(layout, column.activation.cx, column.activation.cy, nothing, nothing).what == "activation"
    cell = column.cells[2]
    assert find(layout, cell.box.cx, cell.box.cy, nothing, nothing)[:3] == ("cell", "h1", "h1/2")
    dot = layout.dot(cell)
    assert find(layout, dot.cx, dot.cy, nothing, nothing)[:4] == ("bias", "h1", "h1/2", "bias")
    gap = layout.gaps[1]
    found = find(layout, gap.line, gap.box.y + 2, nothing, nothing)
    assert (found.what, found.place) == ("gap", 1)
    assert find(layout, gap.pill.cx, gap.pill.cy, nothing, nothing).what == "pill"
    assert find(layout, layout.more.cx, layout.more.cy, nothing, nothing).what == "more"
    assert find(layout, 3, 3, nothing, nothing).what == "nothing"


def test_links_follow_the_wiring() -> None:
    before = net(3, 2)
    layers = list(before.model.layers)
    layers[2] = replace(layers[2], inputs=("h1",))
    layout = arrange(replace(before, model=replace(before.model, layers=tuple(layers))), 720, 560)
    found = [(b.source, b.target, b.weights) for b in layout.bundles]
    assert found == [
        (INPUT, "h1", "h1.weight"),
        ("h1", "h2", "h2.weight"),
        ("h1", "out", ""),
        ("h1", "out", "out.weight"),
    ]
    assert [(w.source, w.target) for w in layout.wires] == [("h1", "out")]
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


def test_a_weight_that_is_new_while_nothing_runs_is_the_measure_of_the_links_at_once() -> None:
    def weights(largest: float) -> Matrices:
        values = np.full((2, 3), largest, np.float32)
        found = Matrix("", values, ("input/x1", "input/x2"), ("h1/0", "h1/1", "h1/2"))
        return Matrices("", {"h1.weight": found})

    first, second = Links(), Links()
    for links, seen in ((first, (1.0, 4.0)), (second, (4.0,))):
        links.place(arrange(net(3), 900, 600), 1.0)
        for largest in seen:
            links.take(weights(largest))
        while not links.paint(1):
            pass
    assert first.shown(0) is not None
    assert np.array_equal(first.shown(0), second.shown(0))  # type: ignore[arg-type] # both are shown


def test_of_very_many_links_only_the_strongest_are_drawn() -> None:
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    assert 0 < np.count_nonzero(codes(values, None, 1.0)) <= 240


def test_of_neurons_with_several_sums_the_strongest_link_is_drawn() -> None:
    before = net(3)
    model = replace(before.model, layers=(Maxout(id="h1", units=2, pieces=3), before.model.output))
    machine = Supervised(replace(before, model=model))
    weight = machine._learner.array("h1.weight")  # [source, piece, unit]
    weight[...] = 0.1
    weight[0, 2, 1], weight[1, 0, 0] = -4.0, 3.0
    record = machine.snapshot(frozenset({Want("weights")})).get("weights")
    assert isinstance(record, Matrices)
    sources = tuple(f"input/{name}" for name in machine.experiment.data.features)
    found = strongest(record.items["h1.weight"], sources)
    assert found is not None
    assert found[0, 1] == -4
    assert found[1, 0] == 3
    assert found[0, 0] == np.float32(0.1)
    assert strongest(record.items["h1.weight"], sources[::-1]) is None
    assert strongest(record.items["h1.weight"], sources[:-1]) is None, "of a network just edited"
    rows = tuple(f"h1/{k}" for k in range(4))
    wider = Matrix("weights", np.ones((4, 1), np.float32), rows, ("out/0",))
    assert strongest(wider, rows[:3]) is None
    assert strongest(record.items["out.weight"], ("h1/0", "h1/1")) is record.items["out.weight"].values


def inside(points: Any, box: Box) -> bool:
    """Whether a line goes through a box."""
    x, y = points[:, 0], points[:, 1]
    steps = np.linspace(0, 1, 9)[:, None]
    xs, ys = (v[:-1] + (v[1:] - v[:-1]) * steps for v in (x, y))
    return bool(((xs > box.x) & (xs < box.right) & (ys > box.y) & (ys < box.bottom)).any())


def wired(layers: Sequence[tuple[str, tuple[str, ...], int]]) -> Experiment:
    """Layers by kind letter, what they read, and width; d is dense, p passes on, + adds, ‖ concatenates."""
    kinds: dict[str, Callable[..., Layer]] = {"d": Dense, "p": Dropout, "+": Add, "‖": Concatenate}
    before = net(3)
    made = [
        kinds[kind](id=f"l{k}", inputs=reads, **({"units": units} if kind == "d" else {}))
        for k, (kind, reads, units) in enumerate(layers)
    ]
    return replace(before, model=replace(before.model, layers=(*made, before.model.layers[-1])))


@st.composite
def random_wirings(draw: st.DrawFn) -> Experiment:
    """Any wiring of up to nine layers: what they read is any layer before, sums of equally wide ones."""
    found: list[tuple[str, tuple[str, ...], int]] = []
    width = {INPUT: 2}
    for k in range(draw(st.integers(1, 9))):
        kind = draw(st.sampled_from("dddp+‖"))
        near = draw(st.sampled_from(list(width)[-3:]))
        reads: tuple[str, ...] = (near,)
        if kind in "+‖":
            fitting = [x for x in width if kind == "‖" or width[x] == width[near]]
            reads = tuple(dict.fromkeys((near, *draw(st.lists(st.sampled_from(fitting), max_size=3)))))
        units = draw(st.sampled_from([1, 4, 4, 4, 7, 20]))
        width[f"l{k}"] = {"d": units, "p": width[near], "+": width[near]}.get(kind, sum(width[r] for r in reads))
        found.append((kind, reads, units))
    return wired(found)


SIZES = st.sampled_from([(500, 380), (720, 560), (1400, 900)])


@given(random_wirings(), SIZES, st.sampled_from([1.0, 1.5]))
@settings(max_examples=150, deadline=None)
def test_branches_do_not_overlap_and_no_connection_is_lost(
    experiment: Experiment, size: tuple[float, float], scale: float
) -> None:
    layout = arrange(experiment, *size, Metrics(scale))
    assert sorted(c.id for c in layout.columns) == sorted([INPUT, *(x.id for x in experiment.model.layers)])
    for k, one in enumerate(layout.columns):
        for other in layout.columns[:k]:
            a, b = one.body, other.body
            apart = a.x >= b.right - 1 or b.x >= a.right - 1 or a.y >= b.bottom - 1 or b.y >= a.bottom - 1
            assert apart, f"{one.id} stands on {other.id}"
            beside = one.head.x >= other.body.right or other.body.x >= one.head.right
            assert beside or one.head.y >= b.bottom - 1 or one.head.bottom <= b.y + 1, (
                f"{one.id} is named on {other.id}"
            )
    drawn = {(b.source, b.target) for b in layout.bundles} | {(w.source, w.target) for w in layout.wires}
    assert drawn == set(layout.edges)
    assert layout.columns[-1].role == "answer"


@given(random_wirings(), SIZES)
@settings(max_examples=150, deadline=None)
def test_connections_run_clear_of_pictures_and_heads(experiment: Experiment, size: tuple[float, float]) -> None:
    layout = arrange(experiment, *size)
    for wire in layout.wires:
        assert np.isfinite(wire.points).all()
        for column in layout.columns:
            if column.id not in (wire.source, wire.target):
                assert not inside(wire.points, column.body.grown(-1)), f"{wire[:2]} runs through {column.id}"
            around_words = column.head.grown(-2)
            assert not inside(wire.points, around_words), f"{wire[:2]} runs through the name of {column.id}"


@given(random_wirings())
@settings(max_examples=60, deadline=None)
def test_whatever_reads_stands_right_of_what_it_reads_and_every_gap_takes_a_layer(experiment: Experiment) -> None:
    layout = arrange(experiment, 720, 560)
    place = {c.id: c.body.cx for c in layout.columns}
    assert all(place[source] < place[target] for source, target in layout.edges)
    for gap in layout.gaps:
        after = edits.add_layer(experiment, gap.place, source=gap.source)
        assert len(arrange(after, 720, 560).columns) == len(layout.columns) + 1


def test_a_skip_connection_is_an_arc_over_what_it_skips() -> None:
    layout = arrange(wired([("d", (), 4), ("d", (), 4), ("+", ("l1", "l0"), 4)]), 720, 560)
    (wire,) = layout.wires
    assert (wire.source, wire.target, wire.skips, wire.tip) == ("l0", "l2", True, True)
    first, between, node = (layout.column(x) for x in ("l0", "l1", "l2"))
    assert first is not None
    assert between is not None
    assert node is not None
    assert wire.points[:, 1].min() < between.body.y
    assert first.body.x < wire.points[0, 0] < first.body.right
    assert node.body.x < wire.points[-1, 0] < node.body.right
    assert node.role == "join"
    assert [c.body.cy for c in layout.columns] == pytest.approx([node.body.cy] * 5, abs=1)


def test_arcs_inside_each_other_have_tracks_of_their_own() -> None:
    layout = arrange(wired([*[("d", (), 4)] * 4, ("+", ("l3", "l2", "l1", "l0"), 4)]), 720, 560)
    tops = {w.source: float(w.points[:, 1].min()) for w in layout.wires}
    assert tops["l0"] < tops["l1"] < tops["l2"]


def test_a_branch_that_waits_for_another_keeps_its_lane() -> None:
    layers = [("d", (), 4), ("d", (), 4), ("d", (INPUT,), 3), ("‖", ("l1", "l2"), 0)]
    layout = arrange(wired(layers), 720, 560)
    upper, lower, later = (layout.column(x) for x in ("l0", "l2", "l1"))
    assert upper is not None
    assert lower is not None
    assert later is not None
    assert upper.body.cx == lower.body.cx
    assert upper.body.cy == pytest.approx(later.body.cy, abs=1)
    assert lower.head.y > upper.body.bottom
    (wire,) = layout.wires
    assert not wire.skips
    assert wire.points[0, 1] > upper.body.bottom


def test_what_nobody_reads_stands_aside() -> None:
    layout = arrange(wired([("d", (), 4), ("d", (), 4), ("d", ("l0",), 4)]), 720, 560)
    dead, alive = layout.column("l1"), layout.column("l2")
    assert dead is not None
    assert alive is not None
    assert (dead.read, alive.read) == (False, True)
    assert dead.head.y > alive.body.bottom


def test_slim_columns_are_slim_and_stand_level_with_what_they_read() -> None:
    layout = arrange(wired([("d", (), 4), ("p", (), 0), ("d", (), 4)]), 720, 560)
    dense, slim = layout.columns[1], layout.columns[2]
    assert (slim.role, slim.title, slim.subtitle) == ("slim", "Dropout", "50 %")
    assert slim.body.w < 0.7 * dense.body.w
    assert [c.box.cy for c in slim.cells] == pytest.approx([c.box.cy for c in dense.cells], abs=1.5)
    assert (slim.plus, slim.activation) == (None, None)


def test_a_plain_chain_stands_where_it_always_stood() -> None:
    layout = arrange(net(8, 6), 720, 560)
    heads = [(38.0, 43, 110, 36), (228.6, 43, 110, 36), (419.2, 43, 110, 36), (612.0, 43, 110, 36)]
    bodies = [(72, 262, 42.0, 105.0), (265, 119, 37.6, 392.8), (453, 136, 42.0, 357.0), (646, 294, 42.0, 42.0)]
    assert [tuple(c.head) for c in layout.columns] == [pytest.approx(h, abs=0.1) for h in heads]
    assert [tuple(c.body) for c in layout.columns] == [pytest.approx(b, abs=0.1) for b in bodies]
    assert [g.line for g in layout.gaps] == pytest.approx([189.5, 377.8, 570.5], abs=0.1)
    assert layout.wires == ()
