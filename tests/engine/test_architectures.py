"""The tables of known networks: their sizes and totals are the published ones."""

from __future__ import annotations

import pytest

from engine.activations.classic import Linear
from engine.architectures import ARCHITECTURES
from engine.layers.convolution import Convolution

PARAMETERS = {
    "alexnet": 60_965_224,
    "zfnet": 62_357_608,
    "vgg16": 138_357_544,
    "googlenet": 6_998_552,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
}
BILLIONS = {"alexnet": 0.72, "vgg16": 15.5, "googlenet": 1.58, "resnet34": 3.66, "resnet50": 4.09}
"""Multiplications of one picture, where they are published, in billions."""


@pytest.mark.parametrize("key", ARCHITECTURES)
def test_the_number_of_parameters_is_the_published_one(key: str) -> None:
    assert sum(row.parameters for row in ARCHITECTURES[key].rows) == PARAMETERS[key]


@pytest.mark.parametrize("key", BILLIONS)
def test_so_is_the_number_of_multiplications(key: str) -> None:
    found = sum(row.multiplications for row in ARCHITECTURES[key].rows)
    assert found / 1e9 == pytest.approx(BILLIONS[key], rel=0.02)


def test_sizes_on_the_way() -> None:
    def size(key: str, layer: str) -> tuple[int, ...]:
        return next(row.shape for row in ARCHITECTURES[key].rows if row.layer.id == layer)

    assert size("alexnet", "conv1") == (55, 55, 96)
    assert size("alexnet", "pool5") == (6, 6, 256)
    assert size("zfnet", "conv1") == (110, 110, 96)
    assert size("zfnet", "pool5") == (6, 6, 256)
    assert size("vgg16", "pool5") == (7, 7, 512)
    assert size("vgg16", "flat") == (25088,)
    assert size("googlenet", "3a") == (28, 28, 256)
    assert size("googlenet", "5b") == (7, 7, 1024)
    assert size("resnet34", "block5_3") == (7, 7, 512)
    assert size("resnet50", "block2_1") == (56, 56, 256)
    assert size("resnet50", "average") == (2048,)
    # the first dense layer of VGG-16 has three quarters of all its weights
    assert next(r.parameters for r in ARCHITECTURES["vgg16"].rows if r.layer.id == "fc6") == 102_764_544


@pytest.mark.parametrize("key", ["resnet34", "resnet50"])
def test_in_a_resnet_the_function_stands_behind_the_norm_and_behind_the_sum(key: str) -> None:
    found = {n.layer.id: n for n in ARCHITECTURES[key].nodes}
    readers = {id_: [n.layer.key for n in found.values() if id_ in n.sources] for id_ in found}
    for id_, node in found.items():
        if isinstance(node.layer, Convolution):
            assert isinstance(node.layer.activation, Linear)
            assert readers[id_] == ["batch-norm"]
        elif node.layer.key == "batch-norm":
            assert readers[id_] in (["function"], ["add"])
        elif node.layer.key == "add":
            assert readers[id_] == ["function"]
