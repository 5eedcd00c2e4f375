"""Augmentation that is looked at: the very pictures a run would learn from, and no trace of having looked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.experiment import setting
from engine.machines.supervised import Supervised
from engine.producers.augmented import Augmented, changed
from engine.records import Want
from engine.regularisers import Regulariser
from engine.regularisers.noise import InputNoise, WeightNoise
from engine.regularisers.pictures import Affine, Augmentation, CutOut, Elastic, Flip, Light
from engine.regularisers.points import Mixup
from engine.regularisers.targets import LabelNoise
from tests.engine.nets import digits, figures, numbers, same, with_training
from tests.engine.test_regularisers import after_one_step

ALL = (Affine(shear=0.2), Flip(), Elastic(), CutOut(), Light(), Mixup(), InputNoise())


def looked(machine: Supervised, *target: str, size: int = 0) -> Augmented:
    """The record as it is asked for."""
    want = Want("augmented", size=size, target=target)
    found = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(found, Augmented)
    return found


@pytest.mark.parametrize("extras", [(), *((r,) for r in ALL), ALL], ids=lambda e: "+".join(r.key for r in e) or "none")
def test_versions_are_bit_for_bit_what_a_step_learns_from(extras: tuple[Regulariser, ...]) -> None:
    plan, _ = after_one_step(figures(), *extras)
    order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
    learned = np.array(plan.view(plan.lowered.layout.buffers["train.x"]))
    for k in (0, 3, 11):
        row = int(order[k])
        found = changed(plan, plan.prepared.x[row], plan.prepared.y[row], 12, 0)
        assert np.array_equal(found[k], learned[k])
    whole = changed(plan, plan.prepared.x[0], plan.prepared.y[0], 12, 0)
    assert np.array_equal(changed(plan, plan.prepared.x[0], plan.prepared.y[0], 5, 7), whole[7:])
    assert np.array_equal(plan.view(plan.lowered.layout.buffers["train.x"]), learned)


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_a_run_that_is_looked_at_goes_on_with_the_same_bits(batch: int) -> None:
    extras = (*ALL, LabelNoise(), WeightNoise())
    base = with_training(digits(), regularisers=extras, batch=batch)
    seen, alone = Supervised(base), Supervised(base)
    first = looked(seen, "0", "5")
    for _ in range(3):
        for machine in (seen, alone):
            machine.advance("batch", 2)
        assert np.array_equal(looked(seen, "0", "5").versions, first.versions), "the same draw, however far the run is"
        assert not np.array_equal(looked(seen, "1", "5").versions, first.versions)
    assert same(numbers(seen), numbers(alone))
    seen.advance("sample", 1)
    alone.advance("sample", 1)
    looked(seen, "3", "5")
    sample = Want("sample")
    one, other = (m.snapshot(frozenset({sample})).records[sample] for m in (seen, alone))
    assert one.loss == other.loss  # type: ignore[attr-defined] # a sample has one
    assert first.by[:2] == ("Move, turn, scale, shear", "Flip")


def test_nothing_is_changed_where_nothing_is_switched_on() -> None:
    machine = Supervised(digits())
    found = looked(machine, "0", "5", size=3)
    assert found.by == ()
    assert found.versions.shape == (3, 8, 8, 1)
    assert all(np.array_equal(v, found.before) for v in found.versions)


def test_a_drawing_is_changed_as_well() -> None:
    machine = Supervised(with_training(digits(), regularisers=(Flip(across=1.0),)))
    drawn = bytes(range(64))
    want = Want("augmented", size=2, target=("0",), given=drawn)
    found: Any = machine.snapshot(frozenset({want})).records[want]
    assert np.array_equal(found.versions[1], found.before[:, ::-1])


def test_those_that_change_inputs_say_so() -> None:
    """A regulariser that says so changes something; one of pictures that does not say so leaves them alone."""
    for entry in Regulariser.registry:
        made = entry.kind()
        if made.unfit(setting(figures())):
            continue
        plan, _ = after_one_step(figures(), made)
        order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
        there = plan.prepared.x[order]
        moved = not np.array_equal(plan.view(plan.lowered.layout.buffers["train.x"]), there)
        assert moved == entry.kind.changes_inputs, entry.key
        assert entry.kind.changes_inputs or not issubclass(entry.kind, Augmentation)
