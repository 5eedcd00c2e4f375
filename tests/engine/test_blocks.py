"""Ready groups: each is put in by one edit, keeps what is around it, and learns from true gradients."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.classic import Tanh
from engine.blocks import BLOCKS, GROUP, add, add_block, offered, residual
from engine.errors import ExperimentError
from engine.experiment import Experiment, nodes
from engine.layers.convolution import Convolution
from engine.layers.function import Function
from engine.layers.pooling import GlobalPooling
from tests.engine.nets import spiral, with_layers
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


def test_a_separable_convolution_needs_a_ninth_and_an_eighth_of_the_multiplications() -> None:
    found = {n.layer.id: n for n in nodes(add_block(plain(), 1, "separable"))}
    # 8 maps of 4 × 3 places: 9 taps each, then 8 · 8; a convolution of 3 × 3 would take 9 · 8 · 8 at each place
    assert [found[k].multiplications for k in ("block1-depthwise", "block1")] == [12 * 72, 12 * 64]
    assert (found["block1-depthwise"].numbers, found["block1"].numbers) == (8 * 9 + 8, 8 * 8 + 8)


def test_behind_each_convolution_of_a_residual_block_stand_its_norm_and_then_the_function() -> None:
    made = [x.key for x in residual("b", "x", ((4, 3), (4, 3)), stride=2, wider=True)]
    branch, around = (
        ["convolution", "batch-norm", "function", "convolution", "batch-norm"],
        ["convolution", "batch-norm"],
    )
    assert made == [*branch, *around, "add", "function"]


def test_groups_are_offered_where_there_are_pictures_and_added_as_layers_are() -> None:
    keys = [o.key for o in offered()]
    assert len(set(keys)) == len(keys)
    assert [o.key for o in offered(plain()) if o.group == GROUP] == list(BLOCKS)
    assert not [o for o in offered(spiral()) if o.group == GROUP]
    assert all(o.title and o.help.endswith(".") for o in offered())
    assert add(plain(), 1, "inception") == add_block(plain(), 1, "inception")
    assert [x.key for x in add(plain(), 1, "spatial-dropout").model.layers][1] == "spatial-dropout"
    assert len(add(spiral(3), 1).model.layers) == 3


def test_a_group_goes_on_the_connection_that_is_named() -> None:
    made = add_block(plain(), 1, "basic")
    before_sum = [x.id for x in made.model.layers].index("block1-sum")
    found = {n.layer.id: n.sources for n in nodes(add_block(made, before_sum, "separable", source="c1"))}
    assert found["block2-depthwise"] == ("c1",)
    assert {k for k, sources in found.items() if "block2" in sources} == {"block1-sum"}
