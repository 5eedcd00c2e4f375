"""Every kernel of the learning procedure: guarded, and against plain Python."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.kernels.record import COLUMNS, Kernel, inline
from engine.kernels.words import Vec
from engine.plan import curve
from engine.plan import procedure as p
from tests.engine.guarded import run
from tests.engine.test_layer_kernels import DTYPES, normal


def counters(**values: int) -> list[int]:
    """A block of counters, 0 but for those given by their (lower case) names."""
    block = [0] * p.COUNTERS
    for name, value in values.items():
        block[getattr(p, name.upper())] = value
    return block


def test_every_kernel_of_the_engine_is_tested_by_name() -> None:
    text = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if module.name.endswith(("emit", "functions", "vectors", "memory", "control", "tiles", "llvm")):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Kernel) and not value.holes:
                assert value.name in text, f"no test names the kernel {value.key}"


def takes(dtype: Any, block: list[int], n: int, **given: Any) -> Any:
    x, y = np.arange(n * 3.0).reshape(n, 3), np.arange(n * 1.0)[:, None] + 0.5
    return run(p.take, dtype, clean=("x", "y"), c=block, order=given.get("order", [0] * n), x_stride=8, y_stride=8,
               x=x, y=y, to_x=np.zeros((4, 3)), to_y=np.zeros((4, 1)))  # fmt: skip


@DTYPES
def test_take_shuffles_when_an_epoch_begins_and_copies_the_rows(dtype: Any) -> None:
    n = 10
    ran = takes(dtype, counters(train=n, batch=4, piece=4, stream=99), n)
    order = ran["order"]
    assert sorted(order) == list(range(n))
    assert np.array_equal(ran["to_x"], np.arange(n * 3.0).reshape(n, 3)[order[:4]])
    assert np.array_equal(ran["to_y"][:, 0], order[:4] + 0.5)
    block = ran["c"]
    assert (block[p.ROWS], block[p.WHOLE], block[p.FRESH], block[p.SHUFFLED]) == (4, 4, 1, 1)
    assert block[p.ROW] == order[3]


@DTYPES
def test_take_goes_on_within_a_batch_and_an_epoch(dtype: Any) -> None:
    order = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    block = counters(train=10, batch=4, piece=2, offset=4, seen=1, epoch=6, shuffled=7)
    ran = takes(dtype, block, 10, order=order)
    assert list(ran["order"]) == order
    assert list(ran["to_y"][:2, 0]) == [4.5, 3.5]
    assert (ran["c"][p.ROWS], ran["c"][p.WHOLE], ran["c"][p.FRESH]) == (2, 4, 0)
    last = takes(dtype, counters(train=10, batch=4, piece=4, offset=8, epoch=6, shuffled=7), 10, order=order)
    assert (last["c"][p.ROWS], last["c"][p.WHOLE]) == (2, 2)


def test_all_orders_are_equally_likely() -> None:
    found = Counter(
        tuple(takes(np.float32, counters(train=4, batch=1, piece=1, stream=k * 977, epoch=k), 4)["order"])
        for k in range(960)
    )
    assert len(found) == 24
    # 40 expected each; the chance of less than 15 or more than 70 anywhere is below 1e-4
    assert 15 < min(found.values()) <= max(found.values()) < 70


def test_an_order_depends_on_the_stream_and_the_epoch_alone() -> None:
    def order(**block: int) -> list[int]:
        return list(takes(np.float32, counters(train=50, batch=1, piece=1, **block), 50)["order"])

    assert order(stream=5, epoch=3) == order(stream=5, epoch=3)
    assert order(stream=5, epoch=3) != order(stream=5, epoch=4)
    assert order(stream=5, epoch=3) != order(stream=6, epoch=3)


@DTYPES
def test_end_piece(dtype: Any) -> None:
    def end(**block: int) -> Any:
        return run(p.end_piece, dtype, c=counters(whole=10, **block), again=COLUMNS)

    complete = end(seen=7, rows=3, samples=100, pieces=5)
    assert complete.code == p.DONE  # the next row, which halts
    assert [complete["c"][k] for k in (p.SEEN, p.SAMPLES, p.PIECES)] == [10, 103, 4]
    assert end(seen=2, rows=3, pieces=1).code == p.PAUSED


@DTYPES
def test_end_step(dtype: Any) -> None:
    def end(**block: int) -> Any:
        return run(p.end_step, dtype, c=counters(train=10, **block))

    ran = end(offset=4, whole=4, step=7, updates=3, seen=4, epoch=2)
    assert [ran["c"][k] for k in (p.OFFSET, p.SEEN, p.EPOCH, p.STEP, p.UPDATES)] == [8, 0, 2, 8, 4]
    ran = end(offset=8, whole=2, step=7, epoch=2)
    assert [ran["c"][k] for k in (p.OFFSET, p.EPOCH, p.STEP)] == [0, 3, 8]


@DTYPES
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e19])
def test_check_sees_one_bad_number_anywhere(dtype: Any, bad: float) -> None:
    g = normal(0, 1, 80)
    assert run(p.check, dtype, count=80, limit=1e18, otherwise=-77, g=g).code == p.DONE
    for k in (0, 15, 16, 63, 79):
        spoilt = g.copy()
        spoilt[0, k] = bad
        assert run(p.check, dtype, count=80, limit=1e18, otherwise=-77, g=spoilt).code == -77


@DTYPES
def test_hold_and_put_back(dtype: Any) -> None:
    w, g, kept = normal(0, 1, 32), normal(1, 1, 32), np.zeros((1, 2))
    ran = run(p.hold, dtype, count=2, places=[3, 17], w=w, g=g, kept=kept)
    expected = g.astype(dtype)
    expected[0, [3, 17]] = 0
    assert np.array_equal(ran["g"], expected)
    assert np.array_equal(ran["kept"][0], w[0, [3, 17]].astype(dtype))
    ran = run(p.put_back, dtype, count=2, places=[3, 17], w=w, kept=np.array([[5.0, 6.0]]))
    expected = w.astype(dtype)
    expected[0, [3, 17]] = 5, 6
    assert np.array_equal(ran["w"], expected)


@DTYPES
def test_count_hits(dtype: Any) -> None:
    two = p.count_hits.filled("binary", hit=p.same_side)
    o, t = np.array([[0.7], [0.4], [0.2], [0.9]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    assert run(two, dtype, rows=[4], units=1, stride=8, middle=0.5, o=o, t=t, into=[10])["into"][0] == 12
    several = p.count_hits.filled("classes", hit=p.same_greatest)
    o = np.array([[1.0, 3.0, 2.0], [1.0, 1.0, 0.0], [0.0, 0.0, 5.0]])
    t = np.eye(3)[[1, 0, 1]]
    assert run(several, dtype, rows=[3], units=3, stride=8, middle=0.5, o=o, t=t, into=[0])["into"][0] == 2


@DTYPES
def test_skip_unless(dtype: Any) -> None:
    assert run(p.skip_unless, dtype, flag=[1], target=-77).code == p.DONE
    assert run(p.skip_unless, dtype, flag=[0], target=-77).code == -77


@DTYPES
def test_view_next(dtype: Any) -> None:
    ran = run(p.view_next, dtype, c=counters(view_at=4, view_rows=3, view_end=7, back=-77), again=-88)
    assert ran.code == -77
    assert ran["c"][p.VIEW_AT] == 7
    ran = run(p.view_next, dtype, c=counters(view_at=4, view_rows=3, view_end=9, back=-77), again=-88)
    assert ran.code == -88


@DTYPES
def test_a_point_begins_at_its_step_only(dtype: Any) -> None:
    def begin(**block: int) -> Any:
        return run(curve.begin_point, dtype, c=counters(train=10, **block), x=np.zeros((12, 2)), view=-77, again=-88)

    assert begin(step=7, mark=8, last=100, pieces=1).code == -88
    assert begin(step=7, mark=8, last=100, pieces=0).code == p.PAUSED
    assert begin(step=7, mark=8, last=7, pieces=1).code == p.DONE
    ran = begin(step=8, mark=8, last=8, pieces=0, loss=5, hits=5, mapped=1, drawn=1, view_first=3)
    assert ran.code == -77
    assert [ran["c"][k] for k in (p.VIEW_AT, p.VIEW_END, p.VIEW_FIRST, p.LOSS, p.HITS)] == [0, 10, 0, 0, 0]
    assert [ran["c"][k] for k in (p.SCORED, p.MAPPED, p.DRAWN)] == [1, 0, 0]


@DTYPES
def test_half_a_point_goes_on_to_the_test(dtype: Any) -> None:
    def half(rows: int) -> Any:
        block = counters(train=10, step=8, epoch=2, offset=4, loss=1234, hits=9, noted=1)
        log, x = [0] * 2 * curve.WIDTH, np.zeros((12, 2))
        return run(curve.half_point, dtype, c=block, log=log, x=x, rows=rows, view=-77)

    ran = half(rows=12)
    assert ran.code == -77
    assert list(ran["log"][curve.WIDTH : curve.WIDTH + 5]) == [8, 2, 4, 1234, 9]
    assert [ran["c"][k] for k in (p.VIEW_AT, p.VIEW_END, p.LOSS, p.HITS)] == [10, 12, 0, 0]
    assert half(rows=10).code == p.DONE  # no test samples: the next row, which halts


@DTYPES
def test_a_point_ends_the_call_when_the_log_is_full(dtype: Any) -> None:
    def end(room: int) -> Any:
        block = counters(step=8, mark=8, stride=4, last=100, pieces=3, loss=99, hits=2, noted=0, room=room)
        return run(curve.end_point, dtype, c=block, log=[0] * curve.WIDTH, again=-88)

    ran = end(room=2)
    assert ran.code == -88
    assert list(ran["log"][curve.TESTED : curve.TESTED + 2]) == [99, 2]
    assert [ran["c"][k] for k in (p.NOTED, p.MARK)] == [1, 12]
    assert end(room=1).code == p.PAUSED


@inline
def _cube(z: Vec, factor: float) -> Vec:
    return z * z * z * factor


def test_views_take_samples_and_put_maps_in_their_places() -> None:
    """`view_take` and `put_maps` reach places that only counters name, so a whole plan shows what they do."""
    from engine.kernels.library import Library
    from engine.plan import Plan, prepare
    from engine.plan.learned import Learner
    from tests.engine.nets import spiral

    experiment = spiral(11, 3)
    for dtype in (np.float32, np.float64):
        plan = Plan(experiment, prepare(experiment), Library(dtype))
        Learner(plan).start()
        for places in (1, 7, 8, 513, 1100, 30):
            grid = normal(0, places, 2)
            plan.set_grid(grid)
            a = grid
            found = plan.maps(every_layer=True)
            for node in plan.lowered.nodes:
                w, b = (Learner(plan).array(f"{node.layer.id}.{k}") for k in ("weight", "bias"))
                z = a @ w + b
                a = 1 / (1 + np.exp(-z)) if node.layer.id == "out" else np.tanh(z)
                assert np.allclose(found[node.layer.id].T, a, atol=1e-5)
            alone = plan.maps(every_layer=False)
            assert list(alone) == ["out"]
            assert np.array_equal(alone["out"], found["out"])
        rows = plan.activations(3, 9)
        assert np.array_equal(rows["input"], plan.prepared.x[3:9].astype(dtype))


@DTYPES
def test_further_targets_are_those_of_the_samples_taken(dtype: Any) -> None:
    # the second piece of a batch that began with the fourth sample of the order
    block = counters(train=7, batch=4, piece=2, offset=3, seen=2)
    block[p.ROWS] = 2
    y = np.arange(7.0)[:, None]
    ran = run(p.take_targets, dtype, clean=("y",), c=block, order=[6, 5, 4, 3, 2, 1, 0], stride=8, y=y,
              to_y=np.zeros((3, 1)))["to_y"]  # fmt: skip
    assert ran[:, 0].tolist() == [1.0, 0.0, 0.0]
