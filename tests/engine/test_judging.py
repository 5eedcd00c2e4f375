"""Answers beside targets: counted, ranked and calibrated as by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, paths
from engine.machines import build
from engine.machines.supervised import Supervised
from engine.producers._judging import MOST
from engine.producers.confusion import Confusion
from engine.producers.roc import Roc, calibration, roc
from engine.records import Want
from tests.engine.nets import spiral


def trained(name: str) -> Supervised:
    """A bundled experiment after a few epochs."""
    machine = build(examples.load(name))
    machine.advance("epoch", 8, 60)
    assert isinstance(machine, Supervised)
    return machine


def confusion(machine: Supervised, part: str) -> Confusion:
    want = Want("confusion", target=(part,))
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Confusion)
    return record


def roc_of(machine: Supervised, part: str) -> Roc:
    want = Want("roc", target=(part,))
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Roc)
    return record


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("name", ["spiral", "three-spirals"])
def test_the_matrix_agrees_with_the_scores_of_the_run(name: str, part: str) -> None:
    machine = trained(name)
    record, score = confusion(machine, part), machine.scores()[part == "test"]
    prepared = machine._running.prepared
    y = prepared.samples.y[prepared.source]
    mine = y[: prepared.train] if part == "train" else y[prepared.train :]
    assert record.counts.sum(axis=1).tolist() == np.bincount(mine.astype(int)).tolist()
    assert (record.samples, record.total) == (len(mine), len(mine))
    assert record.accuracy == pytest.approx(score.accuracy)
    for k in range(len(record.classes)):
        right, answered, there = record.counts[k, k], record.counts[:, k].sum(), record.counts[k].sum()
        assert record.precision[k] == pytest.approx(right / answered if answered else math.nan, nan_ok=True)
        assert record.recall[k] == pytest.approx(right / there)
        if answered and right:
            p, r = right / answered, right / there
            assert record.f1[k] == pytest.approx(2 * p * r / (p + r))
    assert not record.counts.flags.writeable


def test_a_value_has_points_in_place_of_a_matrix() -> None:
    machine = trained("plane")
    record = confusion(machine, "test")
    prepared = machine._running.prepared
    assert record.classes == ()
    assert math.isnan(record.accuracy)
    assert np.allclose(record.points[:, 0], prepared.samples.y[prepared.source[prepared.train :]])
    residual = float(np.square(record.points[:, 1] - record.points[:, 0]).mean())
    assert residual / 2 == pytest.approx(machine.scores()[1].loss, rel=1e-4)
    assert machine.snapshot(frozenset({Want("roc")})).get("roc") is None


def test_a_part_without_samples_is_empty() -> None:
    base = spiral(3)
    machine = Supervised(replace(base, data=replace(base.data, share=100.0)))
    record, curves = confusion(machine, "test"), roc_of(machine, "test")
    assert (record.samples, record.counts.sum(), curves.samples) == (0, 0, 0)
    assert all(math.isnan(c.auc) for c in curves.curves)
    assert math.isnan(curves.error)


def test_of_very_many_samples_pieces_all_over_them_are_judged() -> None:
    machine = Supervised(paths.replace(spiral(3), "data.source.count", 40_000))
    record = confusion(machine, "train")
    assert MOST - 512 < record.samples <= MOST, "the last piece may be short"
    assert record.total == 20_000


def test_the_curve_of_six_samples_worked_by_hand() -> None:
    # from the highest score down: yes, no, then a yes and a no at once, yes, no; 3 of each
    curve, auc = roc(np.array([9.0, 8, 5, 5, 2, 1]), np.array([True, False, True, False, True, False]))
    assert curve.tolist() == [[0, 0], [0, 1 / 3], [1 / 3, 1 / 3], [2 / 3, 2 / 3], [2 / 3, 1], [1, 1]]
    # pairs (yes, no): the first yes beats 3, the second beats 1 and ties with 1, the third beats 1
    assert auc == pytest.approx((3 + 1.5 + 1) / 9)
    assert math.isnan(roc(np.array([1.0, 2.0]), np.array([True, True]))[1])


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_the_chance_of_the_right_order(ties: bool) -> None:
    random = np.random.default_rng(4)
    score = random.normal(size=300)
    positive = random.random(300) < 1 / (1 + np.exp(-score))
    score = np.round(score) if ties else score
    yes, no = score[positive][:, None], score[~positive][None, :]
    by_rank = ((yes > no) + 0.5 * (yes == no)).mean()
    assert roc(score, positive)[1] == pytest.approx(by_rank, abs=1e-12)


def test_calibration_worked_by_hand() -> None:
    confidence, right, amount = calibration(np.array([0.51, 0.55, 0.92, 1.0]), np.array([True, False, True, True]))
    assert amount.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 2]
    assert (confidence[5], right[5]) == (pytest.approx(0.53), 0.5)
    assert (confidence[9], right[9]) == (pytest.approx(0.96), 1.0)


@pytest.mark.parametrize("name", ["spiral", "three-spirals"])
def test_the_record_is_worked_out_from_the_answers_of_the_network(name: str) -> None:
    machine = trained(name)
    plan, record = machine._running, roc_of(machine, "test")
    first, end = plan.prepared.train, len(plan.prepared.x)
    out = plan.activations(first, end)["out"].astype(np.float64)
    y = plan.prepared.samples.y[plan.prepared.source[first:end]].astype(int)
    shares = np.hstack([1 - out, out]) if out.shape[1] == 1 else out
    assert [c.kind for c in record.curves] == ([1] if out.shape[1] == 1 else [0, 1, 2])
    for curve in record.curves:
        yes, no = shares[y == curve.kind, curve.kind], shares[y != curve.kind, curve.kind]
        assert curve.auc == pytest.approx((yes[:, None] > no[None, :]).mean(), abs=1e-3)
        assert curve.curve[0].tolist() == [0, 0]
        assert curve.curve[-1].tolist() == [1, 1]
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == y
    expected = 0.0
    for k in range(10):
        mine = (sure >= k / 10) & ((sure < (k + 1) / 10) | (k == 9))
        if mine.any():
            expected += mine.mean() * abs(right[mine].mean() - sure[mine].mean())
    assert record.error == pytest.approx(expected, abs=1e-6)
    assert record.amount.sum() == end - first
