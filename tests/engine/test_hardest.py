"""The hardest samples and the pull of a batch, against losses and slopes worked out by NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples
from engine.machines import build
from engine.machines.supervised import Supervised
from engine.producers.batch import Batch
from engine.producers.hardest import SHOWN, Hardest
from engine.records import Want
from tests.engine.nets import numbers, spiral


def hardest(machine: Supervised, part: str = "train") -> Hardest:
    want = Want("hardest", target=(part,))
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Hardest)
    return record


def answers(machine: Supervised) -> NDArray[np.float64]:
    """P(second class) of all samples of the plan, in NumPy."""
    w = {name: a.astype(np.float64) for name, a in numbers(machine).items() if "#" not in name}
    h = np.tanh(machine._running.prepared.x @ w["h1.weight"] + w["h1.bias"])
    out: NDArray[np.float64] = 1 / (1 + np.exp(-(h @ w["out.weight"] + w["out.bias"])))
    return out[:, 0]


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_largest_losses_come_first(part: str) -> None:
    machine = Supervised(spiral(4))
    machine.advance("epoch", 20, 60)
    record, prepared, o = hardest(machine, part), machine._running.prepared, answers(machine)
    mine = slice(0, prepared.train) if part == "train" else slice(prepared.train, None)
    t = prepared.y[mine, 0]
    losses = -(t * np.log(o[mine]) + (1 - t) * np.log(1 - o[mine]))
    order = np.argsort(-losses)[:SHOWN]
    assert [item.loss for item in record.items] == pytest.approx(losses[order].tolist(), rel=1e-4)
    first = record.items[0]
    assert first.row == prepared.source[mine][order[0]]
    assert first.place == tuple(prepared.samples.x[first.row])
    assert (first.target, first.answer) == (t[order[0]], float(o[mine][order[0]] > 0.5))
    assert (record.samples, record.total) == (len(t), len(t))
    if part == "test":
        assert all(math.isnan(item.pull) for item in record.items)


def test_the_next_batch_pulls_with_the_slope_of_each_loss() -> None:
    machine = Supervised(spiral(4, batch=10))
    machine.advance("batch", 7, 60)
    record = machine.snapshot(frozenset({Want("batch")})).get("batch")
    assert isinstance(record, Batch)
    prepared, o = machine._running.prepared, answers(machine)
    place = {int(row): k for k, row in enumerate(prepared.source)}
    wanted = [abs(o[place[row]] - prepared.y[place[row], 0]) for row in record.rows.tolist()]
    assert record.pull.tolist() == pytest.approx(wanted, abs=1e-5), "cross-entropy on a sigmoid: |o - t|"
    rows = []
    for _ in range(10):
        machine.advance("sample", 1, 60)
        rows.append(int(prepared.source[machine._running.counter(16)]))
    assert rows == record.rows.tolist(), "the batch is the one that is learned from next"


def test_hard_samples_in_the_batch_carry_their_pull() -> None:
    machine = Supervised(spiral(4, batch=0))
    record = hardest(machine)
    assert record.batch == 250
    assert not any(math.isnan(item.pull) for item in record.items)
    assert 0 < record.pull < 1


@pytest.mark.parametrize("name", ["three-spirals", "plane"])
def test_exact_losses_for_classes_and_values(name: str) -> None:
    machine = build(examples.load(name))
    machine.advance("epoch", 2, 60)
    assert isinstance(machine, Supervised)
    record, plan = hardest(machine), machine._running
    every = sorted((plan.score(k, k + 1)[0] for k in range(plan.prepared.train)), reverse=True)
    assert [item.loss for item in record.items] == pytest.approx(every[:SHOWN], rel=1e-5)
    assert bool(record.classes) == (name == "three-spirals")


def test_without_training_samples_nothing_is_hard() -> None:
    base = spiral(3)
    record = hardest(Supervised(replace(base, data=replace(base.data, share=0.0))))
    assert (record.items, record.batch, record.samples) == ((), 0, 0)
    assert math.isnan(record.pull)
