"""Ready groups: each is put in by one edit, keeps what is around it, and learns from true gradients."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.classic import Tanh
from engine.blocks import BLOCKS, add_block
from engine.errors import ExperimentError
from engine.experiment import Experiment, nodes
from engine.layers.convolution import Convolution
from engine.layers.function import Function
from engine.layers.pooling import GlobalPooling
from tests.engine.nets import with_layers
from tests.engine.test_picture_layers import pictured


def plain() -> Experiment:
    return pictured((6, 5, 1), Convolution(id="c1", units=8), GlobalPooling(id="g"))


def smooth(experiment: Experiment) -> Experiment:
    """The same without the kinks of rectifiers: what they don't let through gives sums of exactly 0 behind them."""
    layers = [
        replace(x, activation=Tanh()) if isinstance(x, (Convolution, Function)) else x for x in experiment.model.layers
    ]
    return with_layers(experiment, *layers)


@pytest.mark.parametrize("key", BLOCKS)
def test_a_block_keeps_the_form_of_what_it_reads(key: str) -> None:
    made = add_block(plain(), 1, key)
    found = {n.layer.id: n for n in nodes(made)}
    assert found["g"].sources == ("block1",)
    assert [a.size for a in found["block1"].shape] == [4, 3, 8]
    twice = add_block(made, len(made.model.layers) - 2, key)
    assert {n.layer.id: n for n in nodes(twice)}["g"].sources == ("block2",)
    assert gradcheck.projection_error(smooth(made)) < gradcheck.LIMIT


def test_the_pre_activation_block_leaves_the_way_around_straight() -> None:
    found = {n.layer.id: n for n in nodes(add_block(plain(), 1, "pre-activation"))}
    assert found["block1"].sources == ("c1", "block1-conv2")
    assert found["block1-norm1"].sources == ("c1",)


def test_what_can_not_be_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"a residual block reads pictures, but “g” makes 8 units"):
        add_block(plain(), 2, "basic")
    with pytest.raises(ExperimentError, match=r"no ready group “basics”; did you mean “basic”"):
        add_block(plain(), 1, "basics")
